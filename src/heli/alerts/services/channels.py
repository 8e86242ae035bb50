"""The second channel: a department's own system is called when its officer does not answer."""

import datetime as dt
import json

from django.db import transaction

from heli.alerts import facts
from heli.alerts.models import Channel, Notice
from heli.feeds import webhooks
from heli.feeds.errors import SendError
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.ledger.services import record

ATTEMPTS = 5
PAUSE = 5.0
LEASE = 30.0


@transaction.atomic
def set_channel(department: str, *, address: str, telephone: str, actor: Actor) -> Channel:
    """Set how else a department is reached.

    Args:
        department: Its code.
        address: A webhook, called with a signed request that names nobody; may be empty.
        telephone: Of the duty desk; may be empty.
        actor: Who sets it.

    Raises:
        BadWebhookError: The address leads where it must not.
    """
    if address:
        webhooks.check_address(address)
    row, _ = Channel.objects.update_or_create(
        department_id=department,
        defaults={"address": address.strip(), "telephone": telephone.strip()},
    )
    record(
        facts.ChannelSet(host=webhooks.host_of(address)),
        actor=actor,
        department=department,
        subject=f"alerts.roster:{department}",
    )
    return row


def due() -> list[Notice]:
    """Claim notices whose second channel is to be tried now."""
    now = clock.now()
    rows = Notice.objects.filter(second=Notice.Second.WAITING, second_next__lte=now).select_related(
        "alert__kind"
    )
    leased = now + dt.timedelta(seconds=LEASE)
    return [
        row
        for row in rows[:50]
        if Notice.objects.filter(pk=row.pk, second_next=row.second_next).update(second_next=leased)
    ]


def send_second(row: Notice) -> bool:
    """Call a department's system once; whether it answered."""
    channel = Channel.objects.filter(pk=row.department_id).exclude(address="").first()
    attempts = row.second_attempts + 1
    state, then = Notice.Second.SENT, None
    try:
        if channel is None:
            raise SendError(reason="no channel", kind="address")
        body = json.dumps(
            {
                "alert": row.alert.number,
                "kind": row.alert.kind_id,
                "phase": row.phase,
                "department": row.department_id,
                "due_at": row.due_at.isoformat(),
            }
        )
        webhooks.post(channel.address, body.encode(), delivery=str(row.pk), attempt=attempts)
    except SendError:
        state = Notice.Second.FAILED if attempts >= ATTEMPTS else Notice.Second.WAITING
        if state == Notice.Second.WAITING:
            then = clock.now() + dt.timedelta(seconds=PAUSE * 2 ** (attempts - 1))
    Notice.objects.filter(pk=row.pk).update(
        second=state, second_attempts=attempts, second_next=then
    )
    return state == Notice.Second.SENT
