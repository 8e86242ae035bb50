"""BPMN 2.0 XML to the model. Entities, document types and the network are off."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from lxml import etree

from heli.engines.bpmn import names
from heli.engines.bpmn.errors import (
    DanglingReferenceError,
    DocumentTypeRefusedError,
    DuplicateIdError,
    MissingPartError,
    ModelTooLargeError,
    NotBpmnError,
    TooManyElementsError,
    UnreadableModelError,
)
from heli.engines.bpmn.model import (
    BPMN,
    BPMNDI,
    SPACE,
    Body,
    Collaboration,
    DataElement,
    Definitions,
    Element,
    Error,
    EventDefinition,
    FlowNode,
    Lane,
    LaneSet,
    Loop,
    Message,
    MessageFlow,
    Participant,
    Process,
    SequenceFlow,
    Signal,
)

MAX_BYTES = 5_000_000
MAX_ELEMENTS = 100_000

Xml = etree._Element
Typed = TypeVar("Typed")


def read(data: bytes | str) -> Definitions:
    """Read a BPMN 2.0 file.

    Args:
        data: The file as bytes (its XML declaration names the encoding) or as text.

    Returns:
        The model; writing and reading it again gives an equal one. Comments, processing
        instructions and the white space between elements, where no text may stand, are not part
        of it.

    Raises:
        UnreadableModelError: Not well-formed XML, with the line.
        NotBpmnError: XML of another kind.
        DocumentTypeRefusedError: A document type declaration is present.
        ModelTooLargeError: More than ``MAX_BYTES``; its subclass TooManyElementsError: more than
            ``MAX_ELEMENTS``.
        MissingPartError: A node without id, a flow without source or target.
        DuplicateIdError: Two elements share an id.
        DanglingReferenceError: A flow or boundary event points outside its (sub-)process.
    """
    root = _parse(data.encode() if isinstance(data, str) else data)
    if root.tag != f"{{{BPMN}}}definitions":
        raise NotBpmnError(root=root.tag, line=_line(root))
    _check_ids(root)
    parts = _sort(
        root,
        {
            "process": _process,
            "collaboration": _collaboration,
            "message": lambda xml: Message(**_base(xml)),
            "error": lambda xml: Error(**_base(xml)),
            "signal": lambda xml: Signal(**_base(xml)),
        },
    )
    kept = parts.kept
    parts.base["kept"] = tuple(item for item in kept if item.namespace != BPMNDI)
    return Definitions(
        **parts.base,
        processes=parts.of(Process),
        collaborations=parts.of(Collaboration),
        messages=parts.of(Message),
        errors=parts.of(Error),
        signals=parts.of(Signal),
        diagrams=tuple(item for item in kept if item.namespace == BPMNDI),
    )


def _parse(data: bytes) -> Xml:
    if len(data) > MAX_BYTES:
        raise ModelTooLargeError(size=len(data), limit=MAX_BYTES)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    if b"<!DOCTYPE" in data[:100_000]:
        raise DocumentTypeRefusedError
    try:
        root: Xml = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableModelError(line=error.lineno or 0, parser=error.msg) from error
    except (ValueError, LookupError) as error:
        raise UnreadableModelError(line=0, parser=str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise DocumentTypeRefusedError
    count = sum(1 for _ in root.iter())
    if count > MAX_ELEMENTS:
        raise TooManyElementsError(size=count, limit=MAX_ELEMENTS)
    return root


def _line(xml: Xml) -> int:
    line: int | None = getattr(xml, "sourceline", None)
    return line or 0


def _check_ids(root: Xml) -> None:
    seen: dict[str, int] = {}
    for xml in root.iter(f"{{{BPMN}}}*"):
        identity = (xml.get("id") or "").strip()
        if not identity:
            continue
        if identity in seen:
            raise DuplicateIdError(id=identity, first=seen[identity], line=_line(xml))
        seen[identity] = _line(xml)


def _namespaces(xml: Xml) -> tuple[tuple[str | None, str], ...]:
    """The prefixes that an element declares itself, or declares anew."""
    parent = xml.getparent()
    outer = parent.nsmap if parent is not None else {}
    return tuple((prefix, uri) for prefix, uri in xml.nsmap.items() if outer.get(prefix) != uri)


class _Parts:
    """The children of one element, typed ones and kept ones apart."""

    def __init__(self, base: dict[str, Any], typed: list[object], kept: tuple[Element, ...]):
        self.base = base
        self.typed = typed
        self.kept = kept

    def of(self, kind: type[Typed]) -> tuple[Typed, ...]:
        return tuple(item for item in self.typed if isinstance(item, kind))

    def one(self, kind: type[Typed]) -> Typed | None:
        return next(iter(self.of(kind)), None)


def _sort(
    xml: Xml,
    typed: dict[str, Callable[[Xml], object]],
    once: Iterable[frozenset[str]] = (),
) -> _Parts:
    """Read the children; of each group in ``once`` the first is typed, any other is kept."""
    group = {name: alike for alike in once for name in alike}
    taken: set[frozenset[str]] = set()
    documentation, extensions, kept = [], [], []
    found: list[object] = []
    for child in xml:
        name = _bpmn_name(child)
        if name in typed and group.get(name) not in taken:
            taken.update({group[name]} if name in group else ())
            found.append(typed[name](child))
        elif name == "documentation":
            documentation.append(element(child))
        elif name == "extensionElements":
            extensions.append(element(child))
        else:
            kept.append(element(child))
    base: dict[str, Any] = {
        "attributes": _attributes(xml),
        "namespaces": _namespaces(xml),
        "documentation": tuple(documentation),
        "extension_elements": tuple(extensions),
        "kept": tuple(kept),
        "line": _line(xml),
    }
    return _Parts(base, found, tuple(kept))


def _base(xml: Xml) -> dict[str, Any]:
    return _sort(xml, {}).base


def _attributes(xml: Xml) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in xml.attrib.items())


def _bpmn_name(xml: Xml) -> str:
    return xml.tag.removeprefix(f"{{{BPMN}}}") if xml.tag.startswith(f"{{{BPMN}}}") else ""


def element(xml: Xml) -> Element:
    """Keep an XML element with everything in it; white space is dropped only between elements."""
    return _keep(xml, verbatim=False)


def _keep(xml: Xml, verbatim: bool) -> Element:
    inside = verbatim or _is_verbatim(xml)
    tail = xml.tail or ""
    return Element(
        tag=str(xml.tag),
        attributes=_attributes(xml),
        text=(xml.text or "") if inside or len(xml) == 0 else "",
        tail=tail if verbatim else "",
        children=tuple(_keep(child, inside) for child in xml),
        namespaces=_namespaces(xml),
        line=_line(xml),
    )


def _is_verbatim(xml: Xml) -> bool:
    """Whether text may stand between the children of an element, so that white space counts."""
    if xml.get(SPACE) == "preserve" or _bpmn_name(xml) in names.MIXED:
        return True
    return len(xml) > 0 and any((text or "").strip() for text in (xml.text, *(c.tail for c in xml)))


def _require(xml: Xml, *attributes: str) -> None:
    for attribute in attributes:
        if not (xml.get(attribute) or "").strip():
            raise MissingPartError(
                element=xml.get("id") or _bpmn_name(xml), line=_line(xml), part=attribute
            )


def _process(xml: Xml) -> Process:
    _require(xml, "id")
    body, base = _body(xml)
    return Process(**base, body=body)


def _body(xml: Xml, more: dict[str, Callable[[Xml], object]] | None = None) -> tuple[Body, Any]:
    parts = _sort(xml, {**_BODY, **(more or {})}, (names.LOOPS,))
    flows = parts.of(SequenceFlow)
    body = Body(
        nodes=_connect(parts.of(FlowNode), flows),
        flows=flows,
        lane_sets=parts.of(LaneSet),
        data=parts.of(DataElement),
    )
    if more is not None:
        parts.base["parts"] = parts
    return body, parts.base


def _connect(nodes: tuple[FlowNode, ...], flows: tuple[SequenceFlow, ...]) -> tuple[FlowNode, ...]:
    """Complete each node's flows from the arrows and refuse arrows that lead outside."""
    known = {node.id for node in nodes}
    for flow in flows:
        for end in (flow.source, flow.target):
            if end not in known:
                raise DanglingReferenceError(id=flow.id, line=flow.line, target=end)
    for node in nodes:
        if node.kind == "boundaryEvent" and node.attached_to not in known:
            raise DanglingReferenceError(id=node.id, line=node.line, target=node.attached_to)
    incoming: dict[str, list[str]] = {node.id: [] for node in nodes}
    outgoing: dict[str, list[str]] = {node.id: [] for node in nodes}
    for flow in flows:
        outgoing[flow.source].append(flow.id)
        incoming[flow.target].append(flow.id)
    return tuple(
        _with_flows(node, tuple(incoming[node.id]), tuple(outgoing[node.id])) for node in nodes
    )


