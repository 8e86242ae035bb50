"""Making the file of an extract: scan, release, decoys, marks, spool. Memory stays flat."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pyarrow as pa

from heli.engines.contracts.columns import fitting, release_batch
from heli.engines.fingerprint import Marker, Plan
from heli.exchange.calls.model import Call, ExtractFile
from heli.exchange.connectors.types import arrow_schema
from heli.exchange.errors import SourceUnavailableError
from heli.exchange.extracts import marks
from heli.exchange.extracts.decoys import Decoys, possible
from heli.exchange.extracts.errors import ExtractTooLargeError, SpoolError
from heli.exchange.extracts.formats import spool
from heli.exchange.extracts.writing import Sink, Writer, open_writer

KEY_LENGTH = 32

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A file in the spool, and how it is marked."""

    file: ExtractFile
    plan: Plan


def make(call: Call, recipient: str, progress: Progress = lambda rows: None) -> Made:
    """Write the file of a call whose grounds were found.

    Args:
        call: With resource, grant and policy.
        recipient: Id of the extract; names its file and its marks.
        progress: Told how many records are written.

    Raises:
        SourceUnavailableError: The source cannot be read, or died in between.
        ExtractTooLargeError: More records fit than the grant lets out.
        SpoolError: The disk refused.
        PlanError: The contract's tolerances make no sense.
    """
    resource, _grant, policy = call.opened
    plan = marks.plan_of(resource.contract, policy)
    key = secrets.token_bytes(KEY_LENGTH)
    sink = _sink(call, recipient, key)
    try:
        rows, decoys = _write(call, plan, recipient, sink, progress)
        digest = sink.keep()
    except OSError as error:
        sink.drop()
        raise _spool_error(call, sink.fault or error) from error
    except BaseException:
        sink.drop()
        raise
    name = marks.fingerprint_name(recipient)
    return Made(ExtractFile(rows, sink.size, digest, key, name), replace(plan, decoys=decoys))


def _sink(call: Call, recipient: str, key: bytes) -> Sink:
    try:
        return Sink(spool(recipient), key)
    except OSError as error:
        raise _spool_error(call, error) from error


def _spool_error(call: Call, error: OSError) -> SpoolError:
    reason = error.strerror or type(error).__name__
    return SpoolError(resource=call.query.resource, reason=reason)


def _write(
    call: Call, plan: Plan, recipient: str, sink: Sink, progress: Progress
) -> tuple[int, int]:
    """Write all batches; returns how many records, and how many decoys were tried."""
    resource, grant, policy = call.opened
    contract = resource.contract
    marker = Marker(plan, marks.secret(), recipient)
    decoys = _decoys(call, recipient)
    writer: Writer | None = None
    rows = real = 0
    for batch in _scan(call):
        real += batch.num_rows
        if real > policy.extract:
            raise ExtractTooLargeError(resource=resource.address, most=policy.extract)
        full = decoys.add(batch) if decoys else batch
        released = release_batch(contract, full, replace(policy, rows=()), salt=grant.salt)
        marked = marker.mark(released)
        writer = writer or open_writer(sink, call.query.extract, marked.schema)
        writer.write_batch(marked)
        rows += marked.num_rows
        progress(rows)
    if writer is not None:
        writer.close()
    return rows, decoys.made if decoys else 0


def _scan(call: Call) -> Iterator[pa.RecordBatch]:
    """What the row filter lets through of the source, at least one batch, even if empty."""
    resource, _grant, policy = call.opened
    contract = resource.contract
    needed = {*policy.fields, *(each.field for each in policy.rows), contract.subject_field.name}
    columns = [name for name in contract.names if name in needed]
    # The order is the recipient's anyway: a source that can do without sorting need not sort.
    read = getattr(resource.connector, "sweep", resource.connector.scan)
    found = read(columns, where=policy.rows, limit=policy.extract + 1)
    try:
        yield from _fitting(call, columns, found)
    except OSError as error:
        raise SourceUnavailableError(resource=resource.address) from error


def _fitting(
    call: Call, columns: list[str], found: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    resource, _grant, policy = call.opened
    empty = True
    for given in found:
        # The source was asked for nothing else; what it gives against that is not passed on.
        batch = given.filter(fitting(policy.rows, given)) if policy.rows else given
        empty = False
        yield batch
    if empty:
        yield pa.RecordBatch.from_pylist([], schema=arrow_schema(resource.contract, columns))


def _decoys(call: Call, recipient: str) -> Decoys | None:
    resource, _grant, policy = call.opened
    if not possible(resource.contract, policy):
        return None
    try:
        return Decoys(resource.contract, recipient, resource.connector)
    except OSError as error:
        raise SourceUnavailableError(resource=resource.address) from error
