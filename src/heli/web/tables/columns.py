"""What a table shows and what can be asked of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.context_processors import csrf
from django.template.loader import render_to_string
from django.utils.html import format_html

from heli.web.components import badges, figures
from heli.web.shapes import Text


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        key: Name in the address and, dotted, the attribute of the row that holds the value.
        label: What the head says.
        sort: Field to order by, or None where ordering makes no sense.
        kind: How the value is shown: text, number, date, datetime, when, clock, department,
            state (a pair of state and label), code, spark.
        value: Gives the value where an attribute does not.
        template: A template that draws the cell from ``row`` and ``value`` instead of ``kind``.
        unit: Unit after a number.
        digits: Decimals of a number.
        main: The column whose text opens the row.
        wide: Left out on narrow screens.
        narrow: Shown on narrow screens alone, in place of columns that are left out there.
    """

    key: str
    label: Text
    sort: str | None = None
    kind: str = "text"
    value: Callable[[Any], Any] | None = None
    template: str = ""
    unit: Text = ""
    digits: int | None = None
    main: bool = False
    wide: bool = False
    narrow: bool = False

    @property
    def numeric(self) -> bool:
        """Whether figures stand in it, aligned right."""
        return self.kind == "number"

    def value_of(self, row: Any) -> Any:
        """The row's value: follows dots, dictionary keys and callables."""
        if self.value is not None:
            return self.value(row)
        value = row
        for name in self.key.split("."):
            value = value.get(name) if isinstance(value, dict) else getattr(value, name, None)
            value = value() if callable(value) else value
        return value

    def shown(self, row: Any, request: HttpRequest | None = None) -> Any:
        """The cell of ``row``, safe for HTML; links are only those ``request`` may follow."""
        value = self.value_of(row)
        if self.template:
            # The token is lazy: cells without a form do not ask for it.
            token = csrf(request) if request is not None else {}
            return render_to_string(self.template, {"row": row, "value": value, **token})
        if value is None or value == "":
            return format_html('<span class="none">{}</span>', "—")
        if self.kind == "department":
            return badges.department_badge(value, linked=badges.leads(request, value))
        return _SHOWN.get(self.kind, _text)(self, value)


def _text(_column: Column, value: Any) -> Any:
    return value


_SHOWN: dict[str, Callable[[Column, Any], Any]] = {
    "number": lambda column, value: figures.number(value, column.unit, column.digits),
    "date": lambda column, value: figures.when(value, "date"),
    "datetime": lambda column, value: figures.when(value, "datetime"),
    "when": lambda column, value: figures.when(value),
    "clock": lambda column, value: badges.clock_badge(value),
    "state": lambda column, value: badges.state_tag(*value),
    "code": lambda column, value: format_html('<span class="code">{}</span>', value),
    "spark": lambda column, value: badges.spark(value),
}


@dataclass(frozen=True)
class Filter:
    """One thing the reader can narrow the list by.

    Attributes:
        key: Name in the address.
        label: What it is called.
        choices: Pairs of value and label, or a callable giving them.
        apply: Narrows the rows (a queryset or a list) to a chosen value.
    """

    key: str
    label: Text
    choices: Iterable[tuple[str, Text]] | Callable[[], Iterable[tuple[str, Text]]]
    apply: Callable[[Any, str], Any]

    def options(self) -> list[tuple[str, Text]]:
        """The choices as a list."""
        return list(self.choices() if callable(self.choices) else self.choices)
