"""A process compiled for the token game: immutable, shared by all cases that follow it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from heli.engines.bpmn import names, rules
from heli.engines.bpmn.durations import is_duration, is_instant
from heli.engines.bpmn.errors import (
    NotTimerTextError,
    ProcessNotFoundError,
    RefusedElementsError,
    TooManyElementsError,
)
from heli.engines.bpmn.expressions import Expression
from heli.engines.bpmn.model import (
    Body,
    Definitions,
    FlowNode,
    Lane,
    LaneSet,
    Loop,
    Process,
    SequenceFlow,
    hosted,
    walk,
)

MAX_NODES = 2000
"""Most flow nodes of one procedure, sub-processes included."""

Operation = Literal[
    "pass",
    "choose",
    "join_all",
    "join_some",
    "task",
    "catch",
    "race",
    "scope",
    "throw",
    "end_error",
    "end_all",
]


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow as the game needs it."""

    id: str
    target: str
    condition: Expression | None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Many:
    """How a multi-instance activity repeats."""

    sequential: bool
    cardinality: Expression | None
    collection: Expression | None
    item: str
    output_collection: str
    output_item: str
    completion: Expression | None


@dataclass(frozen=True, slots=True)
class Timer:
    """When a timer fires; the text is a constant or an expression."""

    kind: Literal["duration", "date"]
    text: str
    expression: Expression | None

    def when(self, variables: Mapping[str, Any]) -> str:
        """The duration or instant.

        Raises:
            NotTimerTextError: The expression gave something else.
        """
        if self.expression is None:
            return self.text
        text = self.expression.string(variables)
        if is_duration(text) if self.kind == "duration" else is_instant(text):
            return text
        raise NotTimerTextError(
            element=self.expression.element, expression=self.text, value=repr(text)[:80]
        )


@dataclass(frozen=True, slots=True)
class Node:
    """A flow node as the game needs it.

    Attributes:
        id: Id in the model.
        name: Label.
        kind: BPMN name, e.g. ``userTask``.
        operation: What entering it does.
        work: Kind of work of a task, otherwise empty.
        flows: What leaves it.
        default: The flow taken when no condition holds.
        ways: ``all`` flows are taken, exactly ``one``, or every one that holds (``some``).
        joins: Ids of the flows that enter it.
        scope: Id of the sub-process around it, empty in the process itself.
        start: Sub-process: id of the start event inside.
        many: Multi-instance characteristics.
        message: Name of the message it catches or throws.
        timer: The timer it waits for.
        error: Code of the error it throws; boundary: catches (None: every error).
        interrupting: Boundary: whether it ends its host.
        armed: Ids of events armed while a token stands here (boundary events, race targets).
        catches: Error boundary events here, as pairs of code (None: every error) and id.
        reach: Inclusive join: for each node, which ``joins`` (as bits) its token may reach.
        lane: Label of the innermost lane it lies in.
        extension: Foreign attributes, Heli's by local name.
    """

    id: str
    name: str
    kind: str
    operation: Operation
    work: Literal["user", "service", "manual", ""] = ""
    flows: tuple[Flow, ...] = ()
    default: Flow | None = None
    ways: Literal["all", "one", "some"] = "all"
    joins: tuple[str, ...] = ()
    scope: str = ""
    start: str = ""
    many: Many | None = None
    message: str = ""
    timer: Timer | None = None
    error: str | None = None
    interrupting: bool = True
    attached_to: str = ""
    armed: tuple[str, ...] = ()
    catches: tuple[tuple[str | None, str], ...] = ()
    reach: Mapping[str, int] = field(default_factory=dict)
    lane: str = ""
    extension: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Procedure:
    """A compiled process.

    Attributes:
        id: Id of the process.
        name: Its label.
        start: Id of the start event.
        nodes: All nodes by id, those of sub-processes included, in file order.
        inclusive: Whether any inclusive gateway joins.
        awaited: Names of messages that some event of the procedure catches.
        extension: Foreign attributes of the process.
    """

    id: str
    name: str
    start: str
    nodes: Mapping[str, Node]
    inclusive: bool
    awaited: frozenset[str]
    extension: Mapping[str, str]


