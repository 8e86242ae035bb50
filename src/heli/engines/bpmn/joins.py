"""Parallel and inclusive joins."""

from typing import TYPE_CHECKING

from heli.engines.bpmn.procedure import Node
from heli.engines.bpmn.state import Token

if TYPE_CHECKING:
    from heli.engines.bpmn.run import Run


def arrive(run: "Run", node: Node, scope: int, flow: str) -> None:
    """A token arrives at a join; a parallel one fires when every flow has brought one."""
    token = Token(run.number(), node.id, scope, "join", 0, -1, flow)
    run.tokens[token.id] = token
    if node.operation == "join_all":
        marked = marks(run, node, scope)
        if len(marked) == len(node.joins):
            fire(run, node, scope, marked)


def marks(run: "Run", node: Node, scope: int) -> dict[str, int]:
    """The oldest token that waits at a join, by flow."""
    marked: dict[str, int] = {}
    for token in run.tokens.values():
        if token.phase == "join" and token.node == node.id and token.scope == scope:
            marked.setdefault(token.flow, token.id)
    return marked


def fire(run: "Run", node: Node, scope: int, marked: dict[str, int]) -> None:
    """Let a join consume one token per marked flow and go on."""
    for token in marked.values():
        del run.tokens[token]
    run.leave(node, scope)


def fire_inclusive(run: "Run") -> bool:
    """Fire one inclusive join that nothing can reach any more; True if one fired."""
    for token in tuple(run.tokens.values()):
        node = run.nodes[token.node]
        if token.phase != "join" or node.operation != "join_some":
            continue
        marked = marks(run, node, token.scope)
        if not awaits_more(run, node, token.scope, marked):
            fire(run, node, token.scope, marked)
            return True
    return False


def awaits_more(run: "Run", node: Node, scope: int, marked: dict[str, int]) -> bool:
    """Whether a token elsewhere can reach an unmarked flow of the join, but no marked one.

    Source: BPMN 2.0.2, table 13.3; Völzer, A New Semantics for the Inclusive Converging
    Gateway in Safe Processes (BPM 2010).
    """
    bits = 0
    for position, flow in enumerate(node.joins):
        if flow in marked:
            bits |= 1 << position
    for token in run.tokens.values():
        if token.scope != scope or token.phase == "armed" or token.node == node.id:
            continue
        reach = node.reach.get(token.node, 0)
        if reach and not reach & bits:
            return True
    return False
