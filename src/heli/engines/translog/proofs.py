"""Inclusion and consistency proofs: made from stored nodes, checked without them.

Source: RFC 9162 section 2.1.3 (inclusion) and 2.1.4 (consistency).
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from hmac import compare_digest

from heli.engines.translog.errors import ProofError
from heli.engines.translog.hashing import HASH_SIZE, node_hash
from heli.engines.translog.tree import NodeReader, range_root


def prove_inclusion(index: int, size: int, read: NodeReader) -> list[bytes]:
    """Audit path of leaf ``index`` in the tree of ``size`` leaves, bottom first.

    Raises:
        ProofError: when the leaf is not in the tree.
    """
    _demand_leaf(index, size)
    low, high = 0, size
    siblings: list[tuple[int, int]] = []
    while high - low > 1:
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        if index < middle:
            siblings.append((middle, high))
            high = middle
        else:
            siblings.append((low, middle))
            low = middle
    return [range_root(start, end, read) for start, end in reversed(siblings)]


def prove_inclusions(indices: Iterable[int], size: int, read: NodeReader) -> list[list[bytes]]:
    """The audit path of each of several leaves; each node that they share is hashed once.

    Args:
        indices: Leaves, in any order.
        size: Leaves in the tree.
        read: Gives stored nodes.

    Returns:
        As :func:`prove_inclusion` gives them, in the order of ``indices``.

    Raises:
        ProofError: when one is not in the tree.
    """
    asked = list(indices)
    paths: dict[int, list[bytes]] = {index: [] for index in asked}
    wanted = sorted(paths)
    for index in (*wanted[:1], *wanted[-1:]):
        _demand_leaf(index, size)

    def root(low: int, high: int, first: int, last: int) -> bytes:
        # Those of ``wanted[first:last]`` lie in the range.
        if first == last:
            return range_root(low, high, read)
        if high - low == 1:
            return read(0, low)
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        between = bisect_left(wanted, middle, first, last)
        left, right = root(low, middle, first, between), root(middle, high, between, last)
        for index in wanted[first:between]:
            paths[index].append(right)
        for index in wanted[between:last]:
            paths[index].append(left)
        return node_hash(left, right)

    if wanted:
        root(0, size, 0, len(wanted))
    return [paths[index] for index in asked]


def prove_consistency(size1: int, size2: int, read: NodeReader) -> list[bytes]:
    """Proof that the tree of ``size2`` leaves extends the one of ``size1``.

    Raises:
        ProofError: when ``size1`` is 0 (nothing to prove) or larger than ``size2``.
    """
    if not 0 < size1 <= size2:
        raise ProofError(reason=f"sizes {size1} and {size2} have no consistency proof")
    low, high, known = 0, size2, True
    nodes: list[tuple[int, int]] = []
    while size1 != high:
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        if size1 <= middle:
            nodes.append((middle, high))
            high = middle
        else:
            nodes.append((low, middle))
            low, known = middle, False
    if not known:
        nodes.append((low, high))
    return [range_root(start, end, read) for start, end in reversed(nodes)]


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that the leaf with hash ``leaf`` is at ``index`` in the tree with ``root``.

    Args:
        index: Position of the leaf, from 0.
        size: Leaves in the tree.
        leaf: Leaf hash, 32 bytes.
        proof: Audit path, bottom first.
        root: Root hash of the tree.

    Raises:
        ProofError: when it is not proven.
    """
    _demand_leaf(index, size)
    _demand_hashes([leaf, *proof, root])
    position, last, current = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError(reason="the path is too long")
        if position & 1 or position == last:
            current = node_hash(sibling, current)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError(reason="the path is too short")
    if not compare_digest(current, root):
        raise ProofError(reason="the path leads to another root")


def verify_consistency(
    size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes
) -> None:
    """Check that the tree ``(size2, root2)`` extends ``(size1, root1)`` by appending only.

    A first size of 0 is always refused: the empty tree says nothing about the second.

    Raises:
        ProofError: when it is not proven.
    """
    if not 0 < size1 <= size2:
        raise ProofError(reason=f"sizes {size1} and {size2} have no consistency proof")
    if size1 == size2:
        if proof:
            raise ProofError(reason="equal sizes need no path, and one is given")
        if not compare_digest(root1, root2):
            raise ProofError(reason="two roots for one size")
        return
    _demand_hashes([*proof, root1, root2])
    path = list(proof)
    if size1 & (size1 - 1) == 0:
        path.insert(0, root1)
    if not path:
        raise ProofError(reason="the path is empty")
    first, second = _fold(size1, size2, path)
    if not (compare_digest(first, root1) and compare_digest(second, root2)):
        raise ProofError(reason="the path leads to another root")


def _fold(size1: int, size2: int, path: list[bytes]) -> tuple[bytes, bytes]:
    """Rebuild both roots from a consistency path (RFC 9162 section 2.1.4.2, steps 4 to 6)."""
    position, last = size1 - 1, size2 - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    first = second = path[0]
    for node in path[1:]:
        if last == 0:
            raise ProofError(reason="the path is too long")
        if position & 1 or position == last:
            first, second = node_hash(node, first), node_hash(node, second)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            second = node_hash(second, node)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError(reason="the path is too short")
    return first, second


def _demand_leaf(index: int, size: int) -> None:
    if not 0 <= index < size:
        raise ProofError(reason=f"leaf {index} is not in a tree of {size}")


def _demand_hashes(hashes: Sequence[bytes]) -> None:
    for value in hashes:
        if len(value) != HASH_SIZE:
            raise ProofError(reason=f"a hash has {len(value)} bytes instead of {HASH_SIZE}")
