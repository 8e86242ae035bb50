"""Limits of a value: the ``logicalTypeOptions`` of the standard that Heli keeps to."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from heli.engines.contracts.errors import ContractError
from heli.errors import gettext_noop

MAX_PATTERN = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """What a value keeps to; ``None`` where there is no limit.

    Attributes:
        min_length: Characters at least.
        max_length: Characters at most.
        pattern: Regular expression that the whole text fits.
        minimum: Least value; of a date, ISO 8601 text.
        maximum: Greatest value.
        above: Values are greater than this.
        below: Values are less than this.
    """

    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    minimum: float | str | None = None
    maximum: float | str | None = None
    above: float | str | None = None
    below: float | str | None = None

    def broken_by(self, value: Any) -> str:
        """Name of the limit that a value breaks, empty where it keeps them all."""
        text = isinstance(value, str)
        lengths = (
            ("minLength", text and self.min_length is not None and len(value) < self.min_length),
            ("maxLength", text and self.max_length is not None and len(value) > self.max_length),
            ("pattern", text and self.pattern is not None and not self._fits(value)),
        )
        ranges = (
            ("minimum", _compared(value, self.minimum, lambda a, b: a < b)),
            ("maximum", _compared(value, self.maximum, lambda a, b: a > b)),
            ("exclusiveMinimum", _compared(value, self.above, lambda a, b: a <= b)),
            ("exclusiveMaximum", _compared(value, self.below, lambda a, b: a >= b)),
        )
        return next((name for name, broken in (*lengths, *ranges) if broken), "")

    def _fits(self, value: str) -> bool:
        return re.fullmatch(self.pattern or "", value) is not None


def _compared(value: Any, limit: Any, beyond: Callable[[Any, Any], bool]) -> bool:
    alike = limit is not None and type(value) in _ALIKE.get(type(limit), ())
    return alike and bool(beyond(value, limit))


_ALIKE: dict[type, tuple[type, ...]] = {
    int: (int, float),
    float: (int, float),
    str: (str,),
}

_NAMES = {
    "minLength": "min_length",
    "maxLength": "max_length",
    "pattern": "pattern",
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "above",
    "exclusiveMaximum": "below",
}


def limits_of(options: Any) -> Limits:
    """The limits among ``logicalTypeOptions``; others are kept in the document and not checked."""
    if not isinstance(options, Mapping):
        return Limits()
    return Limits(**{_NAMES[key]: value for key, value in options.items() if key in _NAMES})


def check_options(options: Any, path: str) -> None:
    """Refuse limits that cannot be kept.

    Raises:
        ContractError: The options are no object, a length is no number, a pattern cannot be read
            or is longer than :data:`MAX_PATTERN`.
    """
    if options is None:
        return
    if not isinstance(options, Mapping):
        reason = gettext_noop("logicalTypeOptions is not an object")
        raise ContractError(field=path, path=path, reason=reason)
    for name in ("minLength", "maxLength"):
        value = options.get(name)
        if value is not None and (type(value) is not int or value < 0):
            where = f"{path}.{name}"
            reason = gettext_noop("a length is a whole number from 0")
            raise ContractError(field=where, path=where, reason=reason)
    _check_pattern(options.get("pattern"), f"{path}.pattern")


def _check_pattern(pattern: Any, path: str) -> None:
    if pattern is None:
        return
    try:
        if not isinstance(pattern, str) or len(pattern) > MAX_PATTERN:
            raise ValueError(pattern)
        re.compile(pattern)
    except (ValueError, re.error):
        reason = gettext_noop("the pattern is no regular expression of at most 200 characters")
        raise ContractError(field=path, path=path, reason=reason) from None
