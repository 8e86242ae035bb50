"""Forbidding combinations of data, and allowing them again."""

import re
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from heli.engines.contracts.combinations import Combination, parse_combination, revealed
from heli.errors import BadInputError, ConflictError, NotFoundError, gettext_noop
from heli.exchange import holdings
from heli.exchange.compiled import touch
from heli.exchange.facts_catalogue import CombinationAllowed, CombinationForbidden
from heli.exchange.holdings import EVERYBODY
from heli.exchange.models import CombinationRule, Holding, KeptPolicy, Resource, SubjectType
from heli.exchange.services.provisions import binding
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.ledger import services as ledger
from heli.ledger.selectors import Fact

RELEASED = (
    "exchange.lookup.answered",
    "exchange.list.answered",
    "exchange.extract.released",
    "exchange.override.used",
    "feeds.batch.released",
)
"""Facts of data that reached a department."""
_CODE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


@transaction.atomic
def forbid_combination(
    *,
    actor: Actor,
    code: str,
    title_zh: str,
    title_en: str = "",
    subject_type: SubjectType,
    parts: Mapping[str, Any],
    ground: str,
) -> CombinationRule:
    """Forbid that a department holds a combination of data of one subject.

    Grants that stand stay, but what their departments have received so far counts: an answer that
    would complete the combination for its subject is refused from now on.

    Args:
        actor: Who forbids it.
        code: Short name.
        title_zh: What is combined.
        title_en: The same in English.
        subject_type: Of whom or what.
        parts: As :class:`heli.exchange.models.CombinationRule` keeps them.
        ground: Short name of the provision that forbids it.

    Raises:
        BadInputError: The short name or title cannot be one.
        CombinationRuleError: The parts cannot be read.
        GroundError: The ground does not bind.
        ConflictError: There is a rule of this short name.
    """
    if len(code) > 60 or _CODE.fullmatch(code) is None or not title_zh.strip():
        raise BadInputError(
            field="code", reason=gettext_noop("a rule needs a short name and a title")
        )
    combination = parse_combination(parts)
    row = CombinationRule(
        code=code,
        title_zh=title_zh.strip(),
        title_en=title_en.strip(),
        subject_type=subject_type,
        parts=dict(parts),
        ground=binding(ground),
        made_at=clock.now(),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise ConflictError(
            field="code", reason=gettext_noop("there is a rule of this short name")
        ) from None
    touch()
    _look_back(row, combination)
    ledger.record(
        CombinationForbidden(rule=code, title=row.title_zh, ground=ground),
        actor=actor,
        department=actor.department,
        subject=f"exchange.rule:{code}",
    )
    return row


@transaction.atomic
def allow_combination(code: str, *, actor: Actor, reason: str) -> CombinationRule:
    """Allow a forbidden combination again; what was noted for the rule is forgotten.

    Raises:
        NotFoundError: No such rule stands.
        BadInputError: The reason is missing.
    """
    row = CombinationRule.objects.filter(pk=code, ended_at=None).first()
    if row is None:
        raise NotFoundError(what=code)
    if not reason.strip():
        raise BadInputError(field="reason", reason=gettext_noop("a reason is required"))
    touch()
    row.ended_at = clock.now()
    row.save(update_fields=["ended_at"])
    row.holdings.all().delete()
    ledger.record(
        CombinationAllowed(rule=code, title=row.title_zh, reason=reason.strip()[:600]),
        actor=actor,
        department=actor.department,
        subject=f"exchange.rule:{code}",
    )
    return row


def _told(data: Mapping[str, Any]) -> list[str]:
    """Keyed hashes of whom a fact tells; of lists and files that may be everybody."""
    if "subjects" in data:
        return list(data["subjects"])
    return [data.get("subject_hash") or EVERYBODY]


def look_back(consumer: str) -> None:
    """Note what a department has received of combinations that it reaches from now on.

    A combination may come into reach by a new grant together with one that has ended, under which
    nobody had to watch. Called in the transaction of the grant, after its ``touch()``: that waits
    for answers which are being recorded.
    """
    for rule, combination in holdings.rules_reached(consumer):
        _look_back(rule, combination, consumer)


def _look_back(
    rule: CombinationRule, combination: Combination, consumer: str | None = None
) -> None:
    """Note what departments, or one of them, have received of the parts up to now."""
    for department, subjects in _received(combination, consumer).items():
        rows = Holding.objects.select_for_update().filter(rule=rule, consumer=department)
        known = {row.subject_hash: row for row in rows}
        new = []
        for subject, parts in subjects.items():
            row = known.get(subject)
            if row is None:
                new.append(Holding(rule=rule, consumer=department, subject_hash=subject))
            (new[-1] if row is None else row).parts = sorted(
                {*parts, *(row.parts if row is not None else ())}
            )
        Holding.objects.bulk_create(new, batch_size=500)
        Holding.objects.bulk_update(known.values(), ["parts"], batch_size=500)


def _received(combination: Combination, consumer: str | None) -> dict[str, dict[str, set[str]]]:
    """Parts by department and keyed hash of the subject, as the facts tell."""
    about = [
        f"exchange.resource:{each.address}"
        for each in Resource.objects.all()
        if combination.concerns(each.address)
    ]
    facts = Fact.objects.filter(subject__in=about, verb__in=RELEASED)
    if consumer is not None:
        facts = facts.filter(department=consumer)
    found: dict[str, dict[str, set[str]]] = {}
    shown = _Shown(combination)
    for department, data in facts.values_list("department", "data").iterator(chunk_size=2000):
        parts = shown.parts(data)
        for subject in _told(data) if parts and data.get("rows") else ():
            found.setdefault(department, {}).setdefault(subject, set()).update(parts)
    return found


class _Shown:
    """Which parts of a combination facts told of, by the policies of their time."""

    def __init__(self, combination: Combination) -> None:
        self._combination = combination
        self._revealed: dict[str, frozenset[str] | None] = {}
        self._parts: dict[tuple[str, str, tuple[str, ...]], frozenset[str]] = {}

    def parts(self, data: Mapping[str, Any]) -> frozenset[str]:
        """By the fields that the fact's policy revealed; by all it names where that is not kept."""
        key = (data["resource"], data.get("policy_hash", ""), tuple(data["fields"]))
        if key not in self._parts:
            resource, digest, named = key
            fields = self._fields(digest)
            self._parts[key] = self._combination.reached(
                resource, named if fields is None else fields
            )
        return self._parts[key]

    def _fields(self, digest: str) -> frozenset[str] | None:
        if digest not in self._revealed:
            kept = KeptPolicy.objects.filter(pk=digest).first()
            self._revealed[digest] = revealed(kept.policy) if kept else None
        return self._revealed[digest]
