"""The confluence: one matter runs through the departments as parallel lanes and joins.

A tree of blocks is laid out into plain shapes that a template draws as SVG. Blocks nest freely;
a lane's length is filled by its clock.
"""

import re
import unicodedata
from collections.abc import Iterator
from collections.abc import Sequence as Many
from dataclasses import dataclass, field
from typing import Literal

from heli.web.shapes import Text

State = Literal["on_time", "at_risk", "late", "suspended", "done", "waiting", "skipped"]

LANE = 54.0
TALL_LANE = 76.0
LINE = 16.0
END_GAP = 86.0
BRANCH = 86.0
TIGHT_BRANCH = 34.0
JOINT = 30.0
WIDE_LEAF = 300.0
FONT = 13.0
SMALL_FONT = 12.0
HATCHED = 0.15
WORD_GAP = 16.0
# How far the name above a lane may reach past its end: nothing else is drawn there.
SPILL = 20.0


@dataclass(frozen=True, slots=True)
class Leaf:
    """One department's step.

    Attributes:
        label: What is done.
        department: Who does it.
        state: Its clock's state, ``waiting`` before it has begun, ``skipped`` when not taken.
        fraction: Elapsed over allowed, 0 to 1.
        words: What the clock says.
        url: Where the step opens.
    """

    label: Text
    department: Text
    state: str
    fraction: float
    words: Text
    url: str = ""

    @property
    def filled(self) -> float:
        """The share of the lane to fill: all of it once done, however little time that took.

        A suspended lane shows its hatching even where no time had run before.
        """
        if self.state == "done":
            return 1.0
        return min(1.0, max(HATCHED if self.state == "suspended" else 0.0, self.fraction))


@dataclass(frozen=True, slots=True)
class Sequence:
    """Blocks one after the other."""

    blocks: Many["Block"]


@dataclass(frozen=True, slots=True)
class Parallel:
    """Blocks side by side; all of them must end."""

    blocks: Many["Block"]


@dataclass(frozen=True, slots=True)
class Exclusive:
    """Blocks of which one is taken."""

    blocks: Many["Block"]


Block = Leaf | Sequence | Parallel | Exclusive


@dataclass(frozen=True, slots=True)
class Lane:
    """A leaf with its place: a bar from ``x`` to ``x2`` at height ``y``.

    Attributes:
        title: What is done, or the first line of it.
        second: The second line, where one is too short.
        above: The first line of the department's name, where one is too short.
    """

    leaf: Leaf
    x: float
    x2: float
    y: float
    filled_to: float
    title: str
    words: str
    department: str
    wide: bool
    second: str = ""
    above: str = ""


@dataclass
class Drawing:
    """What a template needs to draw the confluence.

    Attributes:
        width: Width of the drawing in user units.
        height: Its height.
        lanes: The leaves.
        curves: SVG path data of the streams, with the class of each.
        diamonds: Centres of the points where one of several ways is chosen.
        start: Centre of the receiving circle.
        end: Centre of the joining circle.
    """

    width: float
    height: float
    lanes: list[Lane] = field(default_factory=list)
    curves: list[tuple[str, str]] = field(default_factory=list)
    diamonds: list[tuple[float, float]] = field(default_factory=list)
    start: tuple[float, float] = (0, 0)
    end: tuple[float, float] = (0, 0)


def leaves(block: Block) -> Iterator[Leaf]:
    """All steps of a tree, in reading order."""
    if isinstance(block, Leaf):
        yield block
    else:
        for child in block.blocks:
            yield from leaves(child)


def text_width(text: str, font: float = FONT) -> float:
    """Estimated width of ``text``: a Chinese character is as wide as the font is high."""
    return sum(
        font * (1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.56) for letter in text
    )


def fitted(text: str, width: float, font: float = FONT) -> str:
    """``text``, cut with an ellipsis where it is wider than ``width``."""
    if text_width(text, font) <= width:
        return text
    while text and text_width(text + "…", font) > width:
        text = text[:-1]
    return text.rstrip(" ·") + "…"


def two_lines(text: str, width: float, font: float = FONT) -> tuple[str, str]:
    """``text`` on one line, or broken into two between words, or between Chinese characters."""
    if text_width(text, font) <= width:
        return text, ""
    pieces = re.findall(r"[^\s\u2e80-\uffff]+\s*|.", text)
    first = ""
    while pieces and text_width(first + pieces[0].rstrip(), font) <= width:
        first += pieces.pop(0)
    if not first:
        return fitted(text, width, font), ""
    return first.rstrip(), fitted("".join(pieces).strip(), width, font)


def columns(block: Block) -> int:
    """How many steps follow each other at most."""
    if isinstance(block, Leaf):
        return 1
    counts = [columns(child) for child in block.blocks]
    return max(1, sum(counts) if isinstance(block, Sequence) else max(counts, default=1))


def draw(tree: Block, width: float = 860.0) -> Drawing:
    """Lay a tree out for the given width.

    Args:
        tree: What to draw.
        width: Width in user units; the height follows from the lanes.
    """
    return _Layout(tree, width).drawing


