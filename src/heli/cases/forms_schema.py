"""Form schemas: what a procedure asks, in which words, and what the city knows already.

A schema is JSON; see ``procedures/*.json`` and ``docs/explanation/cases.md``. A field whose
``subject`` is set identifies somebody or something the matter concerns: its value goes to
``MatterSubject`` under seal, and the form keeps only a mask of it.
"""

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import msgspec
from django.utils.translation import gettext as _

from heli.cases import sealing
from heli.cases.errors import BadFormSchemaError, FormError
from heli.engines.contracts.errors import SemanticError
from heli.engines.contracts.semantics import SEMANTIC_TYPES, semantic_type
from heli.kernel import clock
from heli.kernel.localise import bilingual, explain

FieldType = Literal["text", "textarea", "number", "choice", "boolean", "date"]
SubjectType = Literal["person", "enterprise", "parcel", "property"]
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
LONGEST = {"text": 200, "textarea": 4000}


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value to choose."""

    value: str
    zh: str
    en: str = ""

    @property
    def label(self) -> str:
        """The choice in the reader's language."""
        return bilingual(self.zh, self.en)


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the city holds the value already.

    Attributes:
        department: Source department.
        resource: Resource in the exchange.
        by: Key of the field that identifies the subject asked about.
        column: Column of the answer.
    """

    department: str
    resource: str
    by: str
    column: str

    @property
    def address(self) -> str:
        """The resource's address in the exchange."""
        return f"{self.department}/{self.resource}"


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One column of an answer that an officer is shown."""

    column: str
    zh: str
    en: str = ""

    @property
    def label(self) -> str:
        """Its name in the reader's language."""
        return bilingual(self.zh, self.en)


class Lookup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is looked up for a task before its officer opens it.

    Attributes:
        department: Source department.
        resource: Resource in the exchange.
        by: Key of the field that identifies the subject asked about.
        columns: What of the answer is shown.
        purpose: Purpose of the grant, where it is another than the form's.
    """

    department: str
    resource: str
    by: str
    columns: tuple[Column, ...]
    purpose: str = ""

    @property
    def address(self) -> str:
        """The resource's address in the exchange."""
        return f"{self.department}/{self.resource}"


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question.

    Attributes:
        type: How it is asked.
        semantic: Code of a semantic type that checks it (``resident_id``, ``credit_code``, …).
        subject: What it identifies, if anything.
        role: The subject's part in the matter.
        account: Known from the applicant's account, and so not asked of them.
        optional: May be left empty.
        minimum: Least number, for ``number``.
        maximum: Greatest number, for ``number``.
        unit_zh: Unit of a number.
        variable: The procedure's conditions may use it.
        source: Where it is filled from.
    """

    key: str
    type: FieldType
    zh: str
    en: str = ""
    hint_zh: str = ""
    hint_en: str = ""
    semantic: str = ""
    subject: SubjectType | None = None
    role: str = ""
    account: bool = False
    optional: bool = False
    minimum: float | None = None
    maximum: float | None = None
    unit_zh: str = ""
    unit_en: str = ""
    choices: tuple[Choice, ...] = ()
    variable: bool = False
    source: Source | None = None

    @property
    def label(self) -> str:
        """The question in the reader's language."""
        return bilingual(self.zh, self.en)

    @property
    def hint(self) -> str:
        """A hint in the reader's language."""
        return bilingual(self.hint_zh, self.hint_en)

    @property
    def unit(self) -> str:
        """The unit in the reader's language."""
        return bilingual(self.unit_zh, self.unit_en)

    def shown(self, value: Any) -> str:
        """A value as people read it."""
        if value is None or value == "":
            return ""
        if self.type == "boolean":
            return _("Yes") if value else _("No")
        if self.type == "choice":
            return next((c.label for c in self.choices if c.value == value), str(value))
        text = f"{value:.10g}" if isinstance(value, float) else str(value)
        return f"{text} {self.unit}".rstrip()


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Questions that belong together: one page for an applicant."""

    key: str
    zh: str
    fields: tuple[Field, ...]
    en: str = ""
    intro_zh: str = ""
    intro_en: str = ""

    @property
    def label(self) -> str:
        """The section's heading in the reader's language."""
        return bilingual(self.zh, self.en)

    @property
    def intro(self) -> str:
        """What to know before answering, in the reader's language."""
        return bilingual(self.intro_zh, self.intro_en)


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """A whole form.

    Attributes:
        title: Template of the matter's title, e.g. ``{shop_name} · {address}``.
        purpose: Purpose of the grants that the departments' lookups use.
        intake_purpose: Purpose of the grants by which the form is pre-filled.
        lookups: What is made ready for each task, by the task's id.
    """

    title: str
    sections: tuple[Section, ...]
    purpose: str = ""
    intake_purpose: str = ""
    lookups: dict[str, tuple[Lookup, ...]] = {}

    @cached_property
    def fields(self) -> dict[str, Field]:
        """All fields by key, in order."""
        return {item.key: item for item in self._fields()}

    def _fields(self) -> Iterator[Field]:
        for section in self.sections:
            yield from section.fields


@dataclass(slots=True)
class Subject:
    """Somebody or something named in a form, still readable: never store this."""

    type: SubjectType
    identifier: str
    role: str
    field: str


