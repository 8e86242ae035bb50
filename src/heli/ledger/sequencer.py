"""The sequencer: gives pending facts their place in the log, one process at a time.

A round reads what is pending, writes places, tiles and a signed checkpoint in one transaction that
is on disk when it returns, and only then asks the witnesses. A crash leaves either nothing, or a
checkpoint without cosignatures, which the next round has cosigned.
"""

import fcntl
import json
import os
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, transaction

from heli.engines import translog
from heli.engines.translog import Cosigned, Note, TileId, TileReader
from heli.kernel import clock, prepared
from heli.kernel.home import folder
from heli.ledger import custody
from heli.ledger.content import KIND
from heli.ledger.models import Checkpoint, Cosignature
from heli.ledger.witnesses import Witness

BATCH = 4096
"""Leaves integrated in one transaction, so that other writers are not kept waiting."""

_LOCK = 0x48454C49  # "HELI": the advisory lock of the sequencer in its database

_PENDING = "SELECT {key}, commitment FROM ledger_fact WHERE leaf_index IS NULL ORDER BY id LIMIT %s"
# Rows written one after the other, as nearly all are, get their places in one statement.
_UPDATE_SQLITE = (
    "UPDATE ledger_fact SET leaf_index = rowid - %s + %s "
    "WHERE rowid BETWEEN %s AND %s AND leaf_index IS NULL"
)
_UPDATE_POSTGRESQL = (
    "UPDATE ledger_fact AS f SET leaf_index = n.place "
    "FROM unnest(%s::uuid[], %s::bigint[]) AS n(id, place) "
    "WHERE f.id = n.id AND f.leaf_index IS NULL"
)
_TILE = "SELECT hashes FROM ledger_tile WHERE level = %s AND position = %s"
_LATEST = "SELECT size, note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1"
_ANSWERED = "SELECT department, refusal FROM ledger_cosignature WHERE checkpoint_id = %s"
_UPSERT_TILE = (
    "INSERT INTO ledger_tile (level, position, hashes) VALUES (%s, %s, %s) "
    "ON CONFLICT (level, position) DO UPDATE SET hashes = excluded.hashes"
)


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did.

    Attributes:
        integrated: Facts that got their place.
        cosigned_size: Size of the latest checkpoint with enough cosignatures; 0 when none.
    """

    integrated: int
    cosigned_size: int


def integrate() -> Round:
    """Integrate everything pending, sign it, have it cosigned.

    Waits for another process's round to end first. Call it outside transactions.
    """
    with sequencing():
        total, tiles = 0, _Tiles()
        while count := _integrate_batch(tiles):
            total += count
        return Round(total, _cosign_latest(tiles))


@contextmanager
def sequencing() -> Iterator[None]:
    """Be the only sequencer: an advisory lock on PostgreSQL, a file lock beside SQLite."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
        return
    descriptor = os.open(folder("ledger") / "sequencer.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _durable_transaction() -> Iterator[None]:
    """A transaction that is on disk once it is committed, with all that was committed before it."""
    pragma = connection.vendor == "sqlite" and not connection.in_atomic_block
    if pragma:
        with connection.cursor() as cursor:
            # Ordinary commits run with NORMAL; in WAL mode one FULL commit flushes them too.
            cursor.execute("PRAGMA synchronous=FULL")
    try:
        with transaction.atomic(durable=True):
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL synchronous_commit = on")
            yield
    finally:
        if pragma:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA synchronous=NORMAL")


def read_tile(tile: TileId) -> bytes:
    """A tile as stored; empty where there is none."""
    row = prepared.run(connection, _TILE, [tile.level, tile.index]).fetchone()
    return bytes(row[0]) if row else b""


class _Tiles:
    """The tiles of a round: each is read once, and those that grew are known already."""

    def __init__(self) -> None:
        self._known: dict[TileId, bytes] = {}

    def __call__(self, tile: TileId) -> bytes:
        if tile not in self._known:
            self._known[tile] = read_tile(tile)
        return self._known[tile]

    def grown(self, changed: dict[TileId, bytes]) -> None:
        """Take what was appended; the rest can be read again."""
        self._known = changed


def _integrate_batch(tiles: _Tiles) -> int:
    """Give the next facts their place; what is read before the transaction cannot change."""
    key = "id" if connection.vendor == "postgresql" else "rowid"
    rows = prepared.run(connection, _PENDING.format(key=key), [BATCH]).fetchall()
    if not rows:
        return 0
    latest = _latest()
    before = latest[0] if latest else 0
    hashes = translog.leaf_hashes(KIND, [bytes(commitment) for _, commitment in rows])
    changed = translog.append(before, hashes, tiles)
    tiles.grown(changed)
    size = before + len(rows)
    root = translog.range_root(0, size, translog.node_reader(tiles))
    head = translog.Checkpoint(custody.log_signer().name, size, root)
    note = translog.sign_checkpoint(head, custody.log_signer())
    with _durable_transaction():
        _place([row[0] for row in rows], before)
        with connection.cursor() as cursor:
            cursor.executemany(
                _UPSERT_TILE, [(tile.level, tile.index, data) for tile, data in changed.items()]
            )
        prepared.insert(
            [prepared.make(Checkpoint, size=size, root=head.root, note=str(note), at=clock.now())]
        )
    return len(rows)


def _latest() -> tuple[int, str] | None:
    """Size and note of the latest checkpoint."""
    found: tuple[int, str] | None = prepared.run(connection, _LATEST, []).fetchone()
    return found


def _place(keys: list[Any], first: int) -> None:
    """Give facts their places from ``first``; keys are ids, or row numbers of SQLite."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_UPDATE_POSTGRESQL, [keys, list(range(first, first + len(keys)))])
            placed = cursor.rowcount
        else:
            placed = 0
            for start, end in _runs(keys):
                values = [keys[start], first + start, keys[start], keys[end - 1]]
                cursor.execute(_UPDATE_SQLITE, values)
                placed += cursor.rowcount
    if placed != len(keys):
        raise RuntimeError(f"{len(keys)} facts were pending, {placed} got a place")


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Stretches in which each number is one above the one before, as slices."""
    start = 0
    for end in range(1, len(numbers) + 1):
        if end == len(numbers) or numbers[end] != numbers[end - 1] + 1:
            yield start, end
            start = end


def placed_below(size: int, ids: Iterable[uuid.UUID]) -> int:
    """How many of the facts have a place below ``size``."""
    postgresql = connection.vendor == "postgresql"
    known: list[object] = [each if postgresql else each.hex for each in ids]
    among = "= ANY(%s)" if postgresql else "IN (SELECT value FROM json_each(%s))"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COUNT(*) FROM ledger_fact WHERE id {among} AND leaf_index < %s",  # noqa: S608
            [known if postgresql else json.dumps(known), size],
        )
        return int(cursor.fetchone()[0])


