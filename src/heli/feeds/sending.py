"""Sending batches to webhooks and the broker: planned, claimed, tried, and tried again.

A subscription has at most one batch on its way, so the changes of a record arrive in their order.
A failed attempt is repeated after a pause that doubles, with jitter; after :data:`ATTEMPTS` the
batch is undeliverable and waits for a person, and the next one goes on. When several attempts in a
row find nobody (the circuit breaker), the subscription rests, and a single attempt looks whether
the receiver is back. A worker that dies leaves a lease that ends by itself: the batch is sent again
under the same id. A worker that lives begins no batch anew whose attempt still goes on, and gives
no department more than its share of the threads.
"""

import datetime as dt
import json
import logging
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from heli.errors import HeliError
from heli.exchange.errors import SourceUnavailableError
from heli.exchange.questions import Notification, notify
from heli.feeds import facts, release, webhooks
from heli.feeds.broker import broker, subject_of
from heli.feeds.errors import NoFeedError, SendError
from heli.feeds.models import Delivery, Feed, Subscription
from heli.feeds.services.subscriptions import advance, halt
from heli.feeds.turns import Taken, Turns
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.permissions import Role
from heli.ledger.services import NotDurableError, record

logger = logging.getLogger(__name__)

ATTEMPTS = 14
FATAL_ATTEMPTS = 4
"""Attempts where the receiver says that it will never take a batch."""
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 3600.0
LEASE = dt.timedelta(seconds=6 * webhooks.TIMEOUT)
"""Held anew before a batch is handed over, so it outlasts what handing over may take."""
PATIENCE = 5
"""Failures in a row after which a subscription rests."""
FIRST_REST = 30.0
LONGEST_REST = 1800.0
THREADS = 8
SHARE = THREADS // 4
"""Threads that one department's receivers can hold, however slow they are."""

Send = Callable[[Delivery, release.Batch], None]

Transport = Subscription.Transport
State = Delivery.State

pool = ThreadPoolExecutor(THREADS, thread_name_prefix="feeds-sending")
turns = Turns(SHARE)
_chance = random.SystemRandom()


def plan(limit: int = 200) -> int:
    """Make batches for subscriptions that have something to be told; returns how many."""
    on_the_way = Delivery.objects.filter(subscription=OuterRef("pk"), state=State.WAITING)
    rows = (
        Subscription.objects.filter(
            state=Subscription.State.RUNNING,
            transport__in=(Transport.WEBHOOK, Transport.BROKER),
            feed__closed_at=None,
            feed__head__gt=F("position"),
        )
        .exclude(Exists(on_the_way))
        .select_related("feed__resource")
        .order_by("pk")[:limit]
    )
    rounds: dict[int, release.Round] = {}
    planned = 0
    for row in rows:
        if row.feed_id not in rounds:
            rounds[row.feed_id] = release.Round(row.feed, rows)
        try:
            planned += _plan(row, rounds[row.feed_id])
        except SourceUnavailableError:
            continue
        except HeliError as refusal:
            halt(row, refusal)
    return planned


def _plan(row: Subscription, turn: release.Round) -> bool:
    """Make the next batch of a subscription; what is not open to it is passed over."""
    after = max(row.position, row.feed.floor)
    changes = release.changes_after(row.feed, after)
    wanted = release.Wanted(row, changes, after)
    batch = turn.batch(wanted)
    if not batch.events:
        advance(row, wanted.through)
        return False
    now = clock.now()
    with transaction.atomic():
        # Two workers may plan at once: the row decides.
        locked = Subscription.objects.select_for_update().get(pk=row.pk)
        if locked.position != row.position or _waiting(row).exists():
            return False
        Delivery.objects.create(
            subscription=row,
            after=after,
            through=wanted.through,
            count=len(batch.events),
            next_at=now,
            created_at=now,
        )
    return True


def _waiting(row: Subscription) -> "QuerySet[Delivery]":
    return Delivery.objects.filter(subscription=row, state=State.WAITING)


