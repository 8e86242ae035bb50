"""The page of a head: what the department owes others and is owed, and who is there to do it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from heli.cockpit import definitions, shown
from heli.cockpit.policy import may_see_desk, person_of
from heli.cockpit.selectors import work
from heli.cockpit.selectors.department import Desk, Load, desk
from heli.cockpit.selectors.periods import Period
from heli.kernel import clock
from heli.kernel.localise import bilingual
from heli.kernel.permissions import Role, audience, require
from heli.organisation.selectors import department


@require_GET
@audience(Role.HEAD)
def page(request: HttpRequest) -> HttpResponse:
    """What does my department owe, and what is it owed?"""
    head = person_of(request)
    code = head.department_id or ""
    require(may_see_desk(head, code))
    found = shown.shared_summary(Period.WEEK)
    own = desk(head, found)
    context = {
        "nav": "department",
        "department": department(code),
        "at": found.at,
        "today": clock.today(),
        "desk": own,
        "tiles": _tiles(own, code),
        "activities": [_activity(item, code) for item in own.waiting],
        "debts": [
            (
                found.names.get(debt.creditor),
                debt,
                shown.way_down("overdue", department=code, creditor=debt.creditor),
            )
            for debt in own.debts
        ],
        "loads": [
            (load, _load_parts(load), _load_url(code, load.officer.pk)) for load in own.loads
        ],
        "fullest": max((load.open for load in own.loads), default=0) or 1,
        "definitions": definitions,
        "links": {
            "tasks": reverse("cases:queue_scope", args=["department"]),
            "unclaimed": reverse("cases:queue_scope", args=["unclaimed"]),
            "owed": reverse("cases:requests"),
            "asked": reverse("cases:requests_asked"),
            "handovers": reverse("cases:handovers"),
            "absences": reverse("organisation:absences"),
        },
    }
    return render(request, "cockpit/department.html", context)


def _tiles(own: Desk, code: str) -> list[shown.Tile]:
    rate = own.row.tasks.rate if own.row else None
    done = own.row.tasks.count if own.row else 0
    owed = own.row.owed if own.row else 0
    return [
        shown.Tile(
            own.overdue, ngettext("item", "items", own.overdue), _("Overdue at us"),
            _overdue_note(own), definitions.OVERDUE,
            shown.way_down("overdue", department=code), "late" if own.overdue else "", 0,
        ),
        shown.Tile(
            own.open, _("tasks"), _("Open tasks"), _open_note(own), definitions.STUCK,
            reverse("cases:queue_scope", args=["department"]), "", 0,
        ),
        shown.Tile(
            rate, "" if rate is None else "%", _("Completed on time in 7 days"),
            _("{count} completed").format(count=f"{done:,}"), definitions.ON_TIME,
            shown.way_down("tasks", show="completed", period=Period.WEEK.value, department=code),
        ),
        shown.Tile(
            owed, ngettext("item", "items", owed), _("Overdue at others, owed to us"),
            _owed_note(own), definitions.OVERDUE,
            shown.way_down("overdue", creditor=code), "late" if owed else "", 0,
        ),
    ]  # fmt: skip


def _overdue_note(own: Desk) -> str:
    tasks = sum(debt.tasks for debt in own.debts)
    requests = sum(debt.requests for debt in own.debts)
    return _("{tasks} tasks, {requests} requests for help").format(tasks=tasks, requests=requests)


def _open_note(own: Desk) -> str:
    return _("{risk} at risk, {held} lawfully suspended, {unclaimed} given to nobody").format(
        risk=sum(item.at_risk for item in own.waiting),
        held=sum(item.suspended for item in own.waiting),
        unclaimed=own.unclaimed,
    )


def _owed_note(own: Desk) -> str:
    count = len(own.asked)
    return ngettext(
        "{count} request of ours is being answered",
        "{count} requests of ours are being answered",
        count,
    ).format(count=count)


def _activity(item: work.Waiting, code: str) -> dict[str, Any]:
    """Open tasks of one kind as a bar of clock states, with the way to them."""
    parts = [
        ("late", float(item.late), _("{count} overdue").format(count=item.late)),
        ("at_risk", float(item.at_risk), _("{count} at risk").format(count=item.at_risk)),
        ("suspended", float(item.suspended), _("{count} suspended").format(count=item.suspended)),
        ("on_time", float(item.on_time), _("{count} on time").format(count=item.on_time)),
        ("done", float(item.unclocked), _("{count} without a clock").format(count=item.unclocked)),
    ]
    return {
        "label": bilingual(item.name_zh, item.name_en),
        "parts": parts,
        "said": [words for _state, amount, words in parts if amount],
        "count": item.count,
        "url": shown.way_down("tasks", show="open", department=code, activity=item.name_zh),
    }


def _load_parts(load: Load) -> list[tuple[str, float, str]]:
    rest = load.open - load.late
    return [
        ("late", float(load.late), _("{count} overdue").format(count=load.late)),
        ("brand", float(rest), _("{count} not overdue").format(count=rest)),
    ]


def _load_url(code: str, officer: int) -> str:
    return shown.way_down("tasks", show="open", department=code, assignee=officer)
