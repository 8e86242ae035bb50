"""Somebody's own matters, with what each needs of them first."""

from collections.abc import Sequence
from dataclasses import dataclass

from heli.cases.models import Matter, Supplement, Task
from heli.cases.plans import plan_of
from heli.cases.selectors.matters import drawing, task_states, waiting_names
from heli.cases.selectors.shapes import TaskState
from heli.cases.selectors.standing import standing
from heli.kernel.localise import bilingual
from heli.organisation.selectors import DepartmentCard, Person, departments
from heli.web.confluence import Block, leaves


@dataclass(frozen=True, slots=True)
class MyMatter:
    """One line of "my matters".

    Attributes:
        needs: What departments wait for from the applicant.
        standing: Tone and words of its state.
        done: How many departments' parts are through.
        total: How many there are on its way, begun or not.
    """

    matter: Matter
    procedure_name: str
    accountable: DepartmentCard | None
    needs: list[Supplement]
    waiting_for: list[str]
    tree: Block
    standing: tuple[str, str]
    done: int
    total: int


def with_progress(rows: Sequence[Matter], person: Person) -> list[MyMatter]:
    """The matters with their drawing and what they need; a constant number of queries."""
    parts = _tasks(rows)
    needs: dict[object, list[Supplement]] = {}
    asked = Supplement.objects.filter(matter__in=rows, state=Supplement.State.ASKED)
    for supplement in asked.select_related("task").order_by("asked_at"):
        needs.setdefault(supplement.matter_id, []).append(supplement)
    return [_line(row, parts.get(row.pk, []), needs.get(row.pk, []), person) for row in rows]


def _tasks(rows: Sequence[Matter]) -> dict[object, list[TaskState]]:
    tasks = list(Task.objects.filter(matter__in=rows).order_by("opened_at", "token"))
    found: dict[object, list[TaskState]] = {}
    for task, state in zip(tasks, task_states(tasks), strict=True):
        found.setdefault(task.matter_id, []).append(state)
    return found


def _line(row: Matter, tasks: list[TaskState], needs: list[Supplement], person: Person) -> MyMatter:
    plan = plan_of(row.procedure_id) if row.procedure_id else None
    drawn = drawing(plan, row, tasks)
    lanes = [leaf for leaf in leaves(drawn) if leaf.state != "skipped"]
    return MyMatter(
        matter=row,
        procedure_name=bilingual(plan.name_zh, plan.name_en) if plan else row.source,
        accountable=departments().get(row.accountable_id or ""),
        needs=needs,
        waiting_for=waiting_names(row),
        tree=drawn,
        standing=standing(row, tasks, bool(needs), own=row.applicant_id == person.pk),
        done=sum(leaf.state == "done" for leaf in lanes),
        total=len(lanes),
    )
