"""What somebody with the database's password can do, by SQL, once the triggers are gone."""

import json
import os

from django.db import connection

from heli.engines import translog
from heli.kernel.ids import uuid7
from heli.ledger import custody, guard
from heli.ledger.content import commitment_of, leaf_of
from heli.ledger.models import Fact, Tile


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def at(position):
    return Fact.objects.get(leaf_index=position)


def alter(position):
    """Change what a fact says."""
    sql("UPDATE ledger_fact SET data = %s WHERE leaf_index = %s", '{"n": 999999}', position)


def alter_consistently(position):
    """Change what a fact says, and its commitment with it."""
    row = at(position)
    row.data = {**row.data, "n": 999999}
    made = commitment_of(row, bytes(row.salt))
    alter(position)
    sql("UPDATE ledger_fact SET data = %s, commitment = %s WHERE leaf_index = %s",
        json.dumps(row.data), made, position)  # fmt: skip


def remove(position):
    """Take a fact away."""
    sql("DELETE FROM ledger_fact WHERE leaf_index = %s", position)


def shift(first, by):
    """Move every fact from a position on; in two steps, for places are unique."""
    sql("UPDATE ledger_fact SET leaf_index = -leaf_index - 1 WHERE leaf_index >= %s", first)
    sql("UPDATE ledger_fact SET leaf_index = -leaf_index - 1 + %s WHERE leaf_index < 0", by)


def remove_and_close(position):
    """Take a fact away and close the gap."""
    remove(position)
    shift(position + 1, -1)


def insert(position):
    """Slip a fact in, well-formed in itself."""
    shift(position, 1)
    return add(position)


def add(position):
    """Give a new, well-formed fact a place that nobody has."""
    pattern = at(position - 1)
    row = Fact(
        id=uuid7(), at=pattern.at, actor="person:666", department="xfjy", verb=pattern.verb,
        subject="", matter="", data={"n": 666, "note": ""}, salt=os.urandom(32),
        leaf_index=position,
    )  # fmt: skip
    row.commitment = commitment_of(row, row.salt)
    row.save(force_insert=True)
    return row


def copy(position):
    """Slip in a copy of the fact before, commitment and all, under an id of its own."""
    shift(position, 1)
    row = at(position - 1)
    row.id, row.leaf_index = uuid7(), position
    row.save(force_insert=True)
    return row


def swap(one, other):
    """Let two facts change places."""
    sql("UPDATE ledger_fact SET leaf_index = -1 WHERE leaf_index = %s", one)
    sql("UPDATE ledger_fact SET leaf_index = %s WHERE leaf_index = %s", one, other)
    sql("UPDATE ledger_fact SET leaf_index = %s WHERE leaf_index = -1", other)


def rebuild_tiles():
    """Make all tiles anew from the facts."""
    facts = Fact.objects.filter(leaf_index__isnull=False).order_by("leaf_index")
    hashes = [leaf_of(row.commitment).hash() for row in facts]
    tiles = translog.append(0, hashes, lambda tile: b"")
    Tile.objects.all().delete()
    Tile.objects.bulk_create(
        Tile(level=tile.level, position=tile.index, hashes=data) for tile, data in tiles.items()
    )
    return len(hashes)


def resign_checkpoints():
    """Sign every checkpoint anew with the log's own key, and drop the cosignatures."""
    read = translog.node_reader(
        lambda tile: bytes(Tile.objects.get(level=tile.level, position=tile.index).hashes)
    )
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_cosignature")
        cursor.execute("SELECT size FROM ledger_checkpoint")
        sizes = [row[0] for row in cursor.fetchall()]
    log = custody.log_signer()
    for size in sizes:
        head = translog.Checkpoint(log.name, size, translog.range_root(0, size, read))
        note = translog.sign_checkpoint(head, log)
        sql("UPDATE ledger_checkpoint SET root = %s, note = %s WHERE size = %s",
            head.root, str(note), size)  # fmt: skip


def cut(size):
    """Forget everything from a checkpoint on."""
    sql("DELETE FROM ledger_fact WHERE leaf_index >= %s", size)
    sql("DELETE FROM ledger_cosignature WHERE checkpoint_id > %s", size)
    sql("DELETE FROM ledger_checkpoint WHERE size > %s", size)
    rebuild_tiles()


def unguard():
    """Drop the triggers."""
    guard.remove(connection)
