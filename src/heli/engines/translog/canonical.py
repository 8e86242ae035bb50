"""Canonical JSON: RFC 8785 (JSON Canonicalization Scheme), one text for one value, for ever.

Values that JSON tools do not carry unchanged are refused rather than bent: numbers beyond 2^53,
NaN and infinities, text with lone surrogates or U+0000 (which PostgreSQL cannot store).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring
from math import isfinite
from typing import Any

from heli.engines.translog.errors import CanonicalError

MAX_SAFE = (1 << 53) - 1
"""The largest whole number that every JSON tool carries unchanged."""


def canonical_json(value: Any) -> bytes:
    """Canonical UTF-8 text of a JSON value.

    Raises:
        CanonicalError: naming the place of a value that has no canonical form.
    """
    return encoded(canonical_text(value))


def canonical_text(value: Any) -> str:
    """The same as text, to be put into a larger canonical text.

    Raises:
        CanonicalError: naming the place of a value that has no canonical form.
    """
    try:
        return _write(value, "$")
    except RecursionError:
        raise CanonicalError(path="$", reason="values nested too deeply") from None


def encoded(text: str) -> bytes:
    """Canonical text as bytes.

    Raises:
        CanonicalError: It holds half a surrogate pair.
    """
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise CanonicalError(path="$", reason="text with half a surrogate pair") from error


def _write(value: Any, path: str) -> str:
    writer = _WRITERS.get(type(value))
    return writer(value, path) if writer else _other(value, path)


def _other(value: Any, path: str) -> str:
    """Subclasses and mappings of other kinds."""
    for kind, writer in _WRITERS.items():
        if isinstance(value, kind):
            return writer(value, path)
    if isinstance(value, Mapping):
        return _object(value, path)
    raise CanonicalError(path=path, reason=f"JSON has no {type(value).__name__}")


def _whole(value: int, path: str) -> str:
    if not -MAX_SAFE <= value <= MAX_SAFE:
        raise CanonicalError(path=path, reason="a number beyond 2^53, write it as text")
    return str(int(value))


def _array(value: Sequence[Any], path: str) -> str:
    return "[" + ",".join([_write(e, f"{path}[{i}]") for i, e in enumerate(value)]) + "]"


def _text(value: str, path: str) -> str:
    if "\0" in value:
        raise CanonicalError(path=path, reason="text with the character U+0000")
    return encode_basestring(value)


def _object(value: Mapping[Any, Any], path: str) -> str:
    members = []
    for key, name in _ordered(tuple(value), path):
        member = value[key]
        if type(member) is str and "\0" not in member:
            members.append(f"{name}:{encode_basestring(member)}")
        else:
            members.append(f"{name}:{_write(member, f'{path}.{key}')}")
    return "{" + ",".join(members) + "}"


def _ordered(keys: tuple[Any, ...], path: str) -> tuple[tuple[str, str], ...]:
    if not all(isinstance(key, str) for key in keys):
        raise CanonicalError(path=path, reason="a key that is no text")
    if any("\0" in key for key in keys):
        raise CanonicalError(path=path, reason="text with the character U+0000")
    return _sorted(keys)


@lru_cache(maxsize=512)
def _sorted(keys: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Keys in canonical order, each with its text; objects of one kind have the same keys."""
    if all(key.isascii() for key in keys):
        order = sorted(keys)
    else:
        order = sorted(keys, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
    return tuple((key, encode_basestring(key)) for key in order)


def _number(value: float, path: str) -> str:
    """A double as ECMAScript prints it (RFC 8785 section 3.2.2.3)."""
    if not isfinite(value):
        raise CanonicalError(path=path, reason="a number that is not finite")
    if value.is_integer():
        return _write(int(value), path)
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        return mantissa
    power = int(exponent)
    if power < -6:
        return f"{mantissa}e{power}"
    sign = "-" if value < 0 else ""
    digits = mantissa.lstrip("-").replace(".", "")
    return f"{sign}0.{'0' * (-power - 1)}{digits}"


_WRITERS: dict[type, Callable[[Any, str], str]] = {
    str: _text,
    bool: lambda value, path: "true" if value else "false",
    type(None): lambda value, path: "null",
    int: _whole,
    float: _number,
    dict: _object,
    list: _array,
    tuple: _array,
}