def compile(definitions: Definitions, process_id: str | None = None) -> Procedure:  # noqa: A001
    """Compile one process of a model.

    Args:
        definitions: The model.
        process_id: Which process; may be left out if there is only one.

    Returns:
        The procedure; keep it, all cases share it.

    Raises:
        ProcessNotFoundError: No such process, or several and none named.
        RefusedElementsError: Something in it cannot be carried out; ``refusals`` lists what.
        TooManyElementsError: More than ``MAX_NODES`` nodes.
    """
    process = _find(definitions, process_id)
    refused = tuple(rules.refusals(definitions, process))
    if refused:
        elements = ", ".join(f"{item.element} “{item.name or item.id}”" for item in refused)
        error = RefusedElementsError(elements=elements)
        error.refusals = refused
        raise error
    count = sum(1 for _ in walk(process.body))
    if count > MAX_NODES:
        raise TooManyElementsError(size=count, limit=MAX_NODES)
    nodes = _Compiler(definitions).body(process.body, "")
    return Procedure(
        id=process.id,
        name=process.name,
        start=_start(process.body),
        nodes=MappingProxyType(nodes),
        inclusive=any(node.operation == "join_some" for node in nodes.values()),
        awaited=frozenset(n.message for n in nodes.values() if n.message and _waits(n)),
        extension=MappingProxyType(process.extension),
    )


def _find(definitions: Definitions, process_id: str | None) -> Process:
    processes = definitions.processes
    if process_id is None and len(processes) == 1:
        return processes[0]
    for process in processes:
        if process.id == process_id:
            return process
    known = ", ".join(process.id for process in processes)
    raise ProcessNotFoundError(what=process_id, process=process_id or "", known=known)


def _waits(node: Node) -> bool:
    return node.operation == "catch" or node.kind == "boundaryEvent"


def _start(body: Body) -> str:
    return next(node.id for node in body.nodes if node.kind == "startEvent")


class _Compiler:
    def __init__(self, definitions: Definitions) -> None:
        self.messages = {item.id: item.name or item.id for item in definitions.messages}
        self.errors = {item.id: item.error_code for item in definitions.errors}

    def body(self, body: Body, scope: str) -> dict[str, Node]:
        around = _Scope(scope, body)
        nodes: dict[str, Node] = {}
        for source in body.nodes:
            nodes[source.id] = self.node(source, around)
            if source.body is not None:
                nodes.update(self.body(source.body, source.id))
        return nodes

    def node(self, source: FlowNode, around: "_Scope") -> Node:
        leaving = tuple(_flow(around.flows[flow]) for flow in source.outgoing)
        boundary = around.hosted.get(source.id, [])
        operation = _operation(source)
        armed = [item.id for item in boundary if not _is_error(item)]
        if operation == "race":
            armed = [flow.target for flow in leaving]
        definition = source.events[0] if source.events else None
        reference = definition.reference if definition else None
        return Node(
            id=source.id,
            name=source.name,
            kind=source.kind,
            operation=operation,
            work=names.TASKS.get(source.kind, ""),  # type: ignore[arg-type]
            flows=leaving,
            default=_default(source, leaving),
            ways=_ways(source, leaving),
            joins=source.incoming,
            scope=around.id,
            start=_start(source.body) if source.body is not None else "",
            many=_many(source) if source.loop is not None else None,
            message=self.messages.get(source.message or "", ""),
            timer=_timer(source),
            error=self.errors.get(reference or "") if _is_error(source) else None,
            interrupting=source.interrupting,
            attached_to=source.attached_to or "",
            armed=tuple(armed),
            catches=tuple(
                (self.errors.get(item.events[0].reference or ""), item.id)
                for item in boundary
                if _is_error(item)
            ),
            reach=_reach(source, around) if operation == "join_some" else {},
            lane=around.lanes.get(source.id, ""),
            extension=MappingProxyType(source.extension),
        )


class _Scope:
    """A body that is being compiled, and what its nodes are looked up in."""

    def __init__(self, identity: str, body: Body) -> None:
        self.id = identity
        self.flows = {flow.id: flow for flow in body.flows}
        self.lanes = _lanes(body.lane_sets)
        self.hosted = hosted(body)
        self.before = self._before(body)

    def _before(self, body: Body) -> dict[str, list[str]]:
        """From where each node can be entered, each place once."""
        before: dict[str, dict[str, None]] = {node.id: {} for node in body.nodes}
        for flow in body.flows:
            before[flow.target][flow.source] = None
        for host, events in self.hosted.items():
            for event in events:
                before[event.id][host] = None
        return {node: list(places) for node, places in before.items()}


