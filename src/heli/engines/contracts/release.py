"""Releasing: which fields of a record leave the source department, and how.

What a policy does not grant is not in the answer, not even as a name with an empty value. The
answer says what was withheld and why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heli.engines.contracts.conditions import all_fit
from heli.engines.contracts.masks import Mask, apply_mask
from heli.engines.contracts.model import Contract
from heli.engines.contracts.policies import ReleasePolicy
from heli.errors import gettext_noop

NOT_GRANTED = gettext_noop("not part of the grant")
MASKED = {
    Mask.REDACT: gettext_noop("granted as present or absent only"),
    Mask.PARTIAL: gettext_noop("granted in part"),
    Mask.HASH: gettext_noop("granted as a pseudonym"),
    Mask.YEAR: gettext_noop("granted to the year"),
    Mask.BUCKET: gettext_noop("granted to the band"),
    Mask.GENERALISE: gettext_noop("granted in general"),
}


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


def release(
    contract: Contract, record: Mapping[str, Any], policy: ReleasePolicy, *, salt: bytes
) -> Released:
    """Release what the policy grants of a record that its row filter lets through.

    Args:
        contract: The contract version the record and the policy follow.
        record: Values by field name.
        policy: What is granted.
        salt: Secret of the grant for the mask ``hash``.

    Returns:
        The released fields in the contract's order, dates as ISO 8601 text, and what was withheld.
    """
    rules = {rule.field: rule for rule in policy.rules}
    data = {
        field.name: apply_mask(
            field, rule.mask, record.get(field.name), salt=salt, **rule.parameters
        )
        for field in contract.fields
        if (rule := rules.get(field.name)) is not None
    }
    return Released(data=data, withheld=withheld_by(contract, policy))


def withheld_by(contract: Contract, policy: ReleasePolicy) -> tuple[Withheld, ...]:
    """What a policy masks or leaves out of every record, in the contract's order."""
    masks = {rule.field: rule.mask for rule in policy.rules}
    return tuple(
        Withheld(field.name, mask, MASKED[mask] if mask else NOT_GRANTED)
        for field in contract.fields
        if (mask := masks.get(field.name)) is not Mask.CLEAR
    )


def reaches(policy: ReleasePolicy, record: Mapping[str, Any]) -> bool:
    """Whether the policy's row filter lets a record through; to others the grant is blind."""
    return all_fit(policy.rows, record)
