"""Receipts: everything needed to prove offline that something is in the log."""

import json
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from heli.engines.translog.checkpoints import Checkpoint, Cosignature
from heli.engines.translog.commitments import Leaf, commit
from heli.engines.translog.encoding import decode64, encode64
from heli.engines.translog.errors import DisclosureError, ReceiptError
from heli.engines.translog.keys import TrustedKeys
from heli.engines.translog.notes import Note
from heli.engines.translog.proofs import verify_inclusion

FORMAT = "heli-receipt"
VERSION = 1
_REQUIRED = {"format", "version", "leaf", "index", "proof", "checkpoint"}
_DISCLOSURE = {"content", "salt"}
_LACKING = "lacking"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The content behind a commitment, with the salt that opens it."""

    content: Any
    salt: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """A leaf, where it is, the path to a root, and who signed that root.

    Attributes:
        leaf: The log entry.
        index: Its position, from 0.
        proof: Audit path, bottom first.
        checkpoint: The signed and cosigned checkpoint.
        disclosure: What the leaf commits to, if shown.
        lacking: Witnesses who had not cosigned when it was issued below their quorum; such a
            receipt proves nothing yet against the published keys.
    """

    leaf: Leaf
    index: int
    proof: tuple[bytes, ...]
    checkpoint: Note
    disclosure: Disclosure | None = None
    lacking: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The receipt as a JSON document, indented for people."""
        document: dict[str, Any] = {
            "format": FORMAT,
            "version": VERSION,
            "leaf": self.leaf.encode().decode(),
            "index": self.index,
            "proof": [encode64(node) for node in self.proof],
            "checkpoint": str(self.checkpoint),
        }
        if self.lacking:
            document[_LACKING] = list(self.lacking)
        if self.disclosure is not None:
            document["content"] = self.disclosure.content
            document["salt"] = encode64(self.disclosure.salt)
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "Receipt":
        """Read a receipt.

        Raises:
            ReceiptError: when it is no receipt of a known version, or holds anything unknown.
            NoteError: when its checkpoint is malformed.
        """
        document = _document(text)
        try:
            proof = tuple(decode64(node) for node in document["proof"])
            salt = decode64(document["salt"]) if "salt" in document else b""
        except (ValueError, TypeError) as error:
            raise ReceiptError(reason="a hash or the salt is not base64") from error
        disclosure = Disclosure(document["content"], salt) if "salt" in document else None
        return cls(
            leaf=Leaf.decode(_typed(document, "leaf", str).encode()),
            index=_typed(document, "index", int),
            proof=proof,
            checkpoint=Note.parse(_typed(document, "checkpoint", str)),
            disclosure=disclosure,
            lacking=_names(document.get(_LACKING, [])),
        )


@dataclass(frozen=True, slots=True)
class Verified:
    """What a receipt proves.

    Attributes:
        index: Position of the leaf in the log.
        checkpoint: The tree it is in.
        cosignatures: Trusted witnesses who signed that tree, and when.
        content: The disclosed content, proven to be what was committed to; ``None`` if not shown.
    """

    index: int
    checkpoint: Checkpoint
    cosignatures: tuple[Cosignature, ...]
    content: Any | None


def verify_receipt(receipt: Receipt, keys: TrustedKeys) -> Verified:
    """Check a receipt with nothing but public keys.

    Raises:
        SignatureError: when the log's signature or a cosignature does not hold.
        QuorumError: when too few trusted witnesses cosigned.
        ProofError: when the leaf is not in the signed tree.
        DisclosureError: when the content shown is not what was committed to.
    """
    checkpoint, found = keys.check(receipt.checkpoint)
    verify_inclusion(
        receipt.index, checkpoint.size, receipt.leaf.hash(), receipt.proof, checkpoint.root
    )
    content = None
    if receipt.disclosure is not None:
        content = receipt.disclosure.content
        opened = commit(receipt.leaf.kind, content, receipt.disclosure.salt)
        if not compare_digest(opened, receipt.leaf.commitment):
            raise DisclosureError
    return Verified(receipt.index, checkpoint, tuple(found), content)


def _document(text: str | bytes) -> dict[str, Any]:
    try:
        document = json.loads(text, object_pairs_hook=_no_repeats, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ReceiptError(reason="it is no JSON document") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ReceiptError(reason=f"it is no {FORMAT}")
    if document.get("version") != VERSION:
        raise ReceiptError(reason=f"its version is {document.get('version')}, known is {VERSION}")
    members = set(document) - {_LACKING}
    expected = _REQUIRED | _DISCLOSURE if members & _DISCLOSURE else _REQUIRED
    if members != expected:
        odd = sorted(members ^ expected)
        raise ReceiptError(reason=f"members missing or unknown: {', '.join(odd)}")
    return document


def _typed(document: dict[str, Any], name: str, kind: type) -> Any:
    value = document[name]
    if type(value) is not kind:
        raise ReceiptError(reason=f"{name} is of another type")
    return value


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ReceiptError(reason=f"{_LACKING} is no list of names")
    return tuple(value)


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is repeated")
    return members


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
