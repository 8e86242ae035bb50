import functools
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heli.engines.translog import (
    EMPTY_ROOT,
    CompactRange,
    ProofError,
    TileError,
    TileId,
    append,
    compact_range,
    leaf_hash,
    node_reader,
    prove_consistency,
    prove_inclusion,
    prove_inclusions,
    range_root,
    tile_width,
    tiles_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(str(n).encode()) for n in range(1200)]


def naive_root(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return sha256(b"\x01" + naive_root(hashes[:k]) + naive_root(hashes[k:])).digest()


def stored(tiles: dict[TileId, bytes], tile: TileId) -> bytes:
    return tiles.get(tile, b"")


def tiles_for(count: int) -> dict[TileId, bytes]:
    return append(0, LEAVES[:count], lambda _: b"")


WHOLE = tiles_for(len(LEAVES))


def read(level: int, index: int) -> bytes:
    return node_reader(lambda tile: WHOLE.get(tile, b""))(level, index)


@given(st.lists(st.integers(0, 300), max_size=6))
@settings(deadline=None, max_examples=40)
def test_appending_in_any_batches_gives_the_root_of_the_definition(batches):
    batches = batches[:4]
    tiles: dict[TileId, bytes] = {}
    size, compact = 0, CompactRange()
    for batch in batches:
        new = LEAVES[size : size + batch]
        tiles |= append(size, new, functools.partial(stored, tiles))
        compact = compact.extend(new)
        size += len(new)
    expected = naive_root(LEAVES[:size])
    reader = node_reader(lambda tile: tiles.get(tile, b""))
    assert compact.root() == expected
    assert range_root(0, size, reader) == expected
    assert compact_range(size, reader) == compact
    assert tiles == tiles_for(size)
    assert set(tiles) == set(tiles_of(size))
    assert all(len(data) == 32 * tile_width(tile, size) for tile, data in tiles.items())


def test_the_empty_tree():
    assert CompactRange().root() == EMPTY_ROOT == naive_root([])
    assert tiles_of(0) == []


def test_tile_layout_of_the_specification_example():
    widths = [(t.level, tile_width(t, 70_000)) for t in tiles_of(70_000)]
    assert widths.count((0, 256)) == 273
    assert [w for w in widths if w != (0, 256)] == [(0, 112), (1, 256), (1, 17), (2, 1)]


def test_tile_paths():
    assert TileId(0, 1234067).path() == "tile/0/x001/x234/067"
    assert TileId(1, 0).path(17) == "tile/1/000.p/17"


@given(st.data())
@settings(deadline=None, max_examples=80)
def test_every_inclusion_proof_verifies_and_any_changed_bit_breaks_it(data):
    size = data.draw(st.integers(1, len(LEAVES)))
    index = data.draw(st.integers(0, size - 1))
    root = range_root(0, size, read)
    proof = prove_inclusion(index, size, read)
    verify_inclusion(index, size, LEAVES[index], proof, root)
    parts = [LEAVES[index], root, *proof]
    which = data.draw(st.integers(0, len(parts) - 1))
    bit = data.draw(st.integers(0, 255))
    parts[which] = flip(parts[which], bit)
    with pytest.raises(ProofError):
        verify_inclusion(index, size, parts[0], parts[2:], parts[1])


@given(st.data())
@settings(deadline=None, max_examples=80)
def test_every_consistency_proof_verifies_and_any_changed_bit_breaks_it(data):
    size2 = data.draw(st.integers(1, len(LEAVES)))
    size1 = data.draw(st.integers(1, size2))
    roots = [range_root(0, size1, read), range_root(0, size2, read)]
    proof = prove_consistency(size1, size2, read)
    verify_consistency(size1, size2, proof, *roots)
    parts = [*roots, *proof]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flip(parts[which], data.draw(st.integers(0, 255)))
    with pytest.raises(ProofError):
        verify_consistency(size1, size2, parts[2:], parts[0], parts[1])


def flip(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value, "big") ^ (1 << bit)).to_bytes(len(value), "big")


@given(st.integers(1, 300), st.integers(0, 299), st.integers(0, 299))
@settings(deadline=None)
def test_a_proof_for_one_leaf_proves_no_other(size, index, other):
    index, other = index % size, other % size
    proof = prove_inclusion(index, size, read)
    root = range_root(0, size, read)
    if index != other:
        with pytest.raises(ProofError):
            verify_inclusion(other, size, LEAVES[index], proof, root)


@pytest.mark.parametrize(("size1", "size2"), [(0, 0), (0, 5), (6, 5), (-1, 5)])
def test_sizes_without_a_consistency_proof(size1, size2):
    with pytest.raises(ProofError):
        prove_consistency(size1, size2, read)
    with pytest.raises(ProofError):
        verify_consistency(size1, size2, [], EMPTY_ROOT, EMPTY_ROOT)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_leaves_outside_the_tree(index, size):
    with pytest.raises(ProofError):
        prove_inclusion(index, size, read)


@given(st.data())
@settings(deadline=None, max_examples=50)
def test_paths_of_several_leaves_are_those_of_each(data):
    size = data.draw(st.integers(1, len(LEAVES)))
    asked = data.draw(st.lists(st.integers(0, size - 1), max_size=40))
    found = prove_inclusions(asked, size, read)
    assert found == [prove_inclusion(index, size, read) for index in asked]
    for outside in (-1, size):
        with pytest.raises(ProofError, match="is not in a tree"):
            prove_inclusions([*asked, outside], size, read)


def test_damaged_tiles_are_named():
    with pytest.raises(TileError, match=r"tile/0/000\.p/7 is shorter"):
        append(7, LEAVES[7:9], lambda _: b"short")
    with pytest.raises(TileError, match="lacks node"):
        node_reader(lambda _: LEAVES[0])(1, 0)
