"""Pages: statutory duties and second persons."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from heli.errors import HeliError
from heli.exchange import policy, selectors, services
from heli.exchange.forms import last_day, short_name
from heli.exchange.lists import department_choices
from heli.exchange.models import Confirmation, PublicDuty
from heli.exchange.selectors import resource_title
from heli.exchange.words import spoken
from heli.kernel import clock
from heli.kernel.localise import explain
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.organisation import selectors as organisation
from heli.organisation.selectors import Person
from heli.web.laws import cited
from heli.web.tables import Column, Filter, Table

OFFICERS = (Role.OFFICER, Role.HEAD, Role.STEWARD)


class DutyForm(forms.Form):
    """A statutory duty of a department."""

    department = forms.ChoiceField(label=gettext_lazy("Department that has the duty"))
    title_zh = forms.CharField(label=gettext_lazy("The duty in words"), max_length=200)
    title_en = forms.CharField(
        label=gettext_lazy("The duty in English"), max_length=300, required=False
    )
    code = short_name(
        gettext_lazy("Short name of the duty"),
        gettext_lazy("Letters, digits and hyphens; calling systems send it"),
    )
    legal_ground = forms.CharField(
        label=gettext_lazy("Legal ground"),
        max_length=300,
        help_text=gettext_lazy("Law or regulation and article"),
    )
    ends_on = last_day(required=False, help_text=gettext_lazy("Leave empty for a duty without end"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["department"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose a department")), *department_choices()]

    @property
    def valid_until(self) -> dt.datetime | None:
        """The end of the last day in Asia/Shanghai."""
        day: dt.date | None = self.cleaned_data["ends_on"]
        if day is None:
            return None
        return dt.datetime.combine(day, dt.time(23, 59, 59), clock.SHANGHAI)


class WithdrawForm(forms.Form):
    """Why a duty is struck off."""

    reason = forms.CharField(label=gettext_lazy("Reason for striking off"), max_length=300)


class AskForm(forms.Form):
    """What a colleague is to stand by."""

    resource = forms.ChoiceField(label=gettext_lazy("Resource"))
    serves = forms.CharField(
        label=gettext_lazy("What the calls serve"),
        max_length=60,
        help_text=gettext_lazy(
            "The code of the matter, or project:CODE or public_task:CODE for other grants"
        ),
    )
    hours = forms.IntegerField(
        label=gettext_lazy("For how many hours"), min_value=1, max_value=72, initial=8
    )
    reason = forms.CharField(label=gettext_lazy("Why the data is needed"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["resource"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose a resource"))] + [
            (row.address, f"{resource_title(row)} · {row.address}")
            for row in selectors.catalogue().order_by("department_id", "name")
        ]


def duty_state(row: PublicDuty) -> tuple[str, Any]:
    """Whether a duty is in force, as a tag."""
    if row.withdrawn_at is not None:
        return "done", pgettext_lazy("duty", "Struck off")
    if row.valid_until is not None and row.valid_until <= clock.now():
        return "done", pgettext_lazy("duty", "Ended")
    return "brand", pgettext_lazy("duty", "In force")


def confirmation_state(row: Confirmation) -> tuple[str, Any]:
    """Where a question to a colleague stands, as a tag."""
    if row.confirmed:
        over = row.until <= clock.now()
        label = pgettext_lazy("confirmation", "Confirmed, over")
        return ("done", label) if over else ("brand", pgettext_lazy("confirmation", "Confirmed"))
    if row.confirmed is False:
        return "late", pgettext_lazy("confirmation", "Refused")
    if row.until <= clock.now():
        return "done", pgettext_lazy("confirmation", "Not answered in time")
    return "at_risk", pgettext_lazy("confirmation", "Waits for a colleague")


class DutyTable(Table):
    """Registered statutory duties."""

    columns = [
        Column(
            "title",
            gettext_lazy("Duty"),
            sort="title_zh",
            main=True,
            value=lambda row: spoken(row.title_zh, row.title_en),
        ),
        Column(
            "department",
            gettext_lazy("Department"),
            kind="department",
            sort="department_id",
            value=lambda row: organisation.department(row.department_id),
        ),
        Column("code", gettext_lazy("Short name"), kind="code"),
        Column(
            "legal_ground",
            gettext_lazy("Legal ground"),
            value=lambda row: cited(row.legal_ground),
            wide=True,
        ),
        Column("valid_until", gettext_lazy("Until"), kind="date", sort="valid_until"),
        Column("state", gettext_lazy("State"), kind="state", value=duty_state),
    ]
    filters = [
        Filter(
            "department",
            gettext_lazy("Department"),
            department_choices,
            lambda rows, value: rows.filter(department=value),
        )
    ]
    search = ["title_zh", "title_en", "code", "legal_ground"]
    default_sort = "title_zh"
    caption = gettext_lazy("Statutory duties")
    empty_title = gettext_lazy("No duty is registered")
    empty_text = gettext_lazy("Grants bound to a public task open nothing until one is.")

    def row_url(self, row: PublicDuty) -> str:
        """The duty's page."""
        return reverse("exchange:duty", args=[row.pk])


