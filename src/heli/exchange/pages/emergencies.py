"""Pages: emergency access (破窗), what it was for, and what supervision found."""

import uuid
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from heli.errors import HeliError
from heli.exchange import policy, selectors, services
from heli.exchange.models import Override
from heli.exchange.selectors import receipt_url, resource_title
from heli.exchange.words import spoken, value_words
from heli.kernel.localise import explain
from heli.kernel.permissions import Role, audience, require
from heli.organisation import selectors as organisation
from heli.organisation.selectors import Person
from heli.web.shapes import Answer
from heli.web.tables import Column, Filter, Table

OFFICERS = (Role.OFFICER, Role.HEAD, Role.STEWARD)
SEERS = (*OFFICERS, Role.SUPERVISOR, Role.AUDIT_ADMIN)


class BreakForm(forms.Form):
    """Whom or what the emergency is about, and why."""

    rule = forms.ChoiceField(label=gettext_lazy("Resource"))
    subject = forms.CharField(
        label=gettext_lazy("Identifier of the person or thing"), max_length=100
    )
    reason = forms.CharField(
        label=gettext_lazy("What is the emergency?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "The source department and supervision read it at once. Name nobody here."
        ),
    )

    def __init__(self, department: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["rule"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose a resource"))] + [
            (row.resource.address, resource_title(row.resource))
            for row in selectors.emergency_rules(department)
        ]


class JustifyForm(forms.Form):
    """What the emergency was."""

    text = forms.CharField(
        label=gettext_lazy("What was the emergency, and what was the data used for?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class ReviewForm(forms.Form):
    """What supervision found."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("Verdict"),
        choices=[
            ("justified", pgettext_lazy("override", "Justified")),
            ("abuse", pgettext_lazy("override", "Abuse")),
        ],
        widget=forms.RadioSelect,
    )
    finding = forms.CharField(label=gettext_lazy("Finding"), max_length=500)


def override_state(row: Override) -> tuple[str, Any]:
    """Where an emergency access stands, as a tag."""
    if row.verdict == Override.Verdict.ABUSE:
        return "late", pgettext_lazy("override", "Abuse")
    if row.verdict == Override.Verdict.JUSTIFIED:
        return "done", pgettext_lazy("override", "Justified")
    if row.overdue and row.justified_at is None:
        return "late", pgettext_lazy("override", "Not justified in time")
    if row.justified_at is None:
        return "at_risk", pgettext_lazy("override", "To be justified")
    return "brand", pgettext_lazy("override", "To be reviewed")


def _narrow(rows: QuerySet[Override], value: str) -> QuerySet[Override]:
    if value == "open":
        return rows.filter(justified_at=None, verdict="")
    if value == "overdue":
        return rows.filter(overdue=True, justified_at=None, verdict="")
    if value == "review":
        return rows.filter(justified_at__isnull=False, verdict="")
    return rows.filter(verdict=value)


class OverrideTable(Table):
    """Every emergency access that the reader may see."""

    columns = [
        Column("at", gettext_lazy("When"), kind="datetime", sort="at"),
        Column(
            "resource",
            gettext_lazy("Resource"),
            main=True,
            value=lambda row: resource_title(row.rule.resource),
        ),
        Column(
            "department",
            gettext_lazy("Who asked"),
            kind="department",
            value=lambda row: organisation.department(row.rule.department_id),
        ),
        Column("person", gettext_lazy("Officer"), value=lambda row: str(row.person)),
        Column("reason", gettext_lazy("Emergency"), wide=True),
        Column("due_at", gettext_lazy("Justify by"), kind="datetime", sort="due_at"),
        Column("state", gettext_lazy("State"), kind="state", value=override_state),
    ]
    filters = [
        Filter(
            "state",
            gettext_lazy("State"),
            [
                ("open", pgettext_lazy("override", "To be justified")),
                ("overdue", pgettext_lazy("override", "Not justified in time")),
                ("review", pgettext_lazy("override", "To be reviewed")),
                ("justified", pgettext_lazy("override", "Justified")),
                ("abuse", pgettext_lazy("override", "Abuse")),
            ],
            _narrow,
        )
    ]
    search = ["reason", "rule__resource__title_zh", "rule__resource__title_en"]
    default_sort = "-at"
    caption = gettext_lazy("Emergency access")
    empty_title = gettext_lazy("No emergency access")
    empty_text = gettext_lazy(
        "When somebody looks data up in an emergency, it stands here at once."
    )

    def row_url(self, row: Override) -> str:
        """The page of the access."""
        return reverse("exchange:override", args=[row.pk])


@audience(*SEERS)
def overrides(request: HttpRequest) -> HttpResponse:
    """Who looked data up in an emergency, and was it one?"""
    person = _person(request)
    own = selectors.emergency_rules(person.department_id or "-").first()
    return OverrideTable(request, selectors.overrides_for(person)).response(
        "exchange/overrides.html",
        {
            "nav": "exchange",
            "heading": _("Who looked data up in an emergency, and was it one?"),
            "may_break": policy.may_break_glass(person, own),
        },
    )


@audience(*OFFICERS)
def override_new(request: HttpRequest) -> HttpResponse:
    """Look one subject up in an emergency; the answer is on this page and nowhere else."""
    person = _person(request)
    own = selectors.emergency_rules(person.department_id or "-").first()
    require(policy.may_break_glass(person, own))
    form = BreakForm(person.department_id or "-", request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "exchange/override_new.html", {"nav": "exchange", "form": form})
    resource = selectors.resource_by_address(form.cleaned_data["rule"])
    try:
        found = services.break_glass(
            by=person,
            resource=resource,
            subject=form.cleaned_data["subject"],
            reason=form.cleaned_data["reason"],
        )
    except HeliError as error:
        told = explain(error)
        field = told.field if told.field in form.fields else None
        form.add_error(field, told.fault)
        return render(request, "exchange/override_new.html", {"nav": "exchange", "form": form})
    contract = resource.parsed_contract
    rows = []
    for name, value in (found.data or {}).items():
        item = contract.field(name)
        label = spoken(item.title_zh, item.title_en) if item else name
        rows.append(Answer(label, value_words(item, value) or "—"))
    context = {
        "nav": "exchange",
        "rows": rows,
        "title": resource_title(resource),
        "override": selectors.override_of_fact(found.fact_id),
        "receipt_url": receipt_url(found.fact_id),
    }
    response = render(request, "exchange/override_seen.html", context)
    response["Cache-Control"] = "no-store"
    return response


@audience(*SEERS)
def override(request: HttpRequest, override_id: uuid.UUID) -> HttpResponse:
    """What was it, and was it an emergency?"""
    row = selectors.override_by_id(override_id)
    person = _person(request)
    require(policy.may_see_override(person, row))
    justify = JustifyForm(request.POST if "justify" in request.POST else None)
    review = ReviewForm(request.POST if "review" in request.POST else None)
    if request.method == "POST" and _acted(request, row, justify, review):
        return HttpResponseRedirect(reverse("exchange:override", args=[override_id]))
    context = {
        "nav": "exchange",
        "row": row,
        "title": resource_title(row.rule.resource),
        "department": organisation.department(row.rule.department_id),
        "source": organisation.department(row.rule.resource.department_id),
        "state": override_state(row),
        "receipt_url": receipt_url(row.fact_id),
        "words": selectors.policy_words(row.rule.resource.parsed_contract, row.rule.policy),
        "may_justify": row.justified_at is None and policy.may_justify(person, row),
        "may_review": not row.verdict and policy.may_review(person, row),
        "justify": justify,
        "review": review,
    }
    return render(request, "exchange/override.html", context)


def _acted(request: HttpRequest, row: Override, justify: JustifyForm, review: ReviewForm) -> bool:
    """Do what was posted; false where its form must be shown again."""
    person = _person(request)
    form: forms.Form = justify if justify.is_bound else review
    if not form.is_valid():
        return False
    try:
        if form is justify:
            services.justify_override(row.pk, by=person, text=form.cleaned_data["text"])
        else:
            services.review_override(row.pk, by=person, **form.cleaned_data)
    except HeliError as error:
        told = explain(error)
        form.add_error(told.field if told.field in form.fields else None, told.fault)
        return False
    return True


def waiting(request: HttpRequest) -> int:
    """How many emergency accesses supervision has not judged; 0 for who does not supervise."""
    if not policy.watches(request.user):
        return 0
    return Override.objects.filter(verdict="").exclude(person=_person(request)).count()


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user
