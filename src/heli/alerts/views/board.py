"""The board of live alerts, alerts, and their history."""

import uuid
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from heli.alerts import live, policy, selectors, services
from heli.alerts.forms import AlertForm, NoteForm, ReasonForm
from heli.alerts.lists import AlertTable
from heli.alerts.models import Alert
from heli.errors import HeliError
from heli.kernel import clock
from heli.kernel.localise import explain
from heli.kernel.permissions import STAFF, Role, audience, require, roles_of
from heli.organisation.presence import while_present
from heli.organisation.selectors import Person
from heli.web.shapes import Answer

ASKERS = (Role.OFFICER, Role.AMBASSADOR, Role.HEAD)


def person_of(request: HttpRequest) -> Person:
    """Who is signed in."""
    assert isinstance(request.user, Person)
    return request.user


def tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The pages of the room that the reader may open."""
    known = [
        ("board", pgettext("alert", "Now")),
        ("history", _("All alerts")),
        ("duty", _("On duty")),
        ("kinds", _("Kinds of alert")),
    ]
    if roles_of(request.user) & set(ASKERS):
        known.append(("ask", _("Ask the lists")))
    return [
        {"label": label, "url": reverse(f"alerts:{name}"), "current": name == current}
        for name, label in known
    ]


def board_of(person: Person) -> dict[str, Any]:
    """What the board shows one person."""
    mine = selectors.notice_views(list(selectors.open_notices(person.department_id or "-")))
    rows = selectors.alerts().filter(state=Alert.State.LIVE)
    return {
        "mine": mine,
        "may_answer": policy.may_acknowledge(person, person.department_id or "-"),
        "alerts": [selectors.alert_view(row) for row in rows],
        "duty": selectors.on_duty(person.department_id) if person.department_id else None,
        "now": clock.now(),
    }


@require_GET
@audience(*STAFF)
def board(request: HttpRequest) -> HttpResponse:
    """What must my department know now?"""
    person = person_of(request)
    seen = live.pulse()
    context = board_of(person) | {
        "nav": "alerts",
        "tabs": tabs(request, "board"),
        "may_issue": bool(_issuable(person)),
        "stream_url": f"{reverse('alerts:stream')}?after={seen}",
    }
    return render(request, "alerts/board.html", context)


@require_GET
@audience(*STAFF)
def part(request: HttpRequest) -> HttpResponse:
    """The board alone, for browsers that cannot keep a stream."""
    return render(request, "alerts/_board.html", board_of(person_of(request)))


@require_GET
@audience(*STAFF)
async def stream(request: HttpRequest) -> StreamingHttpResponse:
    """The board as server-sent events, drawn anew when something changed."""
    live.watch().require_room()
    text = request.headers.get("Last-Event-ID") or request.GET.get("last_event_id")
    text = text or request.GET.get("after", "")
    seen = int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else -1
    language, person = translation.get_language(), await request.auser()

    def draw() -> str:
        with translation.override(language):
            assert isinstance(person, Person)
            return render_to_string("alerts/_board.html", board_of(person))

    await sync_to_async(connections.close_all)()
    events = while_present(request, live.follow(draw, seen))
    response = StreamingHttpResponse(events, content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _issuable(person: Person) -> list[Any]:
    return [kind for kind in selectors.kinds() if policy.may_issue(person, kind)]


@audience(*STAFF)
def history(request: HttpRequest) -> HttpResponse:
    """Which alerts were there?"""
    return AlertTable(request, selectors.alerts()).response(
        "alerts/list.html",
        {
            "nav": "alerts",
            "heading": _("Which alerts were issued, and who answered?"),
            "tabs": tabs(request, "history"),
        },
    )


@audience(*STAFF)
def alert(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What is the matter, and who knows of it?"""
    person, row = person_of(request), selectors.alert_by_id(key)
    rows = row.notices.select_related("alert__kind", "officer", "acknowledged_by")
    notices = selectors.notice_views(list(rows.order_by("phase", "department__position")))
    own = [each for each in notices if each.open and each.department.code == person.department_id]
    context = {
        "nav": "alerts",
        "row": row,
        "view": selectors.alert_view(row),
        "notices": [each for each in notices if not each.recall],
        "recalls": [each for each in notices if each.recall],
        "own": own[0] if own else None,
        "may_answer": policy.may_acknowledge(person, person.department_id or "-"),
        "may_recall": row.state == Alert.State.LIVE and policy.may_recall(person, row),
        "may_read": bool(row.sealed) and policy.may_read_details(person, row),
        "note": NoteForm(),
        "form": ReasonForm(),
        "details": "",
    }
    if request.method == "POST" and context["may_read"]:
        context["details"] = services.open_details(row, person=person)
    return render(request, "alerts/alert.html", context)


@audience(*STAFF)
@require_POST
def acknowledge(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Answer for one's department."""
    person, row = person_of(request), selectors.alert_by_id(key)
    department = person.department_id or ""
    require(policy.may_acknowledge(person, department))
    form = NoteForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    services.acknowledge(row, department=department, person=person, note=note)
    messages.success(request, _("Acknowledged."))
    return HttpResponseRedirect(reverse("alerts:alert", args=[key]))


@audience(*STAFF)
@require_POST
def recall(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """End an alert."""
    person, row = person_of(request), selectors.alert_by_id(key)
    require(policy.may_recall(person, row))
    form = ReasonForm(request.POST)
    if form.is_valid():
        services.recall(row, actor=person.actor, reason=form.cleaned_data["reason"])
    else:
        messages.error(request, _("Say why."))
    return HttpResponseRedirect(reverse("alerts:alert", args=[key]))


@audience(*STAFF)
def issue(request: HttpRequest) -> HttpResponse:
    """Fill in an alert, check it, and issue it."""
    person = person_of(request)
    kinds = _issuable(person)
    if not kinds:
        found = selectors.kinds().first()
        if found is not None:
            require(policy.may_issue(person, found))
    form = AlertForm(kinds, request.POST or None)
    context = {
        "nav": "alerts",
        "form": form,
        "kinds": kinds,
        "departments": len(selectors.duties()),
    }
    if request.method == "POST" and form.is_valid() and "edit" not in request.POST:
        if "confirm" not in request.POST:
            rows = Answer.of_form(form)
            return render(request, "alerts/issue_check.html", context | {"rows": rows})
        values = form.cleaned_data
        kind = form.known[values["kind"]]
        require(policy.may_issue(person, kind))
        try:
            made = services.issue(
                kind,
                headline=values["headline"],
                details=values["details"],
                subjects=form.chosen,
                hours=values["hours"] or 0,
                actor=person.actor,
            )
        except HeliError as error:
            told = explain(error)
            form.add_error(told.field if told.field in form.fields else None, told.fault)
        else:
            return HttpResponseRedirect(reverse("alerts:alert", args=[made.pk]))
    status = 422 if form.errors else 200
    return render(request, "alerts/issue.html", context, status=status)
