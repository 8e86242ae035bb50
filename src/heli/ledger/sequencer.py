"""The sequencer: gives pending facts their place in the log, one process at a time.

A round reads what is pending, writes places, tiles and a signed checkpoint in one transaction that
is on disk when it returns, and only then asks the witnesses. A crash leaves either nothing, or a
checkpoint without cosignatures, which the next round has cosigned.
"""

import fcntl
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection, transaction

from heli.engines import translog
from heli.engines.translog import ACCUSATIONS, Note, NoteSignature, TileId, TileReader, TrustedKeys
from heli.kernel import clock, prepared, wal
from heli.kernel.home import folder
from heli.ledger import answers, custody
from heli.ledger.content import KIND
from heli.ledger.cosigning import Desk
from heli.ledger.models import Checkpoint

BATCH = 4096
"""Leaves integrated in one transaction, so that other writers are not kept waiting."""

MANY = 512
"""From so many leaves on, what SQLite committed before goes to disk beside the hashing."""

_LOCK = 0x48454C49  # "HELI": the advisory lock of the sequencer in its database

_PENDING = "SELECT {key}, commitment FROM ledger_fact WHERE leaf_index IS NULL ORDER BY id LIMIT %s"
# Rows written one after the other, as nearly all are, get their places in one statement.
_UPDATE_SQLITE = (
    "UPDATE ledger_fact SET leaf_index = rowid - %s + %s "
    "WHERE rowid BETWEEN %s AND %s AND leaf_index IS NULL"
)
_UPDATE_POSTGRESQL = (
    "UPDATE ledger_fact AS f SET leaf_index = n.place "
    "FROM (SELECT id, %s + place - 1 AS place "
    "FROM unnest(%s::uuid[]) WITH ORDINALITY AS u(id, place)) AS n "
    "WHERE f.id = n.id AND f.leaf_index IS NULL"
)
_PLACED_SQLITE = (
    "SELECT COUNT(*) FROM json_each(%s) AS known "
    "CROSS JOIN ledger_fact AS f ON f.id = known.value WHERE f.leaf_index < %s"
)
_PLACED_POSTGRESQL = "SELECT COUNT(*) FROM ledger_fact WHERE id = ANY(%s) AND leaf_index < %s"
_TILE = "SELECT hashes FROM ledger_tile WHERE level = %s AND position = %s"
_LATEST = "SELECT size, note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1"
_NEWEST = (
    "SELECT c.size, c.note, s.department, s.line, s.refusal FROM "
    "(SELECT size, note FROM ledger_checkpoint ORDER BY size DESC LIMIT 2) c "
    "LEFT JOIN ledger_cosignature s ON s.checkpoint_id = c.size ORDER BY c.size DESC, s.id"
)
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
        released_size: Entries on whose strength something may be released: those cosigned by
            enough witnesses; all that are signed where too few can be reached and none disputes.
    """

    integrated: int
    cosigned_size: int
    released_size: int


def integrate() -> Round:
    """Integrate everything pending, sign it, have it cosigned.

    Waits for another process's round to end first. Call it outside transactions. What is recorded
    meanwhile is for the next round: under load this one would not come to its witnesses.
    """
    with sequencing():
        total, count, tiles = 0, BATCH, _Tiles()
        while count == BATCH:
            count = _integrate_batch(tiles)
            total += count
        return Round(total, *_cosign_latest(tiles))


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
    sqlite = connection.vendor == "sqlite"
    key = "rowid" if sqlite else "id"
    rows = prepared.run(connection, _PENDING.format(key=key), [BATCH]).fetchall()
    if not rows:
        return 0
    latest = _latest()
    before = latest[0] if latest else 0
    with wal.going_to_disk() if sqlite and len(rows) >= MANY else nullcontext():
        hashes = translog.leaf_hashes(KIND, [bytes(commitment) for _, commitment in rows])
        changed = translog.append(before, hashes, tiles)
        tiles.grown(changed)
        size = before + len(rows)
        root = translog.range_root(0, size, translog.node_reader(tiles))
        signers = custody.log_signers()
        head = translog.Checkpoint(signers[0].name, size, root)
        note = translog.sign_checkpoint(head, *signers)
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
            cursor.execute(_UPDATE_POSTGRESQL, [first, f"{{{','.join(map(str, keys))}}}"])
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


def placed_below(size: int, ids: Set[uuid.UUID]) -> int:
    """How many of the facts have a place below ``size``."""
    if connection.vendor == "postgresql":
        return int(prepared.run(connection, _PLACED_POSTGRESQL, [list(ids), size]).fetchone()[0])
    known = json.dumps([each.hex for each in ids])
    return int(prepared.run(connection, _PLACED_SQLITE, [known, size]).fetchone()[0])


def _cosign_latest(tiles: TileReader) -> tuple[int, int]:
    """Offer the latest checkpoint to every witness that has not answered it yet.

    Returns:
        Entries under the latest checkpoint with enough cosignatures, and entries on whose strength
        something may be released.
    """
    latest = _latest()
    if latest is None:
        return 0, 0
    (size, text), keys = latest, custody.trusted_keys()
    answered = _answers(size)
    if not keys.witnesses.keys() <= answered.keys():
        reader = translog.node_reader(tiles)

        @cache
        def proof(old: int) -> tuple[bytes, ...]:
            return tuple(translog.prove_consistency(old, size, reader)) if old else ()

        asked = _desk.ask(size, Note.parse(text), keys, answered, proof)
        if asked.replies or asked.silent or asked.back:
            with transaction.atomic():
                answers.keep(asked)
            answered = _answers(size)
    if keys.agrees({name for name, refusal in answered.items() if not refusal}):
        return size, size
    cosigned = cosigned_size()
    return cosigned, cosigned if disputed(answered.values()) else size


def disputed(refusals: Iterable[str]) -> bool:
    """Whether any of the answers to a checkpoint says that the past was changed."""
    return any(refusal in ACCUSATIONS for refusal in refusals)


def _answers(size: int) -> dict[str, str]:
    """Witnesses that answered a checkpoint, and why they refused; empty where they signed."""
    return dict(prepared.run(connection, _ANSWERED, [size]).fetchall())


_desk = Desk()


def cosigned_size() -> int:
    """Size of the latest checkpoint with enough cosignatures; 0 when there is none."""
    checkpoint = cosigned_checkpoint()
    return checkpoint.size if checkpoint else 0


def newest_head(keys: TrustedKeys) -> tuple[int, Note] | None:
    """Size and note, with cosignatures, of the latest checkpoint with enough of them.

    ``None`` where neither of the two newest has enough; :func:`cosigned_checkpoint` looks further.
    """
    rows = prepared.run(connection, _NEWEST, []).fetchall()
    for (size, text), group in groupby(rows, key=itemgetter(0, 1)):
        signed = {name: line for *_, name, line, refusal in group if name and not refusal}
        if keys.agrees(signed.keys()):
            signatures = [NoteSignature.parse(line.rstrip("\n")) for line in signed.values()]
            return size, Note.parse(text).signed(signatures)
    return None


def cosigned_checkpoint(keys: TrustedKeys | None = None) -> Checkpoint | None:
    """The latest checkpoint with enough cosignatures, by the policy in force or another."""
    keys = keys or custody.trusted_keys()
    newest = Checkpoint.objects.order_by("-size").prefetch_related("cosignatures")
    # Nearly always one of the two newest has its cosignatures: look at few before many.
    start, width = 0, 2
    while True:
        page = list(newest[start : start + width])
        for checkpoint in page:
            signed = checkpoint.cosignatures.all()
            if keys.agrees({each.department for each in signed if not each.refusal}):
                return checkpoint
        if len(page) < width:
            return None
        start, width = start + width, 64
