"""Procedures in their versions: how a kind of matter is carried out, and by which law."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from heli.cases import policy, services
from heli.cases.errors import BadFormSchemaError, RecordNotFoundError
from heli.cases.models import Procedure
from heli.cases.plans import NodePlan, plan_of
from heli.cases.views.officials.common import department_choices, done, person_of, put
from heli.cases.views.officials.forms import area
from heli.engines import bpmn
from heli.engines.bpmn.errors import RefusedElementsError
from heli.engines.legaltime import Allowance, Unit
from heli.errors import HeliError
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.organisation import competences
from heli.organisation.selectors import departments
from heli.web.tables import Column, Filter, Table

LARGEST = 2 * 1024 * 1024


def allowance_words(allowance: Allowance | None) -> str:
    """A legal allowance in words."""
    if allowance is None:
        return ""
    n = allowance.amount
    words = {
        Unit.WORKING_DAYS: ngettext("{n} working day", "{n} working days", n),
        Unit.WORKING_HOURS: ngettext("{n} working hour", "{n} working hours", n),
        Unit.NATURAL_HOURS: ngettext("{n} hour", "{n} hours", n),
        Unit.NATURAL_DAYS: ngettext("{n} day", "{n} days", n),
    }[allowance.unit]
    return words.format(n=n)


class ProcedureTable(Table):
    """Every version of every procedure."""

    columns = [
        Column("name", gettext_lazy("Procedure"), sort="name_zh", main=True),
        Column("version", gettext_lazy("Version"), sort="version", kind="number"),
        Column("first_receiver", gettext_lazy("Received by"), kind="department",
               value=lambda row: departments().get(row.first_receiver_id)),
        Column("matters", gettext_lazy("Matters"), sort="used", kind="number",
               value=lambda row: row.used),
        Column("published_at", gettext_lazy("Published"), sort="published_at", kind="date"),
        Column("state", gettext_lazy("State"), kind="state",
               value=lambda row: ("brand", _("In force")) if row.active
               else ("done", _("Superseded"))),
    ]  # fmt: skip
    filters = [
        Filter("state", gettext_lazy("State"),
               [("active", gettext_lazy("In force")), ("old", gettext_lazy("Superseded"))],
               lambda rows, value: rows.filter(active=value == "active")),
    ]  # fmt: skip
    search = ["name_zh", "name_en", "key"]
    default_sort = "name_zh"
    caption = gettext_lazy("Procedures in their versions")
    empty_title = gettext_lazy("No procedure has been published")

    def row_url(self, row: Procedure) -> str:
        """The version's page."""
        return reverse("cases:procedure", args=[row.key, row.version])


@audience(*STAFF)
def procedures_admin(request: HttpRequest) -> HttpResponse:
    """How are matters carried out?"""
    rows = Procedure.objects.defer("xml", "form").annotate(used=Count("matters"))
    context = {
        "nav": "procedures",
        "heading": _("How are matters carried out?"),
        "may_publish": policy.may_publish(person_of(request)),
    }
    return ProcedureTable(request, rows).response("cases/officer/procedures.html", context)


@audience(*STAFF)
def procedure(request: HttpRequest, key: str, version: int) -> HttpResponse:
    """Who does what, within which time, by which law?"""
    row = Procedure.objects.filter(key=key, version=version).first()
    if row is None:
        raise RecordNotFoundError(what=_("procedure"))
    plan = plan_of(row.pk)
    report = bpmn.check(bpmn.read(row.xml))
    context = {
        "nav": "procedures",
        "heading": row.name,
        "row": row,
        "receiver": departments().get(row.first_receiver_id),
        "steps": [_step(node) for node in plan.nodes.values()],
        "report": report,
        "findings": _findings(report.refused + report.hints),
        "kinds": sorted(Counter(item.element for item in report.understood).items()),
        "may_publish": policy.may_publish(person_of(request)),
    }
    return render(request, "cases/officer/procedure.html", context)


def _step(node: NodePlan) -> dict[str, Any]:
    return {
        "node": node,
        "department": departments().get(node.department),
        "allowance": allowance_words(node.allowance),
        "competence": competences.label(node.competence) if node.competence else "",
        "basis": node.documentation[0],
        "basis_en": node.documentation[1],
    }


