"""The lists of the exchange's pages."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.exchange import policy, selectors
from heli.exchange.models import Access, Grant, Resource, SharingClass, UpdateCycle
from heli.organisation import selectors as organisation
from heli.web.laws import cited
from heli.web.tables import Column, Filter, Table

SHARING_TAGS = {
    SharingClass.UNCONDITIONAL: "brand",
    SharingClass.CONDITIONAL: "brand",
    SharingClass.NOT_SHARED: "done",
}


def department_choices() -> Iterable[tuple[str, str]]:
    """Active departments by code."""
    cards = organisation.departments().values()
    return [(card.code, card.name) for card in cards if card.is_active]


def sharing_tag(resource: Resource) -> tuple[str, Any]:
    """The sharing class as a tag."""
    sharing = SharingClass(resource.sharing)
    return SHARING_TAGS[sharing], sharing.label


def _facet_filter(name: str) -> Filter:
    """A facet as a filter of the table; its values stand beside the table, with counts."""

    def apply(rows: Any, value: str) -> Any:
        return selectors.narrow(rows, {name: value})

    return Filter(name, selectors.FACETS[name].label, list, apply)


class CatalogueTable(Table):
    """Every resource on offer."""

    columns = [
        Column("title", _("Resource"), sort="title_zh", value=selectors.resource_title, main=True),
        Column(
            "department",
            _("Source department"),
            sort="department__position",
            kind="department",
            value=lambda row: organisation.department(row.department_id),
        ),
        Column("sharing", _("Sharing"), sort="sharing", kind="state", value=sharing_tag),
        Column(
            "sensitivity",
            _("Sensitivity"),
            sort="sensitivity",
            value=lambda row: selectors.sensitivity_label(row.sensitivity),
            wide=True,
        ),
        Column(
            "cycle", _("Updated"), value=lambda row: UpdateCycle(row.update_cycle).label, wide=True
        ),
        Column("grants", _("Valid grants"), sort="valid_grants", kind="number",
               value=lambda row: row.valid_grants),
    ]  # fmt: skip
    filters = [_facet_filter(name) for name in selectors.FACETS]
    default_sort = "department__position"
    caption = _("Data resources")
    empty_title = _("No resource fits")
    empty_text = _("Clear the filters or search for another word.")

    @cached_property
    def chosen(self) -> dict[str, str]:
        """What is chosen in the facets, which stand beside the table."""
        asked = {name: self.request.GET.get(name, "")[:60] for name in selectors.FACETS}
        return {name: value for name, value in asked.items() if value}

    def controls(self) -> list[dict[str, Any]]:
        """None: the facets stand beside the table."""
        return []

    @property
    def kept(self) -> dict[str, str]:
        """The search keeps what is chosen in the facets."""
        return self.chosen

    def search_rows(self, rows: Any, text: str) -> Any:
        """Look through all that the catalogue says."""
        return selectors.search_words(rows, text)

    def facets(self) -> Any:
        """The facets with their counts and the addresses that choose or clear a value."""
        rows = selectors.search_words(self._rows, self.text) if self.text else self._rows
        return [
            (facet, [(choice, self.url(page=None, **{facet.name: None if choice.chosen else
                      choice.value})) for choice in facet.choices])
            for facet in selectors.facets(rows, self.chosen)
        ]  # fmt: skip

    def row_url(self, row: Resource) -> str:
        """The resource's page."""
        return reverse("exchange:resource", args=[row.department_id, row.name])


class GrantTable(Table):
    """Grants of one resource or to one department."""

    columns = [
        Column("consumer", _("May look up"), kind="department"),
        Column("purpose_text", _("Purpose"), main=True),
        Column(
            "legal_basis", _("Legal basis"), value=lambda row: cited(row.legal_basis), wide=True
        ),
        Column("fields", _("Fields"), kind="number", value=lambda row: len(row.fields)),
        Column("expires_at", _("Until"), kind="date"),
        Column("state", _("State"), kind="state", value=lambda row: (row.state, row.state_label)),
    ]
    caption = _("Who has access")
    page_size = 15
    empty_title = _("Nobody has access")
    empty_text = _("The source department has not granted this resource to anybody.")

    def row_url(self, row: Any) -> str:
        """The grant's page."""
        return str(row.url)

    def row_key(self, row: Any) -> str:
        """The grant's id."""
        return str(row.id)

    def decorate(self, rows: list[Grant]) -> list[Any]:
        """Put the grants into words."""
        return selectors.grant_views(rows)


def _narrow_answer(rows: QuerySet[Access], value: str) -> QuerySet[Access]:
    return rows.filter(reason="") if value == "answered" else rows.exclude(reason="")


class AccessTable(Table):
    """Who asked for what, why, and what came of it."""

    columns = [
        Column("at", _("When"), sort="at", kind="datetime"),
        Column("consumer", _("Who asked"), kind="department"),
        Column("source", _("Source department"), kind="department"),
        Column("title", _("For what"), template="exchange/_cell_what.html", main=True),
        Column("purpose", _("Why"), template="exchange/_cell_why.html"),
        Column("state", pgettext_lazy("exchange", "Answer"), template="exchange/_cell_answer.html"),
        Column("receipt_url", _("Receipt"), template="exchange/_cell_receipt.html"),
    ]
    filters = [
        Filter(
            "answer",
            pgettext_lazy("exchange", "Answer"),
            [("answered", pgettext_lazy("exchange", "Answered")), ("denied", _("Denied"))],
            _narrow_answer,
        ),
        Filter(
            "consumer",
            _("Who asked"),
            department_choices,
            lambda rows, value: rows.filter(consumer=value),
        ),
        Filter(
            "source",
            _("Source department"),
            department_choices,
            lambda rows, value: rows.filter(address__startswith=f"{value}/"),
        ),
    ]
    search = ["address", "matter", "purpose"]
    default_sort = "-at"
    caption = _("Access to data")
    empty_title = _("No access recorded")
    empty_text = _("As soon as somebody asks for data, it stands here, answered or denied.")

    def row_key(self, row: Any) -> str:
        """The fact's id."""
        return str(row.key)

    def decorate(self, rows: list[Access]) -> list[Any]:
        """Put the calls into words; the reader's department may object to its denied ones."""
        found = selectors.access_rows(rows, watching=policy.watches(self.request.user))
        own = getattr(self.request.user, "department_id", None)
        return [
            replace(shown, refusal=f"access:{row.pk}")
            if row.reason and row.consumer == own and row.resource_id
            else shown
            for row, shown in zip(rows, found, strict=True)
        ]
