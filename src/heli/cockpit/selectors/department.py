"""What a head looks at: one department's work, debts, requests, handovers and people, now."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from heli.cases.selectors import CollaborationRequest, Handover, Task, queue, requests_queue
from heli.cases.selectors.clocks import with_clocks
from heli.cockpit.selectors import work
from heli.cockpit.selectors.summary import DepartmentRow, Summary
from heli.kernel import clock
from heli.kernel.permissions import Role
from heli.organisation.selectors import Absence, Person, people

FIRST = 8
AHEAD = dt.timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Load:
    """What one officer carries.

    Attributes:
        open: Open tasks, claimed or proposed.
        late: Of these, overdue ones.
        away: The absence that stands today; None for who is there.
    """

    officer: Person
    open: int
    late: int
    away: Absence | None


@dataclass(frozen=True, slots=True)
class Desk:
    """One department at one instant.

    Attributes:
        row: Its line in the city's table; None where it did and owes nothing.
        waiting: Its open tasks by activity, the most days lost first.
        debts: What it owes overdue, by whom it is owed.
        first: Its most urgent open tasks.
        owed: Requests it has to answer, the most urgent first.
        asked: Requests that others have to answer for it.
        offered: Matters it is asked to take over, and those it wants to hand over.
        loads: What each officer carries, most first.
        unclaimed: Open tasks given to nobody.
        absences: Who is away now or within two weeks.
    """

    row: DepartmentRow | None
    waiting: Sequence[work.Waiting]
    debts: Sequence[work.Debt]
    first: Sequence[Task]
    owed: Sequence[CollaborationRequest]
    asked: Sequence[CollaborationRequest]
    offered: Sequence[Handover]
    loads: Sequence[Load]
    unclaimed: int
    absences: Sequence[Absence]

    @property
    def open(self) -> int:
        """Open tasks."""
        return sum(item.count for item in self.waiting)

    @property
    def overdue(self) -> int:
        """Overdue tasks and requests that it owes."""
        return sum(debt.count for debt in self.debts)


def desk(head: Person, found: Summary) -> Desk:
    """The desk of a head's department; a constant number of queries.

    Args:
        head: Whose department it is.
        found: The city's figures, for what is counted there already.
    """
    code = head.department_id or ""
    open_tasks = Task.objects.filter(department=code, closed_at=None).exclude(
        kind=Task.Kind.SERVICE
    )
    absences = _absences(code)
    return Desk(
        row=next((row for row in found.departments if row.department.code == code), None),
        waiting=[item for item in found.waiting if item.department == code],
        debts=[debt for debt in found.debts if debt.debtor == code],
        first=with_clocks(queue(head, "department")[:FIRST]),
        owed=with_clocks(requests_queue(head, "owed")[:FIRST]),
        asked=with_clocks(requests_queue(head, "asked")[:FIRST]),
        offered=list(
            Handover.objects.filter(Q(giver=code) | Q(taker=code), state=Handover.State.OFFERED)
            .select_related("matter", "giver", "taker")
            .order_by("due_at", "id")[:FIRST]
        ),
        loads=_loads(code, absences),
        unclaimed=open_tasks.filter(assignee=None).count(),
        absences=absences,
    )


def _loads(code: str, absences: Sequence[Absence]) -> list[Load]:
    now = clock.now()
    counted = {
        assignee: (count, late)
        for assignee, count, late in Task.objects.filter(department=code, closed_at=None)
        .exclude(kind=Task.Kind.SERVICE)
        .exclude(assignee=None)
        .order_by()
        .values_list("assignee")
        .annotate(
            Count("pk"),
            late=Count("pk", filter=Q(suspended_at=None, due_at__lt=now)),
        )
    }
    today = clock.today()
    away = {item.person_id: item for item in absences if item.starts_on <= today}
    staff = [one for one in people(code) if Role.OFFICER in one.roles or one.pk in counted]
    loads = [Load(one, *counted.get(one.pk, (0, 0)), away.get(one.pk)) for one in staff]
    return sorted(loads, key=lambda load: (-load.open, load.officer.username))


def _absences(code: str) -> list[Absence]:
    today = clock.today()
    rows = Absence.objects.filter(
        person__department=code,
        person__is_active=True,
        cancelled_at=None,
        ends_on__gte=today,
        starts_on__lte=today + AHEAD,
    )
    return list(rows.select_related("person", "substitute").order_by("starts_on", "id"))