def claim(limit: int = THREADS * 4) -> list[Delivery]:
    """Lease batches that are due; nobody else sends them meanwhile.

    Args:
        limit: How many may be on their way in this process, those that are already included.
    """
    now, taken = clock.now(), turns.taken()
    room = limit - len(taken.subscriptions)
    claimed: list[Delivery] = []
    while room > len(claimed):
        full = [one for one, count in taken.departments.items() if count >= SHARE]
        rows = (
            _due(now)
            .exclude(subscription__in=taken.subscriptions)
            .exclude(subscription__consumer__in=full)
        )
        found = [row for row in rows[: room - len(claimed)] if _claim(row, now, taken)]
        if not found:
            break
        claimed += found
    return claimed


def _free(now: dt.datetime) -> Q:
    return Q(leased_until=None) | Q(leased_until__lt=now)


def _due(now: dt.datetime) -> "QuerySet[Delivery]":
    """What is to be sent and nobody is at, the longest due first."""
    busy = Delivery.objects.filter(
        subscription=OuterRef("subscription"), state=State.WAITING, leased_until__gte=now
    )
    rested = Q(subscription__rests_until=None) | Q(subscription__rests_until__lte=now)
    return (
        Delivery.objects.filter(
            _free(now),
            rested,
            state=State.WAITING,
            next_at__lte=now,
            subscription__state=Subscription.State.RUNNING,
        )
        .exclude(Exists(busy))
        .select_related("subscription__feed__resource")
        .order_by("next_at", "pk")
    )


def _claim(row: Delivery, now: dt.datetime, taken: Taken) -> bool:
    """Lease one batch, unless its turn is taken or another worker was faster."""
    one = row.subscription
    if one.pk in taken.subscriptions or taken.departments[one.consumer_id] >= SHARE:
        return False
    waiting = Delivery.objects.filter(
        _free(now), pk=row.pk, state=State.WAITING, next_at=row.next_at
    )
    until = now + LEASE
    # Who was faster is at it: in this round, the subscription is not looked at again.
    taken.subscriptions.add(one.pk)
    if not waiting.update(leased_until=until):
        return False
    row.leased_until = until
    taken.departments[one.consumer_id] += 1
    return True


def send_due() -> int:
    """Give what is due to the threads; returns how much that is."""
    begun = 0
    for row in claim():
        if not turns.begin(row):
            _give_back(row)
            continue
        pool.submit(_guarded, row)
        begun += 1
    return begun


def _guarded(row: Delivery) -> None:
    close_old_connections()
    try:
        attempt(row)
    except Exception:
        logger.exception("delivery %s failed; it is tried again when its lease ends", row.pk)
    finally:
        close_old_connections()
        turns.end(row)


def attempt(row: Delivery, send: Send | None = None) -> None:
    """Send one batch once, and note what came of it.

    Args:
        row: The delivery.
        send: Hands the batch over, or raises ``SendError``; the subscription's transport, if none.
    """
    if not _hold(row):
        return
    try:
        batch = _released(row)
    except (SourceUnavailableError, NotDurableError) as error:
        _postpone(row, error)
        return
    except HeliError as refusal:
        _give_back(row)
        halt(row.subscription, refusal)
        return
    if batch.refusal is not None:
        _postpone(row, batch.refusal)
        return
    if not batch.events:
        _done(row)
        return
    if _hold(row):
        _hand_over(row, batch, send or _transport)


def _hand_over(row: Delivery, batch: release.Batch, send: Send) -> None:
    try:
        send(row, batch)
    except SendError as error:
        _failed(row, error)
    else:
        _done(row)


def _hold(row: Delivery) -> bool:
    """Prolong the lease; false where it ended while the batch waited, and another worker has it."""
    mine = Delivery.objects.filter(pk=row.pk, state=State.WAITING, leased_until=row.leased_until)
    row.leased_until = clock.now() + LEASE
    return bool(mine.update(leased_until=row.leased_until))


