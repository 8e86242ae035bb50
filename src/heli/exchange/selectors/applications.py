"""Applications, appeals and conflicts as queues and pages show them."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.clocks.selectors import ClockView
from heli.errors import NotFoundError
from heli.exchange import statutory
from heli.exchange.models import Access, Appeal, Application, CombinationRule, Conflict, Grant
from heli.exchange.selectors.grants import policy_words
from heli.exchange.words import spoken
from heli.kernel import clock
from heli.ledger.selectors import Fact
from heli.organisation import selectors as organisation
from heli.organisation.selectors import DepartmentCard

UNUSED_DAYS = 90
"""A valid grant that nobody has used for so long is pointed out to both sides."""
MOST_SUBJECTS = 10_000

STATES = {
    Application.State.SUBMITTED: "on_time",
    Application.State.RETURNED: "suspended",
    Application.State.REVIEWED: "on_time",
    Application.State.GRANTED: "done",
    Application.State.PARTLY: "done",
    Application.State.REFUSED: "done",
    Application.State.WITHDRAWN: "done",
}


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application as a queue shows it."""

    id: uuid.UUID
    title: str
    purpose: str
    consumer: DepartmentCard
    source: DepartmentCard
    submitted_at: dt.datetime
    clock: ClockView | None
    state: tuple[str, str]
    url: str


@dataclass(frozen=True, slots=True)
class GrantUse:
    """How a grant is used, as both sides see it.

    Attributes:
        subjects: About how many different subjects was asked in lookups; at most of the last
            10,000 calls.
        records: How many records left, also in lists, files and feeds.
        denials: Refused calls of the department on the resource, for this purpose or for none.
        unused: Whether it has stood unused for :data:`UNUSED_DAYS`.
    """

    calls: int
    subjects: int
    records: int
    denials: int
    last_at: dt.datetime | None
    unused: bool


def applications() -> QuerySet[Application]:
    """All applications, the newest first."""
    return Application.objects.select_related("resource", "basis", "ground", "grant")


def application_by_id(application_id: uuid.UUID) -> Application:
    """One application.

    Raises:
        NotFoundError: There is none.
    """
    found = applications().select_related("renews").filter(pk=application_id).first()
    if found is None:
        raise NotFoundError(what=str(application_id))
    return found


def appeal_by_id(appeal_id: uuid.UUID) -> Appeal:
    """One appeal.

    Raises:
        NotFoundError: There is none.
    """
    rows = Appeal.objects.select_related("application__resource", "application__basis")
    found = rows.filter(pk=appeal_id).first()
    if found is None:
        raise NotFoundError(what=str(appeal_id))
    return found


def application_rows(rows: Sequence[Application]) -> list[ApplicationRow]:
    """Applications in words, with their clocks, in the order given."""
    clocks = statutory.views(
        statutory.APPLICATION, [row.pk for row in rows], kind=statutory.DECISION
    )
    return [
        ApplicationRow(
            id=row.pk,
            title=spoken(row.resource.title_zh, row.resource.title_en),
            purpose=spoken(row.purpose_zh, row.purpose_en),
            consumer=organisation.department(row.consumer_id),
            source=organisation.department(row.resource.department_id),
            submitted_at=row.submitted_at,
            clock=clocks.get(str(row.pk)),
            state=application_state(row),
            url=reverse("exchange:application", args=[row.pk]),
        )
        for row in rows
    ]


def application_state(row: Application) -> tuple[str, str]:
    """The state of an application as a tag."""
    state = Application.State(row.state)
    label = str(state.label)
    if row.overdue_at is None or row.state == Application.State.WITHDRAWN:
        return STATES[state], label
    if row.is_open:
        return "late", _("{state}, overdue").format(state=label)
    return STATES[state], _("{state}, decided late").format(state=label)


def asked_words(row: Application) -> tuple[str, ...]:
    """What an application asks for, one sentence for each field."""
    return policy_words(row.resource.parsed_contract, row.policy)


