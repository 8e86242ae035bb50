"""The procedure's variables: which of them a task or message may set, and the fact that it did.

A gateway decides on them, so whoever sets one decides where the matter goes. A model therefore says
by ``heli:sets`` which names a task or the event of a message may set, and every setting is a fact.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from heli.cases import facts, sealing
from heli.cases.errors import VariableNotDeclaredError
from heli.cases.plans import Plan
from heli.cases.steps import Step
from heli.engines import bpmn


def take(
    step: Step, nodes: Iterable[bpmn.Node], found: Mapping[str, Any], *, department: str
) -> dict[str, Any]:
    """What a task or message found out, for the engine; recorded with the step.

    Args:
        step: Of the matter.
        nodes: The task, or the events that wait for the message.
        found: Values by name.
        department: On whose account the fact is.

    Raises:
        VariableNotDeclaredError: The model lets none of the nodes set one of them.
    """
    if not found:
        return {}
    nodes = tuple(nodes)
    declared = sorted({name for node in nodes for name in node.extension.get("sets", "").split()})
    others = sorted(found.keys() - set(declared))
    if others:
        raise VariableNotDeclaredError(
            field="variables", names=", ".join(others), declared=", ".join(declared) or "—"
        )
    data = facts.VariablesSet(
        node=nodes[0].id, names=", ".join(sorted(found)), digest=digest(found)
    )
    step.fact(data, department=department)
    return dict(found)


def awaiting(plan: Plan, state: bpmn.State, message: str) -> list[bpmn.Node]:
    """The events that wait for a message now."""
    nodes = (
        plan.engine.nodes[token.node] for token in state.tokens if token.phase in ("catch", "armed")
    )
    return [node for node in nodes if node.message == message]


def digest(values: Mapping[str, Any]) -> str:
    """A keyed hash of values, which stand in no fact: a text among them may name somebody."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, default=str)
    return sealing.digest("variables", text)
