"""Classes of a quantity: few, with round bounds, each with about as many places.

Bounds are quantiles rounded to two digits, or to more where that leaves fewer than three classes of
what is nearly the same everywhere (choropleth classes by quantiles: Brewer and Pickle,
"Evaluation of methods for classifying epidemiological data on choropleth maps in series", 2002), so
that maps of skewed quantities such as flows still tell streets apart.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext

from heli.web import words

CLASSES = 5
"""Of a sequential scale."""
SIDE = (0.35, 0.8)
"""Where the classes of one side of a diverging scale part, as quantiles of the magnitudes."""

MOST_FIGURES = 4
"""Digits of a bound at most."""
NOTHING = 1e-12
"""Differences no greater than this are none: they come from the arithmetic."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Ascending bounds between classes; class ``n`` holds ``bounds[n-1] ≤ value < bounds[n]``.

    Attributes:
        classes: CSS class of each, one more than there are bounds.
    """

    bounds: tuple[float, ...]
    classes: tuple[str, ...]
    least: float
    greatest: float

    def class_of(self, value: float | None) -> str:
        """The CSS class of a value; ``none`` without one."""
        if value is None or not math.isfinite(value):
            return "none"
        return self.classes[bisect_right(self.bounds, value)]

    def labels(self, digits: int, signed: bool) -> list[tuple[str, str]]:
        """CSS class and range of each class that values can be in, in words."""
        ends = [-math.inf, *self.bounds, math.inf]
        return [
            (name, _range(*self._clipped(low, high), digits, signed))
            for name, low, high in zip(self.classes, ends, ends[1:], strict=False)
            if low <= self.greatest and high > self.least
        ]

    def _clipped(self, low: float, high: float) -> tuple[float, float]:
        """A range without open ends."""
        return (
            self.least if low == -math.inf else low,
            self.greatest if high == math.inf else high,
        )


def scale_for(
    values: Iterable[float], kind: Literal["sequential", "diverging"], within: float = 0.0
) -> Scale:
    """The classes for all values that are to be compared by colour."""
    known = sorted(value for value in values if math.isfinite(value))
    if not known:
        return Scale((), ("q2",), 0.0, 0.0)
    return _diverging(known, within) if kind == "diverging" else _sequential(known)


def _sequential(known: Sequence[float]) -> Scale:
    parted = _quantiles(known, [n / CLASSES for n in range(1, CLASSES)])
    for figures in range(2, MOST_FIGURES + 1):
        rounded = _round_bounds(parted, figures)
        bounds = tuple(bound for bound in rounded if known[0] < bound <= known[-1])
        if len(bounds) > 1:
            break
    first = CLASSES - 1 - len(bounds)
    names = tuple(f"q{n}" for n in range(first, CLASSES))
    return Scale(bounds, names, known[0], known[-1])


def _diverging(known: Sequence[float], within: float) -> Scale:
    sizes = sorted(abs(value) for value in known if abs(value) > max(within, NOTHING))
    if not sizes:
        return Scale((), ("same",), known[0], known[-1])
    inner = _rounded(within) if within else _rounded(_quantiles(sizes, [0.1])[0] / 2)
    outer = _round_bounds(_quantiles(sizes, SIDE))
    outer = tuple(bound for bound in outer if bound > inner)
    up = (inner, *outer)
    names = [f"{side}{n}" for side in ("less", "more") for n in range(1, len(up) + 1)]
    less, more = names[: len(up)], names[len(up) :]
    bounds = (*(-bound for bound in reversed(up)), *up)
    return Scale(bounds, (*reversed(less), "same", *more), known[0], known[-1])


def _quantiles(ordered: Sequence[float], shares: Iterable[float]) -> list[float]:
    last = len(ordered) - 1
    return [ordered[round(share * last)] for share in shares]


def _round_bounds(bounds: Iterable[float], figures: int = 2) -> tuple[float, ...]:
    return tuple(sorted({_rounded(bound, figures) for bound in bounds}))


def _rounded(value: float, figures: int = 2) -> float:
    """To two digits: 1,234 becomes 1,200; or to as many as are asked for."""
    if value == 0:
        return 0.0
    digits = figures - 1 - math.floor(math.log10(abs(value)))
    return round(value, digits)


def _range(low: float, high: float, digits: int, signed: bool) -> str:
    low_text, high_text = (_figure(each, digits, signed) for each in (low, high))
    if low_text == high_text:
        return low_text
    return gettext("%(low)s to %(high)s") % {"low": low_text, "high": high_text}


def _figure(value: float, digits: int, signed: bool) -> str:
    """A bound with as many digits as it needs, at least the layer's."""
    while digits < 6 and not math.isclose(round(value, digits), value, rel_tol=0.05, abs_tol=0):
        digits += 1
    return words.figure(float(value), digits, sign=signed)
