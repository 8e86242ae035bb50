"""Transparency log: Merkle tree, tiles, signed checkpoints, cosignatures, receipts.

Pure functions over plain data. Sources: RFC 6962, RFC 9162, RFC 8785, and the C2SP specifications
signed-note, tlog-checkpoint, tlog-cosignature, tlog-witness, tlog-tiles, tlog-policy.
"""

from heli.engines.translog.algorithms import SCHEMES, SECRET_SIZE, Algorithm
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
    AlgorithmError,
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
    LOG_KEYS,
    WITNESS_KEYS,
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
    prove_inclusions,
    verify_consistency,
    verify_inclusion,
)
from heli.engines.translog.receipts import Disclosure, Receipt, Verified, verify_receipt
from heli.engines.translog.submission import Answer, Submission, answer, read_signatures
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
from heli.engines.translog.witness import (
    ACCUSATIONS,
    Cosigned,
    Refusal,
    Refused,
    WitnessState,
    continues,
    decide,
)

__all__ = [
    "ACCUSATIONS",
    "EMPTY_ROOT",
    "HASH_SIZE",
    "LOG_KEYS",
    "SALT_SIZE",
    "SCHEMES",
    "SECRET_SIZE",
    "TILE_WIDTH",
    "WITNESS_KEYS",
    "Algorithm",
    "AlgorithmError",
    "Answer",
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
    "Submission",
    "TileError",
    "TileId",
    "TileReader",
    "TranslogError",
    "TrustedKeys",
    "Verified",
    "VerifierKey",
    "WitnessState",
    "answer",
    "append",
    "canonical_json",
    "commit",
    "compact_range",
    "continues",
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
    "prove_inclusions",
    "range_root",
    "read_signatures",
    "sign_checkpoint",
    "sign_note",
    "tile_width",
    "tiles_of",
    "verify_consistency",
    "verify_inclusion",
    "verify_receipt",
]
