"""The shape of an RFC 6962 tree: which node covers what, roots of ranges, incremental append."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from heli.engines.translog.hashing import EMPTY_ROOT, node_hash

NodeReader = Callable[[int, int], bytes]
"""Gives the hash of the node ``(level, index)``: it covers leaves ``[index << level, …)``."""


def aligned_nodes(low: int, high: int) -> Iterator[tuple[int, int]]:
    """The fewest perfect subtrees that cover leaves ``[low, high)``, left to right.

    Args:
        low: First leaf; a multiple of the smallest power of two not below ``high - low``,
            as every range of an RFC 6962 tree is.
        high: One past the last leaf.

    Yields:
        ``(level, index)`` of each subtree root, levels falling.
    """
    while low < high:
        level = (high - low).bit_length() - 1
        yield level, low >> level
        low += 1 << level


def range_root(low: int, high: int, read: NodeReader) -> bytes:
    """``MTH(D[low:high])`` from the hashes of perfect subtrees."""
    root: bytes | None = None
    for level, index in reversed(list(aligned_nodes(low, high))):
        node = read(level, index)
        root = node if root is None else node_hash(node, root)
    return EMPTY_ROOT if root is None else root


@dataclass(frozen=True, slots=True)
class CompactRange:
    """All that is needed to append to a tree: the roots of its perfect subtrees.

    Attributes:
        size: Leaves in the tree.
        hashes: Subtree roots, left to right; one for every bit set in ``size``.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def extend(self, leaf_hashes: Iterable[bytes]) -> "CompactRange":
        """The range after appending ``leaf_hashes``; amortised two hashes a leaf."""
        size, stack = self.size, list(self.hashes)
        for leaf in leaf_hashes:
            node, carry = leaf, size
            while carry & 1:
                node, carry = node_hash(stack.pop(), node), carry >> 1
            stack.append(node)
            size += 1
        return CompactRange(size, tuple(stack))

    def root(self) -> bytes:
        """Root of the whole tree."""
        root: bytes | None = None
        for node in reversed(self.hashes):
            root = node if root is None else node_hash(node, root)
        return EMPTY_ROOT if root is None else root


def compact_range(size: int, read: NodeReader) -> CompactRange:
    """The compact range of the first ``size`` leaves, read from stored nodes."""
    return CompactRange(size, tuple(read(*node) for node in aligned_nodes(0, size)))