def _with_flows(node: FlowNode, incoming: tuple[str, ...], outgoing: tuple[str, ...]) -> FlowNode:
    return replace(
        node,
        incoming=_ordered(node.incoming, incoming),
        outgoing=_ordered(node.outgoing, outgoing),
    )


def _ordered(listed: Iterable[str], actual: tuple[str, ...]) -> tuple[str, ...]:
    """The arrows that exist, in the order the node lists them, then those it forgot."""
    known = set(actual)
    return tuple(dict.fromkeys([*(flow for flow in listed if flow in known), *actual]))


def _node(xml: Xml) -> FlowNode:
    _require(xml, "id")
    kind = _bpmn_name(xml)
    if kind == "boundaryEvent":
        _require(xml, "attachedToRef")
    inner: dict[str, Callable[[Xml], object]] = {
        **dict.fromkeys(("incoming", "outgoing"), _reference),
        **dict.fromkeys(names.EVENT_DEFINITIONS, _event_definition),
        **dict.fromkeys(names.LOOPS, _loop),
    }
    body: Body | None = None
    if kind in names.SUB_PROCESSES:
        body, base = _body(xml, inner)
        parts: _Parts = base.pop("parts")
    else:
        parts = _sort(xml, inner, (names.LOOPS,))
    references = parts.of(_Reference)
    return FlowNode(
        **parts.base,
        kind=kind,
        incoming=tuple(item.id for item in references if item.incoming),
        outgoing=tuple(item.id for item in references if not item.incoming),
        events=parts.of(EventDefinition),
        loop=parts.one(Loop),
        body=body,
    )


