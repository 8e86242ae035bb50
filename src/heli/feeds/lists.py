"""The lists of the feeds' pages."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.exchange.selectors import resource_title
from heli.feeds import selectors
from heli.feeds.models import Change, Delivery, Feed, Subscription
from heli.feeds.policy import caller_of
from heli.feeds.sayings import span
from heli.organisation import selectors as organisation
from heli.web.tables import Column, Filter, Table

CHANGE_TAGS = {
    Change.Kind.INSERT: "brand",
    Change.Kind.UPDATE: "brand",
    Change.Kind.DELETE: "done",
    Change.Kind.SCHEMA: "at_risk",
}


def wanting(request: HttpRequest) -> int | None:
    """What waits for the reader, for the top bar."""
    return selectors.wanting(caller_of(request)) or None


def _late(rows: QuerySet[Feed], value: str) -> QuerySet[Feed]:
    return rows.filter(late_since__isnull=value != "late")


class FeedTable(Table):
    """Every open feed."""

    columns = [
        Column(
            "title",
            _("Resource"),
            sort="resource__title_zh",
            value=lambda row: resource_title(row.resource),
            main=True,
        ),
        Column(
            "department",
            _("Source department"),
            sort="resource__department__position",
            kind="department",
            value=lambda row: organisation.department(row.resource.department_id),
        ),
        Column("freshness", _("Freshness"), kind="state", value=selectors.freshness),
        Column("changed_at", _("Last change"), kind="when"),
        Column("head", _("Changes"), sort="head", kind="number", wide=True),
        Column("subscribers", _("Subscribers"), sort="subscribers", kind="number"),
    ]
    filters = [
        Filter(
            "freshness",
            _("Freshness"),
            [("late", _("Late")), ("fresh", _("Up to date"))],
            _late,
        )
    ]
    search = ["resource__title_zh", "resource__title_en", "resource__name"]
    default_sort = "resource__department__position"
    caption = _("Feeds")
    empty_title = _("No feed is open")
    empty_text = _("A source department opens the feed of a resource on the page of the resource.")

    def row_url(self, row: Feed) -> str:
        """The feed's page."""
        return reverse("feeds:feed", args=[row.resource.department_id, row.resource.name])

    def row_key(self, row: Feed) -> str:
        """The feed's number."""
        return str(row.pk)

    def decorate(self, rows: list[Feed]) -> list[Feed]:
        """Add when each feed changed last."""
        found = selectors.last_changes(rows)
        for row in rows:
            row.changed_at = found.get(row.pk)  # type: ignore[attr-defined]
        return rows


class SubscriptionTable(Table):
    """Who is told of what."""

    columns = [
        Column("title", _("Resource"), sort="feed__resource__title_zh", main=True),
        Column("source", _("Source department"), kind="department", wide=True),
        Column("consumer", _("Subscriber"), sort="consumer", kind="department"),
        Column("purpose_text", _("Purpose"), wide=True),
        Column("transport", _("Way"), template="feeds/_cell_way.html"),
        Column("waiting", _("Still to be looked at"), kind="number"),
        Column("state", _("State"), sort="state", template="feeds/_cell_state.html"),
    ]
    filters = [
        Filter(
            "state",
            _("State"),
            Subscription.State.choices,
            lambda rows, value: rows.filter(state=value),
        ),
        Filter(
            "transport",
            _("Way"),
            Subscription.Transport.choices,
            lambda rows, value: rows.filter(transport=value),
        ),
    ]
    search = ["feed__resource__title_zh", "feed__resource__title_en", "purpose"]
    default_sort = "feed__resource__title_zh"
    caption = _("Subscriptions")
    empty_title = _("No subscription")
    empty_text = _("Subscribe to the feed of a resource for which your department holds a grant.")

    def row_url(self, row: Any) -> str:
        """The subscription's page."""
        return reverse("feeds:subscription", args=[row.key])

    def row_key(self, row: Any) -> str:
        """The subscription's id."""
        return str(row.key)

    def decorate(self, rows: list[Subscription]) -> list[Any]:
        """Put the subscriptions into words."""
        return selectors.subscription_rows(rows)


class DeliveryTable(Table):
    """What was sent, or could not be."""

    columns = [
        Column("created_at", _("Since"), sort="created_at", kind="datetime"),
        Column("title", _("Resource"), main=True),
        Column("consumer", _("Subscriber"), kind="department"),
        Column("count", _("Changes"), kind="number"),
        Column("attempts", _("Attempts"), sort="attempts", kind="number"),
        Column("state", _("State"), sort="state", template="feeds/_cell_delivery.html"),
        Column("receipt_url", _("Receipt"), template="exchange/_cell_receipt.html"),
    ]
    filters = [
        Filter(
            "state",
            _("State"),
            Delivery.State.choices,
            lambda rows, value: rows.filter(state=value),
        )
    ]
    search = [
        "subscription__feed__resource__title_zh",
        "subscription__feed__resource__title_en",
        "error",
    ]
    default_sort = "-created_at"
    caption = _("Deliveries")
    empty_title = _("Nothing was sent")
    empty_text = _("Batches for webhooks and the message broker stand here.")

    def row_url(self, row: Any) -> str:
        """The delivery's page."""
        return reverse("feeds:delivery", args=[row.key])

    def row_key(self, row: Any) -> str:
        """The delivery's id."""
        return str(row.key)

    def decorate(self, rows: list[Delivery]) -> list[Any]:
        """Put the deliveries into words."""
        return selectors.delivery_rows(rows)


class DeadTable(DeliveryTable):
    """What waits for a person."""

    filters = []
    caption = _("Dead letters")
    empty_title = _("Everything was delivered")
    empty_text = _("A batch that could not be delivered after all its attempts waits here.")


class ChangeTable(Table):
    """What a feed told; never which record."""

    columns = [
        Column("position", _("Position"), sort="position", kind="number"),
        Column("at", _("When"), kind="datetime", main=True),
        Column(
            "kind",
            pgettext_lazy("change", "What"),
            kind="state",
            value=lambda row: (CHANGE_TAGS[Change.Kind(row.kind)], row.get_kind_display()),
        ),
        Column("version", _("Contract version"), kind="code", wide=True),
    ]
    filters = [
        Filter(
            "kind",
            pgettext_lazy("change", "What"),
            Change.Kind.choices,
            lambda rows, value: rows.filter(kind=value),
        )
    ]
    default_sort = "-position"
    page_size = 10
    caption = _("Changes")
    empty_title = _("Nothing has changed yet")
    empty_text = _("As soon as the source tells of a change, it stands here.")

    def row_key(self, row: Change) -> str:
        """The change's id."""
        return str(row.pk)


def spans(feed: Feed) -> dict[str, str]:
    """A feed's lengths of time in words."""
    return {
        "allowed": span(feed.allowed_age),
        "every": span(feed.compare_every) if feed.compare_every else "",
    }
