"""Reading clocks: what the clock badge shows, and counts for those who watch many."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.db.models.fields import CharField

from heli.clocks.calendars import official_rules
from heli.clocks.models import Clock as Clock
from heli.clocks.models import Suspension
from heli.engines.legaltime import (
    Deadline,
    Rules,
    UnknownCalendarYearError,
    deadline,
    progress,
    running_between,
)
from heli.engines.legaltime import Suspension as Pause
from heli.kernel import clock as time

State = Literal["on_time", "at_risk", "late", "suspended", "done"]

ZERO = dt.timedelta(0)


@dataclass(frozen=True, slots=True)
class ClockView:
    """A clock at one instant, as the clock badge shows it.

    Attributes:
        id: The clock.
        state: ``on_time``, ``at_risk``, ``late``, ``suspended`` or ``done``.
        fraction: Elapsed over allowed running time, 0 to 1.
        remaining: Time left, negative when late; how long it is suspended; how long it took when
            done. None while due is unknown because a calendar year is not announced yet.
        due_at: When it is due; None while suspended or unknown.
        department: Code of the department that owes.
        awaits_year: The calendar year that keeps due unknown.
        working: For a limit counted in office time that runs: the office time left, negative when
            late; at most as much as was allowed. Else None.
        working_day: Office time of one working day.
        overran: It is done, and was stopped only after it was due.
    """

    id: UUID
    state: State
    fraction: float
    remaining: dt.timedelta | None
    due_at: dt.datetime | None
    department: str
    awaits_year: int | None = None
    working: dt.timedelta | None = None
    working_day: dt.timedelta | None = None
    overran: bool = False


def view(clock: Clock, at: dt.datetime | None = None, rules: Rules | None = None) -> ClockView:
    """The view of a clock row, without a query; ``rules`` spare many views finding them."""
    at = at or time.now()
    rules = rules or official_rules()
    return ClockView(
        clock.id,
        _state(clock, at),
        min(1.0, elapsed_fraction(clock, at, rules)),
        _remaining(clock, at),
        clock.due_at,
        clock.department,
        clock.awaits_year,
        _working(clock, at, rules),
        rules.office_hours.per_day,
        _overran(clock),
    )


def _overran(clock: Clock) -> bool:
    ended, due = clock.stopped_at, clock.due_at
    return ended is not None and due is not None and ended > due


def _state(clock: Clock, at: dt.datetime) -> State:
    if clock.state == Clock.State.STOPPED:
        return "done"
    if clock.due_at is not None and clock.due_at <= at:
        return "late"
    if clock.state == Clock.State.SUSPENDED:
        return "suspended"
    return "at_risk" if clock.at_risk_at is not None and clock.at_risk_at <= at else "on_time"


def _remaining(clock: Clock, at: dt.datetime) -> dt.timedelta | None:
    if clock.stopped_at is not None:
        return clock.stopped_at - clock.started_at
    if clock.due_at is not None:
        return clock.due_at - at
    if clock.suspended_since is not None:
        return at - clock.suspended_since
    return None


def _working(clock: Clock, at: dt.datetime, rules: Rules) -> dt.timedelta | None:
    """Office time left, negative when late; None for natural time and where nothing runs."""
    unit = clock.allowance.unit
    if not unit.in_office_time or clock.due_at is None or clock.stopped_at is not None:
        return None
    try:
        if clock.due_at <= at:
            return -running_between(rules, unit, clock.due_at, at)
        left = running_between(rules, unit, max(at, clock.started_at), clock.due_at)
    except UnknownCalendarYearError:
        return None
    # The day on which a limit in days starts is not counted; it is no time on top of it either.
    allowed = clock.allowance.amount * rules.office_hours.per_day
    return min(left, allowed) if unit.in_days else left


def elapsed_fraction(clock: Clock, at: dt.datetime, rules: Rules | None = None) -> float:
    """Elapsed over allowed running time; 1 once due, 0 while due is unknown.

    A running clock has no suspension ahead of it, so what is left until due, over the total,
    gives the fraction without reading suspensions.
    """
    if clock.frozen is not None:
        return clock.frozen
    if clock.due_at is None or clock.total is None:
        return 0.0
    at = clock.stopped_at or at
    if clock.due_at <= at or clock.total <= ZERO:
        return 1.0
    unit = clock.allowance.unit
    left = running_between(rules or official_rules(), unit, max(at, clock.started_at), clock.due_at)
    return max(0.0, 1 - left / clock.total)


def clock(clock_id: UUID) -> Clock | None:
    """One clock, or None."""
    return Clock.objects.filter(pk=clock_id).first()


def views(clock_ids: Collection[UUID], at: dt.datetime | None = None) -> dict[UUID, ClockView]:
    """Views of many clocks by id, in one query."""
    at = at or time.now()
    rules = official_rules()
    return {row.pk: view(row, at, rules) for row in Clock.objects.filter(pk__in=clock_ids)}


def views_of(
    owner_type: str,
    owner_ids: Iterable[object],
    kind: str | None = None,
    at: dt.datetime | None = None,
) -> dict[str, ClockView]:
    """Views by owner, in one query; of several clocks of one owner the last started.

    Args:
        owner_type: What the clocks belong to, ``room.noun``.
        owner_ids: The owners.
        kind: Only clocks of this kind.
        at: The instant; now where None.
    """
    at = at or time.now()
    rows = Clock.objects.filter(owner_type=owner_type, owner_id__in=[str(i) for i in owner_ids])
    if kind is not None:
        rows = rows.filter(kind=kind)
    rules = official_rules()
    return {row.owner_id: view(row, at, rules) for row in rows.order_by("started_at", "pk")}


def with_state(at: dt.datetime | None = None) -> QuerySet[Clock]:
    """All clocks, annotated with ``shown_state``, the same five states as a view has."""
    at = at or time.now()
    return Clock.objects.annotate(
        shown_state=Case(
            When(state=Clock.State.STOPPED, then=Value("done")),
            When(due_at__lte=at, then=Value("late")),
            When(state=Clock.State.SUSPENDED, then=Value("suspended")),
            When(at_risk_at__lte=at, then=Value("at_risk")),
            default=Value("on_time"),
            output_field=CharField(),
        )
    )


@dataclass(frozen=True, slots=True)
class DepartmentClocks:
    """How many open clocks a department has in each state."""

    department: str
    on_time: int
    at_risk: int
    late: int
    suspended: int


def by_department(at: dt.datetime | None = None) -> list[DepartmentClocks]:
    """Open clocks by department and state, in one query; most overdue first."""
    rows = (
        with_state(at)
        .exclude(state=Clock.State.STOPPED)
        .values_list("department")
        .annotate(
            n_on_time=Count("pk", filter=Q(shown_state="on_time")),
            n_at_risk=Count("pk", filter=Q(shown_state="at_risk")),
            n_late=Count("pk", filter=Q(shown_state="late")),
            n_suspended=Count("pk", filter=Q(shown_state="suspended")),
        )
        .order_by("-n_late", "-n_at_risk", "department")
    )
    return [DepartmentClocks(*row) for row in rows]


def overdue(at: dt.datetime | None = None) -> QuerySet[Clock]:
    """Open clocks past due, the longest overdue first."""
    at = at or time.now()
    return (
        Clock.objects.filter(due_at__lte=at).exclude(state=Clock.State.STOPPED).order_by("due_at")
    )


def suspensions(clock_id: UUID) -> list[Suspension]:
    """All suspensions of a clock, in order."""
    return list(Suspension.objects.filter(clock=clock_id).order_by("begins_at", "pk"))


def reckoning(clock: Clock) -> Deadline | None:
    """How a clock's due instant is counted; None while a calendar year for it is missing."""
    given = [
        Pause(row.begins_at, row.ends_at, row.department, row.ground)
        for row in suspensions(clock.pk)
    ]
    try:
        return deadline(
            official_rules(), clock.started_at, clock.allowance, given, as_of=time.now()
        )
    except UnknownCalendarYearError:
        return None


def exact_progress(clock: Clock, at: dt.datetime | None = None) -> float:
    """Elapsed over allowed running time, counted from the suspensions; may exceed 1."""
    limit = reckoning(clock)
    return 0.0 if limit is None else progress(limit, at or time.now())