@dataclass(slots=True)
class Checked:
    """A form that was found right.

    Attributes:
        answers: By field key, identifiers masked.
        subjects: Whom and what it names.
        variables: What the procedure's conditions may use.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    subjects: list[Subject] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)


def read_form(data: Any) -> Form:
    """A form from its JSON.

    Raises:
        BadFormSchemaError: It breaks a rule of form schemas.
    """
    try:
        form = msgspec.convert(data, Form)
    except msgspec.ValidationError as error:
        raise BadFormSchemaError(reason=str(error)) from error
    keys = [item.key for item in form._fields()]
    problem = _schema_problem(form, keys)
    if problem:
        raise BadFormSchemaError(reason=problem)
    return form


def _schema_problem(form: Form, keys: list[str]) -> str:
    double = {key for key in keys if keys.count(key) > 1}
    if double:
        return f"the field {sorted(double)[0]} occurs twice"
    for item in form.fields.values():
        problem = _field_problem(item, form)
        if problem:
            return f"field {item.key}: {problem}"
    for sources in form.lookups.values():
        for source in sources:
            if source.by not in form.fields or not form.fields[source.by].subject:
                return f"a lookup goes by {source.by}, which identifies no subject"
    return ""


def _field_problem(item: Field, form: Form) -> str:
    if not _KEY.match(item.key):
        return "a key is lower-case letters, digits and _"
    if item.semantic and item.semantic not in SEMANTIC_TYPES:
        return f"there is no semantic type {item.semantic}"
    if item.type == "choice" and not item.choices:
        return "there is nothing to choose from"
    if item.source and (
        item.source.by not in form.fields or not form.fields[item.source.by].subject
    ):
        return f"it is filled by {item.source.by}, which identifies no subject"
    return ""


def check(form: Form, given: Mapping[str, Any]) -> Checked:
    """Check answers and sort them into answers, subjects and variables.

    Raises:
        FormError: Fields are missing, wrong or unknown; ``problems`` names each.
    """
    checked = Checked()
    problems: list[tuple[str, str]] = []
    unknown = sorted(given.keys() - form.fields.keys())
    problems.extend((key, _("There is no such field.")) for key in unknown)
    for item in form.fields.values():
        value, problem = _value(item, given.get(item.key))
        if problem:
            problems.append((item.key, problem))
        elif value is not None:
            _sort(item, value, checked)
    _raise(form, problems)
    return checked


def check_some(form: Form, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check a few answers by themselves, as in a supplement.

    Raises:
        FormError: One is missing, wrong or unknown.
    """
    answers: dict[str, Any] = {}
    problems: list[tuple[str, str]] = []
    for key, value in given.items():
        item = form.fields.get(key)
        if item is None:
            problems.append((key, _("There is no such field.")))
            continue
        answers[key], problem = _value(item, value)
        if problem:
            problems.append((key, problem))
    _raise(form, problems)
    return answers


def _raise(form: Form, problems: list[tuple[str, str]]) -> None:
    if not problems:
        return
    first, problem = problems[0]
    label = form.fields[first].label if first in form.fields else first
    error = FormError(field=first, count=len(problems), first=label, problem=problem)
    error.problems = tuple(problems)
    raise error


def _sort(item: Field, value: Any, checked: Checked) -> None:
    if item.variable:
        checked.variables[item.key] = value
    if item.subject:
        checked.subjects.append(Subject(item.subject, value, item.role, item.key))
        value = sealing.hint(item.subject, value)
    checked.answers[item.key] = value


def _value(item: Field, value: Any) -> tuple[Any, str]:
    """The value in its normal form, or what is wrong with it."""
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "":
        missing = not item.optional and item.type != "boolean"
        return (False if item.type == "boolean" else None), (
            _("An answer is needed here.") if missing else ""
        )
    return _READERS[item.type](item, value)


def _text(item: Field, value: Any) -> tuple[Any, str]:
    longest = LONGEST[item.type]
    if not isinstance(value, str):
        return None, _("A text is needed here.")
    if len(value) > longest:
        return None, _("At most {limit} characters, these are {count}.").format(
            limit=longest, count=len(value)
        )
    if item.semantic:
        try:
            return semantic_type(item.semantic).read(value, latest=clock.today()), ""
        except SemanticError as error:
            return None, explain(error).detail
    return value, ""


def _number(item: Field, value: Any) -> tuple[Any, str]:
    if isinstance(value, bool):
        return None, _("A number is needed here.")
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None, _("A number is needed here.")
    if not math.isfinite(number):
        return None, _("A number is needed here.")
    if item.minimum is not None and number < item.minimum:
        return None, _("The least is {limit}.").format(limit=f"{item.minimum:g}")
    if item.maximum is not None and number > item.maximum:
        return None, _("The most is {limit}.").format(limit=f"{item.maximum:g}")
    return (int(number) if number.is_integer() else number), ""


def _choice(item: Field, value: Any) -> tuple[Any, str]:
    if value not in {choice.value for choice in item.choices}:
        return None, _("Choose one of the given answers.")
    return value, ""


def _boolean(item: Field, value: Any) -> tuple[Any, str]:
    if isinstance(value, bool):
        return value, ""
    answers = {"true": True, "on": True, "1": True, "yes": True, "false": False, "0": False}
    answer = answers.get(str(value).lower())
    return answer, "" if answer is not None else _("Answer yes or no.")


def _date(item: Field, value: Any) -> tuple[Any, str]:
    try:
        return dt.date.fromisoformat(str(value)).isoformat(), ""
    except ValueError:
        return None, _("Write the date as year-month-day, for example 2026-03-01.")


_READERS = {
    "text": _text,
    "textarea": _text,
    "number": _number,
    "choice": _choice,
    "boolean": _boolean,
    "date": _date,
}
