"""REST interface of the feeds: for sources, for subscribers, and for who works dead letters."""

import base64
import uuid
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import translation
from ninja import Router, Status

from heli.exchange import selectors as exchange
from heli.feeds import policy, selectors, services, stream, webhooks
from heli.feeds.broker import subject_of
from heli.feeds.cursors import cursor_at
from heli.feeds.models import Delivery, Feed, Subscription
from heli.feeds.policy import caller_of
from heli.feeds.schemas import (
    BatchOut,
    ChangesIn,
    DeliveryOut,
    FeedIn,
    FeedOut,
    KeyOut,
    PostedOut,
    ReasonIn,
    SubscribeIn,
    SubscriptionOut,
)
from heli.feeds.services import NewChange
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.kernel.rest import Limit, Page, decode_cursor, encode_cursor, idempotent, page_of
from heli.organisation.presence import while_present

router = Router(tags=["feeds"])

PARTIES = (Role.STEWARD, Role.HEAD, Role.SUPERVISOR, Role.AUDIT_ADMIN)


@router.get("", response=Page[FeedOut])
@audience(*STAFF, systems=True)
def list_feeds(request: HttpRequest, q: str = "", cursor: str = "", limit: Limit = 50) -> Any:
    """Open feeds, by the order in which they were opened."""
    rows = selectors.feeds().order_by("pk")
    if q:
        rows = rows.filter(resource__title_zh__icontains=q) | rows.filter(
            resource__title_en__icontains=q
        )
    after = decode_cursor(cursor, int)
    found = list(rows.filter(pk__gt=after[0] if after else 0)[: limit + 1])
    more = encode_cursor(found[limit - 1].pk) if len(found) > limit else None
    return {"items": [_feed(row, caller_of(request)) for row in found[:limit]], "next": more}


@router.get("/key", response=KeyOut)
@audience(public=True)
def get_key(request: HttpRequest) -> Any:
    """The public key with which webhooks are signed (RFC 9421)."""
    key_id, raw = webhooks.public_key()
    return {
        "key_id": key_id,
        "algorithm": "ed25519",
        "public_key": base64.b64encode(raw).decode(),
        "components": list(webhooks.COMPONENTS),
    }


@router.get("/subscriptions", response=Page[SubscriptionOut])
@audience(*PARTIES, systems=True)
def list_subscriptions(
    request: HttpRequest,
    *,
    resource: str = "",
    state: str = "",
    transport: str = "",
    cursor: str = "",
    limit: Limit = 50,
) -> Any:
    """Subscriptions in which the caller's department takes part, the newest first."""
    rows = selectors.subscriptions(caller_of(request))
    if resource:
        department, _slash, name = resource.partition("/")
        rows = rows.filter(feed__resource__department=department, feed__resource__name=name)
    chosen = {"state": state, "transport": transport}
    rows = rows.filter(**{key: value for key, value in chosen.items() if value})

    def show(found: list[Subscription]) -> list[Any]:
        return [_subscription(row) for row in found]

    return page_of(rows, "started_at", cursor, limit, show, newest_first=True)


@router.get("/subscriptions/{uuid:key}", response=SubscriptionOut)
@audience(*PARTIES, systems=True)
def get_subscription(request: HttpRequest, key: uuid.UUID) -> Any:
    """One subscription."""
    row = selectors.subscription(key)
    require(policy.may_see(caller_of(request), row))
    return _subscription(row)


@router.post("/subscriptions/{uuid:key}/pause", response=SubscriptionOut)
@audience(Role.STEWARD, systems=True)
@idempotent
def pause_subscription(request: HttpRequest, key: uuid.UUID, body: ReasonIn) -> Any:
    """Send nothing until it is resumed."""
    row, by = selectors.subscription(key), caller_of(request)
    require(policy.may_work(by, row))
    services.pause(row, actor=by.actor, reason=body.reason.strip())
    return SubscriptionOut(**_subscription(row))


@router.post("/subscriptions/{uuid:key}/resume", response=SubscriptionOut)
@audience(Role.STEWARD, systems=True)
@idempotent
def resume_subscription(request: HttpRequest, key: uuid.UUID) -> Any:
    """Go on where it rested."""
    row, by = selectors.subscription(key), caller_of(request)
    require(policy.may_work(by, row))
    services.resume(row, actor=by.actor)
    return SubscriptionOut(**_subscription(row))


