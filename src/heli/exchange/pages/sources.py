"""The page on which a department publishes a resource from a database or an API."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import RegexValidator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from heli.engines.contracts import Contract, LogicalType, parse_contract, read_text
from heli.errors import HeliError
from heli.exchange import policy, selectors, services
from heli.exchange.models import SourceKind
from heli.exchange.pages.publishing import OfferForm, ways
from heli.exchange.rest.shapes import person_of
from heli.exchange.sealing import seal, unseal
from heli.exchange.words import spoken, type_words
from heli.kernel.localise import explain
from heli.kernel.permissions import Role, audience, require
from heli.organisation.selectors import Person

_TYPES = {
    "str": LogicalType.STRING,
    "int": LogicalType.INTEGER,
    "float": LogicalType.NUMBER,
    "Decimal": LogicalType.NUMBER,
    "bool": LogicalType.BOOLEAN,
    "date": LogicalType.DATE,
}


def _text(label: Any, *, required: bool = True, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=300, required=required, **more)


def _password(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=2000,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=help_text,
    )


class SourceForm(OfferForm):
    """A resource that is kept in a data source of the department."""

    source = forms.CharField(
        label=gettext_lazy("Short name of the data source"),
        max_length=40,
        validators=[RegexValidator(r"^[a-z][a-z0-9_-]*$")],
        help_text=gettext_lazy(
            "Lower-case letters and digits; the same name again for more resources of one source"
        ),
    )
    password = _password(
        gettext_lazy("Password"),
        gettext_lazy("It is kept sealed. Leave it empty if it was entered before for this place."),
    )

    @property
    def place(self) -> dict[str, Any]:
        """Where the source is."""
        raise NotImplementedError

    def options(self, contract: Contract) -> dict[str, Any]:
        """What the connector needs to know beside the source."""
        raise NotImplementedError


class DatabaseForm(SourceForm):
    """A table or view of a database."""

    host = _text(gettext_lazy("Host"), help_text=gettext_lazy("Name or address of the server"))
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535)
    database = _text(gettext_lazy("Database"))
    user = _text(
        gettext_lazy("User"), help_text=gettext_lazy("One that may read, and nothing else")
    )
    tls = forms.BooleanField(
        label=gettext_lazy("The server has a certificate that is to be checked"), required=False
    )
    table = _text(
        gettext_lazy("Table or view"), help_text=gettext_lazy("With its schema where it has one")
    )

    @property
    def place(self) -> dict[str, Any]:
        """Where the database is."""
        return {name: self.cleaned_data[name] for name in
                ("host", "port", "database", "user", "tls")}  # fmt: skip

    def options(self, contract: Contract) -> dict[str, Any]:
        """The table, and how its columns are called."""
        return {"table": self.cleaned_data["table"], **self.columns(contract)}


class ApiForm(SourceForm):
    """Records behind an HTTP API."""

    url = _text(gettext_lazy("Address of the API"), help_text=gettext_lazy("http://… or https://…"))
    password = _password(
        gettext_lazy("Token or key"),
        gettext_lazy(
            "It is kept sealed. Leave it empty if it was entered before for this place, or if the "
            "API asks for none."
        ),
    )
    header = _text(
        gettext_lazy("Header that carries it"),
        required=False,
        help_text=gettext_lazy("Authorization if left empty; others are called like X-API-Key"),
    )
    scheme = _text(
        gettext_lazy("Word in front of it"),
        required=False,
        help_text=gettext_lazy("For example Bearer; empty where it stands alone"),
    )
    path = _text(gettext_lazy("Path of the list"), help_text=gettext_lazy("For example /v1/beds"))
    records = _text(
        gettext_lazy("Where in the answer the records are"),
        required=False,
        help_text=gettext_lazy("For example data.items; empty where the answer is the list"),
    )
    subject_parameter = _text(
        gettext_lazy("Parameter by which one record is asked for"),
        required=False,
        help_text=gettext_lazy("Fill in this, or the path of one record"),
    )
    record_path = _text(
        gettext_lazy("Path of one record"),
        required=False,
        help_text=gettext_lazy(
            "Fill in this, or the parameter; with {subject}, for example /v1/beds/{subject}"
        ),
    )
    paging = forms.ChoiceField(
        label=gettext_lazy("How the list goes on"),
        choices=[
            ("none", gettext_lazy("it is one page")),
            ("page", gettext_lazy("by the number of the page")),
            ("offset", gettext_lazy("by the number of records before")),
            ("cursor", gettext_lazy("by a cursor in the answer")),
            ("link", gettext_lazy("by a Link header")),
        ],
    )
    paging_parameter = _text(
        gettext_lazy("Parameter of page, offset or cursor"),
        required=False,
        help_text=gettext_lazy("“page”, “offset” or “cursor” if left empty"),
    )
    paging_next = _text(
        gettext_lazy("Where in the answer the cursor is"),
        required=False,
        help_text=gettext_lazy("Only where the list goes on by a cursor, for example meta.next"),
    )

    @property
    def place(self) -> dict[str, Any]:
        """Where the API is."""
        names = ("url", "header", "scheme")
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data[name]}

    def options(self, contract: Contract) -> dict[str, Any]:
        """Where in the API the records are."""
        values = self.cleaned_data
        names = ("path", "records", "subject_parameter", "record_path")
        paging = {"kind": values["paging"]}
        for name in ("parameter", "next"):
            if values[f"paging_{name}"]:
                paging[name] = values[f"paging_{name}"]
        said = {name: values[name] for name in names if values[name]}
        return said | {"paging": paging} | self.columns(contract)

    def clean(self) -> dict[str, Any]:
        """One record is asked for in one of two ways."""
        values = super().clean()
        if bool(values.get("subject_parameter")) == ("{subject}" in values.get("record_path", "")):
            self.add_error(
                "subject_parameter",
                _("Fill in one of the two: the parameter, or the path of one record."),
            )
        return values


_PORTS = {SourceKind.POSTGRESQL: 5432, SourceKind.MYSQL: 3306}


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """One way in which the records do not keep the contract, in words."""

    field: str
    said: str
    count: int


@audience(Role.STEWARD)
def publish_source(request: HttpRequest, kind: str) -> HttpResponse:
    """Describe a database or an API, try it, publish it."""
    person = person_of(request)
    require(policy.may_publish(person, person.department_id or ""))
    if kind not in SourceKind.values:
        raise Http404
    chosen = SourceKind(kind)
    made = ApiForm if chosen == SourceKind.HTTP else DatabaseForm
    if request.method != "POST":
        return _page(request, chosen, made(initial={"port": _PORTS.get(chosen)}))
    form = made(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, chosen, form, sealed=form.data.get("sealed", ""))
    # What came as a file stays in the form as text, for the next step.
    typed = request.POST.copy()
    typed["contract"] = form.cleaned_data["contract"]
    form.data = typed
    secret = _secret(form, person, chosen)
    sealed = _sealed(form, person, chosen, secret)
    try:
        contract = parse_contract(read_text(form.cleaned_data["contract"]))
        form.require_names(contract)
        given = services.SourceResource(
            source=form.cleaned_data["source"],
            kind=chosen,
            location=form.place,
            secret=secret,
            options=form.options(contract),
            **form.offered(),
        )
        mark = services.mark_of(given, contract, by=person.pk)
        if request.POST.get("do") == "publish":
            if constant_time_compare(request.POST.get("mark", ""), mark):
                return _published(request, given, contract, person)
            messages.warning(request, _("This is not what you looked over. Check it once more."))
        trial = services.try_source(given, contract, department=person.department_id or "")
    except HeliError as error:
        return _page(request, chosen, form, error=error, sealed=sealed)
    shown: dict[str, Any] = {"trial": trial, "conflicts": _conflicts(contract, trial),
             "fields": selectors.field_rows(contract), "mark": mark,
             "answers": form.answers(contract)}  # fmt: skip
    return _page(request, chosen, form, **shown, sealed=sealed)


def _published(
    request: HttpRequest, given: services.SourceResource, contract: Contract, person: Person
) -> HttpResponse:
    row = services.publish_source(
        given, contract, actor=person.actor, department=person.department_id or ""
    )
    messages.success(request, _("It stands in the catalogue. Say now what it is."))
    where = reverse("exchange:describe", args=[row.department_id, row.name])
    return HttpResponseRedirect(where)


def _bound(form: SourceForm, person: Person, kind: SourceKind) -> str:
    """What a credential on its way from step to step is sealed to: who, which source, where."""
    place = json.dumps(form.place, sort_keys=True)
    return f"trial {person.pk} {form.cleaned_data['source']} {kind} {place}"


def _sealed(form: SourceForm, person: Person, kind: SourceKind, secret: str | None) -> str:
    """A typed credential, so that the next step has it and nobody can read it from the page."""
    if secret is None:
        return ""
    return base64.b64encode(seal(_bound(form, person, kind), secret)).decode()


def _secret(form: SourceForm, person: Person, kind: SourceKind) -> str | None:
    """The credential as typed, or as sealed in the step before; else ``None``."""
    typed: str = form.cleaned_data["password"]
    if typed:
        return typed
    try:
        content = base64.b64decode(form.data.get("sealed", ""), validate=True)
        return unseal(_bound(form, person, kind), content) if content else None
    except (OSError, binascii.Error):
        return None


def _conflicts(contract: Contract, trial: services.Trial) -> list[ConflictRow]:
    rows = []
    for conflict in trial.conflicts:
        field = contract.field(conflict.field)
        assert field is not None
        if conflict.error:
            said = explain(conflict.error).detail
        else:
            given, wanted = _type(conflict.given), type_words(field.type)
            said = _("{given} instead of {wanted}").format(given=given, wanted=wanted)
        rows.append(ConflictRow(spoken(field.title_zh, field.title_en), said, conflict.count))
    return rows


def _type(name: str) -> str:
    known = _TYPES.get(name)
    return type_words(known) if known else pgettext("type", "another type")


def _page(
    request: HttpRequest,
    kind: SourceKind,
    form: SourceForm,
    error: HeliError | None = None,
    **more: Any,
) -> HttpResponse:
    status = 200
    if error is not None:
        told = explain(error)
        field = {"name": "source"}.get(told.field or "", told.field or "")
        form.add_error(field if field in form.fields else None, told.in_form)
        status = told.status
    context = {"nav": "exchange", "form": form, "ways": ways(kind), "kind": kind} | more
    return render(request, "exchange/publish_source.html", context, status=status)