class ConfirmationTable(Table):
    """What colleagues asked each other to stand by."""

    columns = [
        Column(
            "resource",
            gettext_lazy("Resource"),
            main=True,
            value=lambda row: resource_title(row.resource),
        ),
        Column("served", gettext_lazy("What the calls serve")),
        Column(
            "asked_by",
            pgettext_lazy("confirmation", "Asked by"),
            value=lambda row: str(row.asked_by),
        ),
        Column(
            "asked_at", pgettext_lazy("confirmation", "Asked"), kind="datetime", sort="asked_at"
        ),
        Column("until", gettext_lazy("Until"), kind="datetime", sort="until"),
        Column("state", gettext_lazy("State"), kind="state", value=confirmation_state),
    ]
    filters = [
        Filter(
            "answer",
            gettext_lazy("State"),
            [
                ("open", pgettext_lazy("confirmation", "Waits for a colleague")),
                ("confirmed", pgettext_lazy("confirmation", "Confirmed")),
                ("refused", pgettext_lazy("confirmation", "Refused")),
            ],
            lambda rows, value: rows.filter(
                confirmed={"open": None, "confirmed": True, "refused": False}.get(value)
            ),
        )
    ]
    search = ["serves", "reason", "resource__title_zh", "resource__title_en"]
    default_sort = "-asked_at"
    caption = gettext_lazy("Second persons")
    empty_title = gettext_lazy("Nobody has asked")
    empty_text = gettext_lazy(
        "Where a grant demands a second person, an officer asks here and a colleague confirms."
    )

    def row_url(self, row: Confirmation) -> str:
        """The question's page."""
        return reverse("exchange:confirmation", args=[row.pk])

    def decorate(self, rows: list[Confirmation]) -> list[Any]:
        """Say what the calls serve."""
        words = selectors.served_words((row.department_id, row.serves) for row in rows)
        for row in rows:
            row.served = words[row.department_id, row.serves]  # type: ignore[attr-defined]
        return rows


@audience(*STAFF)
def duties(request: HttpRequest) -> HttpResponse:
    """Which statutory duties open data?"""
    return DutyTable(request, selectors.duties()).response(
        "exchange/duties.html",
        {
            "nav": "exchange",
            "heading": _("Which statutory duties open data?"),
            "may_register": policy.may_register_duty(request.user),
        },
    )


