"""The release policy: which fields of a record leave the source department, and how.

A policy is plain data. What it does not grant is not in the answer, not even as a name with an
empty value. The answer says what was withheld and why.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from heli.engines.contracts.errors import PolicyError
from heli.engines.contracts.masks import Mask, apply_mask, kept_characters, masks_for
from heli.engines.contracts.model import Contract
from heli.errors import gettext_noop

NOT_GRANTED = gettext_noop("not part of the grant")
MASKED = {
    Mask.REDACT: gettext_noop("granted as present or absent only"),
    Mask.PARTIAL: gettext_noop("granted in part"),
    Mask.HASH: gettext_noop("granted as a pseudonym"),
    Mask.YEAR: gettext_noop("granted to the year"),
    Mask.BUCKET: gettext_noop("granted to the band"),
}


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one granted field is released.

    Attributes:
        field: Name of the field.
        mask: How it is shown.
        width: Width of a band for the mask ``bucket``, else 0.
    """

    field: str
    mask: Mask = Mask.CLEAR
    width: int = 0


@dataclass(frozen=True, slots=True)
class ReleasePolicy:
    """What one grant releases of one contract version."""

    contract: str
    version: str
    rules: tuple[FieldRule, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the granted fields."""
        return tuple(rule.field for rule in self.rules)

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of the policy, in hexadecimal."""
        text = json.dumps(dump_policy(self), sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Withheld:
    """One field that was not, or not fully, released.

    Attributes:
        field: Its name.
        mask: The mask used, ``None`` if the field is absent from the answer.
        reason: Message id, to be translated.
    """

    field: str
    mask: Mask | None
    reason: str


@dataclass(frozen=True, slots=True)
class Released:
    """The part of a record that leaves the source department."""

    data: dict[str, Any]
    withheld: tuple[Withheld, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence to be translated: message id and what fills it.

    Attributes:
        field: The field it is about.
        message: Message id with placeholders.
        figures: Values of the placeholders; ``title`` is left to the reader's language.
    """

    field: str
    message: str
    figures: dict[str, Any]


def parse_policy(contract: Contract, document: Mapping[str, Any]) -> ReleasePolicy:
    """Read a policy: ``{"fields": [{"field": …, "mask": …, "width": …}, …]}``.

    Args:
        contract: The contract version the policy is for.
        document: Plain data as :func:`dump_policy` writes it; ``mask`` defaults to ``clear``.

    Raises:
        PolicyError: An unknown or repeated field, a mask that does not suit the field's type, or
            a band without a width.
    """
    rules = tuple(_rule(contract, entry) for entry in document.get("fields", ()))
    if not rules:
        raise _bad(contract, "", "it grants no field")
    names = [rule.field for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise _bad(contract, name, f"field {name} is named twice")
    return ReleasePolicy(contract=contract.id, version=contract.version, rules=rules)


def dump_policy(policy: ReleasePolicy) -> dict[str, Any]:
    """Write a policy as plain data."""
    return {
        "contract": policy.contract,
        "version": policy.version,
        "fields": [
            {"field": rule.field, "mask": rule.mask.value}
            | ({"width": rule.width} if rule.mask is Mask.BUCKET else {})
            for rule in policy.rules
        ],
    }


def release(
    contract: Contract, record: Mapping[str, Any], policy: ReleasePolicy, *, salt: bytes
) -> Released:
    """Release what the policy grants of a record.

    Args:
        contract: The contract version the record and the policy follow.
        record: Values by field name.
        policy: What is granted.
        salt: Secret of the grant for the mask ``hash``.

    Returns:
        The released fields in the contract's order, dates as ISO 8601 text, and what was withheld.
    """
    rules = {rule.field: rule for rule in policy.rules}
    data: dict[str, Any] = {}
    withheld: list[Withheld] = []
    for field in contract.fields:
        rule = rules.get(field.name)
        if rule is None:
            withheld.append(Withheld(field.name, None, NOT_GRANTED))
            continue
        value = record.get(field.name)
        data[field.name] = apply_mask(field, rule.mask, value, salt=salt, width=rule.width)
        if rule.mask is not Mask.CLEAR:
            withheld.append(Withheld(field.name, rule.mask, MASKED[rule.mask]))
    return Released(data=data, withheld=tuple(withheld))


def explain(contract: Contract, policy: ReleasePolicy) -> tuple[Sentence, ...]:
    """Say in words what a policy lets its holder see, one sentence for each granted field."""
    sentences = []
    for rule in policy.rules:
        field = contract.field(rule.field)
        if field is None:
            continue
        figures: dict[str, Any] = {"title_zh": field.title_zh, "title_en": field.title_en}
        if rule.mask is Mask.PARTIAL:
            figures["head"], figures["tail"] = kept_characters(field, 10_000)
        if rule.mask is Mask.BUCKET:
            figures["width"] = rule.width
        sentences.append(Sentence(rule.field, _WORDS[rule.mask], figures))
    return tuple(sentences)


_WORDS = {
    Mask.CLEAR: gettext_noop("sees {title} in full"),
    Mask.REDACT: gettext_noop("sees whether {title} is on record, not what it is"),
    Mask.PARTIAL: gettext_noop(
        "sees at most the first {head} and last {tail} characters of {title}"
    ),
    Mask.HASH: gettext_noop("sees a pseudonym instead of {title}, different in every grant"),
    Mask.YEAR: gettext_noop("sees only the year of {title}"),
    Mask.BUCKET: gettext_noop("sees {title} rounded down to multiples of {width}"),
}


def _rule(contract: Contract, entry: Any) -> FieldRule:
    if not isinstance(entry, Mapping):
        raise _bad(contract, "", "a rule is not an object")
    name = str(entry.get("field", ""))
    field = contract.field(name)
    if field is None:
        raise _bad(contract, name, f"the contract has no field {name}")
    suitable = masks_for(field)
    chosen = str(entry.get("mask", Mask.CLEAR.value))
    if chosen not in [mask.value for mask in suitable]:
        raise _bad(contract, name, f"mask {chosen} does not suit field {name}")
    mask = Mask(chosen)
    width = entry.get("width", 0) if mask is Mask.BUCKET else 0
    if mask is Mask.BUCKET and not (type(width) is int and width > 0):
        raise _bad(contract, name, f"the band of field {name} needs a width above 0")
    return FieldRule(field=name, mask=mask, width=width)


def _bad(contract: Contract, field: str, reason: str) -> PolicyError:
    return PolicyError(field=field or None, reason=reason, contract=contract.id)
