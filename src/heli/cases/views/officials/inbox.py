"""The inbox: what somebody should know."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from heli.cases import services
from heli.cases.errors import RecordNotFoundError
from heli.cases.models import Notice
from heli.cases.selectors.inbox import notice_view, notices_of
from heli.cases.views.officials.common import done, person_of
from heli.cases.views.officials.tables import matter_url, search_matters
from heli.kernel.permissions import STAFF, audience
from heli.web.tables import Filter, Table
from heli.web.tables.table import COUNT_CAP

PAGES = {
    "openness.correction": "openness:correction",
    "alerts.alert": "alerts:alert",
    "exchange.application": "exchange:application",
    "exchange.appeal": "exchange:appeal",
    "exchange.override": "exchange:override",
    "feeds.feed": "feeds:feed",
    "feeds.delivery": "feeds:delivery",
    "cases.task": "cases:task",
    "cases.request": "cases:request",
    "cases.handover": "cases:handover",
}


class Inbox(Table):
    """Notices, the newest first; drawn as a list, for each can be marked as read."""

    search = ("matter__code", "matter__title")
    filters = (
        Filter(
            "level",
            gettext_lazy("Urgency"),
            [(level, level.label) for level in Notice.Level],
            lambda rows, value: rows.filter(level=value),
        ),
    )
    default_sort = "-created_at"

    def search_rows(self, rows: Any, text: str) -> Any:
        """By the code of the matter, leniently, or by its title."""
        return search_matters(rows, text, "matter__")

    def decorate(self, rows: list[Any]) -> list[Any]:
        """Each in words."""
        return [notice_view(row) for row in rows]

    def newer_url(self) -> str:
        """The page before; empty on the first."""
        return self.url(page=str(self.number - 1)) if self.page.has_previous() else ""

    def older_url(self) -> str:
        """The page after; empty on the last."""
        return self.url(page=str(self.number + 1)) if self.page.has_next() else ""


@audience()
def inbox_page(request: HttpRequest) -> HttpResponse:
    """What do I have to know?"""
    by = person_of(request)
    unread_only = request.GET.get("show") == "unread"
    mine = notices_of(by)
    unread = mine.filter(read_at=None)
    table = Inbox(request, (unread if unread_only else mine).select_related("matter"))
    own = reverse("cases:inbox")
    context: dict[str, Any] = {
        "base": "web/base.html" if by.roles & STAFF else "web/base_applicant.html",
        "nav": "inbox",
        "heading": _("What do I have to know?"),
        "table": table,
        "unread": unread[: COUNT_CAP + 1].count(),
        "unread_only": unread_only,
        "tabs": [
            {"label": _("All"), "url": own, "current": not unread_only},
            {"label": _("Unread"), "url": f"{own}?show=unread", "current": unread_only},
        ],
    }
    return render(request, "cases/officer/inbox.html", context)


@audience()
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Note one notice, or all of them, as read."""
    by = person_of(request)
    count = services.mark_read(by, request.POST.getlist("notice") or None)
    return done(request, _("Marked as read: {n}").format(n=count), reverse("cases:inbox"))


@audience()
@require_POST
def open_notice(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """Go to what a notice is about; with that it is read."""
    by = person_of(request)
    row = notices_of(by).select_related("matter").filter(pk=notice_id).first()
    if row is None:
        raise RecordNotFoundError(what=_("notice"))
    services.mark_read(by, [row.pk])
    kind, _colon, key = row.link.partition(":")
    if by.roles & STAFF and kind in PAGES:
        return HttpResponseRedirect(reverse(PAGES[kind], args=key.split("/")))
    target = matter_url(row.matter.code) if row.matter else ""
    return HttpResponseRedirect(target or reverse("cases:inbox"))
