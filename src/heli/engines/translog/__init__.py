"""Transparency log: Merkle tree, tiles, signed checkpoints, cosignatures, receipts.

Pure functions over plain data. Sources: RFC 6962, RFC 9162, RFC 8785, and the C2SP specifications
signed-note, tlog-checkpoint, tlog-cosignature, tlog-witness, tlog-tiles, tlog-policy.
"""

from heli.engines.translog.canonical import canonical_json
from heli.engines.translog.checkpoints import (
    Checkpoint,
    Cosignature,
    cosign,
    cosignatures,
    open_checkpoint,
    sign_checkpoint,
)
from heli.engines.translog.commitments import SALT_SIZE, Leaf, commit, leaf_hashes
from heli.engines.translog.errors import (
    CanonicalError,
    DisclosureError,
    KeysError,
    NoteError,
    ProofError,
    QuorumError,
    ReceiptError,
    SignatureError,
    TileError,
    TranslogError,
)
from heli.engines.translog.hashing import EMPTY_ROOT, HASH_SIZE, leaf_hash, node_hash
from heli.engines.translog.keys import Group, TrustedKeys
from heli.engines.translog.notes import (
    Note,
    NoteSignature,
    SignatureType,
    Signer,
    VerifierKey,
    sign_note,
)
from heli.engines.translog.proofs import (
    prove_consistency,
    prove_inclusion,
    verify_consistency,
    verify_inclusion,
)
from heli.engines.translog.receipts import Disclosure, Receipt, Verified, verify_receipt
from heli.engines.translog.tiles import (
    TILE_WIDTH,
    TileId,
    TileReader,
    append,
    node_reader,
    tile_width,
    tiles_of,
)
from heli.engines.translog.tree import CompactRange, compact_range, range_root
from heli.engines.translog.witness import Cosigned, Refusal, Refused, WitnessState, decide

__all__ = [
    "EMPTY_ROOT",
    "HASH_SIZE",
    "SALT_SIZE",
    "TILE_WIDTH",
    "CanonicalError",
    "Checkpoint",
    "CompactRange",
    "Cosignature",
    "Cosigned",
    "Disclosure",
    "DisclosureError",
    "Group",
    "KeysError",
    "Leaf",
    "Note",
    "NoteError",
    "NoteSignature",
    "ProofError",
    "QuorumError",
    "Receipt",
    "ReceiptError",
    "Refusal",
    "Refused",
    "SignatureError",
    "SignatureType",
    "Signer",
    "TileError",
    "TileId",
    "TileReader",
    "TranslogError",
    "TrustedKeys",
    "Verified",
    "VerifierKey",
    "WitnessState",
    "append",
    "canonical_json",
    "commit",
    "compact_range",
    "cosign",
    "cosignatures",
    "decide",
    "leaf_hash",
    "leaf_hashes",
    "node_hash",
    "node_reader",
    "open_checkpoint",
    "prove_consistency",
    "prove_inclusion",
    "range_root",
    "sign_checkpoint",
    "sign_note",
    "tile_width",
    "tiles_of",
    "verify_consistency",
    "verify_inclusion",
    "verify_receipt",
]
