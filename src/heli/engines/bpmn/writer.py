"""The model back to BPMN 2.0 XML, in the order of the BPMN schema."""

from collections.abc import Iterable
from typing import cast

from lxml import etree

from heli.engines.bpmn import names
from heli.engines.bpmn.model import (
    BPMN,
    SPACE,
    Base,
    Body,
    Collaboration,
    Definitions,
    Element,
    EventDefinition,
    FlowNode,
    Lane,
    LaneSet,
    Loop,
    Namespaces,
    Process,
    SequenceFlow,
    local_name,
)

Xml = etree._Element
INDENT = "  "


def write(definitions: Definitions) -> bytes:
    """Write the model as UTF-8 XML with declaration and indentation.

    What the model keeps but does not type stands behind the typed parts of the same element.
    """
    root = etree.Element(f"{{{BPMN}}}definitions", nsmap=_prefixes(definitions.namespaces))
    _begin(root, definitions)
    first, rest = _split(definitions.kept, frozenset({"import"}))
    last, rest = _split(rest, frozenset({"relationship"}))
    _append(root, first)
    _append(root, rest)
    _plain(root, "message", definitions.messages)
    _plain(root, "error", definitions.errors)
    _plain(root, "signal", definitions.signals)
    for collaboration in definitions.collaborations:
        _collaboration(root, collaboration)
    for process in definitions.processes:
        _process(root, process)
    _append(root, definitions.diagrams)
    _append(root, last)
    _indent(root, "\n")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _prefixes(namespaces: Namespaces) -> dict[str, str] | None:
    # lxml takes None as a prefix; its stubs do not know that.
    return cast("dict[str, str]", dict(namespaces)) or None


def _indent(xml: Xml, line: str) -> None:
    """Put every child on a line of its own, except where text may stand between children."""
    mixed = local_name(str(xml.tag)) in names.MIXED or xml.get(SPACE) == "preserve"
    if len(xml) == 0 or mixed or any((xml.text, *(child.tail for child in xml))):
        return
    xml.text = line + INDENT
    for child in xml:
        _indent(child, line + INDENT)
        child.tail = line + INDENT
    xml[-1].tail = line


def _split(kept: Iterable[Element], wanted: frozenset[str]) -> tuple[list[Element], list[Element]]:
    """Kept BPMN elements with one of the names, and all others, each in their order."""
    found: tuple[list[Element], list[Element]] = ([], [])
    for item in kept:
        found[item.namespace != BPMN or item.local not in wanted].append(item)
    return found


def _child(parent: Xml, name: str, base: Base | None = None) -> Xml:
    prefixes = _prefixes(base.namespaces) if base is not None else None
    return etree.SubElement(parent, f"{{{BPMN}}}{name}", nsmap=prefixes)


def _begin(xml: Xml, base: Base) -> None:
    for name, value in base.attributes:
        xml.set(name, value)
    _append(xml, base.documentation)
    _append(xml, base.extension_elements)


def _append(parent: Xml, elements: Iterable[Element]) -> None:
    for item in elements:
        xml = etree.SubElement(parent, item.tag, nsmap=_prefixes(item.namespaces))
        for name, value in item.attributes:
            xml.set(name, value)
        xml.text = item.text or None
        xml.tail = item.tail or None
        _append(xml, item.children)


def _plain(parent: Xml, name: str, items: Iterable[Base]) -> None:
    for item in items:
        xml = _child(parent, name, item)
        _begin(xml, item)
        _append(xml, item.kept)


def _collaboration(parent: Xml, collaboration: Collaboration) -> None:
    xml = _child(parent, "collaboration", collaboration)
    _begin(xml, collaboration)
    _plain(xml, "participant", collaboration.participants)
    _plain(xml, "messageFlow", collaboration.message_flows)
    _append(xml, collaboration.kept)


def _process(parent: Xml, process: Process) -> None:
    xml = _child(parent, "process", process)
    _begin(xml, process)
    head, tail = _split(process.kept, names.PROCESS_HEAD)
    _append(xml, head)
    _body(xml, process.body)
    _append(xml, tail)


def _body(xml: Xml, body: Body) -> None:
    for lane_set in body.lane_sets:
        _lane_set(xml, lane_set)
    for data in body.data:
        _plain(xml, data.kind, [data])
    for node in body.nodes:
        _node(xml, node)
    for flow in body.flows:
        _flow(xml, flow)


def _lane_set(parent: Xml, lane_set: LaneSet) -> None:
    xml = _child(parent, lane_set.kind, lane_set)
    _begin(xml, lane_set)
    for lane in lane_set.lanes:
        _lane(xml, lane)
    _append(xml, lane_set.kept)


def _lane(parent: Xml, lane: Lane) -> None:
    xml = _child(parent, "lane", lane)
    _begin(xml, lane)
    _append(xml, lane.kept)
    for node in lane.nodes:
        _child(xml, "flowNodeRef").text = node
    for lane_set in lane.lane_sets:
        _lane_set(xml, lane_set)


def _node(parent: Xml, node: FlowNode) -> None:
    xml = _child(parent, node.kind, node)
    _begin(xml, node)
    head, rest = _split(node.kept, names.FLOW_ELEMENT_HEAD)
    middle, tail = _split(rest, names.NODE_MIDDLE)
    _append(xml, head)
    for flow in node.incoming:
        _child(xml, "incoming").text = flow
    for flow in node.outgoing:
        _child(xml, "outgoing").text = flow
    _append(xml, middle)
    if node.loop is not None:
        _loop(xml, node.loop)
    for definition in node.events:
        _event_definition(xml, definition)
    if node.body is not None:
        _body(xml, node.body)
    _append(xml, tail)


def _loop(parent: Xml, loop: Loop) -> None:
    xml = _child(parent, loop.kind, loop)
    _begin(xml, loop)
    parts = (
        loop.cardinality,
        loop.collection,
        loop.output_collection,
        loop.item,
        loop.output_item,
    )
    _append(xml, [part for part in parts if part is not None])
    _append(xml, loop.kept)
    if loop.completion is not None:
        _append(xml, [loop.completion])


def _event_definition(parent: Xml, definition: EventDefinition) -> None:
    xml = _child(parent, definition.kind, definition)
    _begin(xml, definition)
    if definition.timer is not None:
        _append(xml, [definition.timer])
    _append(xml, definition.kept)


def _flow(parent: Xml, flow: SequenceFlow) -> None:
    xml = _child(parent, "sequenceFlow", flow)
    _begin(xml, flow)
    head, tail = _split(flow.kept, names.FLOW_ELEMENT_HEAD)
    _append(xml, head)
    if flow.condition is not None:
        _append(xml, [flow.condition])
    _append(xml, tail)
