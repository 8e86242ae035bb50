"""From a procedure and the live state of a matter to the confluence drawing."""

from collections.abc import Mapping, Sequence

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
    drawn = _block(plan.structure, plan, latest, ended)
    return drawn or confluence.Sequence([])


def _block(
    block: bpmn.Block, plan: Plan, latest: Mapping[str, TaskState], ended: bool
) -> confluence.Block | None:
    if block.kind == "task":
        return _with_handlers(
            _leaf(plan.nodes[block.node], latest, ended), block, plan, latest, ended
        )
    if block.kind == "event":
        return None
    parts = [
        drawn
        for child in block.children
        if (drawn := _block(child, plan, latest, ended)) is not None
    ]
    if not parts:
        return None
    if block.kind in SIDE_BY_SIDE and len(parts) > 1:
        return confluence.Parallel(parts)
    if block.kind in CHOICE and len(parts) > 1:
        return _choice(parts)
    if block.kind == "loop":
        return _loop(block, plan, latest, ended, parts)
    drawn = parts[0] if len(parts) == 1 else confluence.Sequence(_flat(parts))
    return _with_handlers(drawn, block, plan, latest, ended)


def _with_handlers(
    drawn: confluence.Block,
    block: bpmn.Block,
    plan: Plan,
    latest: Mapping[str, TaskState],
    ended: bool,
) -> confluence.Block:
    """What a boundary event started is drawn behind its host once it has happened."""
    more = []
    for handler in block.handlers:
        if any(node in latest for node in _tasks(handler)):
            behind = _block(handler, plan, latest, ended)
            if behind is not None:
                more.append(behind)
    return confluence.Sequence(_flat([drawn, *more])) if more else drawn


def _loop(
    block: bpmn.Block,
    plan: Plan,
    latest: Mapping[str, TaskState],
    ended: bool,
    parts: list[confluence.Block],
) -> confluence.Block:
    """The body, and the way back only if it was taken."""
    body, *ways = block.children
    drawn = [_block(body, plan, latest, ended)]
    for way in ways:
        if any(node in latest for node in _tasks(way)):
            drawn.append(_block(way, plan, latest, ended))
    found = [item for item in drawn if item is not None]
    return found[0] if len(found) == 1 else confluence.Sequence(_flat(found or parts))


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
