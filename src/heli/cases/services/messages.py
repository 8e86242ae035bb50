"""Messages from outside a matter, for the events of its procedure that wait for them."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from heli.cases import policy
from heli.cases.callers import Caller, actor_of
from heli.cases.errors import MessageNotAwaitedError
from heli.cases.models import Matter
from heli.cases.plans import plan_of
from heli.cases.selectors.matters import visible_matter
from heli.cases.services.matters import locked
from heli.cases.steps import Step
from heli.cases.variables import awaiting, take
from heli.cases.waiting import awaited_messages
from heli.engines import bpmn
from heli.kernel.permissions import require


def deliver_message(
    code: str, name: str, *, by: Caller, variables: Mapping[str, Any] | None = None
) -> Matter:
    """Deliver a message to a matter; the event that waits longest for it gets it.

    Args:
        code: Code of the matter.
        name: The message as the procedure names it.
        by: An officer or the system of the accountable department or of one with a task in it.
        variables: What the message brings, for the procedure's conditions; the model names what
            it may set.

    Raises:
        UnknownCodeError: There is no such matter, or it is none of the caller's business.
        DeniedError: The caller's department has no task in it.
        MatterClosedError: The matter has ended.
        MessageNotAwaitedError: No event of it waits for this message now.
        VariableNotDeclaredError: The model does not leave such a variable to the message.
    """
    matter = visible_matter(code, by)
    require(policy.may_deliver_message(by, matter))
    with transaction.atomic():
        row = locked(matter)
        awaited: list[str] = []
        if row.procedure_id is not None:
            plan, state = plan_of(row.procedure_id), bpmn.State.from_json(row.marking)
            awaited = awaited_messages(plan, state)
        if name not in awaited:
            raise MessageNotAwaitedError(
                field="name", code=row.code, name=name, awaited=", ".join(awaited) or "—"
            )
        step = Step(row, plan, actor_of(by))
        sender = actor_of(by).department or row.accountable_id or ""
        found = take(step, awaiting(plan, state, name), variables or {}, department=sender)
        step.happen(bpmn.MessageReceived(name, None, found))
        step.save()
    return row