class PublishForm(forms.Form):
    """A version to publish."""

    key = forms.SlugField(
        label=gettext_lazy("Short name"),
        max_length=60,
        help_text=gettext_lazy("The same over all versions, for example open-restaurant"),
    )
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=120)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=160, required=False)
    summary_zh = forms.CharField(
        label=gettext_lazy("What it is for"), required=False, max_length=2000, widget=area(2)
    )
    first_receiver = forms.ChoiceField(
        label=gettext_lazy("Department that receives"),
        required=False,
        help_text=gettext_lazy("Without a choice the model says it."),
    )
    model = forms.FileField(
        label=gettext_lazy("Model (BPMN 2.0)"),
        help_text=gettext_lazy("An XML file with its diagram"),
    )
    schema = forms.FileField(
        label=gettext_lazy("Form (JSON)"),
        required=False,
        help_text=gettext_lazy("Without a file the form of the version in force is kept."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        receiver = self.fields["first_receiver"]
        assert isinstance(receiver, forms.ChoiceField)
        receiver.choices = department_choices(ask=_("As the model says"))

    def clean_model(self) -> str:
        """The model as text."""
        return _text(self.cleaned_data["model"])

    def clean_schema(self) -> str:
        """The form as text."""
        given = self.cleaned_data.get("schema")
        return _text(given) if given else ""


def _text(given: Any) -> str:
    if given.size > LARGEST:
        raise forms.ValidationError(_("The file is larger than 2 MB."))
    try:
        return str(given.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise forms.ValidationError(_("The file is not text in UTF-8.")) from error


@audience(Role.SYSTEM_ADMIN, Role.SUPERVISOR)
def publish(request: HttpRequest) -> HttpResponse:
    """Publish a version; new matters start on it, running ones keep theirs."""
    by = person_of(request)
    require(policy.may_publish(by))
    if request.method != "POST":
        return _publish_page(request, PublishForm(initial=_initial(request.GET.get("key", ""))))
    form = PublishForm(request.POST, request.FILES)
    if not form.is_valid():
        return _publish_page(request, form, [], 422)
    typed = form.cleaned_data
    names = ("key", "name_zh", "name_en", "summary_zh", "first_receiver")
    model = typed["model"]
    try:
        row = services.publish_procedure(
            model,
            _schema(typed["schema"], typed["key"]),
            by=by,
            **{name: typed[name] for name in names},
        )
    except HeliError as error:
        put(form, error, {"form": "schema"})
        return _publish_page(request, form, _refused(error, model), error.status)
    said = _("Published: version {n} is in force.").format(n=row.version)
    return done(request, said, reverse("cases:procedure", args=[row.key, row.version]))


def _initial(key: str) -> dict[str, Any]:
    row = Procedure.objects.filter(key=key, active=True).first()
    if row is None:
        return {}
    names = ("key", "name_zh", "name_en", "summary_zh")
    return {name: getattr(row, name) for name in names} | {"first_receiver": row.first_receiver_id}


def _schema(text: str, key: str) -> dict[str, Any]:
    if not text:
        active = Procedure.objects.filter(key=key, active=True).first()
        return active.form if active else {"sections": []}
    try:
        given = json.loads(text)
    except ValueError as error:
        raise BadFormSchemaError(field="schema", reason=str(error)) from error
    if not isinstance(given, dict):
        raise BadFormSchemaError(field="schema", reason=_("it is not an object"))
    form = given.get("form", given)
    return form if isinstance(form, dict) else {}


def _refused(error: HeliError, model: str) -> list[Any]:
    """What of a model cannot be carried out, element by element."""
    if not isinstance(error, RefusedElementsError):
        return []
    return _findings(bpmn.check(bpmn.read(model)).refused)


def _findings(found: Iterable[bpmn.Finding]) -> list[dict[str, Any]]:
    """What was found, in the reader's language."""
    return [
        {
            "name": " ".join((item.name or item.id).split()),
            "element": item.element,
            "line": item.line,
            "reason": _(item.template).format(**item.figures),
        }
        for item in found
    ]


def _publish_page(
    request: HttpRequest, form: PublishForm, refused: Any = (), status: int = 200
) -> HttpResponse:
    context = {
        "nav": "procedures",
        "heading": _("Which version is to be published?"),
        "form": form,
        "refused": refused,
    }
    return render(request, "cases/officer/publish.html", context, status=status)
