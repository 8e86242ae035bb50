"""The flow graph of one body: order, loops, and where branches come together."""

from heli.engines.bpmn.procedure import Procedure


class Graph:
    """Nodes and flows of a process or sub-process.

    Attributes:
        order: All nodes reached from the start, then those behind boundary events, so that a node
            stands behind all that lead to it, loops aside.
        main: Nodes reached from the start without passing a boundary event.
        loops: For each node at which a loop begins, all nodes of the loop.
        aborts: Nodes from which only terminate and error ends can be reached.
    """

    def __init__(self, procedure: Procedure, scope: str, start: str) -> None:
        nodes = [node for node in procedure.nodes.values() if node.scope == scope]
        self.next = {node.id: [flow.target for flow in node.flows] for node in nodes}
        self.back: set[tuple[str, str]] = set()
        self._finished: list[str] = []
        self._visited: set[str] = set()
        self._search(start)
        self.main = frozenset(self._visited)
        main_order = self._finished[::-1]
        self._finished = []
        for node in nodes:
            if node.attached_to:
                self._search(node.id)
        self.order = [*main_order, *reversed(self._finished)]
        self.position = {node: place for place, node in enumerate(self.order)}
        self.loops = self._loops()
        self._reached = self._reach()
        self.aborts = self._aborts(procedure)

    def _search(self, start: str) -> None:
        """Depth first, without recursion: finishing order, and flows that close a loop."""
        if start in self._visited:
            return
        self._visited.add(start)
        active = {start}
        stack = [(start, iter(self.next[start]))]
        while stack:
            node, targets = stack[-1]
            for target in targets:
                if target in active:
                    self.back.add((node, target))
                elif target not in self._visited:
                    self._visited.add(target)
                    active.add(target)
                    stack.append((target, iter(self.next[target])))
                    break
            else:
                stack.pop()
                active.discard(node)
                self._finished.append(node)

    def _loops(self) -> dict[str, frozenset[str]]:
        before: dict[str, list[str]] = {node: [] for node in self.next}
        for node, targets in self.next.items():
            for target in targets:
                before[target].append(node)
        loops: dict[str, set[str]] = {}
        for source, head in self.back:
            inside = loops.setdefault(head, {head})
            todo = [source]
            while todo:
                node = todo.pop()
                if node not in inside:
                    inside.add(node)
                    todo.extend(before[node])
        return {head: frozenset(inside) for head, inside in loops.items()}

    def _reach(self) -> dict[str, int]:
        """For each node the nodes it leads to, loops not repeated, as bits of their position."""
        reach: dict[str, int] = {}
        for node in sorted(self.order, key=self.position.__getitem__, reverse=True):
            bits = 1 << self.position[node]
            for target in self.next[node]:
                if (node, target) not in self.back:
                    bits |= reach.get(target, 0)
            reach[node] = bits
        return reach

    def _aborts(self, procedure: Procedure) -> frozenset[str]:
        good = 0
        for node, targets in self.next.items():
            breaks_off = procedure.nodes[node].operation in ("end_all", "end_error")
            if not targets and not breaks_off and node in self.position:
                good |= 1 << self.position[node]
        return frozenset(node for node in self.order if not self._reached[node] & good)

    def convergence(self, branches: list[str]) -> str | None:
        """The first node at which two of the branches meet, or None if they never do.

        Paths that break off the whole (terminate, error) meet nowhere.
        """
        once = twice = 0
        for branch in branches:
            twice |= once & self._reached[branch]
            once |= self._reached[branch]
        for node in self.aborts:
            twice &= ~(1 << self.position[node])
        return self.order[(twice & -twice).bit_length() - 1] if twice else None
