"""What a steward fills in to narrow a grant: which records, how much, when, with whom."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from heli.engines.contracts import (
    ConditionError,
    Contract,
    Field,
    LogicalType,
    Op,
    parse_conditions,
)
from heli.exchange.words import allowed_words, spoken, value_words
from heli.kernel.localise import explain

MOST = 1_000_000_000
MOST_ROWS = 4
LIMITS = ("per_minute", "per_day", "records_per_day", "records_total")
MEMBERS = ("rows", "limits", "hours", "second_person", "extract")
_BETWEEN = re.compile(r"[,，、;；\n]+")
_TRUTH = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}
_OPS = {
    Op.EQ: _("is"),
    Op.NE: _("is not"),
    Op.IN: _("is one of"),
    Op.LT: _("is less than, or before"),
    Op.LE: _("is at most, or no later than"),
    Op.GT: _("is more than, or after"),
    Op.GE: _("is at least, or no earlier than"),
    Op.PREFIX: _("begins with"),
    Op.ABSENT: _("has no value"),
}
_ORDERED = (Op.LT, Op.LE, Op.GT, Op.GE)
_KINDS = {
    LogicalType.STRING: _("Write the value."),
    LogicalType.INTEGER: _("Write a whole number."),
    LogicalType.NUMBER: _("Write a number."),
    LogicalType.BOOLEAN: _("Write yes or no."),
    LogicalType.DATE: _("Write the day like 2026-11-30."),
}


def extract_limit() -> forms.IntegerField:
    """How many records one file may hold, where files are let out at all."""
    return forms.IntegerField(
        label=_("Most records of one extract"),
        min_value=1,
        max_value=MOST,
        required=False,
        help_text=_("Empty: single records and lists only, no file of the whole"),
    )


def _figure(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=MOST, required=False)


def _time(label: Any, help_text: Any = "") -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget, help_text=help_text)


class _Code(forms.ChoiceField):
    """A value of a code list: chosen, or written as its code or its name."""

    def __init__(self, codes: Mapping[str, str], **more: Any) -> None:
        super().__init__(choices=[("", _("Choose a value")), *codes.items()], **more)
        self._codes = {name: code for code, name in codes.items()}

    def to_python(self, value: Any) -> str:
        """The code."""
        text = str(super().to_python(value)).strip()
        return self._codes.get(text, text)


class _Codes(forms.MultipleChoiceField):
    """Several values of a code list: chosen, or written one after the other."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, codes: Mapping[str, str], **more: Any) -> None:
        super().__init__(choices=list(codes.items()), **more)
        self._codes = {name: code for code, name in codes.items()}
        self._known = frozenset(codes)

    def to_python(self, value: Any) -> list[str]:
        """The codes."""
        given = super().to_python(value)
        parts = [[text] if text in self._known else _BETWEEN.split(text) for text in given]
        written = [part.strip() for each in parts for part in each]
        return [self._codes.get(part, part) for part in written if part]


def _value_control(field: Field | None, op: str) -> forms.Field:
    """What a field is compared with: chosen where it has a code list, else written."""
    label: Any = _("Value")
    if field is None or op not in (Op.EQ, Op.NE, Op.IN):
        return forms.CharField(label=label, max_length=2000, required=False)
    if field.type is LogicalType.BOOLEAN:
        choices = [("", "—"), ("yes", _("yes")), ("no", _("no"))]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    if not field.allowed:
        return forms.CharField(label=label, max_length=2000, required=False)
    codes = {code: value_words(field, code) for code in field.allowed}
    told = _("The contract has a code list for it: {codes}").format(
        codes=allowed_words(field)[:400]
    )
    refused = {"invalid_choice": told.replace("%", "%%")}
    kind = _Codes if op == Op.IN else _Code
    return kind(codes, label=label, required=False, error_messages=refused)


