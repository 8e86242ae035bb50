"""Requests for help: what my department owes others, and what others owe it."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.cases import policy, services
from heli.cases.errors import RecordNotFoundError
from heli.cases.models import CollaborationRequest
from heli.cases.selectors import requests_queue
from heli.cases.selectors.clocks import with_clocks
from heli.cases.views.officials.common import (
    OFFICIALS,
    changed,
    done,
    person_of,
    put,
    show,
    wants_pane,
)
from heli.cases.views.officials.forms import AnswerForm, GroundForm
from heli.cases.views.officials.tables import ClosedRequestTable, RequestTable
from heli.errors import BadInputError, HeliError, NotFoundError
from heli.kernel.localise import explain
from heli.kernel.permissions import STAFF, audience
from heli.organisation.selectors import Person, departments

TEMPLATE = "cases/officer/request.html"


def sides(current: str) -> list[dict[str, Any]]:
    """Owed, asked and closed, as tabs."""
    found = [
        ("owed", _("We owe an answer"), reverse("cases:requests")),
        ("asked", _("We wait for an answer"), reverse("cases:requests_asked")),
        ("closed", _("Closed"), reverse("cases:requests_closed")),
    ]
    return [{"label": label, "url": url, "current": key == current} for key, label, url in found]


@audience(*OFFICIALS)
def owed(request: HttpRequest) -> HttpResponse:
    """Whom do we owe an answer?"""
    by = person_of(request)
    table = RequestTable(request, requests_queue(by, "owed"), by.department_id or "")
    table.empty_title = _("You owe nobody an answer")
    return _list(table, "owed", _("Whom do we owe an answer?"))


@audience(*OFFICIALS)
def asked(request: HttpRequest) -> HttpResponse:
    """Who owes us an answer?"""
    by = person_of(request)
    table = RequestTable(request, requests_queue(by, "asked"), by.department_id or "")
    table.empty_title = _("Nobody owes you an answer")
    return _list(table, "asked", _("Who owes us an answer?"))


@audience(*OFFICIALS)
def closed(request: HttpRequest) -> HttpResponse:
    """What came of the requests?"""
    by = person_of(request)
    table = ClosedRequestTable(request, _closed(by), by.department_id or "")
    table.empty_title = _("No request has been closed yet")
    return _list(table, "closed", _("What came of the requests?"))


def _closed(by: Person) -> QuerySet[CollaborationRequest]:
    rows = CollaborationRequest.objects.filter(closed_at__isnull=False)
    own = Q(asked=by.department_id) | Q(asker=by.department_id)
    return rows.filter(own).select_related("matter", "asker", "asked", "task")


def _list(table: RequestTable, side: str, heading: str) -> HttpResponse:
    context = {"nav": "requests", "heading": heading, "tabs": sides(side)}
    return table.response("cases/officer/requests.html", context)


@audience(*STAFF)
def request_page(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """What is asked, until when, and what was answered."""
    by = person_of(request)
    row = visible(request_id, by)
    if request.method == "POST":
        return _post(request, row, by)
    return show(request, TEMPLATE, _context(row, by))


def visible(request_id: UUID, by: Person) -> CollaborationRequest:
    """A request the reader may know of.

    Raises:
        RecordNotFoundError: There is none, or it is none of the reader's business.
    """
    rows = CollaborationRequest.objects.select_related("matter", "task")
    row = rows.filter(pk=request_id).first()
    if row is None or not policy.may_see_matter(by, row.matter):
        raise RecordNotFoundError(what=_("request for collaboration"))
    return row


def _post(request: HttpRequest, row: CollaborationRequest, by: Person) -> HttpResponse:
    answer, ground = AnswerForm(request.POST), GroundForm(request.POST)
    do = request.POST.get("do", "")
    form = ground if do == "refuse" else answer
    answer.is_valid()
    ground.is_valid()
    try:
        said = _run(do, row, by, {**answer.cleaned_data, **ground.cleaned_data})
    except NotFoundError:
        raise
    except HeliError as error:
        return _refused(request, row, by, do, form, error)
    if not wants_pane(request):
        return done(request, said, reverse("cases:request", args=[row.pk]))
    context = _context(visible(row.pk, by), by) | {"said": said}
    return changed(show(request, TEMPLATE, context))


def _run(do: str, row: CollaborationRequest, by: Person, typed: dict[str, str]) -> str:
    if do == "answer":
        services.answer_request(row.pk, by=by, answer=typed.get("answer", ""))
        return _("Answered: the department that asked has been told.")
    if do == "refuse":
        services.refuse_request(row.pk, by=by, ground=typed.get("ground", ""))
        return _("Refused: the refusal and its ground are on record.")
    if do == "withdraw":
        services.withdraw_request(row.pk, by=by)
        return _("Taken back: nobody owes you an answer any more.")
    raise BadInputError(field="do", reason=_("there is no such act"))


def _refused(  # noqa: PLR0917 - what a try was made of
    request: HttpRequest,
    row: CollaborationRequest,
    by: Person,
    do: str,
    form: AnswerForm | GroundForm,
    error: HeliError,
) -> HttpResponse:
    named = error.field in form.fields
    if named:
        put(form, error, {})
    other = {
        "answer": AnswerForm(initial=request.POST.dict()),
        "refuse": GroundForm(initial=request.POST.dict()),
    }
    context = _context(visible(row.pk, by), by, {**other, do: form})
    context["refusal"] = None if named else explain(error)
    return show(request, TEMPLATE, context, error.status)


def _context(
    row: CollaborationRequest, by: Person, forms: dict[str, Any] | None = None
) -> dict[str, Any]:
    (row,) = with_clocks([row])
    cards = departments()
    open_ = row.closed_at is None
    forms = forms or {"answer": AnswerForm(), "refuse": GroundForm()}
    return {
        "nav": "requests",
        "heading": _("What is asked of whom?"),
        "row": row,
        "asker": cards[row.asker_id],
        "asked": cards[row.asked_id],
        "may_answer": open_ and policy.may_answer_request(by, row),
        "may_withdraw": open_ and policy.may_withdraw_request(by, row),
        "answer_form": forms.get("answer"),
        "ground_form": forms.get("refuse"),
        "refusing": bool(getattr(forms.get("refuse"), "errors", None)),
    }
