"""What is refused for execution, element by element, with the reason."""

from collections.abc import Callable, Iterator

from heli.engines.bpmn import attributes, names, repeating
from heli.engines.bpmn.durations import is_duration, is_instant
from heli.engines.bpmn.errors import NotTimerTextError
from heli.engines.bpmn.expressions import Expression
from heli.engines.bpmn.findings import Finding, Reason, finding
from heli.engines.bpmn.model import (
    BPMN,
    Base,
    Body,
    Definitions,
    EventDefinition,
    FlowNode,
    Process,
    SequenceFlow,
)
from heli.engines.bpmn.wording import constant_fails, language, readable, truth
from heli.errors import gettext_noop

_KINDS = {
    "scriptTask": gettext_noop("Script tasks are not carried out: a model must not contain code."),
    "businessRuleTask": gettext_noop("Business rule tasks need a rule engine, which there is not."),
    "callActivity": gettext_noop("Call activities are not supported; embed the sub-process."),
    "complexGateway": gettext_noop(
        "Complex gateways have no agreed meaning; use an inclusive one."
    ),
    "transaction": gettext_noop("Transactions are not supported; use a plain sub-process."),
    "adHocSubProcess": gettext_noop("Ad-hoc sub-processes are not supported."),
    "implicitThrowEvent": gettext_noop("Implicit throw events are not supported."),
    "event": gettext_noop("Events of no kind are not supported."),
    "callChoreography": gettext_noop("Choreographies are not supported."),
    "choreographyTask": gettext_noop("Choreographies are not supported."),
    "subChoreography": gettext_noop("Choreographies are not supported."),
}
_ALLOWED_EVENTS = {
    "startEvent": frozenset[str](),
    "endEvent": frozenset({"terminate", "error", "message"}),
    "boundaryEvent": frozenset({"timer", "error", "message"}),
    "intermediateCatchEvent": frozenset({"timer", "message"}),
    "intermediateThrowEvent": frozenset({"message"}),
}
_NEEDS_TRIGGER = frozenset({"boundaryEvent", "intermediateCatchEvent"})


def refusals(definitions: Definitions, process: Process) -> Iterator[Finding]:
    """Everything in a process that cannot be carried out."""
    examination = _Examination(definitions, process)
    yield from examination.say(attributes.of_any(process), "process", process)
    yield from examination.say(attributes.of_file(definitions), "process", process)
    yield from examination.unknown(process)
    yield from examination.body(process.body, process)


