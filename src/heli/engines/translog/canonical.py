"""Canonical JSON: RFC 8785 (JSON Canonicalization Scheme), one text for one value, for ever.

Values that JSON tools do not carry unchanged are refused rather than bent: numbers beyond 2^53,
NaN and infinities, text with lone surrogates or U+0000 (which PostgreSQL cannot store).
"""

from collections.abc import Mapping
from json.encoder import encode_basestring
from math import isfinite
from typing import Any

from heli.engines.translog.errors import CanonicalError

_MAX_SAFE = (1 << 53) - 1


def canonical_json(value: Any) -> bytes:
    """Canonical UTF-8 text of a JSON value.

    Raises:
        CanonicalError: naming the place of a value that has no canonical form.
    """
    try:
        return _write(value, "$").encode()
    except UnicodeEncodeError as error:
        raise CanonicalError(path="$", reason="text with half a surrogate pair") from error


def _write(value: Any, path: str) -> str:
    if isinstance(value, str):
        return _text(value, path)
    if value is None or value is True or value is False:
        return "null" if value is None else str(value).lower()
    if isinstance(value, int):
        if not -_MAX_SAFE <= value <= _MAX_SAFE:
            raise CanonicalError(path=path, reason="a number beyond 2^53, write it as text")
        return str(value)
    if isinstance(value, float):
        return _number(value, path)
    if isinstance(value, Mapping):
        return _object(value, path)
    if isinstance(value, list | tuple):
        return "[" + ",".join(_write(e, f"{path}[{i}]") for i, e in enumerate(value)) + "]"
    raise CanonicalError(path=path, reason=f"JSON has no {type(value).__name__}")


def _text(value: str, path: str) -> str:
    if "\0" in value:
        raise CanonicalError(path=path, reason="text with the character U+0000")
    return encode_basestring(value)


def _object(value: Mapping[Any, Any], path: str) -> str:
    keys = list(value)
    if not all(isinstance(key, str) for key in keys):
        raise CanonicalError(path=path, reason="a key that is no text")
    if all(key.isascii() for key in keys):
        keys.sort()
    else:
        keys.sort(key=lambda key: key.encode("utf-16-be", "surrogatepass"))
    members = [f"{_text(key, path)}:{_write(value[key], f'{path}.{key}')}" for key in keys]
    return "{" + ",".join(members) + "}"


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