def granted_words(row: Application) -> tuple[str, ...]:
    """What was granted; empty where nothing was."""
    return policy_words(row.resource.parsed_contract, row.granted) if row.granted else ()


def grant_use(grant: Grant) -> GrantUse:
    """How a grant is used."""
    answered = Access.objects.filter(grant=grant, reason="")
    found = answered.aggregate(calls=Count("pk"), last=Max("at"), records=Sum("rows"))
    latest = list(answered.order_by("-at").values_list("fact_id", flat=True)[:MOST_SUBJECTS])
    subjects = (
        Fact.objects.filter(pk__in=latest, data__has_key="subject_hash")
        .values_list("data__subject_hash", flat=True)
        .distinct()
        if found["calls"]
        else ()
    )
    denials = Access.objects.filter(
        resource=grant.resource_id,
        consumer=grant.consumer_id,
        purpose__in=("", grant.purpose),
    )
    return GrantUse(
        calls=found["calls"],
        subjects=len(subjects),
        records=found["records"] or 0,
        denials=denials.exclude(reason="").count(),
        last_at=found["last"],
        unused=_is_unused(grant, found["last"]),
    )


def _is_unused(grant: Grant, last_at: dt.datetime | None) -> bool:
    now = clock.now()
    stands = grant.revoked_at is None and grant.expires_at > now
    return stands and (last_at or grant.granted_at) < now - dt.timedelta(days=UNUSED_DAYS)


def unused_grants() -> QuerySet[Grant]:
    """Valid grants that nobody has used for :data:`UNUSED_DAYS`."""
    now = clock.now()
    before = now - dt.timedelta(days=UNUSED_DAYS)
    rows = Grant.objects.filter(revoked_at=None, expires_at__gt=now, granted_at__lt=before)
    used = Access.objects.filter(reason="", at__gte=before, grant__isnull=False)
    return rows.exclude(pk__in=used.values("grant")).select_related("resource")


def conflicts() -> QuerySet[Conflict]:
    """Conflicts about who is the source of a data element, open ones first."""
    return Conflict.objects.select_related(
        "element", "first__resource", "second__resource", "upheld__resource"
    ).order_by("decided_at", "-opened_at")


def conflict_by_id(conflict_id: uuid.UUID) -> Conflict:
    """One conflict.

    Raises:
        NotFoundError: There is none.
    """
    found = conflicts().filter(pk=conflict_id).first()
    if found is None:
        raise NotFoundError(what=str(conflict_id))
    return found


def combination_rules() -> QuerySet[CombinationRule]:
    """Forbidden combinations that stand."""
    return CombinationRule.objects.filter(ended_at=None).select_related("ground")


def applications_concerning(department: str, *, everything: bool = False) -> QuerySet[Application]:
    """Applications that a department made or has to decide; all where it watches."""
    rows = applications()
    if everything:
        return rows
    return rows.filter(Q(resource__department=department) | Q(consumer=department))


def awaiting(department: str, *, late: bool = False) -> Q:
    """Which applications wait for a department's decision.

    What was returned waits for who applied, so it is not among them.

    Args:
        department: Code of the source department.
        late: It may also decide what others left undecided: the authority.
    """
    waits = Q(state__in=(Application.State.SUBMITTED, Application.State.REVIEWED))
    whose = Q(resource__department=department)
    return waits & (whose | Q(overdue_at__isnull=False)) if late else waits & whose


def applications_awaiting(department: str, *, late: bool = False) -> int:
    """How many applications wait for a department's decision; see :func:`awaiting`."""
    return Application.objects.filter(awaiting(department, late=late)).count()


def clock_of(owner_type: str, key: Any, kind: str | None = None) -> ClockView | None:
    """The clock of an application, appeal or conflict."""
    return statutory.views(owner_type, [key], kind).get(str(key))
