"""What there is to know about contract versions."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from heli.engines.contracts import Change, Contract, Mode, Verdict, compare
from heli.engines.contracts.compatibility import breaks, change_bump
from heli.exchange.contracts import words
from heli.exchange.contracts.errors import UnknownVersionError
from heli.exchange.models import ContractVersion, Grant, Resource
from heli.exchange.selectors.catalogue import resource_title
from heli.exchange.words import spoken
from heli.kernel import clock
from heli.organisation import selectors as organisation
from heli.organisation.selectors import DepartmentCard


def versions(resource: Resource) -> QuerySet[ContractVersion]:
    """All versions that were not taken back, the latest first."""
    return ContractVersion.objects.filter(resource=resource, withdrawn_at=None)


def version(resource: Resource, number: str) -> ContractVersion:
    """One version.

    Raises:
        UnknownVersionError: There is none of this number.
    """
    found = versions(resource).filter(version=number).first()
    if found is None:
        raise UnknownVersionError(resource=resource.address, version=number)
    return found


def announced(resource: Resource) -> ContractVersion | None:
    """The version that waits to come into force."""
    return versions(resource).filter(in_force_at=None).first()


def before(row: ContractVersion) -> ContractVersion | None:
    """The version published before another one."""
    older = versions(row.resource).filter(published_at__lte=row.published_at).exclude(pk=row.pk)
    return older.order_by("-published_at", "-pk").first()


def valid_grants(resource: Resource) -> QuerySet[Grant]:
    """Grants that open the resource now."""
    return Grant.objects.filter(
        resource=resource, revoked_at=None, expires_at__gt=clock.now()
    ).order_by("consumer__position", "purpose")


def consumers(resource: Resource) -> list[str]:
    """Codes of the departments that hold valid grants."""
    return list(dict.fromkeys(valid_grants(resource).values_list("consumer_id", flat=True)))


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A difference in words.

    Attributes:
        sentence: What differs.
        whom: Whom it breaks.
        needs: Which part of the number has to grow.
        breaking: Whether it breaks what was asked.
    """

    sentence: str
    whom: str
    needs: str
    breaking: bool
    field: str


@dataclass(frozen=True, slots=True)
class Touched:
    """A grant that a new version touches.

    Attributes:
        fields: Titles of the granted fields that change in a way that breaks callers.
        fits: Whether the grant's policy still fits.
    """

    consumer: DepartmentCard
    purpose: str
    fields: str
    grant_id: Any
    fits: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions beside one another."""

    verdict: Verdict
    rows: tuple[ChangeRow, ...]
    touched: tuple[Touched, ...]


def comparison(
    resource: Resource, old: Contract, new: Contract, mode: Mode = Mode.BACKWARD
) -> Comparison:
    """Compare two versions of a resource, with the grants that the differences touch."""
    verdict = compare(old, new, mode)
    rows = tuple(
        ChangeRow(
            sentence=words.sentence(change),
            whom=words.whom(change),
            needs=words.bump(change_bump(change)),
            breaking=breaks(change, mode),
            field=change.field,
        )
        for change in verdict.changes
    )
    return Comparison(verdict, rows, tuple(_touched(resource, verdict, old, new)))


def _touched(resource: Resource, verdict: Verdict, old: Contract, new: Contract) -> list[Touched]:
    breaking = [change for change in verdict.changes if change.breaks_backward]
    if not breaking:
        return []
    found = []
    for grant in valid_grants(resource):
        fields = _granted(grant, breaking)
        if fields is None:
            continue
        found.append(
            Touched(
                consumer=organisation.department(grant.consumer_id),
                purpose=spoken(grant.purpose_zh, grant.purpose_en),
                fields=words.titles(old, fields),
                grant_id=grant.pk,
                fits=all(new.field(name) is not None for name in _names(grant)),
            )
        )
    return found


def _names(grant: Grant) -> list[str]:
    return [str(rule.get("field", "")) for rule in grant.policy.get("fields", ())]


def _granted(grant: Grant, breaking: Sequence[Change]) -> list[str] | None:
    """Granted fields that break; empty if the whole does, ``None`` if nothing granted does."""
    names = _names(grant)
    fields = [change.field for change in breaking if change.field in names]
    whole = any(not change.field for change in breaking)
    return list(dict.fromkeys(fields)) if fields or whole else None


@dataclass(frozen=True, slots=True)
class Ending:
    """A version that ends.

    Attributes:
        last_day: The last day on which it answers.
        since: When that was announced.
    """

    resource: Resource
    title: str
    version: str
    successor: str
    since: dt.datetime
    sunset_at: dt.datetime
    last_day: dt.date


def endings(department: str = "") -> list[Ending]:
    """Versions in force whose end is announced, the next first.

    Args:
        department: Only of resources on which this department holds a valid grant.
    """
    rows = ContractVersion.objects.filter(
        in_force_at__isnull=False, ended_at=None, sunset_at__isnull=False
    ).select_related("resource")
    if department:
        held = Grant.objects.filter(
            consumer=department, revoked_at=None, expires_at__gt=clock.now()
        )
        rows = rows.filter(resource__in=held.values("resource"))
    return [_ending(row) for row in rows.order_by("sunset_at", "pk")]


def ending(resource: Resource) -> Ending | None:
    """The announced end of the version in force."""
    row = (
        versions(resource)
        .filter(in_force_at__isnull=False, ended_at=None, sunset_at__isnull=False)
        .first()
    )
    return _ending(row) if row else None


def _ending(row: ContractVersion) -> Ending:
    successor = announced(row.resource)
    assert row.sunset_at is not None
    assert row.deprecated_at is not None
    assert row.last_day is not None
    return Ending(
        resource=row.resource,
        title=resource_title(row.resource),
        version=row.version,
        successor=successor.version if successor else "",
        since=row.deprecated_at,
        sunset_at=row.sunset_at,
        last_day=row.last_day,
    )