@router.post("/subscriptions/{uuid:key}/stop", response=SubscriptionOut)
@audience(Role.STEWARD, systems=True)
@idempotent
def stop_subscription(request: HttpRequest, key: uuid.UUID, body: ReasonIn) -> Any:
    """End a subscription."""
    row, by = selectors.subscription(key), caller_of(request)
    require(policy.may_work(by, row))
    services.stop(row, actor=by.actor, reason=body.reason.strip())
    return SubscriptionOut(**_subscription(row))


@router.get("/subscriptions/{uuid:key}/changes", response=BatchOut)
@audience(Role.STEWARD, systems=True)
def fetch_changes(
    request: HttpRequest, key: uuid.UUID, cursor: str = "", limit: Limit = 100
) -> Any:
    """The changes after a cursor; the answer's cursor goes on from there."""
    row, by = selectors.subscription(key), caller_of(request)
    require(policy.may_subscribe(by, row.consumer_id))
    return services.fetch(row, cursor, limit, actor=by.actor)


@router.get("/subscriptions/{uuid:key}/records", response=BatchOut)
@audience(Role.STEWARD, systems=True)
def fetch_records(request: HttpRequest, key: uuid.UUID, page: str = "", limit: Limit = 100) -> Any:
    """All records that are open to the subscriber now, for who was away too long.

    Read ``next`` until it is null, then go on with the changes after ``cursor``.
    """
    row, by = selectors.subscription(key), caller_of(request)
    require(policy.may_subscribe(by, row.consumer_id))
    return services.fetch_records(row, page, limit, actor=by.actor)


