"""Reading sources: all calls that wait for one source share one query of it."""

import logging
import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from heli.engines.contracts import Condition, Op, all_fit, reaches, release
from heli.exchange import errors
from heli.exchange.calls import combinations, cursors, told
from heli.exchange.calls.hashes import KEY_LENGTH
from heli.exchange.calls.model import Call
from heli.exchange.compiled import CompiledResource
from heli.exchange.connectors.faults import Fault, fault_of

logger = logging.getLogger(__name__)

TOGETHER = 2
"""So many lookups of one source are worth one scan for all of them, unless its connector says with
``together = False`` that it cannot tell the source which subjects are wanted."""
AT_ONCE = 8
"""So many lookups that are made one by one are under way at the same time."""
BEGUN_WITHIN = 4.0
"""Seconds after which none of them is begun any more. With the time that one may take, a slow
source has then answered those that it can before :data:`~heli.exchange.pipeline.PATIENCE` ends."""


def read(calls: Sequence[Call]) -> None:
    """Read for calls on any resources, one source after the other; blocks."""
    by_resource: dict[int, list[Call]] = {}
    for call in calls:
        if call.error is None:
            by_resource.setdefault(call.opened[0].id, []).append(call)
    for group in by_resource.values():
        read_source(group)


def read_source(calls: Sequence[Call]) -> None:
    """Read for calls on one resource; a source that cannot be read refuses them."""
    resource = calls[0].opened[0]
    lookups = [call for call in calls if call.query.listing is None]
    if lookups:
        _guarded(lookups, lambda: _read_lookups(lookups, resource))
    for call in calls:
        if call.query.listing is not None:
            _guarded([call], partial(_read_page, call, resource))


def _guarded(calls: Sequence[Call], work: Callable[[], None]) -> None:
    """Whatever goes wrong in a source, its callers are told no more than that it cannot be read."""
    address = calls[0].query.resource
    try:
        work()
    except OSError as error:
        _unavailable(calls, error)
    except Exception as error:
        logger.exception("the connector of %s failed", address)
        _unavailable(calls, error)


def _unavailable(calls: Sequence[Call], error: Exception) -> None:
    for call in calls:
        refusal = errors.SourceUnavailableError(resource=call.query.resource)
        refusal.__cause__ = error
        call.refuse(refusal)


def _read_lookups(calls: Sequence[Call], resource: CompiledResource) -> None:
    waiting: dict[str, list[Call]] = {}
    for call in calls:
        waiting.setdefault(call.subject, []).append(call)
    if len(waiting) < TOGETHER:
        _read_each(waiting, resource)
    elif not getattr(resource.connector, "together", True) or not _read_together(waiting, resource):
        _read_side_by_side(waiting, resource)


def _read_each(waiting: dict[str, list[Call]], resource: CompiledResource) -> None:
    for subject, calls in waiting.items():
        record = resource.connector.lookup(subject)
        for call in calls:
            call.records = [] if record is None else [record]


def _read_together(waiting: dict[str, list[Call]], resource: CompiledResource) -> bool:
    """Whether one query answered for all; one subject must not spoil it for the others.

    Raises:
        OSError: The source would not answer for any of them either.
    """
    connector, contract = resource.connector, resource.contract
    name = contract.subject_field.name
    among = Condition(name, Op.IN, tuple(sorted(waiting)))
    records: dict[str, dict[str, Any]] = {}
    try:
        for batch in connector.scan(contract.names, where=(among,)):
            for record in batch.to_pylist():
                records.setdefault(record[name], record)
    except OSError as error:
        if fault_of(error) is not Fault.ANSWER:
            raise
        return False
    for subject, calls in waiting.items():
        for call in calls:
            call.records = [records[subject]] if subject in records else []
    return True


def _read_side_by_side(waiting: dict[str, list[Call]], resource: CompiledResource) -> None:
    """Each subject by itself, and each refused by itself."""
    until = time.monotonic() + BEGUN_WITHIN

    def read_one(subject: str) -> None:
        calls = waiting[subject]
        if time.monotonic() > until:
            _unavailable(calls, TimeoutError("others took too long"))
        else:
            _guarded(calls, lambda: _read_each({subject: calls}, resource))

    with ThreadPoolExecutor(min(AT_ONCE, len(waiting)), "exchange-lookup") as pool:
        list(pool.map(read_one, waiting))


def _read_page(call: Call, resource: CompiledResource) -> None:
    """One record more than the page holds tells whether there is another page."""
    listing, policy = call.query.listing, call.opened[2]
    assert listing is not None
    name = resource.contract.subject_field.name
    needed = {*policy.fields, *(each.field for each in call.where), name}
    columns = [each for each in resource.contract.names if each in needed]
    records: list[dict[str, Any]] = []
    for batch in resource.connector.scan(
        columns, where=call.where, after=call.after, limit=listing.limit + 1
    ):
        records += batch.to_pylist()
    page = records[: listing.limit]
    if len(records) > listing.limit:
        bound = cursors.bound(call.opened[1].id, call)
        call.next_cursor = cursors.seal_cursor(str(page[-1][name]), bound_to=bound)
    # The source was asked for nothing else; what it gives against that is not passed on.
    call.records = [record for record in page if all_fit(call.where, record)]


def release_all(calls: Sequence[Call]) -> None:
    """What leaves of what was read: row filter, fields, masks; and of lists, whom it tells of."""
    for call in calls:
        if call.error is not None:
            continue
        resource, grant, policy = call.opened
        reached = [record for record in call.records if not policy.rows or reaches(policy, record)]
        if grant.watched or call.query.listing is not None:
            call.told = combinations.subjects(call, reached)
        released = [
            release(resource.contract, record, policy, salt=grant.salt).data for record in reached
        ]
        call.records = []
        if call.query.listing is None:
            call.data = released[0] if released else None
        else:
            call.data, call.key = released, secrets.token_bytes(KEY_LENGTH)
            call.index = told.index_of(call.told, released, call.key)
