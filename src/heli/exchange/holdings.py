"""What a department holds of the same subjects through all its grants, looked at together.

Before a grant is given, all fields that the department's grants would reveal are compared with the
forbidden combinations. Before an answer, only grants are looked at that reach a whole combination
together with the department's other grants and with what it received under grants that have ended
or in emergencies: then what the department has received of this very subject counts. Everybody else
pays one look into a dictionary.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from heli.engines.contracts.combinations import Combination, parse_combination, revealed
from heli.exchange.errors_applications import CombinationError
from heli.exchange.models import (
    Access,
    CombinationRule,
    EmergencyRule,
    Grant,
    Holding,
    Override,
    Resource,
)
from heli.exchange.words import spoken
from heli.kernel import clock
from heli.organisation import selectors as organisation

EVERYBODY = ""
"""In place of a subject's hash: what came in a list or a file, whose facts name no subjects."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A combination of which an answer under a grant would be a part.

    Attributes:
        rule: Code of the rule.
        whole: Names of all its parts.
        parts: Those that the grant reveals.
        fields: The grant's fields that reveal them.
    """

    rule: str
    title_zh: str
    title_en: str
    ground: str
    whole: frozenset[str]
    parts: frozenset[str]
    fields: tuple[str, ...]


def refuse_grant(
    consumer: str, resource: Resource, policy: Mapping[str, Any], *, instead_of: Grant | None = None
) -> None:
    """Refuse a grant by which a department would reach a whole forbidden combination.

    Args:
        consumer: Code of the department.
        resource: What would be granted.
        policy: The document of its release policy.
        instead_of: A grant that it would replace.

    Raises:
        CombinationError: It would; names the combination, its ground and the fields.
    """
    others = _standing(clock.now()).filter(consumer=consumer)
    held = [
        (grant.resource.address, revealed(grant.policy))
        for grant in (others.exclude(pk=instead_of.pk) if instead_of else others)
        if grant.resource.subject_type == resource.subject_type
    ]
    new = revealed(policy)
    for rule in _rules().filter(subject_type=resource.subject_type):
        combination = parse_combination(rule.parts)
        added = combination.reached(resource.address, new)
        before = _union(combination, held)
        if added and before | added == combination.names:
            raise _refusal(consumer, _watched(rule, combination, resource.address, new))


def refuse_combination(watched: Iterable[Watched], consumer: str, subject_hash: str) -> None:
    """Refuse an answer that would complete a forbidden combination of its subject.

    Args:
        watched: Of the compiled grant under which is asked; nearly always nothing.
        consumer: Code of the department that asks.
        subject_hash: Keyed hash of the subject, as facts hold it.

    Raises:
        CombinationError: It would; names the combination, its ground and the fields.
    """
    for each in watched:
        refuse_parts(consumer, each, _held(each, consumer, subject_hash, EVERYBODY))


def refuse_whole(watched: Iterable[Watched], consumer: str) -> None:
    """Refuse what tells of every subject at once under a watched grant.

    Raises:
        CombinationError: The grant is watched; names the combination, its ground and the fields.
    """
    for each in watched:
        raise _refusal(consumer, each)


def _held(watched: Watched, consumer: str, *subjects: str) -> set[str]:
    rows = Holding.objects.filter(rule=watched.rule, consumer=consumer, subject_hash__in=subjects)
    return {part for parts in rows.values_list("parts", flat=True) for part in parts}


def refuse_parts(consumer: str, watched: Watched, parts: Iterable[str]) -> None:
    """Refuse an answer that completes a combination together with parts received before.

    Raises:
        CombinationError: It does; names the combination, its ground and the fields.
    """
    if watched.parts | set(parts) == watched.whole:
        raise _refusal(consumer, watched)


def _refusal(consumer: str, watched: Watched) -> CombinationError:
    return CombinationError(
        field="policy",
        consumer=organisation.department(consumer).name,
        combination=spoken(watched.title_zh, watched.title_en),
        ground=watched.ground,
        fields=", ".join(watched.fields),
    )


def watched_by_grant() -> dict[str, tuple[Watched, ...]]:
    """What is watched under each grant, by its id; most grants are in no combination."""
    found: dict[str, list[Watched]] = {}
    for rule, combination, reaches in _whole():
        for reach in reaches:
            watched = _watched(rule, combination, reach.address, reach.shown)
            if reach.grant and watched.parts:
                found.setdefault(reach.grant, []).append(watched)
    return {key: tuple(each) for key, each in found.items()}


def rules_reached(consumer: str) -> list[tuple[CombinationRule, Combination]]:
    """Rules whose whole combination a department's grants and past reach together."""
    return [(rule, combination) for rule, combination, _reaches in _whole(consumer)]


