"""A declarative table over a queryset or a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property

from heli.web.tables.columns import Column, Filter
from heli.web.words import figure

COUNT_CAP = 1000
MOMENTS = frozenset({"date", "datetime", "when"})
MAX_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of rows, read with one more row than shown to know whether others follow."""

    rows: Sequence[Any]
    number: int
    more: bool

    def has_next(self) -> bool:
        """Whether there is a page after this one."""
        return self.more

    def has_previous(self) -> bool:
        """Whether there is a page before this one."""
        return self.number > 1


@dataclass(frozen=True, slots=True)
class Head:
    """A column head with the address that sorts by it."""

    column: Column
    url: str
    direction: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row, its cells ready to show."""

    key: str
    url: str
    cells: list[tuple[Column, Any]]
    row: Any


class Table:
    """A list with search, filters, order and pages, all kept in the address.

    Subclass it and set the class attributes; override ``row_url``, ``row_key``, ``search_rows``
    or ``decorate`` where needed. Two queries per page: the rows, and a count that stops at
    1,000, so that it stays fast over tens of thousands of rows.

    Args:
        request: Its query holds ``q``, ``sort``, ``page`` and the filters' keys.
        rows: A queryset or a list.
        table_id: Distinguishes several tables on one page.
    """

    columns: ClassVar[Sequence[Column]] = ()
    filters: ClassVar[Sequence[Filter]] = ()
    search: ClassVar[Sequence[str]] = ()
    default_sort: ClassVar[str] = ""
    page_size: ClassVar[int] = 25
    caption: ClassVar[Any] = ""
    empty_title: Any = ""
    empty_text: Any = ""

    def __init__(self, request: HttpRequest, rows: Any, table_id: str = "queue") -> None:
        self.request, self._rows, self.id = request, rows, table_id

    def row_url(self, row: Any) -> str:
        """Where a row leads; empty when it leads nowhere."""
        return ""

    def row_key(self, row: Any) -> str:
        """A stable name of the row on the page."""
        return str(getattr(row, "pk", "") or id(row))

    def decorate(self, rows: list[Any]) -> list[Any]:
        """Attach what the page's rows need, in bulk; called once per page."""
        return rows

    def search_rows(self, rows: Any, text: str) -> Any:
        """Narrow the rows to those that contain ``text``."""
        if isinstance(rows, QuerySet):
            query = Q()
            for name in self.search:
                query |= Q(**{f"{name}__icontains": text})
            return rows.filter(query)
        needle = text.casefold()
        finders = [Column(name.replace("__", "."), "") for name in self.search]
        return [r for r in rows if any(needle in str(f.value_of(r)).casefold() for f in finders)]

    # What the address asks for

    @property
    def searchable(self) -> bool:
        """Whether the table offers a search box."""
        return bool(self.search) or type(self).search_rows is not Table.search_rows

    @cached_property
    def text(self) -> str:
        """What is searched for."""
        return self.request.GET.get("q", "").strip()[:200] if self.searchable else ""

    @cached_property
    def chosen(self) -> dict[str, str]:
        """Chosen filter values, only those on offer."""
        found = {}
        for item in self.filters:
            value = self.request.GET.get(item.key, "")
            if value and value in {str(option) for option, _label in item.options()}:
                found[item.key] = value
        return found

    @cached_property
    def sort(self) -> str:
        """Key of the order in force, with a leading minus when descending."""
        wanted = self.request.GET.get("sort", "")
        known = {column.key for column in self.columns if column.sort}
        return wanted if wanted.removeprefix("-") in known else ""

    @cached_property
    def number(self) -> int:
        """Number of the page asked for."""
        text = self.request.GET.get("page", "1")
        return min(MAX_PAGE, max(1, int(text))) if text.isdecimal() and len(text) < 7 else 1

    @property
    def kept(self) -> dict[str, str]:
        """Query values that a search keeps though no control of the table shows them."""
        return {}

    @property
    def narrowed(self) -> bool:
        """Whether a search or filter is in force."""
        return bool(self.text or self.chosen)

    # What is shown

    @cached_property
    def labelled(self) -> list[Column]:
        """Columns whose cells say on a narrow screen what they are, for there are no heads there.

        Figures without a unit, and moments where a row has several.
        """
        moments = [c for c in self.columns if c.kind in MOMENTS and not c.wide]
        figures = [c for c in self.columns if c.numeric and not c.unit]
        return figures + (moments if len(moments) > 1 else [])

    @cached_property
    def found(self) -> Any:
        """All rows that match, not yet ordered."""
        rows = self._rows
        if self.text:
            rows = self.search_rows(rows, self.text)
        for item in self.filters:
            if item.key in self.chosen:
                rows = item.apply(rows, self.chosen[item.key])
        return rows

    @cached_property
    def count(self) -> int:
        """How many rows match, counted to 1,001 at most."""
        if isinstance(self.found, QuerySet):
            return self.found.order_by()[: COUNT_CAP + 1].count()
        return len(self.found)

    @property
    def count_words(self) -> str:
        """The count as shown: "7", "1,000+"."""
        if isinstance(self.found, QuerySet) and self.count > COUNT_CAP:
            return f"{figure(COUNT_CAP)}+"
        return figure(self.count)

    @cached_property
    def page(self) -> Slice:
        """The rows of the page asked for."""
        start = (self.number - 1) * self.page_size
        rows = list(self._ordered()[start : start + self.page_size + 1])
        shown = self.decorate(rows[: self.page_size])
        return Slice(shown, self.number, len(rows) > self.page_size)

    def _ordered(self) -> Any:
        key = self.sort.removeprefix("-")
        field = next((c.sort for c in self.columns if c.key == key), "") or self.default_sort
        if not field:
            return self.found
        down = self.sort.startswith("-") != field.startswith("-")
        field = field.removeprefix("-")
        if isinstance(self.found, QuerySet):
            order = f"-{field}" if down else field
            return self.found.order_by(order, "-pk" if down else "pk")
        finder = Column(field.replace("__", "."), "")
        present = [row for row in self.found if finder.value_of(row) is not None]
        absent = [row for row in self.found if finder.value_of(row) is None]
        return sorted(present, key=finder.value_of, reverse=down) + absent

    def lines(self) -> list[Line]:
        """The rows of the page with their cells."""
        return [
            Line(
                self.row_key(row),
                self.row_url(row),
                [(column, column.shown(row, self.request)) for column in self.columns],
                row,
            )
            for row in self.page.rows
        ]

    def heads(self) -> list[Head]:
        """The column heads."""
        return [Head(c, self._sort_url(c), self._direction(c)) for c in self.columns]

    def _direction(self, column: Column) -> str:
        if self.sort:
            if self.sort.removeprefix("-") != column.key:
                return ""
            return "descending" if self.sort.startswith("-") else "ascending"
        if column.sort and column.sort == self.default_sort.removeprefix("-"):
            return "descending" if self.default_sort.startswith("-") else "ascending"
        return ""

    def _sort_url(self, column: Column) -> str:
        if not column.sort:
            return ""
        up = self._direction(column) == "ascending"
        return self.url(sort=f"-{column.key}" if up else column.key, page=None)

    def url(self, **changes: str | None) -> str:
        """The present address with some of its query changed or, with None, removed."""
        query = self.request.GET.copy()
        for key, value in changes.items():
            query.pop(key, None)
            if value is not None:
                query[key] = value
        return f"{self.request.path}?{query.urlencode()}"

    @property
    def clear_url(self) -> str:
        """The address without search and filters."""
        return self.url(q=None, page=None, **dict.fromkeys((f.key for f in self.filters), None))

    def controls(self) -> list[dict[str, Any]]:
        """The filters with their choices and what is chosen."""
        return [
            {"filter": f, "options": f.options(), "chosen": self.chosen.get(f.key, "")}
            for f in self.filters
        ]

    def response(
        self, template: str = "web/list.html", context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page, or the table alone when htmx refreshes it."""
        everything = {"table": self, **(context or {})}
        if self.request.headers.get("HX-Target") == f"{self.id}-table":
            template = "web/components/queue_table.html"
        answer = render(self.request, template, everything)
        patch_vary_headers(answer, ["HX-Request", "HX-Target"])
        return answer
