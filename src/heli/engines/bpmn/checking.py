"""Which elements of a model can be carried out, which are refused and why, and what looks wrong."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from heli.engines.bpmn import rules, soundness
from heli.engines.bpmn.findings import Finding
from heli.engines.bpmn.model import BPMN, Base, Body, Definitions, Element, FlowNode, walk

__all__ = ["Finding", "Report", "check", "refusals"]


@dataclass(frozen=True, slots=True)
class Understood:
    """An element that is carried out."""

    element: str
    id: str
    name: str
    process: str
    line: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """A kind of element that is kept in the file but has no effect on execution."""

    element: str
    namespace: str
    count: int


@dataclass(frozen=True, slots=True)
class Report:
    """The answer of :func:`check`."""

    processes: tuple[str, ...]
    understood: tuple[Understood, ...]
    refused: tuple[Finding, ...]
    kept: tuple[Kept, ...]
    hints: tuple[Finding, ...]

    @property
    def executable(self) -> bool:
        """Whether every process of the model can be carried out."""
        return bool(self.processes) and not self.refused


def check(definitions: Definitions) -> Report:
    """Examine every process of a model.

    Returns:
        Elements understood and refused by name, kinds of elements kept without effect, and
        soundness hints (unreachable nodes, no way to an end, gateways without default, …).
    """
    understood: list[Understood] = []
    refused: list[Finding] = []
    hints: list[Finding] = []
    for process in definitions.processes:
        wrong = list(rules.refusals(definitions, process))
        refused.extend(wrong)
        hints.extend(soundness.hints(definitions, process))
        names_refused = {finding.id for finding in wrong}
        understood.extend(
            Understood(node.kind, node.id, node.name, process.id, node.line)
            for node in walk(process.body)
            if node.id not in names_refused
        )
    return Report(
        processes=tuple(process.id for process in definitions.processes),
        understood=tuple(understood),
        refused=tuple(refused),
        kept=_kept(definitions),
        hints=tuple(hints),
    )


refusals = rules.refusals


def _kept(definitions: Definitions) -> tuple[Kept, ...]:
    counts = Counter((item.local, item.namespace) for item in _untyped(definitions))
    return tuple(
        Kept(local, "" if namespace == BPMN else namespace, count)
        for (local, namespace), count in sorted(counts.items())
    )


def _untyped(definitions: Definitions) -> Iterator[Element]:
    yield from _of(definitions)
    for process in definitions.processes:
        yield from _of(process)
        yield from _in_body(process.body)
    for collaboration in definitions.collaborations:
        yield from _of(collaboration)


def _of(base: Base) -> Iterator[Element]:
    yield from base.kept
    for extension in base.extension_elements:
        yield from extension.children


def _in_body(body: Body) -> Iterator[Element]:
    for part in (*body.flows, *body.data, *body.lane_sets):
        yield from _of(part)
    for node in body.nodes:
        yield from _in_node(node)


def _in_node(node: FlowNode) -> Iterator[Element]:
    yield from _of(node)
    for definition in node.events:
        yield from _of(definition)
    if node.body is not None:
        yield from _in_body(node.body)