class _Reference:
    def __init__(self, identity: str, incoming: bool):
        self.id = identity
        self.incoming = incoming


def _reference(xml: Xml) -> _Reference:
    identity = (xml.text or "").strip().rpartition(":")[2]
    return _Reference(identity, _bpmn_name(xml) == "incoming")


def _event_definition(xml: Xml) -> EventDefinition:
    parts = _sort(xml, dict.fromkeys(names.TIMERS, element), (names.TIMERS,))
    return EventDefinition(**parts.base, kind=_bpmn_name(xml), timer=parts.one(Element))


def _single(found: Iterable[str]) -> list[frozenset[str]]:
    return [frozenset({name}) for name in found]


_LOOP_PARTS = {
    "loopCardinality": "cardinality",
    "loopDataInputRef": "collection",
    "inputDataItem": "item",
    "loopDataOutputRef": "output_collection",
    "outputDataItem": "output_item",
    "completionCondition": "completion",
}


def _loop(xml: Xml) -> Loop:
    parts = _sort(xml, dict.fromkeys(_LOOP_PARTS, element), _single(_LOOP_PARTS))
    typed: dict[str, Any] = {_LOOP_PARTS[item.local]: item for item in parts.of(Element)}
    return Loop(**parts.base, kind=_bpmn_name(xml), **typed)


def _flow(xml: Xml) -> SequenceFlow:
    _require(xml, "id", "sourceRef", "targetRef")
    parts = _sort(xml, {"conditionExpression": element}, _single(("conditionExpression",)))
    return SequenceFlow(**parts.base, condition=parts.one(Element))


def _lane_set(xml: Xml) -> LaneSet:
    parts = _sort(xml, {"lane": _lane})
    return LaneSet(**parts.base, kind=_bpmn_name(xml), lanes=parts.of(Lane))


def _lane(xml: Xml) -> Lane:
    parts = _sort(
        xml, {"flowNodeRef": lambda ref: (ref.text or "").strip(), "childLaneSet": _lane_set}
    )
    return Lane(**parts.base, nodes=parts.of(str), lane_sets=parts.of(LaneSet))


def _data(xml: Xml) -> DataElement:
    return DataElement(**_base(xml), kind=_bpmn_name(xml))


def _collaboration(xml: Xml) -> Collaboration:
    parts = _sort(
        xml,
        {
            "participant": lambda item: Participant(**_base(item)),
            "messageFlow": lambda item: MessageFlow(**_base(item)),
        },
    )
    return Collaboration(
        **parts.base,
        participants=parts.of(Participant),
        message_flows=parts.of(MessageFlow),
    )


_BODY: dict[str, Callable[[Xml], object]] = {
    **dict.fromkeys(names.FLOW_NODES, _node),
    "sequenceFlow": _flow,
    "laneSet": _lane_set,
    **dict.fromkeys(names.DATA, _data),
}
