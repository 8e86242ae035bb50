"""Plain shapes that components show, for whoever has no object of their own.

A component reads attributes, so any object with these names will do.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.forms import Form
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

Text = str | Promise
State = Literal["on_time", "at_risk", "late", "suspended", "done"]

STATES: tuple[State, ...] = ("on_time", "at_risk", "late", "suspended", "done")
STATE_LABELS: dict[State, Text] = {
    "on_time": pgettext_lazy("clock state", "On time"),
    "at_risk": pgettext_lazy("clock state", "At risk"),
    "late": pgettext_lazy("clock state", "Overdue"),
    "suspended": pgettext_lazy("clock state", "Suspended"),
    "done": pgettext_lazy("clock state", "Done"),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A label that leads somewhere."""

    label: Text
    url: str


@dataclass(frozen=True, slots=True)
class Department:
    """A department's badge character and name."""

    badge: str
    name: Text
    url: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """A legal clock at one instant.

    Attributes:
        state: One of the five.
        fraction: Elapsed over allowed, 0 to 1.
        remaining: Time left; negative when late; for suspended and done how long it took.
        due_at: When it is due, or None while suspended.
        working: Office time left where the limit counts working time, negative when late.
        working_day: Office time of one working day.
        overran: It is done, and was done too late.
    """

    state: State
    fraction: float
    remaining: dt.timedelta | None = None
    due_at: dt.datetime | None = None
    working: dt.timedelta | None = None
    working_day: dt.timedelta | None = None
    overran: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline."""

    at: dt.datetime
    sentence: Text
    department: Department | None = None
    url: str = ""
    receipt_url: str = ""
    state: str = ""
    state_label: Text = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One department's task as a list shows it."""

    label: Text
    department: Department | None = None
    clock: Clock | None = None
    state: str = ""
    state_label: Text = ""
    url: str = ""
    note: Text = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of a check-your-answers page."""

    label: Text
    value: Any
    change_url: str = ""
    receipt_url: str = ""
    source: Text = ""

    @classmethod
    def of_form(cls, form: Form) -> "list[Answer]":
        """The answers of a form that is in order, in words; what was left empty is left out."""
        found = []
        for name, control in form.fields.items():
            value = form.cleaned_data.get(name)
            if value not in (None, ""):
                words = dict(getattr(control, "choices", ())).get(value, value)
                found.append(cls(str(control.label), words))
        return found


@dataclass(frozen=True, slots=True)
class Prefilled:
    """Where the city already knew a value from, and the receipt that proves it."""

    source: Text
    receipt_url: str = ""


@dataclass(frozen=True, slots=True)
class ChartTable:
    """The table beside a chart."""

    caption: Text
    columns: Sequence[Text]
    rows: Sequence[Sequence[Any]]
