"""The list of extracts."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.exchange.extracts.shown import ExtractView, extract_views
from heli.exchange.lists import department_choices
from heli.exchange.models import Extract, ExtractState
from heli.web.tables import Column, Filter, Table


def _in_state(rows: QuerySet[Extract], value: str) -> QuerySet[Extract]:
    return rows.filter(state=value)


class ExtractTable(Table):
    """Who was given which resource as a file."""

    columns = [
        Column("asked_at", pgettext_lazy("extract", "Asked for"), sort="asked_at", kind="datetime"),
        Column("title", _("Resource"), main=True),
        Column("consumer", _("Made for"), kind="department"),
        Column("source", _("Source department"), kind="department", wide=True),
        Column("purpose", _("Purpose"), wide=True),
        Column("format", _("Format")),
        Column("records", _("Number of records"), sort="rows_done", kind="number"),
        Column("tag", _("State"), sort="state", kind="state"),
    ]
    filters = [
        Filter("state", _("State"), ExtractState.choices, _in_state),
        Filter(
            "consumer",
            _("Made for"),
            department_choices,
            lambda rows, value: rows.filter(consumer=value),
        ),
    ]
    search = ["resource__title_zh", "resource__title_en", "resource__name", "matter", "purpose"]
    default_sort = "-asked_at"
    caption = _("Extracts")
    empty_title = _("No extract")
    empty_text = _("Whoever holds a grant that allows extracts asks for one on the grant's page.")

    def row_url(self, row: ExtractView) -> str:
        """The extract's page."""
        return reverse("exchange:extract", args=[row.id])

    def row_key(self, row: ExtractView) -> str:
        """The extract's id."""
        return str(row.id)

    def decorate(self, rows: list[Extract]) -> list[Any]:
        """Put the extracts into words."""
        return extract_views(rows)
