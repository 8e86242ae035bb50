"""Pages of the feeds: feeds, subscriptions, deliveries, dead letters."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from heli.errors import HeliError
from heli.exchange import selectors as exchange
from heli.feeds import policy, selectors, services
from heli.feeds.forms import FeedForm, ReasonForm, SubscribeForm
from heli.feeds.lists import (
    ChangeTable,
    DeadTable,
    DeliveryTable,
    FeedTable,
    SubscriptionTable,
    spans,
)
from heli.feeds.models import Delivery, Feed
from heli.feeds.policy import caller_of
from heli.feeds.sayings import status_words
from heli.kernel import clock
from heli.kernel.localise import explain
from heli.kernel.permissions import STAFF, Role, audience, require, roles_of
from heli.organisation import selectors as organisation
from heli.web.components.badges import may_open

PARTIES = (Role.STEWARD, Role.HEAD, Role.SUPERVISOR, Role.AUDIT_ADMIN)


def _tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    if not roles_of(request.user) & frozenset(PARTIES):
        return []
    tabs = [
        ("feeds", _("Feeds")),
        ("subscriptions", _("Subscriptions")),
        ("deliveries", _("Deliveries")),
        ("dead", _("Dead letters")),
    ]
    return [
        {"label": label, "url": reverse(f"feeds:{name}"), "current": name == current}
        for name, label in tabs
    ]


@audience(*STAFF)
def feeds(request: HttpRequest) -> HttpResponse:
    """Which data tells of its changes?"""
    return FeedTable(request, selectors.feeds()).response(
        "feeds/list.html",
        {
            "nav": "feeds",
            "heading": _("Which data tells of its changes, and is it up to date?"),
            "tabs": _tabs(request, "feeds"),
        },
    )


@audience(*STAFF)
def feed(request: HttpRequest, department: str, name: str) -> HttpResponse:
    """What does this feed tell, and to whom?"""
    resource = exchange.resource_by_address(f"{department}/{name}")
    by = caller_of(request)
    row = Feed.objects.filter(resource=resource).select_related("resource").first()
    context: dict[str, Any] = {
        "nav": "feeds",
        "resource": resource,
        "title": exchange.resource_title(resource),
        "source": organisation.department(resource.department_id),
        "feed": row if row and row.closed_at is None else None,
        "may_manage": policy.may_manage(by, department),
        "may_subscribe": by.steward and bool(_grants(resource, by.department)),
        "form": FeedForm(initial={"compare_every": 3600}),
        "reason": ReasonForm(),
    }
    if context["feed"] is None or row is None:
        return render(request, "feeds/feed.html", context)
    context |= {"freshness": selectors.freshness(row), "spans": spans(row)}
    context["table"] = ChangeTable(request, row.changes.all(), "changes")
    if request.headers.get("HX-Target") == "changes-table":
        return render(request, "web/components/queue_table.html", context)
    if policy.may_see_feed(by, row):
        rows = row.subscriptions.select_related("feed__resource").order_by("consumer")
        context["subscribers"] = selectors.subscription_rows(list(rows[:200]))
        context["may_follow"] = may_open(request, reverse("feeds:subscriptions"))
    return render(request, "feeds/feed.html", context)


def _grants(resource: Any, consumer: str) -> list[Any]:
    now = clock.now()
    rows = exchange.grants(resource=resource, consumer=consumer or "-")
    return list(rows.filter(revoked_at=None, expires_at__gt=now))


@audience(Role.STEWARD)
@require_POST
def open_feed(request: HttpRequest, department: str, name: str) -> HttpResponse:
    """Open the feed of a resource."""
    resource, by = exchange.resource_by_address(f"{department}/{name}"), caller_of(request)
    require(policy.may_manage(by, department))
    form = FeedForm(request.POST)
    if not form.is_valid():
        context = {
            "nav": "feeds",
            "resource": resource,
            "title": exchange.resource_title(resource),
            "source": organisation.department(department),
            "may_manage": policy.may_manage(by, department),
            "form": form,
        }
        return render(request, "feeds/feed.html", context)
    services.open_feed(resource, actor=by.actor, **form.cleaned_data)
    return HttpResponseRedirect(reverse("feeds:feed", args=[department, name]))


@audience(Role.STEWARD)
@require_POST
def close_feed(request: HttpRequest, department: str, name: str) -> HttpResponse:
    """Close a feed."""
    row, by = selectors.feed_of(f"{department}/{name}"), caller_of(request)
    require(policy.may_manage(by, department))
    form = ReasonForm(request.POST)
    if form.is_valid():
        services.close_feed(row, actor=by.actor, reason=form.cleaned_data["reason"])
    else:
        messages.error(request, _("Say why."))
    return HttpResponseRedirect(reverse("feeds:feed", args=[department, name]))


@audience(Role.STEWARD)
def subscribe(request: HttpRequest, department: str, name: str) -> HttpResponse:
    """Subscribe for one's department."""
    row, by = selectors.feed_of(f"{department}/{name}"), caller_of(request)
    require(policy.may_subscribe(by, by.department))
    form = SubscribeForm(
        _grants(row.resource, by.department),
        exchange.duties_in_force(by.department),
        request.POST or None,
        initial={"transport": "stream"},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = services.subscribe(
                row, consumer=by.department, actor=by.actor, **form.cleaned_data
            )
        except HeliError as error:
            if "resource" in error.figures:
                error.figures["resource"] = exchange.resource_title(row.resource)
            told = explain(error)
            form.add_error(told.field if told.field in form.fields else None, told.fault)
        else:
            return HttpResponseRedirect(reverse("feeds:subscription", args=[made.pk]))
    context = {
        "nav": "feeds",
        "feed": row,
        "title": exchange.resource_title(row.resource),
        "form": form,
    }
    return render(request, "feeds/subscribe.html", context)


@audience(*PARTIES)
def subscriptions(request: HttpRequest) -> HttpResponse:
    """Who is told of what?"""
    rows = selectors.subscriptions(caller_of(request))
    return SubscriptionTable(request, rows).response(
        "feeds/list.html",
        {
            "nav": "feeds",
            "heading": _("What is my department told of, and whom does it tell?"),
            "tabs": _tabs(request, "subscriptions"),
        },
    )


@audience(*PARTIES)
def subscription(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Does this subscription run?"""
    row, by = selectors.subscription(key), caller_of(request)
    require(policy.may_see(by, row))
    (view,) = selectors.subscription_rows([row])
    table = DeliveryTable(request, selectors.deliveries().filter(subscription=row), "deliveries")
    context = {
        "nav": "feeds",
        "row": row,
        "view": view,
        "may_work": policy.may_work(by, row),
        "table": table,
        "form": ReasonForm(),
    }
    if request.headers.get("HX-Target") == "deliveries-table":
        return render(request, "web/components/queue_table.html", context)
    return render(request, "feeds/subscription.html", context)


@audience(Role.STEWARD)
@require_POST
def work(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Pause, resume or end a subscription."""
    row, by = selectors.subscription(key), caller_of(request)
    require(policy.may_work(by, row))
    form = ReasonForm(request.POST)
    if "resume" in request.POST:
        services.resume(row, actor=by.actor)
    elif not form.is_valid():
        messages.error(request, _("Say why."))
    elif "stop" in request.POST:
        services.stop(row, actor=by.actor, reason=form.cleaned_data["reason"])
    else:
        services.pause(row, actor=by.actor, reason=form.cleaned_data["reason"])
    return HttpResponseRedirect(reverse("feeds:subscription", args=[key]))


@audience(*PARTIES)
def deliveries(request: HttpRequest) -> HttpResponse:
    """What was sent, and what came of it?"""
    return DeliveryTable(request, selectors.deliveries(caller_of(request))).response(
        "feeds/list.html",
        {
            "nav": "feeds",
            "heading": _("What was sent, and did it arrive?"),
            "tabs": _tabs(request, "deliveries"),
        },
    )


@audience(*PARTIES)
def dead(request: HttpRequest) -> HttpResponse:
    """What could not be delivered?"""
    rows = selectors.deliveries(caller_of(request)).filter(state=Delivery.State.DEAD)
    return DeadTable(request, rows).response(
        "feeds/list.html",
        {
            "nav": "feeds",
            "heading": _("What could not be delivered, and what now?"),
            "tabs": _tabs(request, "dead"),
        },
    )


@audience(*PARTIES)
def delivery(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What became of this batch?"""
    row, by = selectors.delivery(key), caller_of(request)
    require(policy.may_see(by, row.subscription))
    (view,) = selectors.delivery_rows([row])
    return render(
        request,
        "feeds/delivery.html",
        {
            "nav": "feeds",
            "row": row,
            "view": view,
            "waits": row.state == Delivery.State.DEAD,
            "meaning": status_words(row.error),
            "source": organisation.department(row.subscription.feed.resource.department_id),
            "may_work": policy.may_work(by, row.subscription),
            "form": ReasonForm(),
        },
    )


@audience(Role.STEWARD)
@require_POST
def settle(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Try an undeliverable batch again, or give it up."""
    row, by = selectors.delivery(key), caller_of(request)
    require(policy.may_work(by, row.subscription))
    form = ReasonForm(request.POST)
    if "retry" in request.POST:
        services.retry(row, actor=by.actor)
    elif form.is_valid():
        services.discard(row, actor=by.actor, reason=form.cleaned_data["reason"])
    else:
        messages.error(request, _("Say why."))
    return HttpResponseRedirect(reverse("feeds:delivery", args=[key]))
