"""Answers of the exchange and their proof."""

import hmac
import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from heli.client.errors import AnswerMismatchError
from heli.engines.translog import Receipt, TrustedKeys, Verified, verify_receipt


@dataclass(frozen=True, slots=True)
class LookupResult:
    """What the exchange released, with its receipt.

    Attributes:
        data: Released fields; ``None`` when the register has no record of the subject. Of a
            list, the records of one page.
        withheld: What was masked or left out and why.
        resource: Address of the resource.
        contract_version: Version the data follows.
        grant: The grant it was released under.
        fact: Id of the fact in the ledger.
        receipt: The receipt as JSON text, to be kept in the files of the matter.
        response_key: Ties the data to the receipt, in hexadecimal; to be kept with the data and to
            be guarded like it, for with it the data can be guessed from the receipt.
        lacking: Witnesses who have not signed the receipt, where they are too few; it proves
            nothing to others until it was fetched again.
    """

    data: Any
    withheld: list[dict[str, Any]]
    resource: str
    contract_version: str
    grant: str
    fact: str
    receipt: str
    response_key: str = field(repr=False)
    lacking: tuple[str, ...] = ()

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
            response_key=document["response_key"],
            lacking=tuple(document["receipt"].get("lacking", ())),
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
        found = response_hash(self.data, bytes.fromhex(self.response_key))
        if not hmac.compare_digest(proven, found):
            raise AnswerMismatchError(reason="the data was changed")
        return verified


def response_hash(data: Any, key: bytes) -> str:
    """HMAC-SHA256 of released data: JSON, keys sorted, no spaces, UTF-8."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(key, text.encode(), sha256).hexdigest()


def verify_receipt_file(text: str, keys_text: str) -> Verified:
    """Check a receipt kept as text against the text of a keys file, offline.

    Raises:
        HeliError: The receipt or the keys file does not hold.
    """
    return verify_receipt(Receipt.from_json(text), TrustedKeys.parse(keys_text))
