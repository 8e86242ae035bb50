"""A BPMN 2.0 model as frozen data.

Every typed element keeps all attributes it was read with, so nothing is lost between reading and
writing; the typed properties are views of them. What the model does not type (data associations,
vendor extensions, the diagram) is kept as :class:`Element` trees.

Source: OMG, Business Process Model and Notation 2.0.2 (formal/13-12-09).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
HELI = "urn:heli:bpmn:1"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"

Namespaces = tuple[tuple[str | None, str], ...]
"""Prefixes (None: the default namespace) with their namespaces."""

Attributes = tuple[tuple[str, str], ...]
"""Attribute names in Clark notation (``{namespace}local``) with their values, in file order."""


_SPACES = " \t\r\n"
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def boolean(text: str) -> bool | None:
    """A value of the type ``xsd:boolean``, white space around it aside; None if it is none."""
    return _BOOLEANS.get(text.strip(_SPACES))


def local_name(tag: str) -> str:
    """The part of a Clark name behind its namespace."""
    return tag.rpartition("}")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An XML element kept as it is; ``namespaces`` are the prefixes it declares itself.

    White space between its children is kept where text may stand there.
    """

    tag: str
    attributes: Attributes = ()
    text: str = ""
    tail: str = ""
    children: tuple["Element", ...] = ()
    namespaces: Namespaces = ()
    line: int = field(default=0, compare=False)

    @property
    def local(self) -> str:
        """Name without namespace."""
        return local_name(self.tag)

    @property
    def namespace(self) -> str:
        """Namespace, empty if there is none."""
        return self.tag[1:].partition("}")[0] if self.tag.startswith("{") else ""

    def get(self, name: str) -> str | None:
        """Value of an attribute, or None."""
        return next((value for key, value in self.attributes if key == name), None)

    def content(self) -> str:
        """All text inside the element, stripped."""
        return "".join(self._texts()).strip()

    def _texts(self) -> Iterator[str]:
        yield self.text
        for child in self.children:
            yield from child._texts()
            yield child.tail


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What every typed element has; ``namespaces`` are the prefixes it declares itself."""

    attributes: Attributes = ()
    namespaces: Namespaces = ()
    documentation: tuple[Element, ...] = ()
    extension_elements: tuple[Element, ...] = ()
    kept: tuple[Element, ...] = ()
    line: int = field(default=0, compare=False)

    def get(self, name: str) -> str | None:
        """Value of an attribute, or None."""
        return next((value for key, value in self.attributes if key == name), None)

    def word(self, name: str) -> str:
        """Value of an attribute whose type takes white space around it away; empty if missing."""
        return (self.get(name) or "").strip(_SPACES)

    def reference_of(self, name: str) -> str | None:
        """Local part of the qualified name in an attribute, or None."""
        return self.word(name).rpartition(":")[2] or None

    def flag(self, name: str, default: bool = False) -> bool:
        """Value of a boolean attribute; the default where it is missing or unreadable."""
        found = boolean(self.get(name) or "")
        return default if found is None else found

    @property
    def id(self) -> str:
        """The element's id; empty where BPMN does not require one."""
        return self.word("id")

    @property
    def name(self) -> str:
        """The element's label, empty if it has none."""
        return self.get("name") or ""

    @property
    def extension(self) -> dict[str, str]:
        """Foreign attributes: Heli's by local name, all others by Clark name."""
        prefix = f"{{{HELI}}}"
        return {
            name.removeprefix(prefix): value
            for name, value in self.attributes
            if name.startswith("{")
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDefinition(Base):
    """What triggers an event; ``kind`` is the BPMN name, e.g. ``timerEventDefinition``."""

    kind: str
    timer: Element | None = None

    @property
    def reference(self) -> str | None:
        """Id of the message, error, signal or escalation meant, without namespace prefix."""
        for name in ("messageRef", "errorRef", "signalRef", "escalationRef"):
            if found := self.reference_of(name):
                return found
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop(Base):
    """Loop characteristics of an activity."""

    kind: str
    cardinality: Element | None = None
    collection: Element | None = None
    item: Element | None = None
    output_collection: Element | None = None
    output_item: Element | None = None
    completion: Element | None = None

    @property
    def sequential(self) -> bool:
        """Whether instances run one after another."""
        return self.flag("isSequential")


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceFlow(Base):
    """An arrow between two flow nodes."""

    condition: Element | None = None

    @property
    def source(self) -> str:
        """Id of the node it leaves."""
        return self.word("sourceRef")

    @property
    def target(self) -> str:
        """Id of the node it enters."""
        return self.word("targetRef")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane(Base):
    """A lane with the ids of the nodes lying in it."""

    nodes: tuple[str, ...] = ()
    lane_sets: tuple["LaneSet", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSet(Base):
    """The lanes of a process; ``kind`` is ``laneSet`` or, inside a lane, ``childLaneSet``."""

    kind: str = "laneSet"
    lanes: tuple[Lane, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataElement(Base):
    """A data object, data object reference or data store reference."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What lies inside a process or sub-process."""

    nodes: tuple["FlowNode", ...] = ()
    flows: tuple[SequenceFlow, ...] = ()
    lane_sets: tuple[LaneSet, ...] = ()
    data: tuple[DataElement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowNode(Base):
    """An activity, gateway or event; ``kind`` is the BPMN name, e.g. ``userTask``."""

    kind: str
    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    events: tuple[EventDefinition, ...] = ()
    loop: Loop | None = None
    body: Body | None = None

    @property
    def default(self) -> str | None:
        """Id of the flow taken when no condition holds."""
        return self.word("default") or None

    @property
    def message(self) -> str | None:
        """Id of the message a task or event sends or waits for, without namespace prefix."""
        if self.kind in ("sendTask", "receiveTask"):
            return self.reference_of("messageRef")
        wanted = (item for item in self.events if item.kind == "messageEventDefinition")
        return next((item.reference for item in wanted), None)

    @property
    def attached_to(self) -> str | None:
        """Id of the activity a boundary event sits on."""
        return self.reference_of("attachedToRef")

    @property
    def interrupting(self) -> bool:
        """Whether a boundary event ends the activity it sits on."""
        return self.flag("cancelActivity", default=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process(Base):
    """A process: the thing that can be carried out."""

    body: Body = Body()

    @property
    def executable(self) -> bool:
        """Whether the modeller marked the process as executable."""
        return self.flag("isExecutable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant(Base):
    """A pool."""

    @property
    def process(self) -> str | None:
        """Id of the process in the pool, None for a closed pool."""
        return self.reference_of("processRef")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFlow(Base):
    """A dashed arrow between pools."""

    @property
    def source(self) -> str:
        """Id of the sending node or pool."""
        return self.word("sourceRef")

    @property
    def target(self) -> str:
        """Id of the receiving node or pool."""
        return self.word("targetRef")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaboration(Base):
    """Pools and what they send each other."""

    participants: tuple[Participant, ...] = ()
    message_flows: tuple[MessageFlow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Base):
    """A message that events refer to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Error(Base):
    """An error that events refer to."""

    @property
    def error_code(self) -> str:
        """Its code; the id where the model gives no code."""
        return self.get("errorCode") or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal(Base):
    """A signal that events refer to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions(Base):
    """A whole BPMN file."""

    processes: tuple[Process, ...] = ()
    collaborations: tuple[Collaboration, ...] = ()
    messages: tuple[Message, ...] = ()
    errors: tuple[Error, ...] = ()
    signals: tuple[Signal, ...] = ()
    diagrams: tuple[Element, ...] = ()


def walk(body: Body) -> Iterator[FlowNode]:
    """All flow nodes of a body, those of sub-processes included, outer ones first."""
    for node in body.nodes:
        yield node
        if node.body is not None:
            yield from walk(node.body)


def hosted(body: Body) -> dict[str, list[FlowNode]]:
    """The boundary events of a body by the id of the activity they sit on."""
    found: dict[str, list[FlowNode]] = {}
    for node in body.nodes:
        if host := node.attached_to:
            found.setdefault(host, []).append(node)
    return found
