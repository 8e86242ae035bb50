"""Merkle tree hashing of RFC 6962 section 2.1 (unchanged in RFC 9162), SHA-256."""

from hashlib import sha256

HASH_SIZE = 32
"""Bytes in a node hash."""

EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of one log entry, ``SHA-256(0x00 || leaf)``."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an interior node, ``SHA-256(0x01 || left || right)``."""
    return sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: list[bytes]) -> bytes:
    """Root over a power of two of node hashes of one level.

    Args:
        hashes: 1, 2, 4, 8 … hashes, left to right.
    """
    while len(hashes) > 1:
        hashes = [
            sha256(b"\x01" + hashes[i] + hashes[i + 1]).digest() for i in range(0, len(hashes), 2)
        ]
    return hashes[0]
