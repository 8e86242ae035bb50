"""What is refused of activities with several instances."""

from collections.abc import Iterator

from heli.engines.bpmn import names
from heli.engines.bpmn.errors import NotWholeNumberError
from heli.engines.bpmn.expressions import Expression
from heli.engines.bpmn.findings import Reason
from heli.engines.bpmn.model import Element, FlowNode, Loop
from heli.engines.bpmn.wording import Want, constant_fails, language, readable, truth
from heli.errors import gettext_noop


def of_node(node: FlowNode) -> Iterator[Reason]:
    """Reasons why the loop of an activity, if it has one, cannot be carried out."""
    loop = node.loop
    if loop is None:
        return
    if loop.kind == "standardLoopCharacteristics":
        yield "standard_loop", gettext_noop("Loop markers are not supported; draw the loop."), {}
        return
    if node.kind not in names.TASKS and node.kind != "subProcess":
        text = gettext_noop("Several instances are supported for tasks and sub-processes only.")
        yield "multi_instance_kind", text, {}
    for check in (_count, _items, _expressions):
        yield from check(loop)


def _count(loop: Loop) -> Iterator[Reason]:
    if loop.cardinality is None and loop.collection is None:
        text = gettext_noop("Nothing says how many instances there are.")
        yield "multi_instance_count", text, {}
    if loop.cardinality is not None and loop.collection is not None:
        text = gettext_noop(
            "A number and a collection both say how many instances there are; leave one out."
        )
        yield "multi_instance_both", text, {}
    if loop.get("behavior") not in (None, "All"):
        text = gettext_noop("Events between instances are not supported.")
        yield "multi_instance_behavior", text, {}


def _items(loop: Loop) -> Iterator[Reason]:
    if loop.item is not None and loop.collection is None:
        text = gettext_noop("There is a name for the items, but no collection they come from.")
        yield "multi_instance_item", text, {}
    if (loop.output_collection is None) is not (loop.output_item is None):
        text = gettext_noop("loopDataOutputRef and outputDataItem are needed together.")
        yield "multi_instance_output", text, {}


def _number(expression: Expression) -> None:
    if expression.number({}) > names.MAX_INSTANCES:
        raise NotWholeNumberError(element="", expression=expression.text, value="")


def _list(expression: Expression) -> None:
    expression.items({})


def _expressions(loop: Loop) -> Iterator[Reason]:
    wanted: list[tuple[Element | None, Want, str]] = [
        (loop.cardinality, _number, gettext_noop("“{expression}” is no number from 0 to 1000.")),
        (loop.collection, _list, gettext_noop("“{expression}” is no list.")),
        (loop.completion, truth, gettext_noop("“{expression}” is neither true nor false.")),
    ]
    for part, want, template in wanted:
        if part is None:
            continue
        yield from language(part)
        text = part.content()
        if not readable(text, loop.id):
            reason = gettext_noop("The expression is not understood.")
            yield "multi_instance_expression", reason, {}
        elif constant_fails(text, loop.id, want):
            yield "multi_instance_value", template, {"expression": text}