class _Layout:
    """One pass over the tree, from the outside in."""

    def __init__(self, tree: Block, width: float) -> None:
        self.inner = width - 2 * END_GAP
        narrowest = self._narrowest(tree, self.inner)
        needed = max((self._one_line(leaf) for leaf in leaves(tree)), default=0.0)
        self.tall = narrowest < max(WIDE_LEAF, needed)
        longest = max((text_width(str(leaf.label)) for leaf in leaves(tree)), default=0.0)
        named = max((text_width(str(x.department), SMALL_FONT) for x in leaves(tree)), default=0.0)
        above = LINE if self.tall and named > narrowest + SPILL else 0.0
        more = above + (LINE if longest > narrowest else 0.0)
        self.lane = TALL_LANE + more if self.tall else LANE
        height = self._height(tree) + above / 2
        middle = max(height / 2 + 8 + above / 4, 24.0)
        self.drawing = Drawing(width, max(height, middle + 44))
        self.drawing.start, self.drawing.end = (40.0, middle), (width - 40.0, middle)
        x, x2 = END_GAP, width - END_GAP
        if isinstance(tree, (Leaf, Sequence)):
            self._stream(58.0, middle, x, middle)
            self._stream(x2, middle, width - 60.0, middle)
            self._place(tree, x, x2, middle)
        else:
            self._fork(tree, 58.0, width - 60.0, middle)

    @staticmethod
    def _one_line(leaf: Leaf) -> float:
        """Length at which department, step and clock words fit on one line."""
        both = f"{leaf.department} · {leaf.label}" if leaf.department else str(leaf.label)
        return text_width(both) + text_width(str(leaf.words), SMALL_FONT) + WORD_GAP

    def _narrowest(self, block: Block, width: float) -> float:
        """Length of the shortest lane when ``block`` gets ``width``."""
        if isinstance(block, Leaf):
            return width
        if isinstance(block, Sequence):
            shares = self._shares(block, width)
            return min(
                (self._narrowest(c, w) for c, w in zip(block.blocks, shares, strict=True)),
                default=width,
            )
        inside = width - 2 * self._branch(block, width)
        return min((self._narrowest(child, inside) for child in block.blocks), default=width)

    @staticmethod
    def _shares(block: Sequence, width: float) -> list[float]:
        """Widths of the blocks of a sequence: as many parts as steps follow each other in each.

        What the streams of a fork take is set aside first, so that its steps are as long as others.
        """
        weights = [columns(child) for child in block.blocks]
        usable = width - JOINT * max(0, len(weights) - 1)
        forks = [
            2 * TIGHT_BRANCH if isinstance(child, Parallel | Exclusive) else 0.0
            for child in block.blocks
        ]
        if sum(forks) > usable / 3:
            forks = [0.0 for _ in forks]
        each = (usable - sum(forks)) / max(1, sum(weights))
        return [each * weight + fork for weight, fork in zip(weights, forks, strict=True)]

    @staticmethod
    def _branch(block: Parallel | Exclusive, width: float) -> float:
        roomy = width - 2 * BRANCH >= WIDE_LEAF * columns(block)
        return BRANCH if roomy else min(TIGHT_BRANCH, width / 6)

    def _height(self, block: Block) -> float:
        if isinstance(block, Leaf):
            return self.lane
        heights = [self._height(child) for child in block.blocks] or [self.lane]
        return max(heights) if isinstance(block, Sequence) else sum(heights)

    def _place(self, block: Block, x: float, x2: float, y: float) -> None:
        if isinstance(block, Leaf):
            self._leaf(block, x, x2, y)
        elif isinstance(block, Sequence):
            self._chain(block, x, x2, y)
        else:
            self._fork(block, x, x2, y)

    def _leaf(self, leaf: Leaf, x: float, x2: float, y: float) -> None:
        length = x2 - x
        words, second, department, above = str(leaf.words), "", "", ""
        if self.tall:
            title, second = two_lines(str(leaf.label), length)
            words = fitted(words, length, SMALL_FONT)
            above, department = two_lines(str(leaf.department), length + SPILL, SMALL_FONT)
            if not department:
                above, department = "", above
        else:
            both = f"{leaf.department} · {leaf.label}" if leaf.department else str(leaf.label)
            title = fitted(both, length - text_width(words, SMALL_FONT) - WORD_GAP)
        self.drawing.lanes.append(
            Lane(
                leaf,
                x,
                x2,
                y,
                x + length * leaf.filled,
                title,
                words,
                department,
                not self.tall,
                second,
                above,
            )
        )

    def _chain(self, block: Sequence, x: float, x2: float, y: float) -> None:
        at = x
        for child, width in zip(block.blocks, self._shares(block, x2 - x), strict=True):
            if at > x:
                self._stream(at - JOINT, y, at, y)
            self._place(child, at, at + width, y)
            at += width + JOINT

    def _fork(self, block: Parallel | Exclusive, x: float, x2: float, y: float) -> None:
        reach = self._branch(block, x2 - x)
        heights = [self._height(child) for child in block.blocks]
        top = y - sum(heights) / 2
        if isinstance(block, Exclusive):
            self.drawing.diamonds.append((x, y))
        for child, height in zip(block.blocks, heights, strict=True):
            middle = top + height / 2
            kind = "skipped" if all(leaf.state == "skipped" for leaf in leaves(child)) else ""
            self._stream(x, y, x + reach, middle, kind)
            self._place(child, x + reach, x2 - reach, middle)
            self._stream(x2 - reach, middle, x2, y, kind)
            top += height

    def _stream(self, x: float, y: float, x2: float, y2: float, kind: str = "") -> None:
        bend = (x2 - x) / 2
        path = f"M{x:.1f} {y:.1f}C{x + bend:.1f} {y:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        self.drawing.curves.append((path, kind))
