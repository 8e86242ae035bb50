"""How long a matter takes with departments side by side, and would take one after another."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from heli.cases.models import Matter
from heli.cases.plans import NodePlan, Plan
from heli.cases.selectors.shapes import TaskState
from heli.clocks.schedule import schedule
from heli.engines import bpmn
from heli.engines.legaltime import Allowance
from heli.kernel import clock

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Cycle:
    """Days of a matter.

    Attributes:
        parallel: From intake to the (expected) end.
        serial: Sum of the departments' own times.
        expected_at: When it is expected to end; None when it has ended, when that time has
            passed, or when it cannot be known.
    """

    parallel: float
    serial: float
    expected_at: dt.datetime | None


def cycle(matter: Matter, plan: Plan | None, tasks: Sequence[TaskState]) -> Cycle:
    """Days of a matter: measured where it ended, by the clocks where it runs."""
    if matter.opened_at is None:
        return Cycle(0.0, 0.0, None)
    if matter.closed_at is not None:
        spent = (matter.closed_at - matter.opened_at).total_seconds() / DAY
        serial = (matter.serial_seconds or 0) / DAY
        return Cycle(spent, max(serial, 0.0), None)
    if plan is None:
        return Cycle(0.0, 0.0, matter.due_at)
    return _expected(matter.opened_at, plan, tasks)


def planned(plan: Plan) -> Cycle:
    """Longest days by the legal clocks, were a matter to begin now."""
    return _expected(clock.now(), plan, [])


def _expected(opened_at: dt.datetime, plan: Plan, tasks: Sequence[TaskState]) -> Cycle:
    """By what each task took, or may take at most by its clock."""
    latest = {task.node: task for task in tasks}
    days = {node.id: _days(node, latest.get(node.id), opened_at) for node in plan.nodes.values()}
    path = bpmn.critical_path(plan.engine, days)
    expected = opened_at + dt.timedelta(days=path.parallel)
    return Cycle(path.parallel, path.serial, expected if expected > clock.now() else None)


def _days(node: NodePlan, task: TaskState | None, opened_at: dt.datetime) -> float:
    if task is not None and task.closed_at is not None:
        return (task.closed_at - task.opened_at).total_seconds() / DAY
    if task is not None and task.clock is not None and task.clock.due_at is not None:
        return max(0.0, (task.clock.due_at - task.opened_at).total_seconds() / DAY)
    if node.allowance is None:
        return 0.0
    return _length(node.allowance, opened_at)


def _length(allowance: Allowance, start: dt.datetime) -> float:
    plan = schedule(start, allowance, ())
    return (plan.due_at - start).total_seconds() / DAY if plan.due_at else 0.0
