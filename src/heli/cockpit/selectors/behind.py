"""What is behind the figures: the tasks, requests, matters and facts that they count."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import F, Q, QuerySet, Value

from heli.cases.selectors import CollaborationRequest, Matter, Task
from heli.cockpit.selectors import news
from heli.cockpit.selectors.periods import Span
from heli.kernel import clock
from heli.ledger.selectors import Fact

DECIDED = ("done", "refused", "returned")
ANSWERED = ("answered", "refused")
OWING = ("debtor", "owed_to")

Condition = Callable[[Span], Q]

TASKS: Mapping[str, Condition] = {
    "completed": lambda span: _closed(span) & Q(state__in=DECIDED),
    "late": lambda _span: Q(
        closed_at=None, suspended_at=None, order_at__lt=clock.now(), due_at__lt=clock.now()
    ),
    "open": lambda _span: Q(closed_at=None),
}
REQUESTS: Mapping[str, Condition] = {
    "answered": lambda span: _closed(span) & Q(state__in=ANSWERED),
    "late": lambda _span: Q(closed_at=None, due_at__lt=clock.now()),
}
FACTS: Mapping[str, Callable[[], Q]] = {
    "answered": lambda: Q(verb="exchange.lookup.answered"),
    "denied": lambda: Q(verb="exchange.lookup.denied"),
    "told": news.told,
}


def _closed(span: Span) -> Q:
    return Q(closed_at__gte=span.since, closed_at__lte=span.until)


def _given(**conditions: str) -> dict[str, str]:
    return {name: value for name, value in conditions.items() if value}


def tasks(
    show: str,
    span: Span,
    *,
    department: str = "",
    activity: str = "",
    creditor: str = "",
    assignee: str = "",
) -> QuerySet[Task]:
    """Tasks of officers.

    Args:
        show: Key of :data:`TASKS`.
        span: When they were decided; counts for ``completed`` only.
        department: Code of who does them.
        activity: Their Chinese name.
        creditor: Code of who is accountable for the matter.
        assignee: Number of the officer who has them; nothing else finds any.
    """
    rows = Task.objects.filter(TASKS[show](span)).exclude(kind=Task.Kind.SERVICE)
    if assignee and not (assignee.isdecimal() and len(assignee) <= 18):
        return rows.none()
    narrowed = _given(
        department=department,
        name_zh=activity,
        matter__accountable=creditor,
        assignee=assignee,
    )
    return rows.filter(**narrowed).select_related("matter", "department")


def requests(
    show: str, span: Span, *, department: str = "", creditor: str = ""
) -> QuerySet[CollaborationRequest]:
    """Requests for collaboration.

    Args:
        show: Key of :data:`REQUESTS`.
        span: When they were answered; counts for ``answered`` only.
        department: Code of who is asked.
        creditor: Code of who asked.
    """
    rows = CollaborationRequest.objects.filter(REQUESTS[show](span))
    rows = rows.filter(**_given(asked=department, asker=creditor))
    return rows.select_related("matter", "asker", "asked")


def overdue(
    span: Span, *, department: str = "", creditor: str = "", search: str = ""
) -> QuerySet[Any, dict[str, Any]]:
    """Overdue tasks and requests as rows of one list, which can be ordered and sliced.

    Args:
        span: Any; what is overdue is so now.
        department: Code of who owes them.
        creditor: Code of whom they are owed to.
        search: Part of the matter's code.
    """
    parts = [
        tasks("late", span, department=department, creditor=creditor).annotate(
            what=Value("task"),
            activity_zh=F("name_zh"),
            activity_en=F("name_en"),
            debtor=F("department_id"),
            owed_to=F("matter__accountable_id"),
        ),
        requests("late", span, department=department, creditor=creditor).annotate(
            what=Value("request"),
            activity_zh=Value(""),
            activity_en=Value(""),
            debtor=F("asked_id"),
            owed_to=F("asker_id"),
        ),
    ]
    columns = ("id", "due_at", "matter__code", "what", "activity_zh", "activity_en", *OWING)
    first, second = (
        # A part of a union has no order of its own.
        part.filter(matter__code__icontains=search).order_by().values(*columns)
        for part in parts
    )
    return first.union(second, all=True)


def matters(span: Span) -> QuerySet[Matter]:
    """Matters completed in a span, in which time was or was not saved."""
    return Matter.objects.filter(
        _closed(span),
        state=Matter.State.COMPLETED,
        origin=Matter.Origin.NATIVE,
        serial_seconds__gt=0,
    )


def facts(show: str, span: Span) -> QuerySet[Fact]:
    """Facts of a span.

    Args:
        show: Key of :data:`FACTS`.
        span: When they happened.
    """
    return Fact.objects.filter(FACTS[show](), at__gte=span.since, at__lte=span.until)
