"""Going through every fact in the order of the log, against tiles and signed roots."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from heli.engines.translog import TILE_WIDTH, CompactRange, TileId
from heli.ledger.audit import rows
from heli.ledger.audit.anchors import Anchor
from heli.ledger.audit.findings import Finding, Kind
from heli.ledger.models import Fact

Progress = Callable[[int, int], None]
EVERY = 1000


@dataclass(frozen=True, slots=True)
class _Suspect:
    """The first fact whose leaf is not what its tile holds.

    Whether the fact or the tile was changed is told by the next signed root.
    """

    position: int
    fact: str
    hash: bytes
    before: str


class Walk:
    """One pass over the log.

    Args:
        size: Entries to go through.
        anchors: What was signed about the log.
    """

    def __init__(self, size: int, anchors: Iterable[Anchor]) -> None:
        self._size = size
        self._anchors: dict[int, list[Anchor]] = defaultdict(list)
        for anchor in anchors:
            self._anchors[anchor.size].append(anchor)
        self._leaves = rows.Leaves()
        self._range = CompactRange()
        self._position = 0
        self._firm = 0
        self._before = ""
        self._suspect: _Suspect | None = None
        self._tile: TileId | None = None

    def run(self, progress: Progress) -> Finding | None:
        """Go through all of it; the first thing that does not hold, if any."""
        for fact in rows.placed(self._size):
            finding = self._step(fact)
            if finding is not None:
                return finding
            if self._position % EVERY == 0:
                progress(self._position, self._size)
        progress(self._position, self._size)
        if self._position < self._size:
            return self._name(self._suspect) if self._suspect else self._gap()
        tile = self._tile or rows.damaged_upper_tile(self._size)
        if tile is not None:
            return Finding(Kind.TILE, figures={"tile": tile.path()})
        surplus = rows.surplus_tile()
        if surplus is not None:
            return Finding(Kind.SURPLUS, self._size, figures={"tile": surplus.path()})
        return None

    def _step(self, fact: Fact | rows.Unreadable) -> Finding | None:
        finding = self._out_of_place(fact)
        if finding is not None or isinstance(fact, rows.Unreadable):
            return self._name(self._suspect) if self._suspect else finding
        leaf = rows.leaf_hash_of(fact)
        self._range = self._range.extend([leaf])
        if self._suspect is None and leaf != self._leaves[self._position]:
            self._suspect = _Suspect(self._position, str(fact.pk), leaf, self._before)
        self._before = str(fact.pk)
        self._position += 1
        return self._compare() if self._position in self._anchors else None

    def _out_of_place(self, fact: Fact | rows.Unreadable) -> Finding | None:
        place = fact.leaf_index
        if place is not None and place < self._position:
            return Finding(Kind.INSERTED, place, str(fact.pk))
        if place != self._position:
            return self._gap()
        if not rows.intact(fact):
            kind = Kind.INSERTED if self._pushed_on() else Kind.ALTERED
            return Finding(kind, self._position, str(fact.pk))
        return None

    def _pushed_on(self) -> bool:
        """Whether the fact that was entered here stands, intact, one place further on."""
        after = rows.at(self._position + 1)
        if not isinstance(after, Fact) or not rows.intact(after):
            return False
        return rows.leaf_hash_of(after) == self._leaves[self._position]

    def _gap(self) -> Finding:
        """Nothing stands at the position: was it taken away or only moved?"""
        entered = self._leaves[self._position]
        holder = rows.holder_of(entered) if entered else ""
        if holder:
            return Finding(Kind.REORDERED, self._position, holder)
        return Finding(Kind.REMOVED, self._position, figures={"before": self._before or "—"})

    def _compare(self) -> Finding | None:
        """Hold the root of all facts so far against what was signed for this size."""
        root = self._range.root()
        signed = self._anchors[self._position]
        other = next((each for each in signed if each.root != root), None)
        if other is not None:
            return self._name(self._suspect) if self._suspect else self._rewritten(other)
        if self._suspect is not None:
            # The facts are what was signed, so it is the tile that was changed.
            self._tile = self._tile or TileId(0, self._suspect.position // TILE_WIDTH)
            self._suspect = None
        if any(each.firm for each in signed):
            self._firm = self._position
        return None

    def _rewritten(self, anchor: Anchor) -> Finding:
        first = Fact.objects.filter(leaf_index=self._firm).values_list("id", flat=True).first()
        figures = {"last": anchor.size - 1, "size": anchor.size, "source": anchor.source}
        return Finding(Kind.REWRITTEN, self._firm, str(first or ""), figures)

    def _name(self, suspect: _Suspect) -> Finding:
        """What was done at a position whose fact is not the one entered there."""
        entered = rows.Leaves()[suspect.position]
        known = rows.in_tiles(suspect.hash)
        holder = rows.holder_of(entered) if entered else ""
        if known and holder:
            return Finding(Kind.REORDERED, suspect.position, suspect.fact)
        if known:
            figures = {"before": suspect.before or "—"}
            return Finding(Kind.REMOVED, suspect.position, figures=figures)
        kind = Kind.INSERTED if holder else Kind.ALTERED
        return Finding(kind, suspect.position, suspect.fact)
