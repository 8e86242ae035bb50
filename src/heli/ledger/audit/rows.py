"""Reading facts and tiles for an audit, whatever was done to them."""

import uuid
from collections.abc import Iterator

from django.db.models import QuerySet

from heli.engines.translog import HASH_SIZE, TILE_WIDTH, TileId, TranslogError
from heli.engines.translog.hashing import perfect_root
from heli.engines.translog.tiles import split_hashes, tile_width, tiles_of
from heli.ledger import sequencer
from heli.ledger.content import commitment_of, leaf_of
from heli.ledger.facts import SaltDestroyed
from heli.ledger.models import Fact, Tile

PAGE = 2000


def placed(size: int) -> Iterator[Fact]:
    """Facts with a place below ``size``, in its order."""
    after: int | None = None
    while True:
        rows = Fact.objects.filter(leaf_index__lt=size).order_by("leaf_index")
        page = _load(rows if after is None else rows.filter(leaf_index__gt=after))
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].leaf_index


def pending() -> Iterator[Fact]:
    """Facts without a place."""
    after: uuid.UUID | None = None
    while True:
        rows = Fact.objects.filter(leaf_index=None).order_by("id")
        page = _load(rows if after is None else rows.filter(id__gt=after))
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].pk


def _load(rows: QuerySet[Fact]) -> list[Fact]:
    try:
        return list(rows[:PAGE])
    except (ValueError, TypeError):
        # Somebody wrote what is no instant: such a fact fails when it is looked at.
        return list(rows.defer("data", "at")[:PAGE])


def intact(fact: Fact) -> bool:
    """Whether a fact's content is what its commitment was made for.

    Without its salt that cannot be known; then a fact of its own must tell of the destruction.
    """
    if fact.salt is None:
        told = Fact.objects.filter(verb=SaltDestroyed.verb, subject=f"ledger.fact:{fact.pk}")
        return told.exists()
    try:
        return commitment_of(fact, bytes(fact.salt)) == bytes(fact.commitment)
    except (ValueError, TypeError, AttributeError, TranslogError):
        return False


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


class Leaves:
    """The lowest tiles, read in order."""

    def __init__(self) -> None:
        self._tile, self._bytes = -1, b""

    def __getitem__(self, position: int) -> bytes:
        """The leaf hash stored at a position; empty when its tile is too short."""
        tile, place = divmod(position, TILE_WIDTH)
        if tile != self._tile:
            self._tile, self._bytes = tile, sequencer.read_tile(TileId(0, tile))
        return self._bytes[place * HASH_SIZE : (place + 1) * HASH_SIZE]


def in_tiles(leaf_hash: bytes) -> bool:
    """Whether any of the lowest tiles holds the hash."""
    rows = Tile.objects.filter(level=0).values_list("hashes", flat=True)
    return any(
        leaf_hash in split_hashes(bytes(hashes))
        for hashes in rows.iterator(chunk_size=64)
        if leaf_hash in bytes(hashes)
    )


def damaged_upper_tile(size: int) -> TileId | None:
    """The first tile above the leaves that does not follow from those below it."""
    for tile in tiles_of(size):
        if tile.level == 0:
            continue
        stored = split_hashes(sequencer.read_tile(tile))
        for place in range(tile_width(tile, size)):
            below = TileId(tile.level - 1, tile.index * TILE_WIDTH + place)
            hashes = split_hashes(sequencer.read_tile(below))
            full = len(hashes) == TILE_WIDTH
            if place >= len(stored) or not full or stored[place] != perfect_root(hashes):
                return tile
    return None
