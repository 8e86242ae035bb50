"""Answers of the exchange and their proof."""

import json
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from heli.client.errors import AnswerMismatchError
from heli.engines.translog import Receipt, TrustedKeys, Verified, verify_receipt


@dataclass(frozen=True, slots=True)
class LookupResult:
    """What the exchange released, with its receipt.

    Attributes:
        data: Released fields; ``None`` when the register has no record of the subject.
        withheld: What was masked or left out and why.
        resource: Address of the resource.
        contract_version: Version the data follows.
        grant: The grant it was released under.
        fact: Id of the fact in the ledger.
        receipt: The receipt as JSON text, to be kept in the files of the matter.
    """

    data: dict[str, Any] | None
    withheld: list[dict[str, Any]]
    resource: str
    contract_version: str
    grant: str
    fact: str
    receipt: str

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "LookupResult":
        """Read the gateway's answer."""
        return cls(
            data=document["data"],
            withheld=document["withheld"],
            resource=document["resource"],
            contract_version=document["contract_version"],
            grant=document["grant"],
            fact=document["fact"],
            receipt=json.dumps(document["receipt"], ensure_ascii=False),
        )

    def verify(self, keys: TrustedKeys) -> Verified:
        """Check offline that this very answer is in the log.

        Args:
            keys: Public keys of the log and its witnesses, from the keys file.

        Raises:
            HeliError: The receipt does not hold (see :mod:`heli.engines.translog`).
            AnswerMismatchError: It holds, but for another answer.
        """
        verified = verify_receipt(Receipt.from_json(self.receipt), keys)
        content = verified.content
        if not isinstance(content, dict) or not isinstance(content.get("data"), dict):
            raise AnswerMismatchError(reason="it does not disclose its content")
        if content.get("id") != self.fact:
            raise AnswerMismatchError(reason="it is about another fact")
        proven = str(content["data"].get("response_hash", ""))
        if not compare_digest(proven, response_hash(self.data)):
            raise AnswerMismatchError(reason="the data was changed")
        return verified


def response_hash(data: dict[str, Any] | None) -> str:
    """SHA-256 of released data: JSON, keys sorted, no spaces, UTF-8."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def verify_receipt_file(text: str, keys_text: str) -> Verified:
    """Check a receipt kept as text against the text of a keys file, offline.

    Raises:
        HeliError: The receipt or the keys file does not hold.
    """
    return verify_receipt(Receipt.from_json(text), TrustedKeys.parse(keys_text))
