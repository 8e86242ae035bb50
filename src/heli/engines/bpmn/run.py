"""One move of the token game, from an event to the next stable state.

The move works on copies; if anything in it fails, the state given to it is still the truth.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from heli.engines.bpmn import joins, many
from heli.engines.bpmn.errors import (
    EndlessLoopError,
    NoFlowTakenError,
)
from heli.engines.bpmn.happenings import (
    Completed,
    Effect,
    ErrorCaught,
    ErrorThrown,
    MessageCaught,
    MessageThrown,
    ScopeEntered,
    ScopeLeft,
    Stalled,
    TaskOpened,
    TaskWithdrawn,
    TimerArmed,
    TimerDisarmed,
)
from heli.engines.bpmn.procedure import Flow, Node, Procedure
from heli.engines.bpmn.state import Phase, Scope, State, Status, Token

MAX_STEPS = 20_000
"""Most nodes entered in one move; a loop without a task would never end."""

_WAITING = frozenset({"task", "catch", "armed"})


class Run:
    """A state in motion."""

    def __init__(self, procedure: Procedure, state: State) -> None:
        self.procedure = procedure
        self.nodes = procedure.nodes
        self.status: Status = state.status
        self.next = state.next
        self.variables: Mapping[str, Any] = state.variables
        self.tokens = {token.id: token for token in state.tokens}
        self.scopes = {scope.id: scope for scope in state.scopes}
        self.mail = list(state.mail)
        self.effects: list[Effect] = []
        self.queue: deque[tuple[str, int, str]] = deque()
        self.emptied: set[int] = set()
        self.steps = 0

    # -- tokens ---------------------------------------------------------------------------------

    def number(self) -> int:
        """Draw the next number."""
        number = self.next
        self.next = number + 1
        return number

    def put(self, node: Node, scope: int, phase: Phase, link: int = 0, index: int = -1) -> Token:
        """Lay a token on a node."""
        token = Token(self.number(), node.id, scope, phase, link, index)
        self.tokens[token.id] = token
        return token

    def leave(self, node: Node, scope: int) -> None:
        """Send a token along the flows that leave a node."""
        if node.ways == "all":
            flows = node.flows
        elif node.ways == "one":
            flows = (self.choose(node, scope),)
        else:
            flows = self.select(node, scope)
        if not flows:
            self.emptied.add(scope)
        for flow in flows:
            self.queue.append((flow.target, scope, flow.id))

    def choose(self, node: Node, scope: int) -> Flow:
        """The first flow whose condition holds, else the default."""
        visible = self.visible(scope)
        for flow in node.flows:
            if flow is not node.default and (
                flow.condition is None or flow.condition.truth(visible)
            ):
                return flow
        if node.default is None:
            raise NoFlowTakenError(node=node.name or node.id)
        return node.default

    def select(self, node: Node, scope: int) -> tuple[Flow, ...]:
        """Every flow without a condition or whose condition holds; the default if none does."""
        visible = self.visible(scope)
        taken: list[Flow] = []
        held = False
        for flow in node.flows:
            if flow is node.default:
                continue
            if flow.condition is None:
                taken.append(flow)
            elif flow.condition.truth(visible):
                taken.append(flow)
                held = True
        if node.default is not None and not held:
            taken.append(node.default)
        if not taken:
            raise NoFlowTakenError(node=node.name or node.id)
        return tuple(taken)

    # -- variables ------------------------------------------------------------------------------

    def visible(self, scope: int) -> Mapping[str, Any]:
        """Variables as seen in a scope: its own, then those around it."""
        if not scope:
            return self.variables
        chain = []
        while scope:
            chain.append(self.scopes[scope].local)
            scope = self.scopes[scope].parent
        merged = dict(self.variables)
        for local in reversed(chain):
            merged.update(local)
        return merged

    def assign(self, scope: int, found: Mapping[str, Any]) -> None:
        """Write variables where the innermost scope has them, otherwise to the case."""
        outer = dict(found)
        while scope and outer:
            inside = self.scopes[scope]
            local = {name: outer.pop(name) for name in inside.local if name in outer}
            if local:
                self.change(scope, local={**inside.local, **local})
            scope = inside.parent
        if outer:
            self.variables = {**self.variables, **outer}

    def change(self, scope: int, **fields: Any) -> Scope:
        """Replace fields of a scope."""
        changed = msgspec.structs.replace(self.scopes[scope], **fields)
        self.scopes[scope] = changed
        return changed

    # -- entering nodes -------------------------------------------------------------------------

    def enter(self, node: Node, scope: int, flow: str) -> None:
        """A token arrives at a node."""
        operation = node.operation
        if operation == "pass":
            self.leave(node, scope)
        elif node.many is not None:
            many.multiply(self, node, node.many, scope)
        elif operation == "task":
            self.open(node, scope)
        elif operation in ("join_all", "join_some"):
            joins.arrive(self, node, scope, flow)
        else:
            self.enter_other(node, scope)

    def enter_other(self, node: Node, scope: int) -> None:
        """The rarer operations."""
        operation = node.operation
        if operation == "scope":
            self.descend(node, scope)
        elif operation in ("catch", "race"):
            self.wait(node, scope)
        elif operation == "throw":
            self.throw_message(node, scope)
        elif operation == "end_all":
            self.terminate(scope)
        else:
            self.throw_error(node, scope)

    def open(self, node: Node, scope: int, index: int = -1, item: Any = None) -> None:
        """Open a task."""
        token = self.put(node, scope, "task", 0, index)
        instance = None if index < 0 else index
        self.effects.append(
            TaskOpened(token.id, node.id, node.work or "manual", instance, scope, item)
        )
        if index < 0 and node.armed:
            self.arm(node, token)

    def wait(self, node: Node, scope: int) -> None:
        """Wait at a catch event, receive task or event-based gateway."""
        token = self.put(node, scope, "race" if node.operation == "race" else "catch")
        self.set_timer(node, token, None)
        self.arm(node, token)

    def arm(self, node: Node, host: Token) -> None:
        """Arm the timer and message events that belong to a token."""
        for event in node.armed:
            target = self.nodes[event]
            self.set_timer(target, self.put(target, host.scope, "armed", host.id), host.id)

    def set_timer(self, node: Node, token: Token, host: int | None) -> None:
        """Tell the outside to fire this event's timer, if it has one."""
        timer = node.timer
        if timer is None:
            return
        text = timer.when(self.visible(token.scope))
        self.effects.append(
            TimerArmed(token.id, node.id, timer.kind, text, node.interrupting, host)
        )

    def descend(self, node: Node, scope: int, index: int = -1, local: Any = None) -> None:
        """Start a sub-process."""
        inside = self.number()
        host = self.put(node, scope, "scope", inside, index)
        self.scopes[inside] = Scope(inside, node.id, scope, host.id, local or {})
        self.effects.append(ScopeEntered(inside, node.id, None if index < 0 else index))
        if index < 0:
            self.arm(node, host)
        self.queue.append((node.start, inside, ""))

    # -- finishing and withdrawing --------------------------------------------------------------

    def finish(self, token: Token, output: Any = None) -> None:
        """The activity or event under a token is done."""
        node = self.nodes[token.node]
        del self.tokens[token.id]
        if token.index >= 0 and node.many is not None:
            many.finish_instance(self, node, node.many, token, output)
            return
        if node.armed:
            self.disarm(token.id)
        self.leave(node, token.scope)

    def disarm(self, host: int) -> None:
        """Withdraw the events armed for a token."""
        for token in tuple(self.tokens.values()):
            if token.phase == "armed" and token.link == host:
                self.withdraw(token)

    def withdraw(self, token: Token) -> None:
        """Take a token away with everything that hangs on it."""
        del self.tokens[token.id]
        node = self.nodes[token.node]
        if token.phase == "task":
            self.effects.append(TaskWithdrawn(token.id, node.id))
        elif node.timer is not None and token.phase in ("armed", "catch"):
            self.effects.append(TimerDisarmed(token.id, node.id))
        elif token.phase in ("scope", "many"):
            self.withdraw_inside(token.link)
            del self.scopes[token.link]
            if token.phase == "scope":
                self.effects.append(ScopeLeft(token.link, node.id, True))
        if node.armed:
            self.disarm(token.id)

    def withdraw_inside(self, scope: int) -> None:
        """Take away every token of a scope, and those still on their way in it."""
        for token in tuple(self.tokens.values()):
            if token.scope == scope and token.id in self.tokens:
                self.withdraw(token)
        self.queue = deque(item for item in self.queue if item[1] != scope)
        self.emptied.add(scope)

    def terminate(self, scope: int) -> None:
        """A terminate end event ends its scope, and the case if that is the process itself."""
        self.withdraw_inside(scope)
        if not scope:
            self.end("terminated")

    def end(
        self, outcome: Literal["ended", "terminated", "failed"], code: str | None = None
    ) -> None:
        """The case is over."""
        self.withdraw_inside(0)
        self.queue.clear()
        self.mail.clear()
        self.status = outcome
        self.effects.append(Completed(outcome, code))

    # -- messages and errors --------------------------------------------------------------------

    def throw_message(self, node: Node, scope: int) -> None:
        """Send a message; if the case itself has an event for it, keep it until that gets it."""
        inside = node.message in self.procedure.awaited
        if inside:
            self.mail.append(node.message)
        self.effects.append(MessageThrown(node.id, node.message, inside))
        self.leave(node, scope)

    def deliver(self) -> bool:
        """Give one kept message to the event that waits longest; True if one was given."""
        for position, name in enumerate(self.mail):
            token = self.catcher(name)
            if token is not None:
                del self.mail[position]
                self.catch(token, name)
                return True
        return False

    def catcher(self, name: str) -> Token | None:
        """The token that waits longest for a message."""
        for token in self.tokens.values():
            if token.phase in ("catch", "armed") and self.nodes[token.node].message == name:
                return token
        return None

    def catch(self, token: Token, name: str) -> None:
        """An event receives a message."""
        self.effects.append(MessageCaught(token.id, token.node, name))
        self.trigger(token)

    def trigger(self, token: Token) -> None:
        """The event under a token happens."""
        if token.phase == "catch":
            self.finish(token)
            return
        node = self.nodes[token.node]
        host = self.tokens[token.link]
        if host.phase == "race" or node.interrupting:
            del self.tokens[token.id]
            self.withdraw(host)
        elif node.timer is not None:
            del self.tokens[token.id]
        self.leave(node, token.scope)

    def throw_error(self, node: Node, scope: int) -> None:
        """An error end event: the nearest boundary event around takes it, or the case fails."""
        code = node.error or ""
        self.effects.append(ErrorThrown(node.id, code))
        host = self.tokens[self.scopes[scope].host] if scope else None
        if not self.handle(host, code):
            self.end("failed", code)

    def handle(self, token: Token | None, code: str) -> bool:
        """Look for an error boundary event from a token outwards; True if one took the error."""
        while token is not None:
            node = self.nodes[token.node]
            event = _catching(node, code) if token.index < 0 else None
            if event is not None:
                self.withdraw(token)
                self.effects.append(ErrorCaught(event, token.id, code))
                self.leave(self.nodes[event], token.scope)
                return True
            token = self.tokens[self.scopes[token.scope].host] if token.scope else None
        return False

    # -- settling -------------------------------------------------------------------------------

    def settle(self) -> None:
        """Move on until nothing can move without an event from outside."""
        self.drain()
        while self.status == "running" and self.advance():
            self.drain()
        if self.status != "running":
            return
        if not self.tokens:
            self.end("ended")
        elif not any(token.phase in _WAITING for token in self.tokens.values()):
            self.effects.append(Stalled(tuple(token.node for token in self.tokens.values())))

    def drain(self) -> None:
        """Let every token on its way arrive."""
        while self.queue:
            node, scope, flow = self.queue.popleft()
            if scope and scope not in self.scopes:
                continue
            self.steps += 1
            if self.steps > MAX_STEPS:
                raise EndlessLoopError(node=node)
            self.enter(self.nodes[node], scope, flow)

    def advance(self) -> bool:
        """Do one thing that waits for the tokens to have arrived; True if there was one."""
        if self.mail and self.deliver():
            return True
        if self.emptied and self.close():
            return True
        return self.procedure.inclusive and joins.fire_inclusive(self)

    def close(self) -> bool:
        """Leave one sub-process in which no token is left; True if one was left."""
        while self.emptied:
            number = self.emptied.pop()
            scope = self.scopes.get(number)
            if scope is None or any(token.scope == number for token in self.tokens.values()):
                continue
            host = self.tokens[scope.host]
            if host.phase != "scope":
                continue
            node = self.nodes[host.node]
            output = scope.local.get(node.many.output_item) if node.many is not None else None
            del self.scopes[number]
            self.effects.append(ScopeLeft(number, scope.node))
            self.finish(host, output)
            return True
        return False

    def state(self) -> State:
        """The state reached."""
        return State(
            self.status,
            self.next,
            dict(self.variables),
            tuple(self.tokens.values()),
            tuple(self.scopes.values()),
            tuple(self.mail),
        )


def _catching(node: Node, code: str) -> str | None:
    """The error boundary event for a code: the one that names it before one for every error."""
    for wanted in (code, None):
        for caught, event in node.catches:
            if caught == wanted:
                return event
    return None
