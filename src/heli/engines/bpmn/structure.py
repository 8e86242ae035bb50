"""A procedure as a tree of blocks: what runs one after another, side by side, or as a choice.

The confluence drawing and the critical path are read from this tree. A branch ends where the
branches of its split come together again, or at an end event. A part that cannot be cut into
blocks becomes one ``tangle`` that lists its nodes in the order of flow.
"""

from dataclasses import dataclass
from typing import Literal

from heli.engines.bpmn.graph import Graph
from heli.engines.bpmn.procedure import Node, Procedure

Kind = Literal[
    "sequence",
    "parallel",
    "exclusive",
    "inclusive",
    "race",
    "loop",
    "task",
    "scope",
    "event",
    "handler",
    "tangle",
]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a procedure with one way in.

    Attributes:
        kind: ``sequence``: children one after another. ``parallel``, ``exclusive``, ``inclusive``,
            ``race``: one sequence per branch. ``loop``: the body, then every way back to its
            beginning. ``task``: somebody or something has work to do. ``event``: an event, or a
            task that only sends or receives. ``scope``: a sub-process with the sequence inside.
            ``handler``: a boundary event with the sequence behind it. ``tangle``: single nodes
            without block structure.
        node: The node a single block stands for, or the node a branching one starts at.
        join: Where branches come together; of a loop: the gateway that leaves it. May be empty.
        flow: Of a branch: the sequence flow by which it starts.
        many: ``parallel`` or ``sequential`` for a multi-instance activity, otherwise empty.
        children: The parts.
        handlers: What boundary events of a task or sub-process start.
    """

    kind: Kind
    node: str = ""
    join: str = ""
    flow: str = ""
    many: Literal["", "parallel", "sequential"] = ""
    children: tuple["Block", ...] = ()
    handlers: tuple["Block", ...] = ()


class _TangledError(Exception):
    """The body has no block structure; never leaves this module."""


def structure(procedure: Procedure) -> Block:
    """Cut a procedure into blocks.

    Returns:
        A ``sequence`` of everything from the start event on.
    """
    return _body(procedure, "", procedure.start)


def _body(procedure: Procedure, scope: str, start: str) -> Block:
    graph = Graph(procedure, scope, start)
    cutter = _Cutter(procedure, graph)
    try:
        return Block("sequence", children=cutter.walk(start, frozenset()))
    except (_TangledError, RecursionError):
        leaves = [procedure.nodes[node] for node in graph.order]
        singles = tuple(_single(procedure, node) for node in leaves if _shown(node))
        return Block("sequence", children=(Block("tangle", children=singles),))


def _shown(node: Node) -> bool:
    return "Gateway" not in node.kind and node.kind not in ("startEvent", "boundaryEvent")


def _single(procedure: Procedure, node: Node, handlers: tuple[Block, ...] = ()) -> Block:
    many: Literal["", "parallel", "sequential"] = ""
    if node.many is not None:
        many = "sequential" if node.many.sequential else "parallel"
    if node.operation == "scope":
        inside = (_body(procedure, node.id, node.start),)
        return Block("scope", node.id, many=many, children=inside, handlers=handlers)
    kind: Kind = "task" if node.work else "event"
    return Block(kind, node.id, many=many, handlers=handlers)


def _branching(node: Node) -> Kind:
    if node.operation == "race":
        return "race"
    if node.ways == "all":
        return "parallel"
    return "exclusive" if node.ways == "one" else "inclusive"


class _Cutter:
    def __init__(self, procedure: Procedure, graph: Graph) -> None:
        self.procedure = procedure
        self.graph = graph
        self.seen: set[str] = set()
        self.open: set[str] = set()

    def walk(self, node: str | None, stops: frozenset[str]) -> tuple[Block, ...]:
        """The blocks from a node to one of the stops or to an end."""
        blocks: list[Block] = []
        while node is not None and node not in stops:
            if node in self.graph.loops and node not in self.open:
                node = self.loop(node, stops, blocks)
            else:
                node = self.step(node, stops, blocks)
        return tuple(blocks)

    def step(self, node: str, stops: frozenset[str], blocks: list[Block]) -> str | None:
        """Add what one node is; the node to go on with."""
        if node in self.seen:
            if node in self.graph.aborts:
                return None
            raise _TangledError
        self.seen.add(node)
        compiled = self.procedure.nodes[node]
        if _shown(compiled):
            blocks.append(_single(self.procedure, compiled, self.handlers(compiled)))
        flows = compiled.flows
        if len(flows) < 2:
            return flows[0].target if flows else None
        return self.split(compiled, [(f.target, f.id) for f in flows], stops, blocks)

    def split(
        self,
        node: Node,
        branches: list[tuple[str, str]],
        stops: frozenset[str],
        blocks: list[Block],
    ) -> str | None:
        """Add a branching block; the node where its branches come together."""
        join = self.graph.convergence([target for target, _ in branches])
        inner = stops | {join} if join is not None else stops
        children = tuple(
            Block("sequence", flow=flow, children=self.walk(target, inner))
            for target, flow in branches
        )
        blocks.append(Block(_branching(node), node.id, join or "", children=children))
        return join

    def loop(self, head: str, stops: frozenset[str], blocks: list[Block]) -> str | None:
        """Add a loop; the node behind it."""
        inside = self.graph.loops[head]
        leaving = [
            node
            for node in inside
            if any(flow.target not in inside for flow in self.procedure.nodes[node].flows)
        ]
        if len(leaving) != 1:
            raise _TangledError
        gate = self.procedure.nodes[leaving[0]]
        self.open.add(head)
        body = () if gate.id == head else self.walk(head, stops | {gate.id})
        if gate.id in self.seen:
            raise _TangledError
        self.seen.add(gate.id)
        blocks_inside = [*body]
        if _shown(gate):
            blocks_inside.append(_single(self.procedure, gate, self.handlers(gate)))
        again = [
            Block("sequence", flow=flow.id, children=self.walk(flow.target, stops | {head}))
            for flow in gate.flows
            if flow.target in inside
        ]
        first = Block("sequence", children=tuple(blocks_inside))
        blocks.append(Block("loop", head, gate.id, children=(first, *again)))
        out = [(flow.target, flow.id) for flow in gate.flows if flow.target not in inside]
        return out[0][0] if len(out) == 1 else self.split(gate, out, stops, blocks)

    def handlers(self, node: Node) -> tuple[Block, ...]:
        """What the boundary events of an activity start, up to where it meets the main flow."""
        if node.operation == "race":
            return ()
        stops = frozenset(self.graph.main)
        found = []
        for event in (*node.armed, *(event for _, event in node.catches)):
            flows = self.procedure.nodes[event].flows
            children = tuple(
                Block("sequence", flow=flow.id, children=self.handler(flow.target, stops))
                for flow in flows
            )
            found.append(Block("handler", event, children=children))
        return tuple(found)

    def handler(self, target: str, stops: frozenset[str]) -> tuple[Block, ...]:
        """One path behind a boundary event; several may share it."""
        return _Cutter(self.procedure, self.graph).walk(target, stops)
