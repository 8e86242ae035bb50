"""Whether a file is the one that a receipt tells of: from files alone, without Django."""

import hmac
import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from heli.errors import HeliError
from heli.exchange.extracts.errors import UnreadableFileError
from heli.ledger import offline

PIECE = 1024 * 1024
RELEASED = "exchange.extract.released"


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """Whether the file is the one.

    Attributes:
        same: Its keyed hash is the one that was entered.
        proven: That this was entered in the log is proven by the keys given; ``None`` without keys.
        reason: Why not, in words; empty when all holds.
        content: What was entered.
    """

    same: bool
    proven: bool | None
    reason: str
    content: dict[str, Any]

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it."""
        return self.same and self.proven is not False

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "same": self.same,
            "proven": self.proven,
            "reason": self.reason,
            "content": self.content,
        }


def verify_extract(file: Path, proof: Path, keys: Path | None = None, key: str = "") -> FileVerdict:
    """Hold a file against its receipt.

    Args:
        file: The extract.
        proof: What ``/api/v1/exchange/extracts/{id}/receipt`` gave, or a bare receipt.
        keys: Public keys of the log and its witnesses (``keys.txt``), to prove the receipt too.
        key: Key of the hash in hexadecimal, where the receipt is bare.

    Raises:
        UnreadableFileError: A file cannot be read, or is no such proof.
    """
    document = _document(proof)
    receipt = document.get("receipt", document)
    secret = _key(key or str(document.get("response_key", "")))
    content = receipt.get("content") if isinstance(receipt, dict) else None
    if not isinstance(content, dict) or content.get("verb") != RELEASED:
        raise UnreadableFileError(reason=f"{proof} is no receipt of an extract")
    entered = str(dict(content.get("data") or {}).get("response_hash", ""))
    same = hmac.compare_digest(_hash(file, secret), entered)
    proven, reason = _prove(receipt, keys)
    if not same:
        reason = "it is another file, or was changed since"
    return FileVerdict(same, proven, reason, content)


def _prove(receipt: dict[str, Any], keys: Path | None) -> tuple[bool | None, str]:
    if keys is None:
        return None, ""
    try:
        verdict = offline.check_text(json.dumps(receipt), keys)
    except HeliError as error:
        return False, error.detail()
    return verdict.proven is not None, verdict.reason


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise UnreadableFileError(reason=f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError(reason=f"{path} is no JSON document") from error
    if not isinstance(document, dict):
        raise UnreadableFileError(reason=f"{path} is no receipt of an extract")
    return document


def _key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if not key:
        raise UnreadableFileError(reason="the key of the receipt's hash is missing")
    return key


def _hash(file: Path, key: bytes) -> str:
    made = hmac.new(key, digestmod=sha256)
    try:
        with file.open("rb") as opened:
            while piece := opened.read(PIECE):
                made.update(piece)
    except OSError as error:
        raise UnreadableFileError(reason=f"{file}: {error.strerror}") from error
    return made.hexdigest()