def _released(row: Delivery) -> release.Batch:
    """The batch as it is now; the fact of the last attempt stands if nothing has changed."""
    feed = Feed.objects.select_related("resource").filter(pk=row.subscription.feed_id).first()
    if feed is None:
        raise NoFeedError(resource=row.subscription.feed.address)
    changes = list(
        feed.changes.filter(position__gt=row.after, position__lte=row.through).order_by("position")
    )
    batch = release.Round(feed).batch(release.Wanted(row.subscription, changes, row.after))
    batch.through = row.through
    key = bytes(row.response_key)
    if row.fact_id and batch.events and batch.hashed(key) == row.response_hash:
        batch.fact_id, batch.key, batch.digest = row.fact_id, key, row.response_hash
    release.settle([(batch, Actor("heli", department=row.subscription.consumer_id))])
    Delivery.objects.filter(pk=row.pk).update(
        fact_id=batch.fact_id,
        response_hash=batch.digest,
        response_key=batch.key,
        count=len(batch.events),
    )
    return batch


def _transport(row: Delivery, batch: release.Batch) -> None:
    one = row.subscription
    document = batch.document(one.feed, str(row.pk))
    body = json.dumps(document, ensure_ascii=False).encode()
    if one.transport == Transport.BROKER:
        broker.publish(subject_of(one.feed.address, one.consumer_id), body, str(row.pk))
    else:
        webhooks.post(one.address, body, delivery=str(row.pk), attempt=row.attempts + 1)


def _done(row: Delivery) -> None:
    with transaction.atomic():
        Delivery.objects.filter(pk=row.pk).update(
            state=State.DELIVERED,
            attempts=F("attempts") + 1,
            next_at=None,
            leased_until=None,
            ended_at=clock.now(),
            error="",
            detail="",
        )
        advance(row.subscription, row.through)
        Subscription.objects.filter(pk=row.subscription_id).update(failures=0, rests_until=None)


def _postpone(row: Delivery, error: HeliError) -> None:
    """The reason is ours or the source's: the receiver is not blamed."""
    Delivery.objects.filter(pk=row.pk).update(
        next_at=clock.now() + dt.timedelta(seconds=FIRST_PAUSE * 5),
        leased_until=None,
        error=error.code,
        detail=error.detail()[:300],
    )


def _give_back(row: Delivery) -> None:
    Delivery.objects.filter(pk=row.pk).update(leased_until=None)


def _failed(row: Delivery, error: SendError) -> None:
    now, attempts = clock.now(), row.attempts + 1
    dead = attempts >= (FATAL_ATTEMPTS if error.fatal else ATTEMPTS)
    with transaction.atomic():
        one = Subscription.objects.select_for_update().get(pk=row.subscription_id)
        if error.rests:
            one.failures += 1
            if one.failures >= PATIENCE:
                rest = min(FIRST_REST * 2 ** min(one.failures - PATIENCE, 20), LONGEST_REST)
                one.rests_until = now + dt.timedelta(seconds=rest)
            one.save(update_fields=["failures", "rests_until"])
        Delivery.objects.filter(pk=row.pk).update(
            state=State.DEAD if dead else State.WAITING,
            attempts=attempts,
            next_at=None if dead else now + dt.timedelta(seconds=pause(attempts)),
            leased_until=None,
            ended_at=now if dead else None,
            error=error.kind,
            detail=str(error.figures["reason"])[:300],
        )
        if dead:
            _bury(row, attempts, error)


def pause(attempts: int) -> float:
    """Seconds before the next attempt: between half and the whole of a time that doubles."""
    longest: float = min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE)
    return longest * _chance.uniform(0.5, 1.0)


def _bury(row: Delivery, attempts: int, error: SendError) -> None:
    one = row.subscription
    advance(one, row.through)
    record(
        facts.DeliveryFailed(
            delivery=str(row.pk),
            subscription=str(one.pk),
            resource=one.feed.address,
            consumer=one.consumer_id,
            attempts=attempts,
            reason=error.kind,
        ),
        actor=HELI,
        department=one.consumer_id,
        subject=f"feeds.delivery:{row.pk}",
    )
    resource = one.feed.resource
    notify(
        Notification(
            one.consumer_id,
            Role.STEWARD,
            "feeds.undeliverable",
            f"feeds.delivery:{row.pk}",
            data={"name_zh": resource.title_zh, "name_en": resource.title_en},
        )
    )
