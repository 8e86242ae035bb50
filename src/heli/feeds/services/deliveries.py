"""What people do with batches that could not be delivered."""

from django.db import transaction

from heli.feeds import facts
from heli.feeds.errors import EndedDeliveryError
from heli.feeds.models import Delivery
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.ledger.services import record
from heli.ledger.verbs import FactData


@transaction.atomic
def retry(row: Delivery, *, actor: Actor) -> None:
    """Try an undeliverable batch again, with what the source says now.

    Raises:
        EndedDeliveryError: It does not wait for a person.
    """
    now = clock.now()
    _end(row, state=Delivery.State.WAITING, next_at=now, attempts=0, ended_at=None)
    data = facts.DeliveryRetried(
        delivery=str(row.pk),
        resource=row.subscription.feed.address,
        consumer=row.subscription.consumer_id,
    )
    _record(row, data, actor)


@transaction.atomic
def discard(row: Delivery, *, actor: Actor, reason: str) -> None:
    """Give an undeliverable batch up.

    Raises:
        EndedDeliveryError: It does not wait for a person.
    """
    _end(row, state=Delivery.State.DISCARDED, reason=reason, ended_at=clock.now())
    data = facts.DeliveryDiscarded(
        delivery=str(row.pk),
        resource=row.subscription.feed.address,
        consumer=row.subscription.consumer_id,
        reason=reason,
    )
    _record(row, data, actor)


def _end(row: Delivery, **values: object) -> None:
    changed = Delivery.objects.filter(pk=row.pk, state=Delivery.State.DEAD).update(**values)
    row.refresh_from_db()
    if not changed:
        raise EndedDeliveryError(state=row.get_state_display())


def _record(row: Delivery, data: FactData, actor: Actor) -> None:
    record(
        data,
        actor=actor,
        department=actor.department or row.subscription.consumer_id,
        subject=f"feeds.delivery:{row.pk}",
    )
