"""The second person: one officer asks, another of the same department confirms, for a while."""

import datetime as dt
import uuid

from django.db import transaction

from heli.errors import NotFoundError
from heli.exchange import errors, policy
from heli.exchange.facts import ConfirmationAnswered, ConfirmationAsked
from heli.exchange.models import Confirmation, Resource
from heli.kernel import clock
from heli.kernel.permissions import require
from heli.ledger import services as ledger
from heli.organisation.selectors import Person

MOST_HOURS = 72


@transaction.atomic
def ask_confirmation(
    *, by: Person, resource: Resource, serves: str, hours: int, reason: str
) -> Confirmation:
    """Ask another officer of the same department to stand by calls.

    Args:
        by: Who asks.
        resource: What is to be called.
        serves: A matter's code, ``project:CODE`` or ``public_task:CODE``.
        hours: For how long, from now; at most 72.
        reason: Why the data is needed.

    Raises:
        DeniedError: The person belongs to no department.
        ConfirmationPeriodError: The period is too long.
    """
    require(policy.may_ask_confirmation(by))
    if not 1 <= hours <= MOST_HOURS:
        raise errors.ConfirmationPeriodError(field="hours", most=MOST_HOURS)
    now = clock.now()
    row = Confirmation.objects.create(
        department_id=str(by.department_id),
        resource=resource,
        serves=serves.strip(),
        reason=reason.strip(),
        asked_by=by,
        asked_at=now,
        until=now + dt.timedelta(hours=hours),
    )
    ledger.record(
        ConfirmationAsked(
            resource=resource.address, serves=row.serves, until=row.until.isoformat()
        ),
        actor=by.actor,
        department=row.department_id,
        subject=f"exchange.confirmation:{row.pk}",
    )
    return row


@transaction.atomic
def answer_confirmation(confirmation_id: uuid.UUID, *, by: Person, confirmed: bool) -> Confirmation:
    """Stand by calls, or refuse to.

    Raises:
        NotFoundError: There is no such question, or it was answered.
        DeniedError: The person asked it, or belongs to another department.
        ConfirmationOverError: Its period is over.
    """
    row = Confirmation.objects.select_related("resource").filter(pk=confirmation_id).first()
    if row is None:
        raise NotFoundError(what=str(confirmation_id))
    require(policy.may_answer_confirmation(by, row))
    now = clock.now()
    if row.until <= now:
        raise errors.ConfirmationOverError
    open_ones = Confirmation.objects.filter(pk=row.pk, answered_at=None)
    if not open_ones.update(confirmed=confirmed, answered_by=by, answered_at=now):
        raise NotFoundError(what=str(confirmation_id))
    row.refresh_from_db()
    ledger.record(
        ConfirmationAnswered(
            resource=row.resource.address,
            serves=row.serves,
            confirmed=confirmed,
            asked_by=f"person:{row.asked_by_id}",
        ),
        actor=by.actor,
        department=row.department_id,
        subject=f"exchange.confirmation:{row.pk}",
    )
    return row
