"""What can be applied for: what each procedure saves its applicant."""

from dataclasses import dataclass

from heli.cases.models import Procedure
from heli.cases.plans import Plan, plan_of
from heli.cases.selectors.cycle import planned
from heli.cases.selectors.drawing import tree
from heli.cases.selectors.matters import procedures
from heli.engines import bpmn
from heli.organisation.selectors import DepartmentCard, departments
from heli.web.confluence import Block


@dataclass(frozen=True, slots=True)
class Offer:
    """One procedure as somebody sees it before applying.

    Attributes:
        departments: Who acts on it, in the order of the procedure.
        together: Most departments that act at the same time.
        asked: Questions that the applicant answers.
        known: Questions that the city answers itself.
        parallel_days: Longest time by the legal clocks, departments side by side.
        serial_days: The same, one department after another.
        tree: The drawing, before anything has begun.
    """

    procedure: Procedure
    departments: list[DepartmentCard]
    together: int
    asked: list[str]
    known: list[str]
    sections: list[str]
    parallel_days: float
    serial_days: float
    tree: Block

    @property
    def questions(self) -> int:
        """How many answers the form has, whoever gives them."""
        return len(self.asked) + len(self.known)


def offers() -> list[Offer]:
    """Every procedure that a matter can be filed for now."""
    return [offer_of(row) for row in procedures()]


def offer_of(procedure: Procedure) -> Offer:
    """What one procedure asks, and what it spares."""
    plan = plan_of(procedure.pk)
    days = planned(plan)
    fields = list(plan.form.fields.values())
    spared = [item for item in fields if item.source is not None or item.account]
    cards = departments()
    names = dict.fromkeys(_acting(plan))
    return Offer(
        procedure=procedure,
        departments=[cards[name] for name in names if name in cards],
        together=_together(plan.structure),
        asked=[item.label for item in fields if item not in spared],
        known=[item.label for item in spared],
        sections=[section.label for section in plan.form.sections],
        parallel_days=days.parallel,
        serial_days=days.serial,
        tree=tree(plan, [], ended=False),
    )


def _acting(plan: Plan) -> list[str]:
    """Departments of the tasks on the procedure's own way, without those after an exception."""

    def walk(block: bpmn.Block) -> list[str]:
        node = plan.nodes.get(block.node) if block.kind == "task" else None
        own = [node.department] if node is not None and node.kind != "service" else []
        children = block.children[:1] if block.kind == "loop" else block.children
        return own + [name for child in children for name in walk(child)]

    return walk(plan.structure)


def _together(block: bpmn.Block) -> int:
    counts = [_together(child) for child in block.children]
    if block.kind in ("parallel", "inclusive"):
        return sum(counts)
    return max(counts, default=1)
