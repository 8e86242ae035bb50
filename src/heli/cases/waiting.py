"""What a matter waits for, as its row keeps it and as people read it.

The row keeps codes of departments, ``applicant``, and ``message:NAME`` for a message without which
the procedure does not go on there.
"""

from django.utils.translation import gettext as _

from heli.cases.plans import Plan
from heli.engines import bpmn
from heli.organisation.selectors import departments

APPLICANT = "applicant"
MESSAGE = "message:"


def waiting_for(plan: Plan, state: bpmn.State, before: list[str]) -> list[str]:
    """Departments with an open task, in order, messages, and the applicant if asked before."""
    open_at = [plan.nodes[token.node].department for token in state.open_tasks()]
    messages = [MESSAGE + name for name in _needed(plan, state)]
    kept = [item for item in before if item == APPLICANT]
    return list(dict.fromkeys([*open_at, *messages, *kept]))


def awaited_messages(plan: Plan, state: bpmn.State) -> list[str]:
    """Every message that can be delivered now, those of boundary events included."""
    nodes = plan.engine.nodes
    waiting = (nodes[token.node] for token in state.tokens if token.phase in ("catch", "armed"))
    return list(dict.fromkeys(node.message for node in waiting if node.message))


def _needed(plan: Plan, state: bpmn.State) -> list[str]:
    """Messages of catch events, receive tasks and event-based gateways."""
    nodes = plan.engine.nodes
    races = {token.id for token in state.tokens if token.phase == "race"}
    return [
        nodes[token.node].message
        for token in state.tokens
        if nodes[token.node].message and (token.phase == "catch" or token.link in races)
    ]


def in_words(entry: str) -> str:
    """One entry in the reader's language."""
    if entry == APPLICANT:
        return _("the applicant")
    if entry.startswith(MESSAGE):
        return _("the message “{name}”").format(name=entry.removeprefix(MESSAGE))
    card = departments().get(entry)
    return card.name if card else entry
