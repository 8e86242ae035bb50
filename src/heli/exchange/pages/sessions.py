"""Pages: open sessions of systems at the gateway."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from heli.exchange import policy, selectors, services
from heli.exchange.lists import department_choices
from heli.exchange.models import GatewaySession
from heli.exchange.rest.shapes import person_of
from heli.kernel.permissions import audience, require
from heli.organisation import selectors as organisation
from heli.organisation.selectors import Person
from heli.web.tables import Column, Filter, Table


class SessionTable(Table):
    """Open sessions."""

    columns = [
        Column("system", gettext_lazy("System"), main=True),
        Column(
            "department",
            gettext_lazy("Department"),
            kind="department",
            value=lambda row: organisation.department(row.department),
        ),
        Column("key_id", gettext_lazy("Key"), kind="code"),
        Column("opened_at", pgettext_lazy("session", "Opened"), sort="opened_at", kind="datetime"),
        Column("expires_at", pgettext_lazy("session", "Ends"), sort="expires_at", kind="datetime"),
        Column("calls", gettext_lazy("Calls"), sort="calls", kind="number"),
        Column("end", gettext_lazy("Action"), template="exchange/_cell_end_session.html"),
    ]
    filters = [
        Filter(
            "department",
            gettext_lazy("Department"),
            department_choices,
            lambda rows, value: rows & selectors.open_sessions(value),
        )
    ]
    search = ["key_id"]
    default_sort = "-opened_at"
    caption = gettext_lazy("Open sessions")
    empty_title = gettext_lazy("No session is open")
    empty_text = gettext_lazy(
        "A system that calls often opens one with a signed request; it ends within the hour."
    )

    def row_key(self, row: Any) -> str:
        """The session's digest."""
        return str(row.id)

    def decorate(self, rows: list[GatewaySession]) -> list[Any]:
        """Put the systems to the sessions."""
        return selectors.session_rows(rows)


class OwnSessionTable(SessionTable):
    """Open sessions of the reader's own department."""

    filters = []
    empty_title = gettext_lazy("No session of your department is open")


def _reach(person: Person) -> str:
    """Of which department a person sees the sessions; empty for all."""
    everywhere = policy.may_end_sessions(person, "")
    department = "" if everywhere else person.department_id or ""
    require(policy.may_end_sessions(person, department))
    return department


@audience(*policy.SESSION_KEEPERS)
@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """Which systems hold a session at the gateway?"""
    department = _reach(person_of(request))
    rows = selectors.open_sessions(department)
    table = OwnSessionTable if department else SessionTable
    return table(request, rows).response(
        "exchange/sessions.html",
        {
            "nav": "exchange",
            "heading": _("Which systems hold a session now?"),
            "any": rows.exists(),
            "chosen": {"department": department or request.GET.get("department", "")},
        },
    )


@audience(*policy.SESSION_KEEPERS)
@require_POST
def session_end(request: HttpRequest, session_id: str) -> HttpResponse:
    """End one session."""
    person, row = person_of(request), selectors.open_session(session_id)
    require(policy.may_end_sessions(person, row.department))
    services.end_session(row.id, actor=person.actor)
    messages.success(request, _("The session of {name} is ended.").format(name=row.system))
    return HttpResponseRedirect(reverse("exchange:sessions"))


@audience(*policy.SESSION_KEEPERS)
@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """End every session of a department, or all where the person keeps all of them."""
    person = person_of(request)
    department = request.POST.get("department") or _reach(person)
    require(policy.may_end_sessions(person, department))
    open_ = list(selectors.open_sessions(department).values_list("pk", flat=True))
    n = services.end_sessions(open_, actor=person.actor)
    told = ngettext("{n} session is ended.", "{n} sessions are ended.", n).format(n=n)
    messages.success(request, told)
    return HttpResponseRedirect(reverse("exchange:sessions"))