class _Examination:
    def __init__(self, definitions: Definitions, process: Process) -> None:
        self.process = process
        self.messages = {message.id for message in definitions.messages}
        self.errors = {error.id for error in definitions.errors}

    def say(self, reasons: Iterator[Reason], element: str, base: Base) -> Iterator[Finding]:
        for code, template, figures in reasons:
            yield finding(code, template, element, base, self.process.id, **figures)

    def body(self, body: Body, owner: Process | FlowNode) -> Iterator[Finding]:
        kind = owner.kind if isinstance(owner, FlowNode) else "process"
        starts = [node for node in body.nodes if node.kind == "startEvent"]
        if not starts:
            text = gettext_noop("There is no start event.")
            yield finding("no_start", text, kind, owner, self.process.id)
        for start in starts[1:]:
            text = gettext_noop("There is more than one start event.")
            yield finding("several_starts", text, start.kind, start, self.process.id)
        flows = {flow.id: flow for flow in body.flows}
        by_id = {node.id: node for node in body.nodes}
        for node in body.nodes:
            yield from self.say(self.node(node, flows, by_id), node.kind, node)
            if node.kind not in _KINDS:
                yield from self.unknown(node, *node.events, *([node.loop] if node.loop else []))
            if node.kind == "subProcess" and node.body is not None:
                yield from self.body(node.body, node)
        for flow in body.flows:
            yield from self.say(_flow(flow, by_id[flow.source]), "sequenceFlow", flow)
            yield from self.unknown(flow)

    def unknown(self, *bases: Base) -> Iterator[Finding]:
        """What stands in BPMN's namespace where BPMN has no such thing, or not a second one."""
        for item in (item for base in bases for item in base.kept):
            if item.namespace == BPMN and item.local not in names.KEPT:
                text = gettext_noop("BPMN 2.0 has no such element here, or not a second one.")
                identity, label = item.get("id") or "", item.get("name") or ""
                where = (self.process.id, item.line)
                yield Finding("unknown_element", item.local, identity, label, *where, text, {})

    def node(
        self, node: FlowNode, flows: dict[str, SequenceFlow], nodes: dict[str, FlowNode]
    ) -> Iterator[Reason]:
        if node.kind in _KINDS:
            yield _snake(node.kind), _KINDS[node.kind], {}
            return
        yield from attributes.of_node(node)
        yield from repeating.of_node(node)
        if node.kind in names.EVENTS:
            yield from self.event(node, nodes)
        elif node.kind in names.MESSAGE_TASKS:
            yield from self.message_task(node)
        elif node.kind == "eventBasedGateway":
            yield from _race(node, flows, nodes)
        elif node.kind in ("exclusiveGateway", "inclusiveGateway"):
            yield from _choice(node, flows)

    def event(self, node: FlowNode, nodes: dict[str, FlowNode]) -> Iterator[Reason]:
        yield from _place(node, nodes)
        if len(node.events) > 1:
            yield (
                "multiple_event",
                gettext_noop("Events with several triggers are not supported."),
                {},
            )
            return
        if any(item.local == "eventDefinitionRef" for item in node.kept):
            yield (
                "shared_event_definition",
                gettext_noop("References to shared event definitions are not supported."),
                {},
            )
            return
        if not node.events:
            if node.kind in _NEEDS_TRIGGER:
                yield "no_trigger", gettext_noop("The event does not say what it waits for."), {}
            return
        yield from self.trigger(node, node.events[0])

    def trigger(self, node: FlowNode, definition: EventDefinition) -> Iterator[Reason]:
        kind = definition.kind.removesuffix("EventDefinition")
        if kind not in _ALLOWED_EVENTS[node.kind]:
            yield f"{kind}_{_snake(node.kind)}", _UNSUPPORTED_EVENTS[kind], {}
            return
        check: Callable[[EventDefinition], Iterator[Reason]] | None = {
            "timer": _timer,
            "message": self.message,
        }.get(kind)
        if check is not None:
            yield from check(definition)
        if kind == "error":
            yield from self.error(node, definition)

    def error(self, node: FlowNode, definition: EventDefinition) -> Iterator[Reason]:
        if self.unknown_error(node, definition):
            yield "no_error", gettext_noop("The event does not say which error it means."), {}
        if node.kind == "boundaryEvent" and not node.interrupting:
            text = gettext_noop("An error always ends the activity that it comes from.")
            yield "error_not_interrupting", text, {}

    def unknown_error(self, node: FlowNode, definition: EventDefinition) -> bool:
        if definition.reference is None:
            return node.kind == "endEvent"
        return definition.reference not in self.errors

    def message(self, definition: EventDefinition) -> Iterator[Reason]:
        if definition.reference not in self.messages:
            yield "no_message", gettext_noop("The event does not say which message it means."), {}

    def message_task(self, node: FlowNode) -> Iterator[Reason]:
        if node.message not in self.messages:
            yield "no_message", gettext_noop("The task does not say which message it means."), {}
        if node.flag("instantiate"):
            yield (
                "instantiate",
                gettext_noop("Receive tasks that start a case are not supported."),
                {},
            )


_UNSUPPORTED_EVENTS = {
    "cancel": gettext_noop("Cancel events are not supported."),
    "compensate": gettext_noop("Compensation is not supported."),
    "conditional": gettext_noop("Conditional events are not supported."),
    "error": gettext_noop("An error event is supported only at an end or on a boundary."),
    "escalation": gettext_noop("Escalation events are not supported; clocks escalate."),
    "link": gettext_noop("Link events are not supported; draw the flow."),
    "message": gettext_noop("A case is started by the system, not by a message event."),
    "signal": gettext_noop("Signal events are not supported; use a message."),
    "terminate": gettext_noop("A terminate event is supported only at an end."),
    "timer": gettext_noop("A timer is supported only on a boundary or as an intermediate event."),
}


def _snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)


_UNCONDITIONAL = names.EVENTS | {"parallelGateway", "eventBasedGateway"}


