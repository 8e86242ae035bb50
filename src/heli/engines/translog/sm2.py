"""SM2 signatures with SM3: GM/T 0003.2-2012 (GB/T 32918.2-2016), curve of GM/T 0003.5-2012.

The nonce is derived from key and message as RFC 6979 does, with HMAC-SM3, so that signing needs no
randomness and the same message gives the same bytes. Whole numbers of Python take time that depends
on their value: keep such keys where nobody else measures the machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.hmac import HMAC

_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_A = _P - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
_SIZE = 32
PUBLIC_SIZE = 65
"""Bytes of a public key: ``04 || x || y``."""
SIGNATURE_SIZE = 64
"""Bytes of a signature: ``r || s``."""

IDENTITY = b"1234567812345678"
"""Identity of the signer in the hash: the default of GM/T 0009-2012, section 10."""

_Jacobian = tuple[int, int, int]
_INFINITY: _Jacobian = (1, 1, 0)


@dataclass(frozen=True, slots=True)
class SM2PublicKey:
    """A point of the curve, encoded as ``04 || x || y``."""

    encoded: bytes

    @classmethod
    def from_public_bytes(cls, data: bytes) -> "SM2PublicKey":
        """Read a public key.

        Raises:
            ValueError: when it is no point of the curve in the uncompressed form.
        """
        x, y = _number(data[1 : 1 + _SIZE]), _number(data[1 + _SIZE :])
        on_curve = (y * y - (x * x * x + _A * x + _B)) % _P == 0
        if len(data) != PUBLIC_SIZE or data[0] != 4 or max(x, y) >= _P or not on_curve:
            raise ValueError("no point of the SM2 curve")
        return cls(data)

    def public_bytes_raw(self) -> bytes:
        """The encoded point."""
        return self.encoded

    def verify(self, signature: bytes, message: bytes, *, identity: bytes = IDENTITY) -> None:
        """Check a signature ``r || s``.

        Raises:
            InvalidSignature: when it does not verify.
        """
        r, s = _number(signature[:_SIZE]), _number(signature[_SIZE:])
        total = (r + s) % _N
        if len(signature) != SIGNATURE_SIZE or not 0 < r < _N or not 0 < s < _N or not total:
            raise InvalidSignature
        point = _number(self.encoded[1 : 1 + _SIZE]), _number(self.encoded[1 + _SIZE :])
        found = _affine(_add(_times(s, _G), _times(total, point)))
        if found is None or (_digest(self.encoded, message, identity) + found[0]) % _N != r:
            raise InvalidSignature


@dataclass(frozen=True, slots=True)
class SM2PrivateKey:
    """A secret number ``d``, 1 to n - 2."""

    secret: int = field(repr=False)

    @classmethod
    def from_private_bytes(cls, data: bytes) -> "SM2PrivateKey":
        """Read a private key of 32 bytes.

        Raises:
            ValueError: when the number is out of range.
        """
        secret = _number(data)
        if len(data) != _SIZE or not 0 < secret < _N - 1:
            raise ValueError("no SM2 private key")
        return cls(secret)

    def private_bytes_raw(self) -> bytes:
        """The secret number, 32 bytes."""
        return self.secret.to_bytes(_SIZE, "big")

    def public_key(self) -> SM2PublicKey:
        """The public side."""
        return _public_side(self.secret)

    def sign(
        self, message: bytes, /, *, identity: bytes = IDENTITY, nonce: int | None = None
    ) -> bytes:
        """Sign a message: ``r || s``.

        Args:
            message: What is signed.
            identity: The signer's identity in the hash.
            nonce: For published test vectors only; a nonce used twice gives the key away.
        """
        digest = _digest(self.public_key().encoded, message, identity)
        for k in [nonce] if nonce else self._nonces(digest):
            point = _affine(_times(k, _G))
            assert point is not None
            r = (digest + point[0]) % _N
            s = pow(1 + self.secret, -1, _N) * (k - r * self.secret) % _N
            if r and s and r + k != _N:
                return r.to_bytes(_SIZE, "big") + s.to_bytes(_SIZE, "big")
        raise ValueError("the nonce gives no signature")

    def _nonces(self, digest: int) -> Iterator[int]:
        """RFC 6979 section 3.2 with HMAC-SM3; n has as many bits as SM3 gives."""
        seed = self.private_bytes_raw() + (digest % _N).to_bytes(_SIZE, "big")
        value, key = b"\x01" * _SIZE, bytes(_SIZE)
        for mark in (b"\x00", b"\x01"):
            key = _mac(key, value + mark + seed)
            value = _mac(key, value)
        while True:
            value = _mac(key, value)
            if 0 < (k := _number(value)) < _N:
                yield k
            key = _mac(key, value + b"\x00")
            value = _mac(key, value)


@lru_cache(maxsize=64)
def _public_side(secret: int) -> SM2PublicKey:
    point = _affine(_times(secret, _G))
    assert point is not None
    return SM2PublicKey(b"\x04" + b"".join(each.to_bytes(_SIZE, "big") for each in point))


def sm3(data: bytes) -> bytes:
    """SM3 digest, 32 bytes (GM/T 0004-2012)."""
    state = Hash(SM3())
    state.update(data)
    return state.finalize()


def _mac(key: bytes, data: bytes) -> bytes:
    state = HMAC(key, SM3())
    state.update(data)
    return state.finalize()


def _digest(public: bytes, message: bytes, identity: bytes) -> int:
    """``e = SM3(Z || message)`` with ``Z`` over identity, curve and public key."""
    curve = b"".join(each.to_bytes(_SIZE, "big") for each in (_A, _B, *_G))
    z = sm3((8 * len(identity)).to_bytes(2, "big") + identity + curve + public[1:])
    return _number(sm3(z + message))


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _double(point: _Jacobian) -> _Jacobian:
    """Doubling for a = -3 (dbl-2001-b of the Explicit-Formulas Database)."""
    x, y, z = point
    delta, gamma = z * z % _P, y * y % _P
    beta = x * gamma % _P
    alpha = 3 * (x - delta) * (x + delta) % _P
    x3 = (alpha * alpha - 8 * beta) % _P
    z3 = ((y + z) ** 2 - gamma - delta) % _P
    return x3, (alpha * (4 * beta - x3) - 8 * gamma * gamma) % _P, z3


def _add(one: _Jacobian, two: _Jacobian) -> _Jacobian:
    """Addition (add-1998-cmo-2), with the cases it leaves out."""
    if not one[2] or not two[2]:
        return two if not one[2] else one
    (x1, y1, z1), (x2, y2, z2) = one, two
    square1, square2 = z1 * z1 % _P, z2 * z2 % _P
    u1, u2 = x1 * square2 % _P, x2 * square1 % _P
    s1, s2 = y1 * z2 * square2 % _P, y2 * z1 * square1 % _P
    h, r = (u2 - u1) % _P, (s2 - s1) % _P
    if not h:
        return _INFINITY if r else _double(one)
    h2 = h * h % _P
    h3, v = h * h2 % _P, u1 * h2 % _P
    x3 = (r * r - h3 - 2 * v) % _P
    return x3, (r * (v - x3) - s1 * h3) % _P, h * z1 * z2 % _P


def _times(factor: int, point: tuple[int, int]) -> _Jacobian:
    """Multiply a point, four bits at a time."""
    table: list[_Jacobian] = [_INFINITY, (*point, 1)]
    while len(table) < 16:
        table.append(_add(table[-1], table[1]))
    total = _INFINITY
    for shift in range(252, -4, -4):
        for _ in range(4):
            total = _double(total)
        total = _add(total, table[factor >> shift & 15])
    return total


def _affine(point: _Jacobian) -> tuple[int, int] | None:
    x, y, z = point
    if not z:
        return None
    inverse = pow(z, -1, _P)
    square = inverse * inverse % _P
    return x * square % _P, y * square * inverse % _P
