"""What single attributes say that cannot be carried out, or that nobody can read."""

from collections.abc import Iterator

from heli.engines.bpmn import names
from heli.engines.bpmn.durations import is_allowance
from heli.engines.bpmn.findings import Reason
from heli.engines.bpmn.model import Base, Definitions, FlowNode, boolean
from heli.errors import gettext_noop

BOOLEANS = frozenset(
    {
        "cancelActivity",
        "instantiate",
        "isClosed",
        "isExecutable",
        "isForCompensation",
        "isImmediate",
        "isInterrupting",
        "isSequential",
        "parallelMultiple",
        "triggeredByEvent",
    }
)
"""Attributes of the type ``xsd:boolean`` on what is carried out (BPMN 2.0.2, ``Semantic.xsd``)."""


def of_any(base: Base) -> Iterator[Reason]:
    """Attributes that any element of a process may have."""
    for name, value in base.attributes:
        if name in BOOLEANS and boolean(value) is None:
            text = gettext_noop("{attribute} is “{value}”; it must be true or false.")
            yield "boolean", text, {"attribute": name, "value": value[:80]}
    allowance = base.extension.get("allowance", "")
    if allowance and not is_allowance(allowance):
        text = gettext_noop(
            "The legal time “{value}” is none: write WD5, WH16, H48, P30D or PT48H, at most ten "
            "years."
        )
        yield "allowance", text, {"value": allowance[:80]}
    for name in base.extension.get("sets", "").split():
        if not name.isidentifier():
            text = gettext_noop("“{value}” in heli:sets is no name of a variable.")
            yield "sets", text, {"value": name[:80]}


def of_node(node: FlowNode) -> Iterator[Reason]:
    """Attributes of an activity, gateway or event."""
    for part in (node, *node.events, *((node.loop,) if node.loop is not None else ())):
        yield from of_any(part)
    for check in (_flags, _quantities, _default):
        yield from check(node)


def _flags(node: FlowNode) -> Iterator[Reason]:
    if node.flag("isForCompensation"):
        yield "compensation", gettext_noop("Compensation is not supported."), {}
    if node.flag("triggeredByEvent"):
        yield "event_sub_process", gettext_noop("Event sub-processes are not supported."), {}


def _quantities(node: FlowNode) -> Iterator[Reason]:
    if (node.get("startQuantity") or "1").strip() != "1":
        text = gettext_noop("A start quantity other than 1 is not supported.")
        yield "start_quantity", text, {}
    if (node.get("completionQuantity") or "1").strip() != "1":
        text = gettext_noop("A completion quantity other than 1 is not supported.")
        yield "completion_quantity", text, {}


def of_file(definitions: Definitions) -> Iterator[Reason]:
    """What a file demands of whoever carries out a process of it."""
    for item in definitions.kept:
        if item.local == "extension" and boolean(item.get("mustUnderstand") or ""):
            text = gettext_noop("The file demands that its extension “{name}” be understood.")
            yield "must_understand", text, {"name": (item.get("definition") or "")[:120]}


_MAY_CHOOSE = names.ACTIVITIES | {"exclusiveGateway", "inclusiveGateway"}


def _default(node: FlowNode) -> Iterator[Reason]:
    if node.default is not None and node.kind not in _MAY_CHOOSE:
        text = gettext_noop("An element of this kind makes no choice and has no default flow.")
        yield "default_place", text, {}
    if node.default is not None and node.default not in node.outgoing:
        yield "default", gettext_noop("The default flow does not leave this element."), {}
