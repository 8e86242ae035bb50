"""Subscribing, resting, ending; and fetching changes page by page."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from heli.engines.contracts import Binding
from heli.errors import HeliError
from heli.exchange import errors as exchange
from heli.exchange.calls.cursors import open_cursor, seal_cursor
from heli.exchange.compiled import CompiledResource, catalogue
from heli.feeds import facts, grounds, release, webhooks
from heli.feeds.broker import configured
from heli.feeds.cursors import cursor_at, position_of
from heli.feeds.errors import BrokerMissingError, FeedClosedError, NotRunningError
from heli.feeds.models import Feed, Subscription
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.ledger.services import record
from heli.ledger.verbs import FactData

State = Subscription.State
Transport = Subscription.Transport

ENDING = frozenset(
    {
        exchange.NoGrantError.code,
        exchange.GrantExpiredError.code,
        exchange.GrantRevokedError.code,
        exchange.UnknownResourceError.code,
        exchange.NotSharedError.code,
    }
)
"""Why a subscription ends; for any other reason it rests until the reason is gone."""


@transaction.atomic
def subscribe(
    feed: Feed,
    *,
    consumer: str,
    purpose: str,
    transport: str,
    address: str = "",
    cursor: str = "",
    project: str = "",
    task: str = "",
    actor: Actor,
) -> Subscription:
    """Let a department be told of changes; subscribing twice gives the same subscription.

    One that ended begins anew, one that rests goes on where it rested unless a cursor is named.

    Args:
        feed: Of which resource.
        consumer: Code of the department.
        purpose: Purpose of one of its grants.
        transport: A :class:`Subscription.Transport`.
        address: Of a webhook: where to.
        cursor: After which change to begin; from now on where empty.
        project: Code of the project that the grant is bound to.
        task: Code of the statutory duty that the grant is bound to.
        actor: Who subscribes, for the department.

    Raises:
        HeliError: The grant does not hold; the address cannot be a webhook; there is no broker.
        FeedClosedError: The feed is closed.
    """
    if feed.closed_at is not None:
        raise FeedClosedError(resource=feed.address)
    serves = f"project:{project}" if project else f"public_task:{task}" if task else ""
    resource = catalogue.find(feed.address)
    _grant, policy = grounds.usable_grant(resource, feed.address, consumer, purpose, serves=serves)
    if policy.binding is Binding.MATTER:
        serves = ""
    address = address.strip() if transport == Transport.WEBHOOK else ""
    if transport == Transport.WEBHOOK:
        webhooks.check_address(address)
    if transport == Transport.BROKER and not configured():
        raise BrokerMissingError
    row, fresh = Subscription.objects.select_for_update().get_or_create(
        feed=feed,
        consumer_id=consumer,
        purpose=purpose,
        serves=serves,
        transport=transport,
        address=address,
        defaults={
            "position": position_of(feed, cursor),
            "started_at": clock.now(),
            "started_by": str(actor),
        },
    )
    if not fresh:
        if row.state == State.RUNNING:
            return row
        if cursor or row.state == State.STOPPED:
            row.position = position_of(feed, cursor)
        row.state, row.because, row.failures, row.rests_until = State.RUNNING, "", 0, None
        row.started_at, row.started_by = clock.now(), str(actor)
        row.save()
    row.feed = feed
    data = facts.SubscriptionStarted(
        subscription=str(row.pk),
        resource=feed.address,
        source=feed.resource.department_id,
        consumer=consumer,
        purpose=purpose,
        serves=serves,
        transport=transport,
        host=webhooks.host_of(address) if address else "",
    )
    _record(row, data, actor)
    return row


def _record(row: Subscription, data: FactData, actor: Actor) -> None:
    record(
        data,
        actor=actor,
        department=actor.department or row.consumer_id,
        subject=f"feeds.subscription:{row.pk}",
    )


@transaction.atomic
def pause(row: Subscription, *, actor: Actor, reason: str) -> None:
    """Send nothing until it is resumed.

    Raises:
        NotRunningError: It does not run.
    """
    if not _become(row, State.PAUSED, reason, State.RUNNING):
        raise NotRunningError(resource=row.feed.address, reason=row.get_state_display())
    data = facts.SubscriptionPaused(
        subscription=str(row.pk),
        resource=row.feed.address,
        consumer=row.consumer_id,
        reason=reason,
    )
    _record(row, data, actor)


@transaction.atomic
def resume(row: Subscription, *, actor: Actor) -> None:
    """Go on where it rested or ended.

    Raises:
        HeliError: Its grant does not hold.
        NotRunningError: It runs already.
        FeedClosedError: The feed is closed.
    """
    if row.feed.closed_at is not None:
        raise FeedClosedError(resource=row.feed.address)
    if refusal := grounds.refusal_of(row, catalogue.find(row.feed.address)):
        raise refusal
    resting = Subscription.objects.filter(pk=row.pk, state__in=(State.PAUSED, State.STOPPED))
    if not _go_on(row, resting, actor):
        raise NotRunningError(resource=row.feed.address, reason=row.get_state_display())


def _go_on(row: Subscription, resting: QuerySet[Subscription], actor: Actor) -> bool:
    """Let a subscription run if it still rests as was seen; whether it was this call that did."""
    changed = resting.update(state=State.RUNNING, because="", failures=0, rests_until=None)
    row.refresh_from_db(fields=["state", "because"])
    if changed:
        data = facts.SubscriptionResumed(
            subscription=str(row.pk), resource=row.feed.address, consumer=row.consumer_id
        )
        _record(row, data, actor)
    return bool(changed)


def _waits_for_grant(row: Subscription) -> bool:
    """Whether it rests because of its grant, and not because a person wanted it to."""
    return row.state == State.PAUSED and row.because.startswith("exchange.")


@transaction.atomic
def _grant_holds_again(row: Subscription) -> bool:
    resting = Subscription.objects.filter(pk=row.pk, state=State.PAUSED, because=row.because)
    return _go_on(row, resting, HELI)


@transaction.atomic
def stop(row: Subscription, *, actor: Actor, reason: str) -> None:
    """End a subscription; ending it twice has no second effect."""
    if not _become(row, State.STOPPED, reason, State.RUNNING, State.PAUSED):
        return
    data = facts.SubscriptionStopped(
        subscription=str(row.pk),
        resource=row.feed.address,
        consumer=row.consumer_id,
        reason=reason,
    )
    _record(row, data, actor)


def _become(row: Subscription, state: State, because: str, *present: State) -> bool:
    changed = Subscription.objects.filter(pk=row.pk, state__in=present).update(
        state=state, because=because
    )
    row.refresh_from_db(fields=["state", "because"])
    return bool(changed)


def halt(row: Subscription, refusal: HeliError) -> None:
    """Stop or pause a subscription because its grant does not hold now."""
    if refusal.code in ENDING:
        stop(row, actor=HELI, reason=refusal.code)
    elif row.state == State.RUNNING:
        try:
            pause(row, actor=HELI, reason=refusal.code)
        except NotRunningError:
            return


def watch_grants() -> int:
    """Halt what may not run, and let run again what only had to wait; returns how many."""
    changed = 0
    rows = Subscription.objects.exclude(state=State.STOPPED).select_related("feed__resource")
    resources: dict[int, CompiledResource | None] = {}
    standings = grounds.Standings(rows)
    for row in rows:
        if row.feed_id not in resources:
            resources[row.feed_id] = catalogue.find(row.feed.address)
        waits = _waits_for_grant(row)
        if row.state != State.RUNNING and not waits:
            continue
        refusal = grounds.refusal_of(row, resources[row.feed_id], standings)
        if refusal is not None and row.because != refusal.code:
            halt(row, refusal)
            changed += 1
        elif refusal is None and waits:
            changed += _grant_holds_again(row)
    return changed


def running(row: Subscription) -> Subscription:
    """The subscription, if it runs; one that only waited for its grant goes on.

    Raises:
        HeliError: Its grant does not hold.
        NotRunningError: It is paused or stopped.
    """
    if row.state != State.RUNNING:
        if refusal := grounds.refusal_of(row, catalogue.find(row.feed.address)):
            raise refusal
        if _waits_for_grant(row):
            _grant_holds_again(row)
        if row.state != State.RUNNING:
            raise NotRunningError(resource=row.feed.address, reason=row.get_state_display())
    return row


def fetch(row: Subscription, cursor: str, limit: int, *, actor: Actor) -> dict[str, Any]:
    """The changes after a cursor, released and durable.

    Args:
        row: Whose.
        cursor: From the page before; where the subscription stands, when empty.
        limit: Changes to look at, at most.
        actor: Who fetches.

    Raises:
        HeliError: It may not be served now, or the cursor does not fit.
    """
    running(row)
    feed = row.feed
    after = position_of(feed, cursor) if cursor else max(row.position, feed.floor)
    changes = release.changes_after(feed, after, limit)
    batch = release.Round(feed).batch(release.Wanted(row, changes, after))
    release.settle([(batch, actor)])
    if batch.refusal is not None:
        raise batch.refusal
    advance(row, batch.through)
    return document_of(batch, feed) | {"more": batch.through < feed.head}


def document_of(batch: release.Batch, feed: Feed) -> dict[str, Any]:
    """A batch as it is answered; without events it says only where to go on."""
    if batch.events:
        return batch.document(feed)
    empty = {"delivery": "", "fact": "", "response_key": ""}
    return batch.document(feed) | empty


def advance(row: Subscription, position: int) -> None:
    """Note that a subscription was sent everything up to a position."""
    Subscription.objects.filter(pk=row.pk, position__lt=position).update(position=position)


def fetch_records(row: Subscription, page: str, limit: int, *, actor: Actor) -> dict[str, Any]:
    """All records that are open to a subscriber, page by page, to begin afresh with.

    Args:
        row: Whose.
        page: Cursor from the page before.
        limit: Records at most.
        actor: Who fetches.

    Returns:
        A batch of inserts; ``next`` for the next page, ``cursor`` from where the feed goes on
        when all have been read.

    Raises:
        HeliError: It may not be served now.
        BadCursorError: The page was not given out for this subscription.
    """
    running(row)
    feed = row.feed
    # Sealed, because it names a subject and stands in an address.
    bound_to = f"feeds:{row.pk}:{feed.epoch}"
    opened = open_cursor(page, bound_to=bound_to) if page else f"{feed.head} "
    place, _space, last = opened.partition(" ")
    position = int(place)
    turn = release.Round(feed)
    chosen, more = turn.page(row, last, limit)
    batch = turn.records(row, chosen, position)
    release.settle([(batch, actor)])
    if batch.refusal is not None:
        raise batch.refusal
    following = None
    if more:
        following = seal_cursor(f"{position} {max(chosen)}", bound_to=bound_to)
    return document_of(batch, feed) | {"next": following, "cursor": cursor_at(feed, position)}
