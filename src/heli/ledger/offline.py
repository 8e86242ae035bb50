"""Checking a receipt from files alone: no database, no network, no Django."""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heli.engines.translog import (
    DisclosureError,
    ProofError,
    QuorumError,
    Receipt,
    SignatureError,
    TrustedKeys,
    Verified,
    verify_receipt,
)
from heli.engines.translog.encoding import encode64
from heli.errors import BadInputError, gettext_noop

MAX_BYTES = 4 * 1024 * 1024


class UnusableFileError(BadInputError):
    """A file given for checking cannot be read."""

    code = "ledger.unusable_file"
    message = gettext_noop("The file {path} cannot be used: {reason}.")
    remedy = gettext_noop("Download the receipt and the keys again from the ledger.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a receipt holds, and what it proves or why not.

    Attributes:
        proven: What is proven; None when it does not hold.
        code: Which check failed; empty when it holds.
        reason: The same in words.
    """

    proven: Verified | None
    code: str = ""
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        if self.proven is None:
            return {"valid": False, "code": self.code, "reason": self.reason}
        proven = self.proven
        return {
            "valid": True,
            "origin": proven.checkpoint.origin,
            "index": proven.index,
            "size": proven.checkpoint.size,
            "root": encode64(proven.checkpoint.root),
            "cosignatures": [
                {"witness": each.witness.name, "at": _instant(each.time)}
                for each in proven.cosignatures
            ],
            "content": proven.content,
        }


def check(receipt: Path, keys: Path) -> Verdict:
    """Check a receipt file with a keys file.

    Raises:
        UnusableFileError: One of them cannot be read.
        TranslogError: One of them is malformed.
    """
    return check_text(text_of(receipt), keys)


def check_text(receipt: str, keys: Path) -> Verdict:
    """Check a receipt with a keys file.

    Raises:
        UnusableFileError: The keys file cannot be read.
        TranslogError: One of them is malformed.
    """
    trusted = keys_of(keys)
    given = Receipt.from_json(receipt)
    try:
        return Verdict(verify_receipt(given, trusted))
    except (SignatureError, QuorumError, ProofError, DisclosureError) as error:
        return Verdict(None, error.code, error.detail())


def keys_of(path: Path) -> TrustedKeys:
    """The keys in a keys file.

    Raises:
        UnusableFileError: It cannot be read.
        KeysError: It is malformed.
    """
    return TrustedKeys.parse(text_of(path))


def text_of(path: Path) -> str:
    """The text of a file that somebody gives.

    Raises:
        UnusableFileError: It cannot be read, is too large, or is no text.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnusableFileError(path=str(path), reason=error.strerror or "unreadable") from error
    if len(raw) > MAX_BYTES:
        raise UnusableFileError(path=str(path), reason=f"it is larger than {MAX_BYTES} bytes")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise UnusableFileError(path=str(path), reason="it is not UTF-8") from error


def _instant(seconds: int) -> str:
    return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)).isoformat()


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def sentences(verdict: Verdict) -> list[str]:
    """A verdict in words."""
    told = verdict.as_dict()
    if verdict.proven is None:
        return [f"NOT VALID: {verdict.reason}"]
    lines = [
        f"VALID: entry {told['index']} of the log {told['origin']}, as it stood with "
        f"{told['size']} entries (root {told['root']})."
    ]
    lines += [f"Cosigned by {each['witness']} at {each['at']}." for each in told["cosignatures"]]
    content = told["content"]
    if isinstance(content, dict):
        lines.append("What was entered:")
        lines += [f"  {name}: {_plain(value)}" for name, value in content.items()]
    else:
        lines.append("The receipt shows no content; it proves only that the entry is in the log.")
    return lines
