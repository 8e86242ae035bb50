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
from heli.engines.translog import Cosigned, Note, TileId
from heli.kernel import clock
from heli.kernel.home import folder
from heli.ledger import custody
from heli.ledger.content import leaf_of
from heli.ledger.models import Checkpoint, Cosignature, Tile
from heli.ledger.witnesses import Witness

BATCH = 4096
"""Leaves integrated in one transaction, so that other writers are not kept waiting."""

_LOCK = 0x48454C49  # "HELI": the advisory lock of the sequencer in its database

_UPDATE_SQLITE = "UPDATE ledger_fact SET leaf_index = %s WHERE id = %s AND leaf_index IS NULL"
_UPDATE_POSTGRESQL = (
    "UPDATE ledger_fact AS f SET leaf_index = n.place "
    "FROM unnest(%s::uuid[], %s::bigint[]) AS n(id, place) "
    "WHERE f.id = n.id AND f.leaf_index IS NULL"
)
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
        total = 0
        while count := _integrate_batch():
            total += count
        return Round(total, _cosign_latest())


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
    row = Tile.objects.filter(level=tile.level, position=tile.index).values_list("hashes").first()
    return bytes(row[0]) if row else b""


def _integrate_batch() -> int:
    """Give the next facts their place; what is read before the transaction cannot change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, commitment FROM ledger_fact WHERE leaf_index IS NULL ORDER BY id LIMIT %s",
            [BATCH],
        )
        rows = cursor.fetchall()
    if not rows:
        return 0
    latest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    hashes = [leaf_of(commitment).hash() for _, commitment in rows]
    changed = translog.append(latest, hashes, read_tile)
    size = latest + len(rows)
    reader = translog.node_reader(lambda tile: changed.get(tile) or read_tile(tile))
    head = translog.Checkpoint(
        custody.log_signer().name, size, translog.range_root(0, size, reader)
    )
    note = translog.sign_checkpoint(head, custody.log_signer())
    with _durable_transaction():
        _place([row[0] for row in rows], latest)
        with connection.cursor() as cursor:
            cursor.executemany(
                _UPSERT_TILE, [(tile.level, tile.index, data) for tile, data in changed.items()]
            )
        Checkpoint.objects.create(size=size, root=head.root, note=str(note), at=clock.now())
    return len(rows)


def _place(ids: list[Any], first: int) -> None:
    places = list(range(first, first + len(ids)))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_UPDATE_POSTGRESQL, [ids, places])
        else:
            cursor.executemany(_UPDATE_SQLITE, list(zip(places, ids, strict=True)))
        if cursor.rowcount != len(ids):
            raise RuntimeError(f"{len(ids)} facts were pending, {cursor.rowcount} got a place")


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


def _cosign_latest() -> int:
    """Offer the latest checkpoint to every witness that has not answered it yet."""
    latest = Checkpoint.objects.order_by("-size").first()
    if latest is None:
        return 0
    answered = dict(latest.cosignatures.values_list("department", "refusal"))
    waiting = [name for name in custody.witness_names() if name not in answered]
    if waiting:
        made = _ask(latest, waiting)
        with transaction.atomic():
            Cosignature.objects.bulk_create(made)
        answered |= {each.department: each.refusal for each in made}
    if sum(not refusal for refusal in answered.values()) >= custody.quorum():
        return latest.size
    return cosigned_size()


def _ask(latest: Checkpoint, departments: list[str]) -> list[Cosignature]:
    note, log = Note.parse(latest.note), custody.log_signer().verifier
    witnesses = [Witness(department) for department in departments]
    reader = translog.node_reader(read_tile)
    proofs: dict[int, list[bytes]] = {0: []}
    offers = []
    for witness in witnesses:
        old = witness.state().size
        if old not in proofs:
            known = old <= latest.size
            proofs[old] = translog.prove_consistency(old, latest.size, reader) if known else []
        offers.append((witness, old))
    now = clock.now()
    time = int(now.timestamp())

    def submit(offer: tuple[Witness, int]) -> Cosignature:
        witness, old = offer
        decision = witness.submit(note, old_size=old, proof=proofs[old], log=log, time=time)
        signed = isinstance(decision, Cosigned)
        return Cosignature(
            checkpoint=latest,
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
