"""Watching that sources keep what their contracts promise."""

import datetime as dt

from django.db import transaction

from heli.exchange.questions import Notification, notify
from heli.feeds import facts
from heli.feeds.models import Feed
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.ledger.services import record


def watch_freshness() -> int:
    """Raise the alarm for feeds that became late; returns for how many."""
    now = clock.now()
    rows = Feed.objects.filter(closed_at=None, late_since=None).select_related("resource")
    return sum(_raise(feed, now) for feed in rows if due_of(feed) <= now)


def due_of(feed: Feed) -> dt.datetime:
    """Until when the source must have confirmed a feed."""
    return feed.confirmed_at + dt.timedelta(seconds=feed.allowed_age)


def _raise(feed: Feed, now: dt.datetime) -> bool:
    with transaction.atomic():
        row = Feed.objects.select_for_update().filter(pk=feed.pk, late_since=None).first()
        if row is None or row.closed_at is not None or due_of(row) > now:
            return False
        row.late_since = due_of(row)
        row.save(update_fields=["late_since"])
        department = feed.resource.department_id
        record(
            facts.SourceLate(
                resource=feed.address,
                allowed_age=row.allowed_age,
                since=row.late_since.isoformat(),
            ),
            actor=HELI,
            department=department,
            subject=f"feeds.feed:{feed.address}",
        )
        notify(
            Notification(
                department,
                Role.STEWARD,
                "feeds.late",
                f"feeds.feed:{feed.address}",
                data={"name_zh": feed.resource.title_zh, "name_en": feed.resource.title_en},
            )
        )
    return True