@router.get("/subscriptions/{uuid:key}/stream")
@audience(Role.STEWARD, systems=True)
async def follow_changes(request: HttpRequest, key: uuid.UUID, cursor: str = "") -> Any:
    """The changes as server-sent events, from ``Last-Event-ID`` or where it stands."""
    stream.hub().require_room()
    after = request.headers.get("Last-Event-ID") or cursor

    def opened() -> stream.Reader:
        row, by = selectors.subscription(key), caller_of(request)
        require(policy.may_subscribe(by, row.consumer_id))
        return stream.open_reader(row, after, by.actor)

    reader = await stream.in_thread(opened)
    # A stream may last for half an hour; what answered until here gives its connection back.
    await sync_to_async(connections.close_all)()
    language = translation.get_language() or "zh-hans"
    events = while_present(request, stream.follow(reader, language))
    response = StreamingHttpResponse(events, content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    # Tells proxies not to hold events back.
    response["X-Accel-Buffering"] = "no"
    return response


@router.get("/deliveries", response=Page[DeliveryOut])
@audience(*PARTIES, systems=True)
def list_deliveries(
    request: HttpRequest,
    *,
    state: str = "",
    subscription: uuid.UUID | None = None,
    cursor: str = "",
    limit: Limit = 50,
) -> Any:
    """Batches for webhooks and the broker, the newest first; ``state=dead`` are dead letters."""
    rows = selectors.deliveries(caller_of(request))
    if state:
        rows = rows.filter(state=state)
    if subscription:
        rows = rows.filter(subscription=subscription)

    def show(found: list[Delivery]) -> list[Any]:
        return [_delivery(row) for row in found]

    return page_of(rows, "created_at", cursor, limit, show, newest_first=True)


@router.post("/deliveries/{uuid:key}/retry", response=DeliveryOut)
@audience(Role.STEWARD, systems=True)
@idempotent
def retry_delivery(request: HttpRequest, key: uuid.UUID) -> Any:
    """Try an undeliverable batch again."""
    row, by = selectors.delivery(key), caller_of(request)
    require(policy.may_work(by, row.subscription))
    services.retry(row, actor=by.actor)
    return DeliveryOut(**_delivery(row))


@router.post("/deliveries/{uuid:key}/discard", response=DeliveryOut)
@audience(Role.STEWARD, systems=True)
@idempotent
def discard_delivery(request: HttpRequest, key: uuid.UUID, body: ReasonIn) -> Any:
    """Give an undeliverable batch up."""
    row, by = selectors.delivery(key), caller_of(request)
    require(policy.may_work(by, row.subscription))
    services.discard(row, actor=by.actor, reason=body.reason.strip())
    return DeliveryOut(**_delivery(row))


@router.get("/{department}/{name}", response=FeedOut)
@audience(*STAFF, systems=True)
def get_feed(request: HttpRequest, department: str, name: str) -> Any:
    """The feed of a resource."""
    return _feed(selectors.feed_of(f"{department}/{name}"), caller_of(request))


@router.post("/{department}/{name}", response={201: FeedOut})
@audience(Role.STEWARD, systems=True)
@idempotent
def open_feed(request: HttpRequest, department: str, name: str, body: FeedIn) -> Any:
    """Open the feed of a resource; only its source department may."""
    row, by = exchange.resource_by_address(f"{department}/{name}"), caller_of(request)
    require(policy.may_manage(by, row.department_id))
    feed = services.open_feed(row, actor=by.actor, **body.model_dump())
    return Status(201, FeedOut(**_feed(feed, by)))


@router.post("/{department}/{name}/close", response=FeedOut)
@audience(Role.STEWARD, systems=True)
@idempotent
def close_feed(request: HttpRequest, department: str, name: str, body: ReasonIn) -> Any:
    """Close a feed and end its subscriptions."""
    feed, by = selectors.feed_of(f"{department}/{name}"), caller_of(request)
    require(policy.may_manage(by, department))
    services.close_feed(feed, actor=by.actor, reason=body.reason.strip())
    feed.refresh_from_db()
    return FeedOut(**_feed(feed, by))


@router.post("/{department}/{name}/changes", response=PostedOut)
@audience(Role.STEWARD, systems=True)
@idempotent
def post_changes(request: HttpRequest, department: str, name: str, body: ChangesIn) -> Any:
    """Tell of changes, all or none; the source department's system does."""
    feed, by = selectors.feed_of(f"{department}/{name}"), caller_of(request)
    require(policy.may_manage(by, department))
    changes = [NewChange(each.kind, each.key) for each in body.changes]
    after = services.post_changes(feed, changes, actor=by.actor)
    return PostedOut(taken=len(changes), head=after.head, cursor=cursor_at(after, after.head))


@router.post("/{department}/{name}/subscriptions", response={201: SubscriptionOut})
@audience(Role.STEWARD, systems=True)
@idempotent
def subscribe(request: HttpRequest, department: str, name: str, body: SubscribeIn) -> Any:
    """Subscribe under one of the caller's grants; twice gives the same subscription."""
    feed, by = selectors.feed_of(f"{department}/{name}"), caller_of(request)
    require(policy.may_subscribe(by, by.department))
    row = services.subscribe(feed, consumer=by.department, actor=by.actor, **body.model_dump())
    return Status(201, SubscriptionOut(**_subscription(row)))


def _feed(row: Feed, by: policy.Caller) -> dict[str, Any]:
    counted = getattr(row, "subscribers", None)
    if counted is None:
        counted = row.subscriptions.filter(state=Subscription.State.RUNNING).count()
    resource = row.resource
    return {
        "resource": row.address,
        "title_zh": resource.title_zh,
        "title_en": resource.title_en,
        "version": row.version,
        "head": row.head,
        "cursor": cursor_at(row, row.head),
        "oldest": cursor_at(row, row.floor),
        "keep_days": row.keep_days,
        "compare_every": row.compare_every,
        "allowed_age": row.allowed_age,
        "confirmed_at": row.confirmed_at,
        "late_since": row.late_since,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "subscribers": counted if policy.may_see_feed(by, row) else None,
    }


def _subscription(row: Subscription) -> dict[str, Any]:
    broker = row.transport == Subscription.Transport.BROKER
    return {
        "id": str(row.pk),
        "resource": row.feed.address,
        "consumer": row.consumer_id,
        "purpose": row.purpose,
        "serves": row.serves,
        "transport": row.transport,
        "address": row.address,
        "subject": subject_of(row.feed.address, row.consumer_id) if broker else "",
        "state": row.state,
        "because": row.because,
        "cursor": cursor_at(row.feed, row.position),
        "waiting": max(0, row.feed.head - row.position),
        "failures": row.failures,
        "rests_until": row.rests_until,
        "started_at": row.started_at,
    }


def _delivery(row: Delivery) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "subscription": str(row.subscription_id),
        "resource": row.subscription.feed.address,
        "consumer": row.subscription.consumer_id,
        "state": row.state,
        "count": row.count,
        "attempts": row.attempts,
        "error": row.error,
        "detail": row.detail,
        "fact": str(row.fact_id) if row.fact_id else None,
        "created_at": row.created_at,
        "next_at": row.next_at,
        "ended_at": row.ended_at,
        "reason": row.reason,
    }
