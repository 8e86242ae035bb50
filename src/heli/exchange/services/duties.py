"""Registering statutory duties, for which grants may be called, and striking them off."""

import datetime as dt
import uuid

from django.db import IntegrityError, transaction

from heli.errors import NotFoundError
from heli.exchange import errors
from heli.exchange.facts import DutyRegistered, DutyWithdrawn
from heli.exchange.models import PublicDuty
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.ledger import services as ledger


@transaction.atomic
def register_duty(
    *,
    actor: Actor,
    department: str,
    code: str,
    title_zh: str,
    legal_ground: str,
    title_en: str = "",
    valid_from: dt.datetime | None = None,
    valid_until: dt.datetime | None = None,
) -> PublicDuty:
    """Register a statutory duty of a department.

    Args:
        actor: Who registers it, for the authority that administers sharing.
        department: Code of the department that has the duty.
        code: Short name that callers send.
        title_zh: The duty in words.
        legal_ground: The provision that lays it on the department.
        title_en: The duty in English.
        valid_from: From when; now where ``None``.
        valid_until: Until when; without end where ``None``.

    Raises:
        DutyPeriodError: It would end before it begins, or has ended.
        DutyExistsError: The department has one of this name.
    """
    now = clock.now()
    begins = valid_from or now
    if valid_until is not None and valid_until <= max(begins, now):
        raise errors.DutyPeriodError(field="valid_until")
    row = PublicDuty(
        code=code,
        department_id=department,
        title_zh=title_zh,
        title_en=title_en,
        legal_ground=legal_ground,
        valid_from=begins,
        valid_until=valid_until,
        registered_at=now,
        registered_by=str(actor),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise errors.DutyExistsError(field="code", department=department, code=code) from None
    ledger.record(
        DutyRegistered(
            code=code,
            title=title_zh,
            legal_ground=legal_ground,
            valid_until=valid_until.isoformat() if valid_until else "",
        ),
        actor=actor,
        department=department,
        subject=f"exchange.duty:{row.pk}",
    )
    return row


@transaction.atomic
def withdraw_duty(duty_id: uuid.UUID, *, actor: Actor, reason: str) -> PublicDuty:
    """Strike a duty off; the next call that names it is denied.

    Raises:
        NotFoundError: There is none, or it was struck off before.
    """
    standing = PublicDuty.objects.filter(pk=duty_id, withdrawn_at=None)
    if not standing.update(withdrawn_at=clock.now(), withdrawn_because=reason):
        raise NotFoundError(what=str(duty_id))
    row = PublicDuty.objects.get(pk=duty_id)
    ledger.record(
        DutyWithdrawn(code=row.code, reason=reason),
        actor=actor,
        department=row.department_id,
        subject=f"exchange.duty:{row.pk}",
    )
    return row
