"""Alarms: the wrong version is still about."""

from uuid import UUID

from django.db import IntegrityError, transaction

from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.ledger import services as ledger
from heli.openness import facts, notices
from heli.openness.models import Alarm, Correction


def raise_alarm(
    row: Correction, kind: str, department: str, *, fact_id: UUID | None = None, matter: str = ""
) -> Alarm | None:
    """Raise an alarm once; None where it stands already. Inside the caller's transaction."""
    try:
        with transaction.atomic():
            alarm = Alarm.objects.create(
                correction=row,
                kind=kind,
                department=department,
                fact_id=fact_id,
                matter=matter,
                raised_at=clock.now(),
            )
    except IntegrityError:
        return None
    ledger.record(
        facts.AlarmRaised(
            correction=row.code,
            resource=row.resource.address,
            kind=kind,
            consumer=department,
            evidence=str(fact_id or ""),
        ),
        actor=HELI,
        department=department,
        subject=f"openness.correction:{row.pk}",
        matter=matter,
    )
    notices.alarmed(alarm)
    return alarm


def settle(row: Correction, department: str) -> int:
    """End the alarms about a department, because it did what it owed."""
    return row.alarms.filter(department=department, settled_at=None).update(settled_at=clock.now())
