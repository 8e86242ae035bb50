"""Showing a few masked records of a resource, which is a fact."""

from django.db import transaction

from heli.exchange import selectors
from heli.exchange.errors import NotSharedError
from heli.exchange.facts_catalogue import SampleRead
from heli.exchange.models import Resource, SharingClass
from heli.kernel.actor import Actor
from heli.ledger import services as ledger


def show_sample(resource: Resource, *, actor: Actor) -> list[list[str]]:
    """A few records as people may see them without a grant; that they were shown is recorded.

    The fact is written after the source was read, so no lock is held meanwhile.

    Args:
        resource: Of which.
        actor: Who is shown them.

    Raises:
        NotSharedError: It is not shared, and the reader is of another department.
        OSError: The source cannot be read.
    """
    own = actor.department == resource.department_id
    if resource.sharing == SharingClass.NOT_SHARED and not own:
        raise NotSharedError(resource=resource.address)
    rows = selectors.sample(resource)
    if rows:
        with transaction.atomic():
            ledger.record(
                SampleRead(resource=resource.address, rows=len(rows)),
                actor=actor,
                department=actor.department,
                subject=f"exchange.resource:{resource.address}",
            )
    return rows
