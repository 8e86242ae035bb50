import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heli.engines.translog import (
    Checkpoint,
    CompactRange,
    SignatureType,
    Signer,
    TileId,
    TrustedKeys,
    append,
    cosign,
    leaf_hash,
    node_reader,
    sign_checkpoint,
)

ORIGIN = "heli.example/linjiang"


def signer(name: str, kind: SignatureType, seed: int) -> Signer:
    return Signer(name, kind, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


class Log:
    """A log in memory, kept as tiles only, the way a database would keep it."""

    def __init__(self) -> None:
        self.tiles: dict[TileId, bytes] = {}
        self.size = 0
        self.leaves: list[bytes] = []
        self.signer = signer(ORIGIN, SignatureType.NOTE, 1)

    def add(self, *leaves: bytes) -> None:
        hashes = [leaf_hash(leaf) for leaf in leaves]
        self.tiles |= append(self.size, hashes, self.tile)
        self.size += len(leaves)
        self.leaves += leaves

    def tile(self, tile: TileId) -> bytes:
        return self.tiles.get(tile, b"")

    def node(self, level: int, index: int) -> bytes:
        return node_reader(self.tile)(level, index)

    def root(self, size: int | None = None) -> bytes:
        leaves = self.leaves if size is None else self.leaves[:size]
        return CompactRange().extend(map(leaf_hash, leaves)).root()

    def checkpoint(self, size: int | None = None):
        size = self.size if size is None else size
        return sign_checkpoint(Checkpoint(ORIGIN, size, self.root(size)), self.signer)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def witnesses() -> dict[str, Signer]:
    kind = SignatureType.COSIGNATURE
    return {f"w{n}": signer(f"heli.example/witness/{n}", kind, 10 + n) for n in range(3)}


@pytest.fixture
def keys(log, witnesses) -> TrustedKeys:
    public = {name: each.verifier for name, each in witnesses.items()}
    return TrustedKeys.threshold([log.signer.verifier], public, 2)


@pytest.fixture
def cosigned(log, witnesses):
    def make(count: int = 3):
        note = log.checkpoint()
        lines = [cosign(note, each, 1_700_000_000) for each in list(witnesses.values())[:count]]
        return note.signed(lines)

    return make
