"""What the catalogue says about one resource: metadata, sample, quality, freshness, users."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from heli.exchange.connectors import open_connector
from heli.exchange.models import (
    Access,
    Category,
    Claim,
    Entry,
    Provision,
    Quality,
    Resource,
    UpdateCycle,
)
from heli.exchange.services.entries import parent_code
from heli.exchange.services.quality import shares
from heli.exchange.starred import masked_words
from heli.exchange.words import spoken
from heli.kernel import clock
from heli.web.laws import article_words

SAMPLE = 5
CYCLES = {
    UpdateCycle.REALTIME: dt.timedelta(days=1),
    UpdateCycle.DAILY: dt.timedelta(days=2),
    UpdateCycle.WEEKLY: dt.timedelta(days=8),
    UpdateCycle.MONTHLY: dt.timedelta(days=32),
    UpdateCycle.YEARLY: dt.timedelta(days=367),
}
"""Longest time between two changes that keeps the promise; quality is measured once a day."""


@dataclass(frozen=True, slots=True)
class QualityView:
    """Figures of a resource's quality.

    Attributes:
        completeness: Share of values that are there.
        validity: Share of those that are what their field says.
        uniqueness: Share of records whose key no other has.
        state: ``on_time``, ``late`` (not changed for longer than promised), or ``done`` where
            it could not be read.
    """

    rows: int
    partial: bool
    completeness: float
    validity: float
    uniqueness: float
    measured_at: dt.datetime
    changed_at: dt.datetime
    state: str
    state_label: str
    fault: str

    @property
    def rows_words(self) -> str:
        """The number of records as people read it."""
        return f"{self.rows:,}"

    @property
    def percent(self) -> dict[str, float]:
        """The shares in percent, rounded down so that 100 means all."""
        shares = {"completeness": self.completeness, "validity": self.validity,
                  "uniqueness": self.uniqueness}  # fmt: skip
        return {name: int(share * 1000) / 10 for name, share in shares.items()}


@dataclass(frozen=True, slots=True)
class FieldQuality:
    """How one field is filled."""

    name: str
    title: str
    filled: float
    valid: float


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls of a resource or under a grant."""

    calls: int
    denials: int
    last_at: dt.datetime | None


def entry_of(resource: Resource) -> Entry | None:
    """The metadata of a resource, ``None`` before it is described."""
    rows = Entry.objects.select_related("category", "ground")
    return rows.filter(resource=resource).first()


def category_path(category: Category) -> list[Category]:
    """A category and those above it, the class first."""
    codes, code = [], category.code
    while code:
        codes.append(code)
        code = parent_code(code)
    return list(Category.objects.filter(pk__in=codes).order_by("code"))


def categories() -> QuerySet[Category]:
    """The whole classification, in order."""
    return Category.objects.all()


def provisions(*, in_force: bool = False) -> QuerySet[Provision]:
    """Registered provisions of law; those that bind today where wanted."""
    rows = Provision.objects.all()
    if not in_force:
        return rows
    today = clock.today()
    rows = rows.filter(effective_on__lte=today)
    return rows.filter(Q(repealed_on=None) | Q(repealed_on__gt=today))


def provision_words(row: Provision) -> str:
    """A provision as people cite it."""
    return spoken(str(row), f"{row.law_en}, {article_words(row.article)}" if row.law_en else "")


def related(entry: Entry) -> list[Resource]:
    """Resources on offer that an entry names as related."""
    rows = Resource.objects.filter(withdrawn_at=None)
    found = {row.address: row for row in rows.filter(
        name__in=[address.partition("/")[2] for address in entry.related])}  # fmt: skip
    return [found[address] for address in entry.related if address in found]


def claims(resource: Resource) -> QuerySet[Claim]:
    """Data elements that a resource claims to be the source of."""
    return Claim.objects.filter(resource=resource).select_related("element")


def quality_view(resource: Resource) -> QualityView | None:
    """The figures last measured, ``None`` before the first time."""
    row = Quality.objects.filter(resource=resource).first()
    if row is None:
        return None
    age = clock.now() - row.changed_at
    late = age > CYCLES[UpdateCycle(resource.update_cycle)]
    state, label = ("late", _("not kept up")) if late else ("on_time", _("kept up"))
    if row.fault:
        state, label = "late", _("cannot be read")
    return QualityView(
        rows=row.rows,
        partial=row.partial,
        measured_at=row.measured_at,
        changed_at=row.changed_at,
        state=state,
        state_label=label,
        fault=row.fault,
        **shares(row),
    )


def field_quality(resource: Resource) -> list[FieldQuality]:
    """How each field was filled when it was last measured."""
    row = Quality.objects.filter(resource=resource).first()
    if row is None:
        return []
    found = []
    for field in resource.parsed_contract.fields:
        counts = row.fields.get(field.name, {"filled": 0, "valid": 0})
        filled = counts["filled"] / row.rows if row.rows else 0.0
        valid = counts["valid"] / counts["filled"] if counts["filled"] else 1.0
        title = spoken(field.title_zh, field.title_en)
        found.append(FieldQuality(field.name, title, filled, valid))
    return found


def sample(resource: Resource) -> list[list[str]]:
    """A few records as people may see them without a grant: masked, and not whose they are.

    Texts are starred out but for their ends, or wholly where the field is sensitive; numbers and
    dates are made coarse; only codes of a list stand as they are.

    Raises:
        OSError: The source cannot be read.
    """
    contract = resource.parsed_contract
    connector = open_connector(resource.connector, contract, resource.options)
    rows = [row for batch in connector.scan(contract.names, limit=SAMPLE)
            for row in batch.to_pylist()]  # fmt: skip
    return [masked_words(contract, row) for row in rows]


def usage(*, resource: Resource | None = None, grant_ids: Sequence[Any] = ()) -> Usage:
    """Calls of a resource, or under grants."""
    rows = Access.objects.filter(resource=resource) if resource else Access.objects.filter(
        grant__in=grant_ids)  # fmt: skip
    found = rows.aggregate(
        calls=Count("pk", filter=Q(reason="")),
        denials=Count("pk", filter=~Q(reason="")),
        last=Max("at", filter=Q(reason="")),
    )
    return Usage(found["calls"], found["denials"], found["last"])