def _cosign_latest(tiles: TileReader) -> int:
    """Offer the latest checkpoint to every witness that has not answered it yet."""
    latest = _latest()
    if latest is None:
        return 0
    size, note = latest
    answered = dict(prepared.run(connection, _ANSWERED, [size]).fetchall())
    waiting = [name for name in custody.witness_names() if name not in answered]
    if waiting:
        made = _ask(size, note, waiting, tiles)
        with transaction.atomic():
            Cosignature.objects.bulk_create(made)
        answered |= {each.department: each.refusal for each in made}
    if sum(not refusal for refusal in answered.values()) >= custody.quorum():
        return size
    return cosigned_size()


def _ask(size: int, text: str, departments: list[str], tiles: TileReader) -> list[Cosignature]:
    note, log = Note.parse(text), custody.log_signer().verifier
    witnesses = [Witness(department) for department in departments]
    reader = translog.node_reader(tiles)
    proofs: dict[int, list[bytes]] = {0: []}
    offers = []
    for witness in witnesses:
        old = witness.state().size
        if old not in proofs:
            proofs[old] = translog.prove_consistency(old, size, reader) if old <= size else []
        offers.append((witness, old))
    now = clock.now()
    time = int(now.timestamp())

    def submit(offer: tuple[Witness, int]) -> Cosignature:
        witness, old = offer
        decision = witness.submit(note, old_size=old, proof=proofs[old], log=log, time=time)
        signed = isinstance(decision, Cosigned)
        return Cosignature(
            checkpoint_id=size,
            department=witness.department,
            line=str(decision.signature) if isinstance(decision, Cosigned) else "",
            refusal="" if signed else decision.reason.value,  # type: ignore[union-attr]
            at=now,
        )

    # Each witness waits for its disk; together they wait once.
    return list(_pool().map(submit, offers))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=8, thread_name_prefix="witness")


def cosigned_size() -> int:
    """Size of the latest checkpoint with enough cosignatures; 0 when there is none."""
    checkpoint = cosigned_checkpoint()
    return checkpoint.size if checkpoint else 0


def cosigned_checkpoint() -> Checkpoint | None:
    """The latest checkpoint with enough cosignatures."""
    needed = custody.quorum()
    newest = Checkpoint.objects.order_by("-size").prefetch_related("cosignatures")
    # Nearly always one of the two newest has its cosignatures: look at few before many.
    start, width = 0, 2
    while True:
        page = list(newest[start : start + width])
        for checkpoint in page:
            if sum(not each.refusal for each in checkpoint.cosignatures.all()) >= needed:
                return checkpoint
        if len(page) < width:
            return None
        start, width = start + width, 64
