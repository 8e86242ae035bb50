"""Queues of officers: what to do next, most urgent first."""

from typing import Literal

from django.db.models import QuerySet

from heli.cases.callers import Caller, department_of
from heli.cases.models import CollaborationRequest, Task
from heli.organisation.selectors import Person

Scope = Literal["mine", "department", "unclaimed"]


def queue(by: Caller, scope: Scope = "mine") -> QuerySet[Task]:
    """Open tasks, most urgent first; two indexes serve it whatever the number of matters.

    Args:
        by: An officer, or a department's system (which has no tasks of its own).
        scope: ``mine``: assigned to the officer. ``department``: all of the department.
            ``unclaimed``: of the department, not yet taken by anybody.
    """
    rows = Task.objects.filter(closed_at__isnull=True).exclude(kind=Task.Kind.SERVICE)
    if scope == "mine" and isinstance(by, Person):
        rows = rows.filter(assignee=by)
    else:
        rows = rows.filter(department=department_of(by))
    if scope == "unclaimed":
        rows = rows.filter(state=Task.State.OPEN)
    return rows.select_related("matter", "department", "assignee").order_by("order_at", "id")


def next_to_claim(person: Person) -> Task | None:
    """The most urgent open task: proposed to the officer, else to nobody in the department."""
    mine = queue(person).filter(state=Task.State.OPEN).first()
    return mine or queue(person, "unclaimed").filter(assignee=None).first()


def requests_queue(
    by: Caller, side: Literal["owed", "asked"] = "owed"
) -> QuerySet[CollaborationRequest]:
    """Open requests that a department owes an answer to, or has asked; most urgent first."""
    rows = CollaborationRequest.objects.filter(closed_at__isnull=True)
    department = department_of(by)
    rows = rows.filter(asked=department) if side == "owed" else rows.filter(asker=department)
    return rows.select_related("matter", "asker", "asked", "task").order_by("order_at", "id")
