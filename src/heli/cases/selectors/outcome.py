"""What became of a matter: each department's decision, when, on which ground, with its receipt.

An officer's opinion is written for the file and stands in no fact; what the applicant reads is the
decision and, where it is a refusal, its legal ground.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from heli.cases.models import Matter, Task
from heli.cases.plans import plan_of
from heli.cases.selectors.drawing import in_order
from heli.cases.selectors.matters import task_states
from heli.exchange.selectors import receipt_url
from heli.ledger.selectors import Fact
from heli.organisation.selectors import DepartmentCard

DECIDED = (Task.State.DONE, Task.State.REFUSED)
VERBS = (
    "cases.task.completed",
    "cases.task.refused",
    "cases.matter.completed",
    "cases.matter.refused",
    "cases.matter.withdrawn",
)


@dataclass(frozen=True, slots=True)
class Ruling:
    """One department's decision.

    Attributes:
        label: What was decided on.
        words: The decision.
        refused: Whether it is a refusal.
        ground: Legal ground of a refusal.
        fact: Id of the fact that records it; empty where there is none.
    """

    label: str
    department: DepartmentCard
    words: str
    refused: bool
    ground: str
    at: dt.datetime
    fact: str
    receipt_url: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a matter.

    Attributes:
        rulings: In the order of the lanes; of several on one step the last.
        refused: Somebody refused.
        fact: Id of the fact that ended the matter.
    """

    matter: Matter
    words: str
    at: dt.datetime
    rulings: list[Ruling]
    refused: bool
    fact: str
    receipt_url: str


def outcome_of(matter: Matter) -> Outcome | None:
    """The outcome of a matter that was carried out here and has ended; else None."""
    if matter.closed_at is None or matter.procedure_id is None:
        return None
    rows = matter.tasks.filter(state__in=DECIDED).exclude(kind=Task.Kind.SERVICE)
    tasks = {task.node: task for task in rows.order_by("closed_at", "token")}
    facts, ending = _facts(matter)
    plan = plan_of(matter.procedure_id)
    rulings = []
    for state in in_order(plan, task_states(list(tasks.values()))):
        task = tasks[state.node]
        assert task.closed_at is not None
        fact = facts.get(str(task.pk), "")
        rulings.append(
            Ruling(
                label=state.label,
                department=state.department,
                words=state.state_label,
                refused=task.state == Task.State.REFUSED,
                ground=task.ground,
                at=task.closed_at,
                fact=fact,
                receipt_url=_receipt(fact),
            )
        )
    return Outcome(
        matter=matter,
        words=matter.get_state_display(),
        at=matter.closed_at,
        rulings=rulings,
        refused=any(item.refused for item in rulings),
        fact=ending,
        receipt_url=_receipt(ending),
    )


def _facts(matter: Matter) -> tuple[dict[str, str], str]:
    """Ids of the facts that record the decisions, by task, and of the one that ended it."""
    by_task: dict[str, str] = {}
    ending = ""
    for fact in Fact.objects.filter(matter=matter.code, verb__in=VERBS).order_by("at", "id"):
        if fact.verb.startswith("cases.matter."):
            ending = str(fact.pk)
        else:
            by_task[str(fact.data.get("task", ""))] = str(fact.pk)
    return by_task, ending


def _receipt(fact: str) -> str:
    return receipt_url(uuid.UUID(fact)) if fact else ""
