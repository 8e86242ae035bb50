"""What the pages of applications show."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.engines.contracts import Binding
from heli.exchange import policy, selectors, services, statutory
from heli.exchange.models import Appeal, Application
from heli.exchange.questions import matter_kinds
from heli.exchange.terms import TERMS
from heli.exchange.words import spoken
from heli.kernel.permissions import Role, roles_of
from heli.organisation import selectors as organisation


@dataclass(frozen=True, slots=True)
class Tab:
    """One of several views of the queue."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class AppealRow:
    """An appeal as a page shows it."""

    tier: str
    argument: str
    filed_at: dt.datetime
    clock: Any
    state: tuple[str, str]
    reason: str
    decided_at: dt.datetime | None
    url: str


def tabs(
    request: HttpRequest, rows: QuerySet[Application]
) -> tuple[QuerySet[Application], list[Tab]]:
    """The chosen view of the queue, and all views."""
    own = getattr(request.user, "department_id", "") or "-"
    appealed = Q(appeals__isnull=False, appeals__upheld=None)
    views = {
        "decide": (_("To be decided by us"),
                   selectors.awaiting(own, late=bool(policy.is_authority(request.user)))),
        "ours": (_("Of our department"), Q(consumer=own)),
        "appeals": (_("Open appeals"), appealed),
        "all": (_("All"), Q()),
    }  # fmt: skip
    if Role.LEADER in roles_of(request.user):
        del views["decide"], views["ours"]
    asked = request.GET.get("view", "")
    asked = asked if asked in views else next(iter(views))
    here = reverse("exchange:applications")
    shown = [Tab(label, f"{here}?view={key}", key == asked) for key, (label, _q) in views.items()]
    return rows.filter(views[asked][1]).distinct(), shown


def about_application(request: HttpRequest, row: Application) -> dict[str, Any]:
    """An application in words, its clocks, and what the reader may do with it."""
    user = request.user
    clocks = {kind: selectors.clock_of(statutory.APPLICATION, row.pk, kind)
              for kind in (statutory.REVIEW, statutory.DECISION)}  # fmt: skip
    state = Application.State
    mine = bool(policy.may_apply(user, row.consumer_id))
    reviews = bool(policy.may_review_application(user, row))
    decides = bool(policy.may_decide(user, row))
    return {
        "row": row,
        "title": selectors.resource_title(row.resource),
        "purpose": spoken(row.purpose_zh, row.purpose_en),
        "consumer": organisation.department(row.consumer_id),
        "source": organisation.department(row.resource.department_id),
        "basis": selectors.provision_words(row.basis),
        "basis_says": spoken(row.basis.says_zh, row.basis.says_en),
        "ground": selectors.provision_words(row.ground) if row.ground else "",
        "state": selectors.application_state(row),
        "for_duty": row.policy.get("binding") == Binding.PUBLIC_TASK.value,
        "duties": selectors.duties_in_force(row.consumer_id),
        "own_duties": getattr(user, "department_id", "") == row.consumer_id,
        "kind": kind_words(row.matter_type),
        "asked": selectors.asked_words(row),
        "given": selectors.granted_words(row),
        "review_clock": clocks[statutory.REVIEW],
        "decision_clock": clocks[statutory.DECISION],
        "review_source": TERMS.term("review").source,
        "decision_source": TERMS.term("decision").source,
        "appeals": [_appeal(user, each) for each in row.appeals.all()],
        "may_review": reviews and row.state == state.SUBMITTED,
        "may_return": reviews and row.state in {state.SUBMITTED, state.REVIEWED},
        "may_decide": decides and row.is_decidable,
        "may_correct": mine and row.state == state.RETURNED,
        "may_withdraw": mine and row.is_open,
        "may_appeal": mine and services.next_tier(row) is not None,
        "next_tier": _tier(services.next_tier(row)),
    }


def kind_words(kind: str) -> str:
    """A kind of matter in the reader's language; as it was written where it is not known."""
    return spoken(kind, dict(matter_kinds()).get(kind, ""))


def _tier(tier: Appeal.Tier | None) -> str:
    return str(tier.label) if tier is not None else ""


def _appeal(user: object, row: Appeal) -> AppealRow:
    late = row.overdue_at is not None
    if row.upheld is None:
        state = ("late", _("overdue, not decided")) if late else ("on_time", _("open"))
    else:
        said = _("upheld") if row.upheld else _("dismissed")
        state = ("done", _("{state}, decided late").format(state=said) if late else said)
    decides = row.upheld is None and policy.may_decide_appeal(user, row)
    return AppealRow(
        tier=_tier(Appeal.Tier(row.tier)),
        argument=row.argument,
        filed_at=row.filed_at,
        clock=selectors.clock_of(statutory.APPEAL, row.pk),
        state=state,
        reason=row.reason,
        decided_at=row.decided_at,
        url=reverse("exchange:appeal", args=[row.pk]) if decides else "",
    )