def _flow(flow: SequenceFlow) -> Flow:
    text = flow.condition.content() if flow.condition is not None else ""
    return Flow(flow.id, flow.target, Expression(text, flow.id) if text else None, flow.name)


def _default(source: FlowNode, leaving: tuple[Flow, ...]) -> Flow | None:
    for flow in leaving:
        if flow.id == source.default:
            return flow
    if source.kind in ("exclusiveGateway", "inclusiveGateway") and len(leaving) > 1:
        return next((flow for flow in leaving if flow.condition is None), None)
    return None


def _ways(source: FlowNode, leaving: tuple[Flow, ...]) -> Literal["all", "one", "some"]:
    if source.kind == "parallelGateway" or all(flow.condition is None for flow in leaving):
        return "all"
    return "one" if source.kind == "exclusiveGateway" else "some"


_OPERATIONS: dict[str, Operation] = {
    "sendTask": "throw",
    "receiveTask": "catch",
    "intermediateCatchEvent": "catch",
    "eventBasedGateway": "race",
    "subProcess": "scope",
}
_END_OPERATIONS: dict[str, Operation] = {
    "errorEventDefinition": "end_error",
    "terminateEventDefinition": "end_all",
    "messageEventDefinition": "throw",
}


def _operation(node: FlowNode) -> Operation:
    if node.kind in names.TASKS:
        return "task"
    if node.kind in ("endEvent", "intermediateThrowEvent") and node.events:
        return _END_OPERATIONS[node.events[0].kind]
    if node.kind == "parallelGateway" and len(node.incoming) > 1:
        return "join_all"
    if node.kind == "inclusiveGateway" and len(node.incoming) > 1:
        return "join_some"
    return _OPERATIONS.get(node.kind, "pass")


def _is_error(node: FlowNode) -> bool:
    return any(item.kind == "errorEventDefinition" for item in node.events)


def _timer(source: FlowNode) -> Timer | None:
    timer = source.events[0].timer if source.events else None
    if timer is None:
        return None
    text = timer.content()
    dynamic = text.startswith(("${", "#{", "="))
    return Timer(
        "duration" if timer.local == "timeDuration" else "date",
        text,
        Expression(text, source.id) if dynamic else None,
    )


def _many(source: FlowNode) -> Many:
    loop = source.loop
    assert loop is not None

    def expression(part: Any) -> Expression | None:
        return Expression(part.content(), source.id) if part is not None else None

    return Many(
        sequential=loop.sequential,
        cardinality=expression(loop.cardinality),
        collection=expression(loop.collection),
        item=_item(loop, "item"),
        output_collection=loop.output_collection.content() if loop.output_collection else "",
        output_item=_item(loop, "output_item"),
        completion=expression(loop.completion),
    )


def _item(loop: Loop, part: Literal["item", "output_item"]) -> str:
    element = loop.item if part == "item" else loop.output_item
    return "" if element is None else element.get("name") or element.get("id") or ""


def _lanes(lane_sets: tuple[LaneSet, ...]) -> dict[str, str]:
    found: dict[str, str] = {}

    def visit(lane: Lane) -> None:
        found.update(dict.fromkeys(lane.nodes, lane.name or lane.id))
        for inner in lane.lane_sets:
            for child in inner.lanes:
                visit(child)

    for lane_set in lane_sets:
        for lane in lane_set.lanes:
            visit(lane)
    return found


def _reach(gateway: FlowNode, around: _Scope) -> Mapping[str, int]:
    """Which flows into the gateway a token on each node may still reach, not passing the gateway.

    Boundary events count as ways out of the activity they sit on.
    """
    # What can reach one flow that leaves a node can reach all others that lead from there to here.
    entries: dict[str, int] = {}
    for position, incoming in enumerate(gateway.incoming):
        entry = around.flows[incoming].source
        entries[entry] = entries.get(entry, 0) | 1 << position
    reach: dict[str, int] = {}
    for entry, bits in entries.items():
        todo, seen = [entry], {gateway.id}
        while todo:
            node = todo.pop()
            if node not in seen:
                seen.add(node)
                reach[node] = reach.get(node, 0) | bits
                todo.extend(around.before[node])
    return MappingProxyType(reach)
