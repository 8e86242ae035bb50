"""The inbox: what somebody should know."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from heli.cases import services
from heli.cases.errors import RecordNotFoundError
from heli.cases.selectors import inbox
from heli.cases.selectors.inbox import notices_of
from heli.cases.views.officials.common import done, person_of
from heli.cases.views.officials.tables import matter_url
from heli.kernel.permissions import STAFF, audience

PAGES = {
    "cases.task": "cases:task",
    "cases.request": "cases:request",
    "cases.handover": "cases:handover",
}


@audience()
def inbox_page(request: HttpRequest) -> HttpResponse:
    """What do I have to know?"""
    by = person_of(request)
    unread_only = request.GET.get("show") == "unread"
    rows = inbox(by, unread_only)
    own = reverse("cases:inbox")
    context: dict[str, Any] = {
        "base": "web/base.html" if by.roles & STAFF else "web/base_applicant.html",
        "nav": "inbox",
        "heading": _("What do I have to know?"),
        "notices": rows,
        "unread": sum(not row.read for row in rows),
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
        return HttpResponseRedirect(reverse(PAGES[kind], args=[key]))
    target = matter_url(row.matter.code) if row.matter else ""
    return HttpResponseRedirect(target or reverse("cases:inbox"))
