"""What a matter waits for, as its row keeps it and as people read it.

The row keeps codes of departments, ``applicant``, ``message:NAME`` for a message without which the
procedure does not go on there, and ``stalled:TOKEN:NAME`` where it cannot go on by itself.
"""

from django.utils.translation import gettext as _

from heli.cases.plans import Plan
from heli.engines import bpmn
from heli.organisation.selectors import departments

APPLICANT = "applicant"
MESSAGE = "message:"
STALLED = "stalled:"
_MOVED = frozenset({"task", "catch", "armed"})


def waiting_for(plan: Plan, state: bpmn.State, before: list[str]) -> list[str]:
    """What it waits for after a step.

    Departments with an open task, in order; messages; the applicant if asked before; where it is
    stuck, as long as the token there is the same.
    """
    open_at = [plan.nodes[token.node].department for token in state.open_tasks()]
    messages = [MESSAGE + name for name in _needed(plan, state)]
    kept = [item for item in before if item == APPLICANT or _still(item, state)]
    return list(dict.fromkeys([*open_at, *messages, *kept, *_stuck(plan, state)]))


def stalled_at(token: bpmn.Token, plan: Plan) -> str:
    """The entry for a token that cannot go on."""
    node = plan.engine.nodes[token.node]
    return f"{STALLED}{token.id}:{node.name or node.id}"


def _still(entry: str, state: bpmn.State) -> bool:
    if not entry.startswith(STALLED):
        return False
    number = entry.removeprefix(STALLED).partition(":")[0]
    return state.token(int(number)) is not None


def _stuck(plan: Plan, state: bpmn.State) -> list[str]:
    """Every token, where none is left that anything could move."""
    if not state.running or any(token.phase in _MOVED for token in state.tokens):
        return []
    return [stalled_at(token, plan) for token in state.tokens]


def awaited_messages(plan: Plan, state: bpmn.State) -> list[str]:
    """Every message that can be delivered now, those of boundary events included."""
    nodes = plan.engine.nodes
    waiting = (nodes[token.node] for token in state.tokens if token.phase in ("catch", "armed"))
    return list(dict.fromkeys(node.message for node in waiting if node.message))


def _needed(plan: Plan, state: bpmn.State) -> list[str]:
    """Messages of catch events, receive tasks and event-based gateways."""
    nodes = plan.engine.nodes
    receiving = [token for token in state.tokens if nodes[token.node].message]
    if not receiving:
        return []
    races = {token.id for token in state.tokens if token.phase == "race"}
    return [
        nodes[token.node].message
        for token in receiving
        if token.phase == "catch" or token.link in races
    ]


def in_words(entry: str) -> str:
    """One entry in the reader's language."""
    if entry == APPLICANT:
        return _("the applicant")
    if entry.startswith(MESSAGE):
        return _("the message “{name}”").format(name=entry.removeprefix(MESSAGE))
    if entry.startswith(STALLED):
        name = entry.split(":", 2)[2]
        return _("somebody to look at “{name}”, where it is stuck").format(name=name)
    card = departments().get(entry)
    return card.name if card else entry
