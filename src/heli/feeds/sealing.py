"""Keys of records at rest: a keyed hash to compare, a sealed value to read the record with."""

from collections.abc import Iterable
from functools import cache
from hashlib import blake2b

from heli.kernel.sealing import Sealing

_sealing = Sealing("feeds")
_MASK = (1 << 63) - 1


@cache
def _hash_key() -> bytes:
    return bytes.fromhex(_sealing.digest("feeds", "comparing"))


def digest(address: str, key: str) -> str:
    """Keyed hash of a record of a resource, in hexadecimal."""
    return _sealing.digest(address, key)


def number(address: str, key: str) -> int:
    """A keyed hash of 63 bits.

    Among five million records two share theirs with a probability of about 10⁻⁶.
    """
    found = blake2b(f"{address}\n{key}".encode(), key=_hash_key(), digest_size=8).digest()
    return int.from_bytes(found, "big") & _MASK


def content(values: Iterable[object]) -> bytes:
    """Keyed hash of all fields of a record, 16 octets."""
    text = "\x1f".join("\x00" if value is None else repr(value) for value in values)
    return blake2b(text.encode(), key=_hash_key(), digest_size=16).digest()


def seal(address: str, key: str) -> bytes:
    """Encrypt the key of a record, bound to its resource."""
    return _sealing.seal_bytes(address, key.encode())


def unseal(address: str, sealed: bytes) -> str:
    """The key in a sealed value."""
    return _sealing.unseal_bytes(address, sealed).decode()
