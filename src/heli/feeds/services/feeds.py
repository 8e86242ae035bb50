"""Opening feeds, and what enters them."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Max

from heli.engines.contracts import parse_subject
from heli.errors import HeliError
from heli.exchange.selectors import Resource, UpdateCycle
from heli.feeds import facts, sealing
from heli.feeds.errors import BadChangeError, FeedClosedError, FeedExistsError
from heli.feeds.models import Change, Feed, SourceRow, Subscription
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.ledger.services import record

ALLOWED_AGE = {
    UpdateCycle.REALTIME: dt.timedelta(hours=1),
    UpdateCycle.DAILY: dt.timedelta(hours=26),
    UpdateCycle.WEEKLY: dt.timedelta(days=8),
    UpdateCycle.MONTHLY: dt.timedelta(days=32),
    UpdateCycle.YEARLY: dt.timedelta(days=370),
}
"""How old data of an update cycle may get: the cycle and a little more."""

MOST_CHANGES = 1000
"""Changes taken at once."""

KEEP_DAYS = range(1, 366)


@dataclass(frozen=True, slots=True)
class NewChange:
    """A change that a source tells of.

    Attributes:
        kind: ``insert``, ``update`` or ``delete``.
        key: The record's subject, as a lookup would ask for it.
    """

    kind: str
    key: str


@transaction.atomic
def open_feed(
    resource: Resource,
    *,
    actor: Actor,
    keep_days: int = 30,
    compare_every: int = 0,
    allowed_age: int = 0,
) -> Feed:
    """Open the feed of a resource, or open it again.

    Args:
        resource: Of which changes are told.
        actor: Who opens it, for the source department.
        keep_days: How long changes are kept for whoever was away.
        compare_every: Seconds between two comparisons with the source; 0: the source posts.
        allowed_age: Seconds after which unconfirmed data is late; 0: by the update cycle.

    Raises:
        FeedExistsError: It is open already.
    """
    now = clock.now()
    cycle = UpdateCycle(resource.update_cycle)
    values = {
        "version": resource.contract_version,
        "keep_days": keep_days,
        "compare_every": compare_every,
        "compare_at": now if compare_every else None,
        "allowed_age": allowed_age or int(ALLOWED_AGE[cycle].total_seconds()),
        "confirmed_at": now,
        "late_since": None,
        "opened_at": now,
        "closed_at": None,
    }
    feed, fresh = Feed.objects.select_for_update().get_or_create(resource=resource, defaults=values)
    if not fresh:
        if feed.closed_at is None:
            raise FeedExistsError(resource=resource.address)
        Feed.objects.filter(pk=feed.pk).update(**values)
        feed.refresh_from_db()
    record(
        facts.FeedOpened(
            resource=resource.address,
            keep_days=keep_days,
            compare_every=compare_every,
            allowed_age=feed.allowed_age,
        ),
        actor=actor,
        department=resource.department_id,
        subject=f"feeds.feed:{resource.address}",
    )
    return feed


@transaction.atomic
def close_feed(feed: Feed, *, actor: Actor, reason: str) -> None:
    """Close a feed; its subscriptions end.

    Raises:
        FeedClosedError: It is closed already.
    """
    if not Feed.objects.filter(pk=feed.pk, closed_at=None).update(
        closed_at=clock.now(), compare_at=None, late_since=None
    ):
        raise FeedClosedError(resource=feed.address)
    SourceRow.objects.filter(feed=feed).delete()
    Feed.objects.filter(pk=feed.pk).update(baseline_at=None)
    record(
        facts.FeedClosed(resource=feed.address, reason=reason),
        actor=actor,
        department=feed.resource.department_id,
        subject=f"feeds.feed:{feed.address}",
    )
    from heli.feeds.services.subscriptions import stop

    for row in feed.subscriptions.exclude(state=Subscription.State.STOPPED):
        stop(row, actor=actor, reason=FeedClosedError.code)


def post_changes(feed: Feed, changes: Sequence[NewChange], *, actor: Actor) -> Feed:
    """Take changes that the source department tells of, all or none.

    None at all says that the data is up to date.

    Raises:
        FeedClosedError: The feed is closed.
        BadChangeError: One of them cannot be taken.
    """
    contract = feed.resource.parsed_contract
    latest = clock.today()
    entries = []
    if len(changes) > MOST_CHANGES:
        raise BadChangeError(field="changes", number=MOST_CHANGES + 1, reason=f"> {MOST_CHANGES}")
    for number, change in enumerate(changes, 1):
        try:
            key = parse_subject(contract, change.key, latest=latest)
        except HeliError as error:
            raise BadChangeError(
                field="changes", number=number, reason=error.detail().rstrip(".")
            ) from error
        entries.append((Change.Kind(change.kind), key))
    with transaction.atomic():
        locked = lock(feed)
        append(locked, entries, origin="posted", actor=actor)
        confirm(locked)
    return locked


def lock(feed: Feed) -> Feed:
    """The feed, locked until the transaction ends, so that positions have no gaps.

    Raises:
        FeedClosedError: It is closed.
    """
    row = Feed.objects.select_for_update().get(pk=feed.pk)
    if row.closed_at is not None:
        raise FeedClosedError(resource=feed.address)
    row.resource = feed.resource
    return row


def append(
    feed: Feed, entries: Sequence[tuple[Change.Kind, str]], *, origin: str, actor: Actor
) -> None:
    """Add changes to a feed that is locked."""
    if not entries:
        return
    address, now = feed.address, clock.now()
    Change.objects.bulk_create(
        [
            Change(
                feed=feed,
                position=feed.head + number,
                kind=kind,
                sealed=sealing.seal(address, key) if key else b"",
                digest=sealing.digest(address, key) if key else "",
                version=feed.resource.contract_version,
                at=now,
            )
            for number, (kind, key) in enumerate(entries, 1)
        ],
        batch_size=500,
    )
    first, feed.head = feed.head + 1, feed.head + len(entries)
    feed.save(update_fields=["head"])
    kinds = Counter(kind for kind, _key in entries)
    record(
        facts.ChangesTold(
            resource=address,
            origin=origin,
            count=len(entries),
            inserted=kinds[Change.Kind.INSERT],
            updated=kinds[Change.Kind.UPDATE],
            deleted=kinds[Change.Kind.DELETE],
            first=first,
            last=feed.head,
        ),
        actor=actor,
        department=feed.resource.department_id,
        subject=f"feeds.feed:{address}",
    )


def confirm(feed: Feed) -> None:
    """The source showed that a feed, which is locked, is up to date."""
    now = clock.now()
    if feed.late_since is not None:
        record(
            facts.SourceRecovered(
                resource=feed.address, late_seconds=int((now - feed.late_since).total_seconds())
            ),
            actor=HELI,
            department=feed.resource.department_id,
            subject=f"feeds.feed:{feed.address}",
        )
    feed.confirmed_at, feed.late_since = now, None
    feed.save(update_fields=["confirmed_at", "late_since"])


def announce_versions() -> int:
    """Tell subscribers of new contract versions; returns of how many."""
    told = 0
    rows = Feed.objects.filter(closed_at=None, resource__withdrawn_at=None)
    for feed in rows.exclude(version=F("resource__contract_version")).select_related("resource"):
        with transaction.atomic():
            locked = lock(feed)
            if locked.version != feed.resource.contract_version:
                append(locked, [(Change.Kind.SCHEMA, "")], origin="contract", actor=HELI)
                locked.version = feed.resource.contract_version
                # Other fields may be compared from now on, so every record is seen afresh.
                SourceRow.objects.filter(feed=locked).delete()
                locked.baseline_at = None
                locked.save(update_fields=["version", "baseline_at"])
                told += 1
    return told


def forget_changes(limit: int = 5000) -> int:
    """Forget changes that were kept long enough; returns how many."""
    forgotten = 0
    for feed in Feed.objects.all():
        before = clock.now() - dt.timedelta(days=feed.keep_days)
        with transaction.atomic():
            locked = Feed.objects.select_for_update().get(pk=feed.pk)
            old = locked.changes.filter(at__lt=before, position__lte=locked.floor + limit)
            last = old.aggregate(last=Max("position"))["last"]
            if last is not None:
                forgotten += locked.changes.filter(position__lte=last).delete()[0]
                locked.floor = last
                locked.save(update_fields=["floor"])
    return forgotten