def _flow(flow: SequenceFlow, source: FlowNode) -> Iterator[Reason]:
    yield from attributes.of_any(flow)
    if not flow.flag("isImmediate", default=True):
        template = gettext_noop("A flow on which something may happen is not supported.")
        yield "not_immediate", template, {}
    if flow.condition is None:
        return
    if source.kind in _UNCONDITIONAL:
        template = gettext_noop("A flow that leaves an element of this kind has no condition.")
        yield "condition_place", template, {}
    yield from language(flow.condition)
    text = flow.condition.content()
    if not readable(text, flow.id) or constant_fails(text, flow.id, truth):
        template = gettext_noop("The condition is not understood: {expression}")
        yield "condition", template, {"expression": text}


def _place(node: FlowNode, nodes: dict[str, FlowNode]) -> Iterator[Reason]:
    if node.kind in ("startEvent", "boundaryEvent") and node.incoming:
        yield "incoming", gettext_noop("A flow leads into an event that cannot have one."), {}
    if node.kind == "endEvent" and node.outgoing:
        yield "outgoing", gettext_noop("A flow leaves an end event."), {}
    if node.kind != "boundaryEvent":
        return
    host = nodes[node.attached_to or ""]
    if host.kind not in names.ACTIVITIES:
        yield "attached", gettext_noop("A boundary event must sit on a task or a sub-process."), {}
    if host.kind == "sendTask":
        yield (
            "attached_send",
            gettext_noop("A send task is done at once; nothing can interrupt it."),
            {},
        )


def _timer(definition: EventDefinition) -> Iterator[Reason]:
    timer = definition.timer
    if timer is None or not timer.content():
        yield "timer_empty", gettext_noop("The timer does not say when it fires."), {}
        return
    text = timer.content()
    dynamic = text.startswith(("${", "#{", "="))
    if dynamic:
        yield from language(timer)
    if timer.local == "timeCycle":
        yield "timer_cycle", gettext_noop("Repeating timers are not supported."), {}
    elif dynamic and not readable(text, definition.id):
        template = gettext_noop("The expression of the timer is not understood.")
        yield "timer_expression", template, {}
    elif timer.local == "timeDuration" and not _says(text, dynamic, is_duration):
        template = gettext_noop(
            "The timer's duration “{value}” is not ISO 8601 nor WD5, WH16, H48, or is longer than "
            "ten years."
        )
        yield "timer_duration", template, {"value": text[:80]}
    elif timer.local == "timeDate" and not _says(text, dynamic, is_instant):
        template = gettext_noop(
            "The timer's date “{value}” is not ISO 8601 with a time zone, or no calendar has it."
        )
        yield "timer_date", template, {"value": text[:80]}


def _says(text: str, dynamic: bool, what: Callable[[str], bool]) -> bool:
    """Whether a timer says what it must; one that depends on variables shows it only then."""
    if not dynamic:
        return what(text)

    def want(expression: Expression) -> None:
        if not what(expression.string({})):
            raise NotTimerTextError(element="", expression=text, value="")

    return not constant_fails(text, "", want)


def _race(
    node: FlowNode, flows: dict[str, SequenceFlow], nodes: dict[str, FlowNode]
) -> Iterator[Reason]:
    if node.flag("instantiate"):
        yield "instantiate", gettext_noop("Gateways that start a case are not supported."), {}
    if node.get("eventGatewayType") not in (None, "Exclusive"):
        text = gettext_noop("Parallel event-based gateways are not supported.")
        yield "parallel_events", text, {}
    if not node.outgoing:
        text = gettext_noop("No flow leaves the gateway, so there is nothing to wait for.")
        yield "race_empty", text, {}
    for flow in node.outgoing:
        target = nodes[flows[flow].target]
        if target.kind != "intermediateCatchEvent" or len(target.incoming) > 1:
            yield (
                "race_target",
                gettext_noop("Behind an event-based gateway only catch events are supported."),
                {},
            )
            return


def _choice(node: FlowNode, flows: dict[str, SequenceFlow]) -> Iterator[Reason]:
    bare = [f for f in node.outgoing if flows[f].condition is None and f != node.default]
    allowed = 1 if node.default is None else 0
    if len(node.outgoing) > 1 and len(bare) > allowed:
        yield (
            "no_condition",
            gettext_noop(
                "Flows without a condition leave the gateway; nothing says which to take."
            ),
            {},
        )
