"""Linjiang's feeds: two registers tell of their changes; streams and webhooks listen."""

from collections.abc import Sequence

from heli.demo import receivers
from heli.demo.registers import Persona
from heli.exchange.selectors import find_resource, holds_grant
from heli.feeds import services
from heli.feeds.selectors import Feed
from heli.feeds.services import NewChange
from heli.kernel.actor import Actor

RESIDENTS, ENTERPRISES = "gaj/residents", "scjg/enterprises"
HOUR = 3600

SUBSCRIBERS = (
    (RESIDENTS, "scjg", "restaurant"),
    (RESIDENTS, "scjg", "enterprise_start"),
    (ENTERPRISES, "xfjy", "restaurant"),
    (ENTERPRISES, "sthj", "restaurant"),
    (ENTERPRISES, "cgj", "restaurant"),
    (ENTERPRISES, "swj", "enterprise_start"),
    (ENTERPRISES, "rsj", "enterprise_start"),
)
"""Resource, department and purpose of a grant."""

FETCHED = 3
"""Of so many of them the department has taken what it was told; the others are behind."""


def seed_feeds(people: Sequence[Persona]) -> None:
    """Open the feeds, subscribe, and tell of some changes; what is there already stays.

    Args:
        people: Residents with an enterprise, who appear in matters.
    """
    if Feed.objects.exists() or not people:
        return
    residents = _open(RESIDENTS, compare_every=0)
    enterprises = _open(ENTERPRISES, compare_every=HOUR)
    if residents is None or enterprises is None:
        return
    made = []
    for address, department, purpose in SUBSCRIBERS:
        feed = residents if address == RESIDENTS else enterprises
        if holds_grant(feed.resource, department, purpose):
            actor = Actor("heli", department=department)
            row = services.subscribe(
                feed, consumer=department, purpose=purpose, transport="stream", actor=actor
            )
            made.append((row, actor))
    receivers.subscribe(enterprises)
    source = Actor("heli", department="gaj")
    changes = [NewChange("update", each.resident_id) for each in people]
    services.post_changes(residents, changes, actor=source)
    told = [NewChange("update", each.credit_code) for each in people]
    enterprises = services.post_changes(enterprises, told, actor=Actor("heli", department="scjg"))
    for row, actor in made[:FETCHED]:
        row.feed.refresh_from_db(fields=["head"])
        services.fetch(row, "", 100, actor=actor)
    receivers.deliver()


def _open(address: str, *, compare_every: int) -> Feed | None:
    resource = find_resource(address)
    if resource is None:
        return None
    department = Actor("heli", department=resource.department_id)
    return services.open_feed(resource, actor=department, compare_every=compare_every)
