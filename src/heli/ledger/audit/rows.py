"""Reading facts and tiles for an audit, whatever was done to them."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import DatabaseError, connection
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from heli.engines.translog import HASH_SIZE, TILE_WIDTH, TileId, TranslogError
from heli.engines.translog.hashing import perfect_root
from heli.engines.translog.tiles import split_hashes, tile_width, tiles_of
from heli.ledger import sequencer
from heli.ledger.content import commitment_of, leaf_of
from heli.ledger.facts import FactForgotten
from heli.ledger.models import Fact, Tile

PAGE = 2000


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that holds what no fact can hold.

    Attributes:
        pk: Its id as it stands in the database.
        leaf_index: Its place.
    """

    pk: str
    leaf_index: int | None


def placed(size: int) -> Iterator[Fact | Unreadable]:
    """Facts with a place below ``size``, in its order."""
    after: int | None = None
    while True:
        rows = Fact.objects.filter(leaf_index__lt=size).order_by("leaf_index")
        page = _load(rows if after is None else rows.filter(leaf_index__gt=after), "leaf_index")
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].leaf_index


def at(position: int) -> Fact | Unreadable | None:
    """The fact with a place, if any has it."""
    found = _load(Fact.objects.filter(leaf_index=position), "leaf_index")
    return found[0] if found else None


def pending() -> Iterator[Fact | Unreadable]:
    """Facts without a place; none after one that cannot be read."""
    after: uuid.UUID | str | None = None
    while True:
        rows = Fact.objects.filter(leaf_index=None).order_by("id")
        page = _load(rows if after is None else rows.filter(id__gt=after), "raw")
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].pk


_NONSENSE = (ValueError, TypeError, AttributeError, OverflowError, DatabaseError)
"""What comes of reading a value that was never written by Heli."""


def _load(rows: QuerySet[Fact], key: str) -> list[Fact | Unreadable]:
    """The next rows; where one of them cannot be read, up to that one."""
    try:
        return list(rows[:PAGE])
    except _NONSENSE:
        found: list[Fact | Unreadable] = []
    raw = rows.annotate(raw=Cast("id", TextField()))
    for pk, place in raw.values_list("raw", "leaf_index")[:PAGE]:
        try:
            found.append(raw.get(**{key: pk if key == "raw" else place}))
        except _NONSENSE:
            return [*found, Unreadable(pk, place)]
    return found


def intact(fact: Fact | Unreadable) -> bool:
    """Whether a fact's content is what its commitment was made for.

    Without its salt that cannot be known; then nothing may be left of the content, and an intact
    fact of its own, entered later, must tell that this very fact was forgotten.
    """
    if isinstance(fact, Unreadable):
        return False
    if fact.salt is None:
        return _blank(fact) and any(_tells(each, fact) for each in _forgetting(fact))
    try:
        return commitment_of(fact, bytes(fact.salt)) == bytes(fact.commitment)
    except (*_NONSENSE, TranslogError):
        return False


def _blank(fact: Fact) -> bool:
    return not (fact.actor or fact.department or fact.subject or fact.matter or fact.data)


def _forgetting(fact: Fact) -> Iterator[Fact]:
    told = Fact.objects.filter(verb=FactForgotten.verb, subject=f"ledger.fact:{fact.pk}")
    yield from told.filter(salt__isnull=False)


def _tells(telling: Fact, fact: Fact) -> bool:
    """Whether an intact fact tells that this one was forgotten."""
    place, before = telling.leaf_index, fact.leaf_index
    later = before is not None and (place is None or place > before)
    said = {**telling.data, "ground": ""}
    right = {
        "fact": str(fact.pk),
        "told": fact.verb,
        "commitment": bytes(fact.commitment).hex(),
        "ground": "",
    }
    return later and said == right and intact(telling)


def forgotten() -> list[tuple[str, str]]:
    """Facts that were forgotten, with the ground; each is worth a look of its own."""
    rows = Fact.objects.filter(verb=FactForgotten.verb, salt__isnull=False).order_by("id")
    return [
        (str(each["fact"]), str(each["ground"])) for each in rows.values_list("data", flat=True)
    ]


def leaf_hash_of(fact: Fact) -> bytes:
    """The hash that stands for a fact in the log."""
    return leaf_of(fact.commitment).hash()


def holder_of(leaf_hash: bytes) -> str:
    """Id of the fact with that leaf hash, wherever it stands; empty when there is none."""
    rows = Fact.objects.order_by().values_list("id", "commitment")
    for pk, commitment in rows.iterator(chunk_size=PAGE):
        if leaf_of(commitment).hash() == leaf_hash:
            return str(pk)
    return ""


def stored_tile(tile: TileId) -> bytes:
    """A tile as stored; empty where there is none, or what is no tile."""
    try:
        return sequencer.read_tile(tile)
    except _NONSENSE:
        return b""


def surplus_tile() -> TileId | None:
    """A tile, or a part of one, that belongs to no entry."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT level, position, LENGTH(hashes) FROM ledger_tile")
        stored = cursor.fetchall()
        # Read after the tiles: meanwhile the log can only have grown.
        cursor.execute("SELECT COALESCE(MAX(size), 0) FROM ledger_checkpoint")
        size = cursor.fetchone()[0]
    for level, position, length in sorted(stored):
        tile = TileId(level, position)
        if length > tile_width(tile, size) * HASH_SIZE:
            return tile
    return None


class Leaves:
    """The lowest tiles, read in order."""

    def __init__(self) -> None:
        self._tile, self._bytes = -1, b""

    def __getitem__(self, position: int) -> bytes:
        """The leaf hash stored at a position; empty when its tile is too short."""
        tile, place = divmod(position, TILE_WIDTH)
        if tile != self._tile:
            self._tile, self._bytes = tile, stored_tile(TileId(0, tile))
        return self._bytes[place * HASH_SIZE : (place + 1) * HASH_SIZE]


def in_tiles(leaf_hash: bytes) -> bool:
    """Whether any of the lowest tiles holds the hash."""
    positions = Tile.objects.filter(level=0).values_list("position", flat=True)
    for position in positions.iterator(chunk_size=1000):
        hashes = stored_tile(TileId(0, position))
        if leaf_hash in hashes and leaf_hash in split_hashes(hashes):
            return True
    return False


def damaged_upper_tile(size: int) -> TileId | None:
    """The first tile above the leaves that does not follow from those below it."""
    for tile in tiles_of(size):
        if tile.level == 0:
            continue
        stored = split_hashes(stored_tile(tile))
        for place in range(tile_width(tile, size)):
            below = TileId(tile.level - 1, tile.index * TILE_WIDTH + place)
            hashes = split_hashes(stored_tile(below))
            full = len(hashes) == TILE_WIDTH
            if place >= len(stored) or not full or stored[place] != perfect_root(hashes):
                return tile
    return None
