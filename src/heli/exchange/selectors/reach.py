"""Which department reaches which parts of a forbidden combination, and who is whose source."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from heli.engines.contracts.combinations import parse_combination, revealed
from heli.exchange.models import Claim, CombinationRule, Grant, Resource
from heli.exchange.words import spoken
from heli.kernel import clock
from heli.organisation import selectors as organisation
from heli.organisation.selectors import DepartmentCard


@dataclass(frozen=True, slots=True)
class Reach:
    """How much of a combination a department's grants reach together.

    Attributes:
        parts: Which parts it reaches, in words: resources and the fields of them that the
            department may see.
        total: How many parts the combination has.
        whole: Whether it reaches all parts; then answers are compared subject by subject.
    """

    department: DepartmentCard
    parts: tuple[str, ...]
    reached: int
    total: int
    whole: bool


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A data element whose source a resource claims to be."""

    element: str
    field: str
    state: tuple[str, str]


STANDINGS = {
    Claim.Standing.SOURCE: "brand",
    Claim.Standing.DISPUTED: "at_risk",
    Claim.Standing.COPY: "done",
}


def reach(rule: CombinationRule) -> list[Reach]:
    """Every department that reaches a part of a combination, who reaches most first."""
    combination = parse_combination(rule.parts)
    grants = Grant.objects.filter(
        revoked_at=None, expires_at__gt=clock.now(), resource__withdrawn_at=None,
        resource__subject_type=rule.subject_type,
    ).select_related("resource")  # fmt: skip
    held: dict[str, dict[str, dict[Resource, set[str]]]] = {}
    for grant in grants:
        for field in revealed(grant.policy):
            for part in combination.reached(grant.resource.address, [field]):
                parts = held.setdefault(grant.consumer_id, {})
                parts.setdefault(part, {}).setdefault(grant.resource, set()).add(field)
    found = [_reach(consumer, parts, len(combination.names)) for consumer, parts in held.items()]
    return sorted(found, key=lambda each: (-each.reached, each.department.code))


def _reach(consumer: str, parts: dict[str, dict[Resource, set[str]]], total: int) -> Reach:
    return Reach(
        department=organisation.department(consumer),
        parts=tuple(_part_words(part) for _name, part in sorted(parts.items())),
        reached=len(parts),
        total=total,
        whole=len(parts) == total,
    )


def combination_parts(rule: CombinationRule) -> list[str]:
    """The parts of a combination in words: which fields of which resources each is made of."""
    resources = Resource.objects.filter(withdrawn_at=None, subject_type=rule.subject_type)
    combination = parse_combination(rule.parts)
    parts: dict[str, dict[Resource, set[str]]] = {name: {} for name, _patterns in combination.parts}
    for resource in resources:
        for field in resource.parsed_contract.fields:
            for part in combination.reached(resource.address, [field.name]):
                parts[part].setdefault(resource, set()).add(field.name)
    return [_part_words(part) or name for name, part in sorted(parts.items())]


def _part_words(part: dict[Resource, set[str]]) -> str:
    comma, semicolon = pgettext("list", ", "), pgettext("list", "; ")
    said = []
    for resource, names in sorted(part.items(), key=lambda each: each[0].address):
        fields = [each for each in resource.parsed_contract.fields if each.name in names]
        titles = comma.join(spoken(each.title_zh, each.title_en) for each in fields)
        title = spoken(resource.title_zh, resource.title_en)
        said.append(_("%(resource)s: %(fields)s") % {"resource": title, "fields": titles})
    return semicolon.join(said)


def claim_rows(resource: Resource) -> Sequence[ClaimRow]:
    """The claims of a resource in words."""
    rows = Claim.objects.filter(resource=resource).select_related("element")
    contract = resource.parsed_contract
    found = []
    for row in rows:
        field = contract.field(row.field)
        standing = Claim.Standing(row.standing)
        found.append(
            ClaimRow(
                element=spoken(row.element.title_zh, row.element.title_en),
                field=spoken(field.title_zh, field.title_en) if field else row.field,
                state=(STANDINGS[standing], str(standing.label)),
            )
        )
    return found
