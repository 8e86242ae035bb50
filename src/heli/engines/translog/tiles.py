"""Tiles of a log: C2SP tlog-tiles, 256 hashes wide, eight tree levels high."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from heli.engines.translog.errors import TileError
from heli.engines.translog.hashing import HASH_SIZE, perfect_root
from heli.engines.translog.tree import NodeReader

TILE_HEIGHT = 8
"""Tree levels one tile stands for."""

TILE_WIDTH = 1 << TILE_HEIGHT
"""Hashes in a full tile."""


@dataclass(frozen=True, slots=True, order=True)
class TileId:
    """Address of a tile: the ``index``-th of its ``level``."""

    level: int
    index: int

    def path(self, width: int = TILE_WIDTH) -> str:
        """Path of the tile below the log's prefix, ``tile/<L>/<N>[.p/<W>]``.

        Args:
            width: Hashes in the tile, 1 to 256; below 256 the tile is partial.
        """
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        number = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
        partial = "" if width == TILE_WIDTH else f".p/{width}"
        return f"tile/{self.level}/{number}{partial}"


TileReader = Callable[[TileId], bytes]
"""Gives the stored bytes of a tile (``b""`` where none is stored yet)."""


def tile_width(tile: TileId, size: int) -> int:
    """Hashes the tile holds in a tree of ``size`` leaves, 0 to 256."""
    nodes = size >> (TILE_HEIGHT * tile.level)
    return max(0, min(TILE_WIDTH, nodes - tile.index * TILE_WIDTH))


def tiles_of(size: int) -> list[TileId]:
    """Every tile of a tree of ``size`` leaves, lowest level first."""
    found = []
    level, nodes = 0, size
    while nodes:
        found += [TileId(level, index) for index in range(-(-nodes // TILE_WIDTH))]
        level, nodes = level + 1, nodes >> TILE_HEIGHT
    return found


def node_reader(read_tile: TileReader) -> NodeReader:
    """Read any node hash of the tree from its tiles; each tile is fetched once.

    Raises:
        TileError: when the tile read does not hold the node.
    """
    fetched: dict[TileId, bytes] = {}

    def read(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        first = index << height
        tile = TileId(tile_level, first >> TILE_HEIGHT)
        if tile not in fetched:
            fetched[tile] = read_tile(tile)
        start = (first % TILE_WIDTH) * HASH_SIZE
        chunk = fetched[tile][start : start + (HASH_SIZE << height)]
        if len(chunk) != HASH_SIZE << height:
            raise TileError(reason=f"{tile.path()} lacks node {index} of level {level}")
        return perfect_root(split_hashes(chunk))

    return read


def split_hashes(tile: bytes) -> list[bytes]:
    """Cut the bytes of a tile into its hashes."""
    return [tile[i : i + HASH_SIZE] for i in range(0, len(tile), HASH_SIZE)]


def append(size: int, leaf_hashes: Sequence[bytes], read_tile: TileReader) -> dict[TileId, bytes]:
    """Append leaves to a tree held as tiles.

    Args:
        size: Leaves in the tree before.
        leaf_hashes: Hashes of the new leaves, in order.
        read_tile: Gives the rightmost partial tile of each level.

    Returns:
        Every tile that is new or has grown, with its whole new content.

    Raises:
        TileError: when a stored partial tile is not as wide as ``size`` demands.
    """
    changed: dict[TileId, bytes] = {}
    level, nodes, new = 0, size, list(leaf_hashes)
    while new:
        index, width = divmod(nodes, TILE_WIDTH)
        tile = read_tile(TileId(level, index))[: width * HASH_SIZE] if width else b""
        if len(tile) != width * HASH_SIZE:
            raise TileError(reason=f"{TileId(level, index).path(width)} is shorter than {width}")
        buffer = tile + b"".join(new)
        completed = []
        for start in range(0, len(buffer), TILE_WIDTH * HASH_SIZE):
            content = buffer[start : start + TILE_WIDTH * HASH_SIZE]
            changed[TileId(level, index)] = content
            index += 1
            if len(content) == TILE_WIDTH * HASH_SIZE:
                completed.append(perfect_root(split_hashes(content)))
        level, nodes, new = level + 1, nodes >> TILE_HEIGHT, completed
    return changed
