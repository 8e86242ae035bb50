"""From a procedure and the live state of a matter to the confluence drawing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from heli.cases.plans import NodePlan, Plan
from heli.cases.selectors.shapes import TaskState
from heli.engines import bpmn
from heli.organisation.selectors import departments
from heli.web import confluence
from heli.web.words import clock_words

SIDE_BY_SIDE = ("parallel", "inclusive")
CHOICE = ("exclusive", "race")


def tree(plan: Plan, tasks: Sequence[TaskState], ended: bool) -> confluence.Block:
    """The blocks to draw.

    Args:
        plan: The procedure.
        tasks: Every task there was, oldest first; of several on one node the last counts.
        ended: Nothing will begin any more: what has not begun was skipped.
    """
    latest = {task.node: task for task in tasks}
    drawn = _Drawer(plan, latest, ended).block(plan.structure)
    return drawn or confluence.Sequence([])


def in_order(plan: Plan | None, tasks: Sequence[TaskState]) -> list[TaskState]:
    """Tasks in the order of their lanes; of several on one node the oldest first."""
    if plan is None:
        return list(tasks)
    places: dict[str, int] = {}
    for node in _tasks(plan.structure):
        places.setdefault(node, len(places))
    return sorted(tasks, key=lambda task: places.get(task.node, len(places)))


@dataclass(frozen=True, slots=True)
class _Drawer:
    """Draws the blocks of one matter."""

    plan: Plan
    latest: Mapping[str, TaskState]
    ended: bool

    def block(self, block: bpmn.Block) -> confluence.Block | None:
        """A block, or None where there is nothing to draw."""
        drawn: confluence.Block | None = None
        if block.kind == "task":
            drawn = _leaf(self.plan.nodes[block.node], self.latest, self.ended)
        elif block.kind == "loop":
            drawn = self.loop(block)
        else:
            drawn = self.branches(block)
        return self.with_handlers(drawn, block)

    def branches(self, block: bpmn.Block) -> confluence.Block | None:
        """The children side by side, one of them, or one after another."""
        parts = self.all(block.children)
        if len(parts) < 2:
            return parts[0] if parts else None
        if block.kind in SIDE_BY_SIDE:
            return confluence.Parallel(parts)
        if block.kind in CHOICE:
            return _choice(parts)
        return confluence.Sequence(_flat(parts))

    def with_handlers(
        self, drawn: confluence.Block | None, block: bpmn.Block
    ) -> confluence.Block | None:
        """What a boundary event started is drawn behind its host once it has happened."""
        more = self.all(item for item in block.handlers if self.begun(item))
        parts = [drawn, *more] if drawn is not None else more
        return confluence.Sequence(_flat(parts)) if more else drawn

    def loop(self, block: bpmn.Block) -> confluence.Block | None:
        """The body, and the way back only if it was taken."""
        body, *ways = block.children
        found = self.all([body, *(way for way in ways if self.begun(way))])
        if len(found) < 2:
            return found[0] if found else None
        return confluence.Sequence(_flat(found))

    def all(self, blocks: Iterable[bpmn.Block]) -> list[confluence.Block]:
        """Those of the blocks that there is something to draw of."""
        return [drawn for block in blocks if (drawn := self.block(block)) is not None]

    def begun(self, block: bpmn.Block) -> bool:
        """Whether any task in it was ever opened."""
        return any(node in self.latest for node in _tasks(block))


def _choice(parts: list[confluence.Block]) -> confluence.Block:
    """Only the way that was taken, once one was."""
    taken = [part for part in parts if any(state != "waiting" for state in _states(part))]
    if len(taken) == 1:
        return taken[0]
    return confluence.Exclusive(parts)


def _flat(parts: Sequence[confluence.Block]) -> list[confluence.Block]:
    flat: list[confluence.Block] = []
    for part in parts:
        flat += part.blocks if isinstance(part, confluence.Sequence) else [part]
    return flat


def _states(block: confluence.Block) -> list[str]:
    if isinstance(block, confluence.Leaf):
        return [block.state]
    return [state for child in block.blocks for state in _states(child)]


def _tasks(block: bpmn.Block) -> list[str]:
    own = [block.node] if block.kind == "task" else []
    return own + [node for child in (*block.children, *block.handlers) for node in _tasks(child)]


def _leaf(node: NodePlan, latest: Mapping[str, TaskState], ended: bool) -> confluence.Leaf:
    card = departments().get(node.department)
    department = card.name if card else node.department
    task = latest.get(node.id)
    if task is None:
        return confluence.Leaf(node.name, department, "skipped" if ended else "waiting", 0.0, "")
    if task.clock is None:
        state = "done" if task.closed_at else "on_time"
        return confluence.Leaf(task.label, department, state, 1.0, task.state_label, task.url)
    words = task.state_label if task.closed_at else clock_words(task.clock)
    return confluence.Leaf(
        task.label, department, task.clock.state, task.clock.fraction, words, task.url
    )
