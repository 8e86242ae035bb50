"""Hints that a model may not do what was meant: it can be carried out, but should be looked at."""

from collections import Counter
from collections.abc import Iterable, Iterator

from heli.engines.bpmn.findings import Finding, finding
from heli.engines.bpmn.model import HELI, Body, Definitions, FlowNode, Process, hosted, walk
from heli.errors import gettext_noop


def hints(definitions: Definitions, process: Process) -> Iterator[Finding]:
    """Unreachable nodes, nodes without a way to an end, choices that may fail."""
    codes = {error.id: error.error_code for error in definitions.errors}
    if not process.executable:
        text = gettext_noop("The process is not marked as executable.")
        yield finding("not_executable", text, "process", process, process.id)
    yield from _body(process.body, process, process, codes, frozenset())
    yield from _unheard(definitions, process)
    language = (definitions.get("expressionLanguage") or "").strip()
    if language not in _LANGUAGES and any(_conditions(process.body)):
        text = gettext_noop(
            "The file names “{language}” for its conditions; they are read as Heli's."
        )
        yield finding("file_language", text, "process", process, process.id, language=language)


def _body(
    body: Body,
    owner: Process | FlowNode,
    process: Process,
    codes: dict[str, str],
    caught: frozenset[str],
) -> Iterator[Finding]:
    if not any(node.kind == "endEvent" for node in body.nodes):
        kind = owner.kind if isinstance(owner, FlowNode) else "process"
        yield finding("no_end", gettext_noop("There is no end event."), kind, owner, process.id)
    around = _Surroundings(body)
    for node in body.nodes:
        for code, template in _node(node, around):
            yield finding(code, template, node.kind, node, process.id)
        # At the top nothing can catch it: there it is how a case ends with a refusal.
        if isinstance(owner, FlowNode) and _uncaught(node, codes, caught):
            text = gettext_noop(
                "No boundary event catches this error; it would end the whole case."
            )
            yield finding("error_not_caught", text, node.kind, node, process.id)
        if node.body is not None:
            inside = caught | _catches(around.hosted.get(node.id, []), codes)
            yield from _body(node.body, node, process, codes, inside)


_LANGUAGES = frozenset({"", HELI, "http://www.w3.org/1999/XPath"})
"""XPath is what BPMN takes for given, and what tools write whatever the conditions are in."""


def _conditions(body: Body) -> Iterator[bool]:
    yield from (flow.condition is not None for flow in body.flows)
    for node in body.nodes:
        if node.body is not None:
            yield from _conditions(node.body)


class _Surroundings:
    """What is asked of a body at each of its nodes, gathered once: bodies may be large."""

    def __init__(self, body: Body) -> None:
        forward, backward = _neighbours(body)
        self.reached = _closure((n.id for n in body.nodes if n.kind == "startEvent"), forward)
        self.ending = _closure((n.id for n in body.nodes if not forward[n.id]), backward)
        self.conditional = {flow.id for flow in body.flows if flow.condition is not None}
        self.bare = Counter(flow.source for flow in body.flows if flow.condition is None)
        self.hosted = hosted(body)


def _neighbours(body: Body) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    forward: dict[str, list[str]] = {node.id: [] for node in body.nodes}
    backward: dict[str, list[str]] = {node.id: [] for node in body.nodes}
    edges = [(flow.source, flow.target) for flow in body.flows]
    edges += [(node.attached_to, node.id) for node in body.nodes if node.attached_to]
    for source, target in edges:
        forward[source].append(target)
        backward[target].append(source)
    return forward, backward


def _closure(start: Iterable[str], edges: dict[str, list[str]]) -> set[str]:
    todo = list(start)
    seen = set(todo)
    while todo:
        for target in edges[todo.pop()]:
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def _node(node: FlowNode, around: _Surroundings) -> Iterator[tuple[str, str]]:
    if node.id not in around.reached:
        yield "unreachable", gettext_noop("Nothing leads here from the start event.")
    if node.id not in around.ending:
        yield "no_way_out", gettext_noop("No way leads from here to an end.")
    if node.kind not in ("endEvent", "boundaryEvent") and not node.outgoing:
        yield "dead_end", gettext_noop("The path stops here without an end event.")
    if node.default in around.conditional:
        yield "default_condition", gettext_noop("The condition of the default flow is not asked.")
    if _contradicts(node):
        yield (
            "gateway_direction",
            gettext_noop("The gateway says it only splits or only joins; its flows say otherwise."),
        )
    choice = node.kind in ("exclusiveGateway", "inclusiveGateway") and len(node.outgoing) > 1
    if choice and node.default is None:
        yield from _no_default(around.bare[node.id])
    if "Gateway" in node.kind and len(node.outgoing) <= 1 and len(node.incoming) <= 1:
        yield "idle_gateway", gettext_noop("The gateway neither splits nor joins.")


def _contradicts(node: FlowNode) -> bool:
    """Whether ``gatewayDirection`` and the flows differ; the flows are what is carried out."""
    direction = node.get("gatewayDirection")
    splits, joins = len(node.outgoing) > 1, len(node.incoming) > 1
    return (direction == "Converging" and splits) or (direction == "Diverging" and joins)


def _no_default(bare: int) -> Iterator[tuple[str, str]]:
    if bare == 1:
        yield (
            "implicit_default",
            gettext_noop("The flow without a condition is taken as the default; mark it so."),
        )
    elif not bare:
        yield (
            "no_default",
            gettext_noop("There is no default flow; the case stops if no condition is true."),
        )


def _catches(events: Iterable[FlowNode], codes: dict[str, str]) -> set[str]:
    return {
        codes.get(definition.reference or "", "*")
        for event in events
        for definition in event.events
        if definition.kind == "errorEventDefinition"
    }


def _uncaught(node: FlowNode, codes: dict[str, str], caught: frozenset[str]) -> bool:
    if node.kind != "endEvent" or "*" in caught:
        return False
    return any(
        definition.kind == "errorEventDefinition"
        and codes.get(definition.reference or "") not in caught
        for definition in node.events
    )


_THROWING = frozenset({"sendTask", "intermediateThrowEvent", "endEvent"})


def _unheard(definitions: Definitions, process: Process) -> Iterator[Finding]:
    """Messages that are sent, and for which nothing in the process waits."""
    called = {message.id: message.name or message.id for message in definitions.messages}
    nodes = [(node, called.get(node.message or "", "")) for node in walk(process.body)]
    heard = {name for node, name in nodes if node.kind not in _THROWING}
    for node, name in nodes:
        if name and node.kind in _THROWING and name not in heard:
            text = gettext_noop(
                "Nothing in the process waits for the message “{message}”; that it was sent is "
                "recorded, and nobody gets it."
            )
            yield finding("message_unheard", text, node.kind, node, process.id, message=name)