@audience(*STAFF)
def duty(request: HttpRequest, duty_id: uuid.UUID) -> HttpResponse:
    """One duty; the office that administers sharing strikes it off here."""
    row = selectors.duty_by_id(duty_id)
    may_register = policy.may_register_duty(request.user)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST":
        require(may_register)
        if form.is_valid():
            services.withdraw_duty(
                duty_id, actor=_person(request).actor, reason=form.cleaned_data["reason"]
            )
            return HttpResponseRedirect(reverse("exchange:duty", args=[duty_id]))
    context = {
        "nav": "exchange",
        "duty": row,
        "title": spoken(row.title_zh, row.title_en),
        "department": organisation.department(row.department_id),
        "state": duty_state(row),
        "may_withdraw": may_register and row.withdrawn_at is None,
        "form": form,
    }
    return render(request, "exchange/duty.html", context)


@audience(Role.STEWARD)
def duty_new(request: HttpRequest) -> HttpResponse:
    """Register a duty."""
    require(policy.may_register_duty(request.user))
    form = DutyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = services.register_duty(
                actor=_person(request).actor,
                department=values["department"],
                code=values["code"],
                title_zh=values["title_zh"],
                title_en=values["title_en"],
                legal_ground=values["legal_ground"],
                valid_until=form.valid_until,
            )
        except HeliError as error:
            _tell(form, error)
        else:
            return HttpResponseRedirect(reverse("exchange:duty", args=[made.pk]))
    context = {
        "form": form,
        "heading": _("Which duty does the law lay on which department?"),
        "back_url": "exchange:duties",
        "act": pgettext("act", "Register"),
    }
    return render(request, "exchange/form.html", context)


@audience(*OFFICERS)
def confirmations(request: HttpRequest) -> HttpResponse:
    """Which calls of my department does a second person stand by?"""
    rows = selectors.confirmations(_person(request).department_id or "-")
    return ConfirmationTable(request, rows).response(
        "exchange/confirmations.html",
        {
            "nav": "exchange",
            "heading": _("Which calls does a second person stand by?"),
            "may_ask": policy.may_ask_confirmation(request.user),
        },
    )


@audience(*OFFICERS)
def confirmation_new(request: HttpRequest) -> HttpResponse:
    """Ask a colleague to stand by calls."""
    require(policy.may_ask_confirmation(request.user))
    form = AskForm(request.POST or None, initial={"resource": request.GET.get("resource", "")})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = services.ask_confirmation(
                by=_person(request),
                resource=selectors.resource_by_address(values["resource"]),
                serves=values["serves"],
                hours=values["hours"],
                reason=values["reason"],
            )
        except HeliError as error:
            _tell(form, error)
        else:
            return HttpResponseRedirect(reverse("exchange:confirmation", args=[made.pk]))
    context = {
        "form": form,
        "heading": _("What shall a colleague stand by?"),
        "back_url": "exchange:confirmations",
        "act": _("Ask"),
    }
    return render(request, "exchange/form.html", context)


@audience(*OFFICERS)
def confirmation(request: HttpRequest, confirmation_id: uuid.UUID) -> HttpResponse:
    """Do you stand by these calls?"""
    row = selectors.confirmation_by_id(confirmation_id)
    person = _person(request)
    require(policy.may_see_confirmation(person, row))
    if request.method == "POST":
        confirmed = request.POST.get("answer") == "confirm"
        services.answer_confirmation(confirmation_id, by=person, confirmed=confirmed)
        return HttpResponseRedirect(reverse("exchange:confirmation", args=[confirmation_id]))
    open_still = row.answered_at is None and row.until > clock.now()
    context = {
        "nav": "exchange",
        "row": row,
        "title": resource_title(row.resource),
        "source": organisation.department(row.resource.department_id),
        "serves": _served(row),
        "state": confirmation_state(row),
        "may_answer": policy.may_answer_confirmation(person, row) if open_still else None,
    }
    return render(request, "exchange/confirmation.html", context)


def _tell(form: forms.Form, error: HeliError) -> None:
    told = explain(error)
    form.add_error(told.field if told.field in form.fields else None, told.fault)


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user


def _served(row: Confirmation) -> str:
    (words,) = selectors.served_words([(row.department_id, row.serves)]).values()
    return words