@dataclass(frozen=True, slots=True)
class RowControls:
    """The three controls of one condition on records, the first of which has index 0."""

    index: int
    field: Any
    op: Any
    value: Any

    @property
    def number(self) -> int:
        """Which condition it is, counted from 1."""
        return self.index + 1


class RestrictionsForm(forms.Form):
    """Which records a grant reaches, how much it gives, when, and whether a second person acts.

    Call :meth:`add_restrictions` once :attr:`contract` is known.
    """

    contract: Contract

    per_minute = _figure(_("Most calls a minute"))
    per_day = _figure(_("Most calls a day"))
    records_per_day = _figure(_("Most records a day"))
    records_total = _figure(_("Most records in all"))
    extract = extract_limit()
    opens = _time(
        _("Open on working days from"),
        _("Leave both times empty for a grant that is open day and night"),
    )
    closes = _time(_("until"))
    second_person = forms.BooleanField(
        label=_("Another officer of the department must confirm"), required=False
    )

    def add_restrictions(self, present: Mapping[str, Any] | None = None) -> None:
        """Add the conditions on records, and fill in what a policy says already."""
        said = present or {}
        rows = list(said.get("rows", ()))
        named = [("", _("no condition"))] + [
            (each.name, spoken(each.title_zh, each.title_en)) for each in self.contract.fields
        ]
        for n in range(max(MOST_ROWS, len(rows))):
            self.fields[f"row{n}_field"] = forms.ChoiceField(
                label=_("Only records whose"), choices=named, required=False
            )
            self.fields[f"row{n}_op"] = forms.ChoiceField(
                label=_("Comparison"),
                choices=[(op.value, label) for op, label in _OPS.items()],
                required=False,
            )
        self._rows = max(MOST_ROWS, len(rows))
        self._kept_hours: list[Any] = []
        for name, value in self._filled(said, rows).items():
            self.initial.setdefault(name, value)
        for n in range(self._rows):
            field = self.contract.field(str(self[f"row{n}_field"].value() or ""))
            op = str(self[f"row{n}_op"].value() or Op.EQ.value)
            self.fields[f"row{n}_value"] = _value_control(field, op)
            if isinstance(self.fields[f"row{n}_value"], _Codes):
                self.initial[f"row{n}_value"] = rows[n].get("value") if n < len(rows) else []

    def _filled(self, said: Mapping[str, Any], rows: list[Any]) -> dict[str, Any]:
        filled: dict[str, Any] = dict(said.get("limits", {}))
        filled["second_person"] = said.get("second_person", False)
        filled["extract"] = said.get("extract", {}).get("rows")
        hours = list(said.get("hours", ()))
        if len(hours) == 1 and hours[0]["days"] == "working" and hours[0]["to"] != "24:00":
            filled |= {"opens": hours[0]["from"], "closes": hours[0]["to"]}
        else:
            self._kept_hours = hours
        for n, row in enumerate(rows):
            value = row.get("value", "")
            text = ", ".join(map(_written, value)) if isinstance(value, list) else _written(value)
            filled |= {f"row{n}_field": row["field"], f"row{n}_op": row.get("op", Op.EQ.value),
                       f"row{n}_value": text}  # fmt: skip
        return filled

    @property
    def row_controls(self) -> list[RowControls]:
        """The bound controls of the conditions on records."""
        return [
            RowControls(n, self[f"row{n}_field"], self[f"row{n}_op"], self[f"row{n}_value"])
            for n in range(self._rows)
        ]

    @property
    def more_rows(self) -> bool:
        """Whether a condition beyond the first is filled in."""
        return any(each.field.value() or each.field.errors for each in self.row_controls[1:])

    @property
    def is_narrowed(self) -> bool:
        """Whether any of it is filled in, or refused."""
        names = [*LIMITS, "extract", "opens", "closes", "second_person"]
        names = [name for name in names if name in self.fields]
        controls = [self[name] for name in names] + [row.field for row in self.row_controls]
        return any(each.value() or each.errors for each in controls)

    def clean(self) -> dict[str, Any]:
        """Times come in pairs, and conditions fit the contract."""
        values = super().clean() or {}
        opens, closes = values.get("opens"), values.get("closes")
        if bool(opens) != bool(closes) or (opens and closes and opens >= closes):
            self.add_error("closes", _("Give both times, the later one second."))
        found = [self._condition(n, values) for n in range(self._rows)]
        values["rows"] = [each for each in found if each is not None]
        return values

    def _condition(self, n: int, values: Mapping[str, Any]) -> dict[str, Any] | None:
        """One condition as plain data; ``None`` where there is none or it is refused."""
        name, given = values.get(f"row{n}_field") or "", values.get(f"row{n}_value") or ""
        text = given.strip() if isinstance(given, str) else ""
        field = self.contract.field(name)
        if field is None:
            if text:
                self.add_error(f"row{n}_field", _("Choose the field that is compared."))
            return None
        op = Op(values.get(f"row{n}_op") or Op.EQ.value)
        if refused := _unsuited(field, op):
            self.add_error(f"row{n}_op", refused)
            return None
        said: dict[str, Any] = {"field": name, "op": op.value}
        if op is not Op.ABSENT:
            if f"row{n}_value" in self.errors:
                return None
            parts = [text]
            if op is Op.IN:
                parts = [part.strip() for part in _BETWEEN.split(text)] if text else list(given)
            read = [_read(field, part) for part in parts if part]
            if not read or None in read:
                self.add_error(f"row{n}_value", _KINDS[field.type])
                return None
            said["value"] = read if op is Op.IN else read[0]
        return self._checked(n, said)

    def _checked(self, n: int, said: dict[str, Any]) -> dict[str, Any] | None:
        try:
            parse_conditions(self.contract, [said])
        except ConditionError as error:
            self.add_error(f"row{n}_value", explain(error).detail)
            return None
        return said

    @property
    def restrictions(self) -> dict[str, Any]:
        """What was chosen, as members of a policy; what says nothing is left out."""
        values = self.cleaned_data
        hours = self._kept_hours
        if values.get("opens") and values.get("closes"):
            start, end = (_clock(values[name]) for name in ("opens", "closes"))
            hours = [{"days": "working", "from": start, "to": end}]
        extract = values.get("extract")
        said = {
            "rows": values["rows"],
            "limits": {name: values[name] for name in LIMITS if values.get(name)},
            "hours": hours,
            "second_person": bool(values.get("second_person")),
            "extract": {"rows": extract} if extract else {},
        }
        return {name: value for name, value in said.items() if value}


