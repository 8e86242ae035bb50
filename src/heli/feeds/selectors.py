"""Every question about feeds, subscriptions and deliveries."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from heli.errors import NotFoundError
from heli.exchange.selectors import (
    purpose_wordings,
    receipt_url,
    resource_title,
    served_words,
)
from heli.feeds.errors import NoFeedError
from heli.feeds.models import Change, Subscription
from heli.feeds.models import Delivery as Delivery
from heli.feeds.models import Feed as Feed
from heli.feeds.policy import Caller
from heli.feeds.sayings import reason, span
from heli.feeds.services.freshness import due_of
from heli.kernel import clock
from heli.organisation import selectors as organisation
from heli.organisation.selectors import DepartmentCard

DEAD_SHOWN = 99

SUBSCRIPTION_TAGS = {
    Subscription.State.RUNNING: "on_time",
    Subscription.State.PAUSED: "suspended",
    Subscription.State.STOPPED: "done",
}
DELIVERY_TAGS = {
    Delivery.State.WAITING: "brand",
    Delivery.State.DELIVERED: "done",
    Delivery.State.DEAD: "at_risk",
    Delivery.State.DISCARDED: "done",
}


def feeds() -> QuerySet[Feed]:
    """Open feeds with ``subscribers`` and ``changed_at``."""
    running = Q(subscriptions__state=Subscription.State.RUNNING)
    return (
        Feed.objects.filter(closed_at=None, resource__withdrawn_at=None)
        .select_related("resource__department")
        .annotate(subscribers=Count("subscriptions", filter=running, distinct=True))
    )


def feed_of(address: str) -> Feed:
    """The feed of a resource, also a closed one.

    Raises:
        NoFeedError: It never had one.
    """
    department, _slash, name = address.partition("/")
    found = (
        Feed.objects.filter(resource__department=department, resource__name=name)
        .select_related("resource")
        .first()
    )
    if found is None:
        raise NoFeedError(resource=address)
    return found


def last_changes(feeds_shown: list[Feed]) -> dict[int, dt.datetime]:
    """When the newest change of each feed became known."""
    rows = Change.objects.filter(feed__in=feeds_shown).values_list("feed").annotate(Max("at"))
    return dict(rows)


def freshness(feed: Feed, at: dt.datetime | None = None) -> tuple[str, str]:
    """State and words: is what the feed tells of up to date?"""
    now = at or clock.now()
    if feed.closed_at is not None:
        return "done", pgettext("feed", "Closed")
    if feed.late_since is not None or due_of(feed) <= now:
        since = feed.late_since or due_of(feed)
        words = span(max(0, int((now - since).total_seconds())))
        return "late", _("Not confirmed for {time} longer than allowed").format(time=words)
    if (due_of(feed) - now).total_seconds() < 0.2 * feed.allowed_age:
        return "at_risk", _("Must be confirmed soon")
    return "on_time", _("Up to date")


def subscriptions(by: Caller | None = None) -> QuerySet[Subscription]:
    """Subscriptions that somebody may see, the newest first; all without a caller."""
    rows = Subscription.objects.select_related("feed__resource")
    if by is None or by.watches:
        return rows
    own = by.department or "-"
    return rows.filter(Q(consumer=own) | Q(feed__resource__department=own))


def subscription(key: uuid.UUID) -> Subscription:
    """One subscription.

    Raises:
        NotFoundError: There is none.
    """
    found = subscriptions().filter(pk=key).first()
    if found is None:
        raise NotFoundError(what=str(key))
    return found


def deliveries(by: Caller | None = None) -> QuerySet[Delivery]:
    """Deliveries that somebody may see, the newest first; all without a caller."""
    rows = Delivery.objects.select_related("subscription__feed__resource")
    if by is None or by.watches:
        return rows
    own = by.department or "-"
    return rows.filter(
        Q(subscription__consumer=own) | Q(subscription__feed__resource__department=own)
    )


def delivery(key: uuid.UUID) -> Delivery:
    """One delivery.

    Raises:
        NotFoundError: There is none.
    """
    found = deliveries().filter(pk=key).first()
    if found is None:
        raise NotFoundError(what=str(key))
    return found


def wanting(by: Caller) -> int:
    """What waits for somebody: late sources of theirs, and undeliverable batches."""
    if not by.steward:
        return 0
    late = Feed.objects.filter(
        closed_at=None, late_since__isnull=False, resource__department=by.department
    ).count()
    dead = Delivery.objects.filter(
        state=Delivery.State.DEAD, subscription__consumer=by.department
    ).count()
    return min(late + dead, DEAD_SHOWN)


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A subscription as a list shows it.

    Attributes:
        purpose_text: The purpose as its grant words it.
        serves: The project or duty that it serves, where that is no matter.
        waiting: Changes of the feed that were not looked at for it yet.
        reason: Why it rests or ended.
    """

    key: str
    consumer: DepartmentCard
    source: DepartmentCard
    title: str
    purpose: str
    purpose_text: str
    serves: str
    transport: str
    host: str
    state: tuple[str, str]
    reason: str
    waiting: int
    started_at: dt.datetime


def subscription_rows(rows: list[Subscription]) -> list[SubscriptionRow]:
    """Subscriptions in words, in the order given."""
    from heli.feeds.webhooks import host_of

    worded = purpose_wordings([(row.feed.resource_id, row.purpose) for row in rows])
    served = served_words((row.consumer_id, row.serves) for row in rows)
    return [
        SubscriptionRow(
            key=str(row.pk),
            consumer=organisation.department(row.consumer_id),
            source=organisation.department(row.feed.resource.department_id),
            title=resource_title(row.feed.resource),
            purpose=row.purpose,
            purpose_text=worded.get((row.feed.resource_id, row.purpose), row.purpose),
            serves=served[row.consumer_id, row.serves],
            transport=str(Subscription.Transport(row.transport).label),
            host=host_of(row.address) if row.address else "",
            state=state_of(row),
            reason=reason(row.because) if row.because else "",
            waiting=max(0, row.feed.head - row.position),
            started_at=row.started_at,
        )
        for row in rows
    ]


def state_of(row: Subscription) -> tuple[str, str]:
    """The state of a subscription as a tag: resting for a while is a state of its own."""
    state = Subscription.State(row.state)
    if state == Subscription.State.RUNNING and row.rests_until and row.rests_until > clock.now():
        return "at_risk", _("Receiver does not answer")
    return SUBSCRIPTION_TAGS[state], str(state.label)


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as a list shows it."""

    key: str
    consumer: DepartmentCard
    title: str
    transport: str
    count: int
    attempts: int
    state: tuple[str, str]
    error: str
    created_at: dt.datetime
    ended_at: dt.datetime | None
    next_at: dt.datetime | None
    receipt_url: str


def delivery_rows(rows: list[Delivery]) -> list[DeliveryRow]:
    """Deliveries in words, in the order given."""
    return [
        DeliveryRow(
            key=str(row.pk),
            consumer=organisation.department(row.subscription.consumer_id),
            title=resource_title(row.subscription.feed.resource),
            transport=str(Subscription.Transport(row.subscription.transport).label),
            count=row.count,
            attempts=row.attempts,
            state=(DELIVERY_TAGS[Delivery.State(row.state)], row.get_state_display()),
            error=reason(row.error) if row.error else "",
            created_at=row.created_at,
            ended_at=row.ended_at,
            next_at=row.next_at,
            receipt_url=receipt_url(row.fact_id) if row.fact_id else "",
        )
        for row in rows
    ]
