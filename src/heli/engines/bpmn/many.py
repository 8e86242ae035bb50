"""Activities with several instances, side by side or one after another."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from heli.engines.bpmn.errors import TooManyInstancesError
from heli.engines.bpmn.names import MAX_INSTANCES
from heli.engines.bpmn.procedure import Many, Node
from heli.engines.bpmn.state import Scope, Token

if TYPE_CHECKING:
    from heli.engines.bpmn.run import Run


def multiply(run: "Run", node: Node, many: Many, scope: int) -> None:
    """Start a multi-instance activity."""
    visible = run.visible(scope)
    items = many.collection.items(visible) if many.collection is not None else None
    total = len(items) if items is not None else _count(many, visible)
    if total > MAX_INSTANCES:
        raise TooManyInstancesError(node=node.id, count=total, limit=MAX_INSTANCES)
    if many.output_collection:
        run.assign(scope, {many.output_collection: [None] * total})
    if total == 0:
        run.leave(node, scope)
        return
    inside = run.number()
    host = run.put(node, scope, "many", inside)
    started = 1 if many.sequential else total
    run.scopes[inside] = Scope(inside, node.id, scope, host.id, {}, items, total, started)
    run.arm(node, host)
    for index in range(started):
        start_instance(run, node, many, inside, index)


def start_instance(run: "Run", node: Node, many: Many, scope: int, index: int) -> None:
    """Start one instance; its item and counter are seen only inside."""
    items = run.scopes[scope].items
    item = items[index] if items is not None else None
    if node.operation == "task":
        run.open(node, scope, index, item)
        return
    local: dict[str, Any] = {"loopCounter": index}
    if many.item:
        local[many.item] = item
    if many.output_item:
        local.setdefault(many.output_item, None)
    run.descend(node, scope, index, local)


def finish_instance(run: "Run", node: Node, many: Many, token: Token, output: Any) -> None:
    """One instance is done: start the next, or go on when all or enough are."""
    inside = run.scopes[token.scope]
    if many.output_collection:
        results = list(run.visible(inside.parent)[many.output_collection])
        results[token.index] = output
        run.assign(inside.parent, {many.output_collection: results})
    inside = run.change(inside.id, done=inside.done + 1)
    if inside.done == inside.total or enough(run, many, inside):
        run.withdraw_inside(inside.id)
        host = run.tokens[inside.host]
        del run.scopes[inside.id]
        run.finish(host)
    elif inside.started < inside.total and many.sequential:
        run.change(inside.id, started=inside.started + 1)
        start_instance(run, node, many, inside.id, inside.started)


def enough(run: "Run", many: Many, inside: Scope) -> bool:
    """Whether the completion condition holds."""
    if many.completion is None:
        return False
    counters = {
        "nrOfInstances": inside.total,
        "nrOfCompletedInstances": inside.done,
        "nrOfActiveInstances": inside.started - inside.done,
    }
    return many.completion.truth({**run.visible(inside.id), **counters})


def _count(many: Many, visible: Mapping[str, Any]) -> int:
    return many.cardinality.number(visible) if many.cardinality is not None else 0