class ConditionForm(RestrictionsForm):
    """One condition on records, while it is being filled in.

    Args:
        contract: The contract of the records.
        n: Which condition of the form it is, from 0.
        typed: What stands in the form's controls; their names are without the prefix.
        prefix: The prefix of the form's names.
    """

    def __init__(self, contract: Contract, n: int, typed: Mapping[str, Any], prefix: str) -> None:
        super().__init__(prefix=prefix or None)
        self.contract = contract
        self.add_restrictions({"rows": [{"field": ""}] * n + [dict(typed)]})


def _clock(instant: dt.time) -> str:
    return instant.strftime("%H:%M")


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _unsuited(field: Field, op: Op) -> Any:
    """Why an operator cannot compare a field; empty where it can."""
    if op in _ORDERED and field.type in (LogicalType.STRING, LogicalType.BOOLEAN):
        return _("Only numbers and days can be compared like that.")
    if op is Op.PREFIX and field.type is not LogicalType.STRING:
        return _("Only text begins with something.")
    return ""


def _read(field: Field, text: str) -> Any:
    """What was written as a value of the field's type; ``None`` where it is none."""
    if field.type is LogicalType.BOOLEAN:
        return _TRUTH.get(text.lower())
    try:
        if field.type is LogicalType.INTEGER:
            return int(text)
        if field.type is LogicalType.NUMBER:
            return float(text)
        if field.type is LogicalType.DATE:
            return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        return None
    return text
