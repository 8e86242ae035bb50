"""A fact for tests, and entering many of it."""

from django.db import transaction

from heli.kernel.actor import Actor
from heli.ledger import services
from heli.ledger.services import NewFact
from heli.ledger.verbs import FactData, fact

ACTOR = Actor("person", "7", "xfjy")


@fact("tests.thing.happened", "{department}: thing {n} happened in {matter}")
class Happened(FactData, frozen=True, kw_only=True):
    """Something that only tests do."""

    n: int
    note: str = ""


def record(count, *, first=0, **more):
    """Record facts, without giving them a place."""
    new = [
        NewFact(Happened(n=n), ACTOR, f"tests.thing:{n}", **more)
        for n in range(first, first + count)
    ]
    with transaction.atomic():
        return list(services.record_many(new))


def enter(count, **more):
    """Record facts and give them their place."""
    rows = record(count, **more)
    services.integrate()
    for row in rows:
        row.refresh_from_db()
    return rows
