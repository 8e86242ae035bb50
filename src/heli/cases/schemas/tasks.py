"""Tasks over REST."""

import datetime as dt
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from heli.cases.models import (
    Task,
)
from heli.cases.schemas.clocks import ClockOut
from heli.cases.schemas.matters import PreparedOut, TaskStateOut


class TaskOut(Schema):
    """A task in a queue."""

    id: UUID
    matter: str
    title: str
    label: str
    department: str
    competence: str
    assignee: int | None
    state: str
    clock: ClockOut | None
    opened_at: dt.datetime

    @classmethod
    def of(cls, task: Task) -> "TaskOut":
        """From a row with its matter and clock."""
        return cls(
            id=task.pk,
            matter=task.matter.code,
            title=task.matter.title,
            label=task.name,
            department=task.department_id,
            competence=task.competence,
            assignee=task.assignee_id,
            state=task.state,
            clock=ClockOut.of(task.clock),
            opened_at=task.opened_at,
        )


class TaskDetailOut(TaskOut):
    """A task with what is needed to decide it."""

    reason: str
    answers: dict[str, str]
    prepared: list[PreparedOut]
    others: list[TaskStateOut]
    may: dict[str, bool]
    documentation: str


class TaskResultOut(Schema):
    """A task after something was done with it."""

    id: UUID
    matter: str
    state: str
    outcome: str
    assignee: int | None

    @classmethod
    def of(cls, task: Task) -> "TaskResultOut":
        """From a row with its matter."""
        return cls(
            id=task.pk,
            matter=task.matter.code,
            state=task.state,
            outcome=task.outcome,
            assignee=task.assignee_id,
        )


class ApproveIn(Schema):
    """An approval."""

    opinion: str = Field(default="", max_length=4000)
    variables: dict[str, Any] = {}


class RefuseIn(Schema):
    """A refusal needs its legal ground."""

    ground: str = Field(default="", max_length=300)
    opinion: str = Field(default="", max_length=4000)


class ReturnIn(Schema):
    """What is wrong."""

    opinion: str = Field(default="", max_length=4000)


class AssignIn(Schema):
    """To whom."""

    person: int
