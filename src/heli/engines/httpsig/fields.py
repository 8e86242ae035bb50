"""The part of structured field values (RFC 8941, now RFC 9651) that signatures are written in.

A dictionary whose members are inner lists of strings with parameters (``Signature-Input``) or byte
sequences (``Signature``, ``Content-Digest``). Anything else is refused.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field

from heli.engines.httpsig.errors import MalformedSignatureError

Bare = str | int | bytes | bool

_KEY = re.compile(r"[a-z*][a-z0-9_\-.*]*")
_STRING = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_INTEGER = re.compile(r"-?[0-9]{1,15}(?![0-9.])")
_BYTES = re.compile(r":([A-Za-z0-9+/]*={0,2}):")
_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*")
_SPACE = re.compile(r" *")
_COMMA = re.compile(r"[ \t]*,[ \t]*")


@dataclass(frozen=True, slots=True)
class InnerList:
    """Items with their parameters, then the parameters of the list itself.

    Attributes:
        text: As :func:`write_inner_list` writes it, where it was received so; else empty.
    """

    items: tuple[tuple[str, tuple[tuple[str, Bare], ...]], ...]
    parameters: tuple[tuple[str, Bare], ...]
    text: str = field(default="", compare=False)


Member = InnerList | bytes

# What nearly every signature looks like: one member, components without parameters, written as
# section 4.1 writes it.
_USUAL_LIST = re.compile(
    r'([a-z*][a-z0-9_\-.*]*)=(\(((?:"[a-z0-9@_-]+"(?: (?=")|(?=\))))*)\)'
    r'((?:;[a-z]+=(?:"[\x20\x21\x23-\x5b\x5d-\x7e]*"|(?:0|[1-9][0-9]{0,14})))*))'
)
_USUAL_BYTES = re.compile(r"([a-z*][a-z0-9_\-.*]*)=:([A-Za-z0-9+/]+={0,2}):")
_USUAL_PARAMETER = re.compile(r';([a-z]+)=(?:"([^"]*)"|([0-9]+))')
_USUAL_ITEM = re.compile(r'"([^"]+)"')


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        return match

    def eat(self, character: str) -> bool:
        if self.text.startswith(character, self.at):
            self.at += 1
            return True
        return False

    def fail(self, expected: str) -> MalformedSignatureError:
        return MalformedSignatureError(reason=f"{expected} expected at position {self.at + 1}")


def parse_dictionary(text: str) -> dict[str, Member]:
    """Read a dictionary of inner lists and byte sequences.

    Raises:
        MalformedSignatureError: The text is not such a dictionary, or names a key twice.
    """
    if (usual := _usual(text)) is not None:
        return usual
    reader = _Reader(text.strip(" "))
    members: dict[str, Member] = {}
    while True:
        key = reader.take(_KEY)
        if key is None or not reader.eat("="):
            raise reader.fail("a member name and =")
        if key.group() in members:
            raise MalformedSignatureError(reason=f"member {key.group()} is given twice")
        members[key.group()] = _member(reader)
        if reader.at == len(reader.text):
            return members
        if not reader.take(_COMMA):
            raise reader.fail("a comma")


def _usual(text: str) -> dict[str, Member] | None:
    """A dictionary of one usual member; ``None`` where it must be read piece by piece."""
    if match := _USUAL_LIST.fullmatch(text):
        label, whole, items, parameters = match.groups()
        found: list[tuple[str, Bare]] = [
            (name, int(number) if number else quoted)
            for name, quoted, number in _USUAL_PARAMETER.findall(parameters)
        ]
        if len(dict(found)) != len(found):
            return None
        listed = tuple((item, ()) for item in _USUAL_ITEM.findall(items))
        return {label: InnerList(listed, tuple(found), whole)}
    if match := _USUAL_BYTES.fullmatch(text):
        try:
            return {match[1]: base64.b64decode(match[2], validate=True)}
        except binascii.Error:
            return None
    return None


def _member(reader: _Reader) -> Member:
    if reader.eat("("):
        return _inner_list(reader)
    value = _bare(reader)
    if not isinstance(value, bytes):
        raise reader.fail("an inner list or a byte sequence")
    _parameters(reader)
    return value


def _inner_list(reader: _Reader) -> InnerList:
    items: list[tuple[str, tuple[tuple[str, Bare], ...]]] = []
    while True:
        reader.take(_SPACE)
        if reader.eat(")"):
            return InnerList(tuple(items), _parameters(reader))
        item = _bare(reader)
        if not isinstance(item, str):
            raise reader.fail("a component name")
        items.append((item, _parameters(reader)))
        if not reader.text.startswith((" ", ")"), reader.at):
            raise reader.fail("a space or )")


def _parameters(reader: _Reader) -> tuple[tuple[str, Bare], ...]:
    found: dict[str, Bare] = {}
    while reader.eat(";"):
        reader.take(_SPACE)
        key = reader.take(_KEY)
        if key is None:
            raise reader.fail("a parameter name")
        if key.group() in found:
            raise MalformedSignatureError(reason=f"parameter {key.group()} is given twice")
        found[key.group()] = _bare(reader) if reader.eat("=") else True
    return tuple(found.items())


def _bare(reader: _Reader) -> Bare:
    if match := reader.take(_STRING):
        return re.sub(r"\\(.)", r"\1", match.group(1))
    if match := reader.take(_BYTES):
        return _decode(match.group(1), reader)
    if match := reader.take(_INTEGER):
        return int(match.group())
    if match := reader.take(_TOKEN):
        return match.group()
    raise reader.fail("a string, a number or a byte sequence")


def _decode(text: str, reader: _Reader) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise reader.fail("base64") from None


def write_bytes(value: bytes) -> str:
    """Write a byte sequence."""
    return f":{base64.b64encode(value).decode()}:"


def write_inner_list(value: InnerList) -> str:
    """Write an inner list of strings with its parameters."""
    items = " ".join(_quote(item) + _write_parameters(extra) for item, extra in value.items)
    return f"({items}){_write_parameters(value.parameters)}"


def _write_parameters(parameters: tuple[tuple[str, Bare], ...]) -> str:
    return "".join(
        f";{key}" if value is True else f";{key}={_write_bare(value)}" for key, value in parameters
    )


def _write_bare(value: Bare) -> str:
    if isinstance(value, bytes):
        return write_bytes(value)
    if isinstance(value, str):
        return _quote(value)
    return str(value)


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