@dataclass(frozen=True, slots=True)
class _Reach:
    """What a department sees of a resource, or has seen.

    Attributes:
        grant: Id of the grant that opens it; empty where that has ended or there never was one.
        shown: Fields that an answer says something of.
        fields: Those, and what answers said before a renewal.
    """

    consumer: str
    grant: str
    subject_type: str
    address: str
    shown: frozenset[str]
    fields: frozenset[str]


def _whole(
    consumer: str | None = None,
) -> Iterable[tuple[CombinationRule, Combination, list[_Reach]]]:
    """Combinations that a department reaches in whole, with what reaches them."""
    rules = [(rule, parse_combination(rule.parts)) for rule in _rules()]
    by_consumer: dict[str, list[_Reach]] = {}
    for reach in _reaches(consumer) if rules else ():
        by_consumer.setdefault(reach.consumer, []).append(reach)
    for reaches in by_consumer.values():
        for rule, combination in rules:
            about = [each for each in reaches if each.subject_type == rule.subject_type]
            held = ((each.address, each.fields) for each in about)
            if _union(combination, held) == combination.names:
                yield rule, combination, about


def _reaches(consumer: str | None) -> Iterable[_Reach]:
    """Grants that stand; grants that have ended and emergency rules, where they were used."""
    standing = {grant.pk: grant for grant in _of(_standing(clock.now()), "consumer", consumer)}
    used = Access.objects.filter(grant=OuterRef("pk"), reason="", rows__gt=0)
    ended = Grant.objects.exclude(pk__in=standing).filter(Exists(used)).select_related("resource")
    for grant in (*standing.values(), *_of(ended, "consumer", consumer)):
        key = str(grant.pk) if grant.pk in standing else ""
        before = grant.revealed_before
        yield _reach(grant.consumer_id, key, grant.resource, grant.policy, before)
    found = Override.objects.filter(rule=OuterRef("pk"), found=True)
    broken = EmergencyRule.objects.filter(Exists(found)).select_related("resource")
    for rule in _of(broken, "department", consumer):
        yield _reach(rule.department_id, "", rule.resource, rule.policy)


def _of(rows: Any, name: str, department: str | None) -> Any:
    return rows if department is None else rows.filter(**{name: department})


def _reach(
    consumer: str,
    grant: str,
    resource: Resource,
    policy: Mapping[str, Any],
    before: Iterable[str] = (),
) -> _Reach:
    shown = revealed(policy)
    fields = shown.union(before)
    return _Reach(consumer, grant, resource.subject_type, resource.address, shown, fields)


def _watched(
    rule: CombinationRule, combination: Combination, address: str, fields: frozenset[str]
) -> Watched:
    return Watched(
        rule=rule.code,
        title_zh=rule.title_zh,
        title_en=rule.title_en,
        ground=str(rule.ground),
        whole=combination.names,
        parts=combination.reached(address, fields),
        fields=tuple(each for each in sorted(fields) if combination.reached(address, [each])),
    )


def _union(combination: Combination, held: Iterable[tuple[str, frozenset[str]]]) -> frozenset[str]:
    parts: frozenset[str] = frozenset()
    for address, fields in held:
        parts |= combination.reached(address, fields)
    return parts


def _rules() -> Any:
    return CombinationRule.objects.filter(ended_at=None).select_related("ground")


def _standing(now: dt.datetime) -> Any:
    """Grants that open something, or will again when their suspension is lifted."""
    rows = Grant.objects.filter(Q(revoked_at=None) & Q(expires_at__gt=now))
    return rows.filter(resource__withdrawn_at=None).select_related("resource")
