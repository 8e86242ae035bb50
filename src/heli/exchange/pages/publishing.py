"""The page on which a department publishes a resource that it keeps as a file."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from heli.engines.contracts import Contract, parse_contract, placeholders, read_text
from heli.errors import BadInputError, HeliError, gettext_noop
from heli.exchange import policy, selectors, services
from heli.exchange.contracts.forms import VersionForm
from heli.exchange.describing.forms import ConditionMixin, condition_fields, ground_choices
from heli.exchange.models import SharingClass, SourceKind, UpdateCycle
from heli.exchange.pages.drafting import Drafted, drafted
from heli.exchange.rest.shapes import person_of
from heli.exchange.words import spoken
from heli.kernel.localise import explain
from heli.kernel.permissions import Role, audience, require
from heli.organisation.selectors import Person
from heli.web.shapes import Answer
from heli.web.words import figure

CONNECTORS = {
    "csv": "csv",
    "tsv": "csv",
    "txt": "csv",
    "xlsx": "excel",
    "json": "json",
    "jsonl": "json",
    "ndjson": "json",
    "parquet": "parquet",
    "sqlite3": "sqlite",
}
"""Ending of a file and the connector that reads it."""
_PARTS = {"excel": "sheet", "sqlite": "table"}


class OfferForm(ConditionMixin, VersionForm):
    """A contract, how the columns are called, and how the resource is shared."""

    headings = forms.ChoiceField(
        label=gettext_lazy("What its columns are called"),
        choices=[
            ("titles", gettext_lazy("as the titles of the fields in Chinese")),
            ("names", gettext_lazy("as the names of the fields")),
        ],
    )
    sharing = forms.ChoiceField(
        label=gettext_lazy("Sharing"),
        choices=SharingClass.choices,
        initial=SharingClass.CONDITIONAL,
        help_text=gettext_lazy(
            "On condition: each department applies, and your department decides what it sees"
        ),
    )
    condition_zh, condition_en = condition_fields()
    ground = forms.ChoiceField(
        label=gettext_lazy("Legal ground"),
        required=False,
        help_text=gettext_lazy("Needed where it is not shared"),
    )
    update_cycle = forms.ChoiceField(
        label=gettext_lazy("Updated"), choices=UpdateCycle.choices, initial=UpdateCycle.MONTHLY
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["sunset"]
        ground = self.fields["ground"]
        assert isinstance(ground, forms.ChoiceField)
        ground.choices = ground_choices()

    def clean(self) -> dict[str, Any]:
        """What is not shared has a ground."""
        values = super().clean()
        if values.get("sharing") == SharingClass.NOT_SHARED and not values.get("ground"):
            self.add_error("ground", _("Choose the legal ground for not sharing it."))
        return values

    def answers(self, contract: Contract) -> list[Answer]:
        """What is about to be published, to be looked over."""
        values = self.cleaned_data
        listed = [spoken(each.title_zh, each.title_en) for each in contract.fields]
        rows = [
            Answer(_("Resource"), spoken(contract.title_zh, contract.title_en)),
            Answer(_("Fields"), pgettext("list", ", ").join(listed)),
            Answer(_("Sharing"), SharingClass(values["sharing"]).label),
            Answer(_("Updated"), UpdateCycle(values["update_cycle"]).label),
        ]
        if values["sharing"] == SharingClass.CONDITIONAL:
            said = spoken(values["condition_zh"], values["condition_en"])
            rows.insert(3, Answer(_("Condition for sharing"), said))
        if values["ground"]:
            said = dict(ground_choices()).get(values["ground"], values["ground"])
            rows.insert(3, Answer(_("Legal ground"), said))
        return rows

    def require_names(self, contract: Contract) -> None:
        """Refuse what a draft could not name: nobody could tell what it holds.

        Raises:
            BadInputError: Columns are still called by placeholders.
        """
        called = [f"{field.title_zh} ({field.name}, {field.title_en})"
                  for field in placeholders(contract)]  # fmt: skip
        if called:
            told = _("give these columns a name and an English title instead of placeholders: {it}")
            reason = told.format(it=pgettext("list", ", ").join(called))
            raise BadInputError(field="contract", reason=reason)

    def columns(self, contract: Contract) -> dict[str, Any]:
        """How the columns are called, as an option of a connector."""
        if self.cleaned_data["headings"] == "names":
            return {}
        return {"columns": {field.name: field.title_zh for field in contract.fields}}

    def offered(self) -> dict[str, Any]:
        """How it is shared, as the services take it."""
        values = self.cleaned_data
        return {
            "sharing": SharingClass(values["sharing"]),
            "update_cycle": UpdateCycle(values["update_cycle"]),
            "ground": values["ground"],
            "condition": (values["condition_zh"], values["condition_en"])
            if values["sharing"] == SharingClass.CONDITIONAL
            else ("", ""),
        }


class PublishForm(OfferForm):
    """A resource that is kept as a file."""

    table = forms.FileField(
        label=gettext_lazy("File with the data"),
        required=False,
        help_text=gettext_lazy("CSV, Excel, JSON, Parquet or SQLite, at most 8 MB"),
    )
    held = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)
    held_as = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    mark = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding of a text file"),
        choices=[("utf-8", "UTF-8"), ("gb18030", "GB 18030")],
    )
    part = forms.CharField(
        label=gettext_lazy("Sheet or table"),
        max_length=64,
        required=False,
        help_text=gettext_lazy("Of an Excel or SQLite file"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["table"].needed = True  # type: ignore[attr-defined]
        if name := str(self["held_as"].value() or ""):
            told = _("{name} was read and is kept; choose a file only in its place.")
            self.fields["table"].help_text = told.format(name=name)

    def clean(self) -> dict[str, Any]:
        """A file of a kind that is read, or the one that is held since the step before."""
        values = super().clean()
        given = values.get("table")
        name = given.name if given else values.get("held_as", "")
        if not name or not (given or values.get("held")):
            self.add_error("table", _("Choose the file with the data."))
        elif _ending(name) not in CONNECTORS:
            known = ", ".join(f".{each}" for each in CONNECTORS)
            self.add_error("table", _("The file must end with one of {known}.").format(known=known))
        values["file_name"] = name
        return values

    def published(self, contract: Contract, content: bytes) -> services.FileResource:
        """What was filled in, as the service takes it."""
        values = self.cleaned_data
        ending = _ending(values["file_name"])
        connector = CONNECTORS[ending]
        options = self.columns(contract)
        if connector == "csv":
            options["encoding"] = values["encoding"]
            options |= {"delimiter": "\t"} if ending == "tsv" else {}
        if connector in _PARTS and values["part"]:
            options[_PARTS[connector]] = values["part"]
        return services.FileResource(
            name=f"{contract.name}.{ending}",
            content=content,
            connector=connector,
            options=options,
            **self.offered(),
        )


@dataclass(frozen=True, slots=True)
class Way:
    """One of several places that data is published from."""

    label: str
    url: str
    current: bool


def ways(current: str) -> list[Way]:
    """Where the data may be: in a file, a database, or behind an API."""
    made = [Way(_("File"), reverse("exchange:publish"), current == "file")]
    for kind in SourceKind:
        to = reverse("exchange:publish_source", args=[kind.value])
        made.append(Way(str(kind.label), to, current == kind.value))
    return made


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()


@audience(Role.STEWARD)
def publish(request: HttpRequest) -> HttpResponse:
    """What shall others be able to apply for?"""
    person = person_of(request)
    require(policy.may_publish(person, person.department_id or ""))
    if request.method != "POST":
        return _page(request, PublishForm())
    form = PublishForm(request.POST, request.FILES)
    if request.POST.get("do") == "draft":
        return _drafted(request, form, person)
    if not form.is_valid() or "edit" in request.POST:
        return _page(request, form)
    try:
        return _step(request, form, person)
    except HeliError as error:
        return _page(request, form, error)


def _step(request: HttpRequest, form: PublishForm, person: Person) -> HttpResponse:
    """Read the file and show what is about to be published, or publish it."""
    values = form.cleaned_data
    contract = parse_contract(read_text(values["contract"]))
    form.require_names(contract)
    given = form.published(contract, _content(form, person))
    mark = services.mark_of(given, contract, by=person.pk)
    if "confirm" in request.POST and _looked_over(form, mark):
        row = services.publish_file(
            given,
            contract,
            actor=person.actor,
            department=person.department_id or "",
            held=values["held"],
        )
        services.drop_held_file(values["held"], **_mine(person))
        messages.success(request, _("It stands in the catalogue. Say now what it is."))
        where = reverse("exchange:describe", args=[row.department_id, row.name])
        return HttpResponseRedirect(where)
    if "confirm" in request.POST:
        messages.warning(request, _("This is not what you looked over. Check it once more."))
    held = _hold(form, person, given.content)
    try:
        trial = services.try_file(given, contract, department=person.department_id or "", held=held)
    except HeliError:
        _hold(form, person, None)
        raise
    rows = [*form.answers(contract), Answer(_("File"), values["file_name"]),
            Answer(pgettext("count", "Records"), figure(trial.count))]  # fmt: skip
    form.data = {**form.data, "mark": mark}
    context = {"nav": "exchange", "form": form, "rows": rows, "trial": trial,
               "fields": selectors.field_rows(contract)}  # fmt: skip
    return render(request, "exchange/publish_check.html", context)


def _looked_over(form: PublishForm, mark: str) -> bool:
    """Whether what is held now is exactly what the page before showed to this person."""
    values = form.cleaned_data
    return not values["table"] and constant_time_compare(values["mark"], mark)


def _content(form: PublishForm, person: Person) -> bytes:
    """The file that was sent, or the one that is held since the step before."""
    values = form.cleaned_data
    if values["table"]:
        return bytes(values["table"].read())
    held = services.held_file(values["held"], **_mine(person))
    if held is None:
        raise BadInputError(
            field="table", reason=gettext_noop("the file is kept no longer; choose it again")
        )
    return held


def _hold(form: PublishForm, person: Person, content: bytes | None) -> str:
    """Keep a file for the next step in place of the one held so far; returns under which name.

    What came as files stays in the form as text and as what is held.
    """
    values, mine = form.cleaned_data, _mine(person)
    services.drop_held_file(values["held"], **mine)
    name, held = values["file_name"], ""
    if content is not None:
        held = services.hold_file(name=f"held.{_ending(name)}", content=content, **mine)
    values["held"] = held
    form.data = {
        **{key: form.data[key] for key in form.data},
        "contract": values.get("contract", ""),
        "held": held,
        "held_as": name if held else "",
    }
    return held


def _mine(person: Person) -> dict[str, Any]:
    return {"holder": person.pk, "department": person.department_id or ""}


def _drafted(request: HttpRequest, form: PublishForm, person: Person) -> HttpResponse:
    """The same page with a contract made from the table, which is held; nothing is published."""
    if not form.errors.pop("contract", None):
        form.add_error("contract", _("Empty it first: a draft would take the place of this text."))
    _ask_later(form)
    if form.errors:
        return _page(request, form)
    try:
        content = _content(form, person)
        draft = drafted(form.cleaned_data["file_name"], content, person.department_id or "")
        _hold(form, person, content)
    except HeliError as error:
        error.field = "table"
        return _page(request, form, error)
    known = {"contract": draft.text} | ({"encoding": draft.encoding} if draft.encoding else {})
    made = PublishForm({**form.data, **known})
    _ask_later(made)
    return _page(request, made, draft=draft)


def _ask_later(form: PublishForm) -> None:
    """How it is shared is asked when it is published, not when its contract is drafted."""
    for name in ("condition_zh", "ground"):
        form.errors.pop(name, None)


def _page(
    request: HttpRequest,
    form: PublishForm,
    error: HeliError | None = None,
    draft: Drafted | None = None,
) -> HttpResponse:
    status = 200
    if error is not None:
        told = explain(error)
        field = {"file": "table", "name": "table"}.get(told.field or "", told.field or "")
        form.add_error(field if field in form.fields else None, told.in_form)
        status = told.status
    context = {"nav": "exchange", "form": form, "ways": ways("file"), "draft": draft}
    return render(request, "exchange/publish.html", context, status=status)
