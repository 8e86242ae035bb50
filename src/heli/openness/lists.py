"""The lists of openness."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from heli.exchange.selectors import resource_title
from heli.openness import selectors
from heli.openness.licences import LICENCES
from heli.openness.models import Correction, Objection, Publication, Theme
from heli.organisation import selectors as organisation
from heli.web.tables import Column, Filter, Table


def department_choices() -> list[tuple[str, str]]:
    """Active departments by code."""
    cards = organisation.departments().values()
    return [(card.code, card.name) for card in cards if card.is_active]


class DatasetTable(Table):
    """Open datasets, as everybody looks for them."""

    columns = [
        Column("title", _("Title"), sort="title_zh", value=selectors.title_of, main=True),
        Column("changed_at", _("Changed"), sort="changed_at", kind="date"),
    ]
    filters = [
        Filter("theme", _("Theme"), Theme.choices, lambda rows, value: rows.filter(theme=value)),
        Filter("department", _("Department"), department_choices,
               lambda rows, value: rows.filter(department=value)),
        Filter("kind", _("Kind"), Publication.Kind.choices,
               lambda rows, value: rows.filter(kind=value)),
        Filter("licence", _("Licence"), [(code, each.name) for code, each in LICENCES.items()],
               lambda rows, value: rows.filter(licence=value)),
    ]  # fmt: skip
    default_sort = "-changed_at"
    caption = _("Open datasets")
    page_size = 12
    empty_title = _("No dataset fits")
    empty_text = _("Search for another word, or apply for what you miss to be opened.")

    def search_rows(self, rows: Any, text: str) -> Any:
        """Every word in titles, descriptions, keywords or names of columns."""
        for word in text.split()[:8]:
            rows = rows.filter(search_text__icontains=word)
        return rows

    def row_url(self, row: Any) -> str:
        """The dataset's page."""
        return reverse("openness:dataset", args=[row.slug])

    def row_key(self, row: Any) -> str:
        """The dataset's address."""
        return str(row.slug)

    def decorate(self, rows: list[Publication]) -> list[Any]:
        """Put the datasets into words."""
        return selectors.dataset_views(rows)

    def facets(self) -> list[dict[str, Any]]:
        """By what the list can be narrowed, each with how many are left."""
        labels = {each.key: each.label for each in self.filters}
        assert isinstance(self.found, QuerySet)
        return [
            {
                "label": labels[key],
                "options": [
                    {
                        "label": label,
                        "n": n,
                        "current": self.chosen.get(key) == value,
                        "url": self.url(
                            **{key: None if self.chosen.get(key) == value else value}, page=None
                        ),
                    }
                    for value, label, n in options
                ],
            }
            for key, options in selectors.facets(self.found).items()
        ]


def _narrow_state(rows: QuerySet[Publication], value: str) -> QuerySet[Publication]:
    return rows.filter(withdrawn_at__isnull=value == "open")


def state_of(row: Publication) -> tuple[str, Any]:
    """How a dataset stands, as a tag."""
    if row.withdrawn_at:
        return "done", _("No longer open")
    return ("late", _("Source unreadable")) if row.trouble else ("brand", _("Open to all"))


class PublicationTable(Table):
    """What a department has opened, for its stewards."""

    columns = [
        Column("title", _("Dataset"), sort="title_zh", value=selectors.title_of, main=True),
        Column("department", _("Department"), kind="department", sort="department__position",
               value=lambda row: organisation.department(row.department_id)),
        Column("kind", _("Kind"), value=lambda row: row.get_kind_display()),
        Column("changed_at", _("Decided on"), sort="changed_at", kind="date"),
        Column("state", _("State"), kind="state", value=state_of),
    ]  # fmt: skip
    filters = [
        Filter("department", _("Department"), department_choices,
               lambda rows, value: rows.filter(department=value)),
        Filter("state", _("State"),
               [("open", _("Open to all")), ("closed", _("No longer open"))], _narrow_state),
    ]  # fmt: skip
    search = ["title_zh", "title_en", "slug"]
    default_sort = "-changed_at"
    caption = _("Opened datasets")
    empty_title = _("Nothing is open yet")
    empty_text = _("Open a resource of your department from its page in the catalogue.")

    def row_url(self, row: Publication) -> str:
        """Where it is decided on."""
        return reverse("openness:publication", args=[row.pk])


class ObjectionTable(Table):
    """Objections, what is due first first."""

    columns = [
        Column("code", _("Code"), sort="code", kind="code"),
        Column("what", _("What about"), main=True),
        Column("about", _("Kind"), value=lambda row: row.get_about_display(), wide=True),
        Column("acting", _("Decides"), kind="department", wide=True),
        Column("filed_at", _("Filed"), sort="filed_at", kind="date"),
        Column("state", _("State"), kind="state", value=lambda row: (
            selectors.STATE_TAGS[Objection.State(row.state)], row.get_state_display())),
        Column("clock", _("Time limit"), sort="due_at", kind="clock"),
    ]  # fmt: skip
    filters = [
        Filter("about", _("Kind"), Objection.About.choices,
               lambda rows, value: rows.filter(about=value)),
        Filter("state", _("State"), Objection.State.choices,
               lambda rows, value: rows.filter(state=value)),
    ]  # fmt: skip
    search = ["code", "resource__title_zh", "resource__title_en", "publication__title_zh"]
    default_sort = "due_at"
    caption = _("Objections")
    empty_title: Any = _("No objection fits")
    empty_text: Any = _("Clear the filters or search for another word.")

    def row_url(self, row: Objection) -> str:
        """The detail."""
        return reverse("openness:objection", args=[row.code])

    def decorate(self, rows: list[Objection]) -> list[Any]:
        """Titles, who acts, clocks."""
        return selectors.with_clock_views(rows)


class CorrectionTable(Table):
    """Corrections, the newest first."""

    columns = [
        Column("code", _("Code"), sort="code", kind="code"),
        Column("title", _("Register of the record"), main=True,
               value=lambda row: resource_title(row.resource)),
        Column("department", _("Source department"), kind="department", wide=True,
               value=lambda row: organisation.department(row.department_id)),
        Column("decided_at", _("Decided on"), sort="decided_at", kind="date"),
        Column("told", _("Told"), kind="number", sort="told"),
        Column("answered", _("Answered"), kind="number", sort="answered"),
        Column("alarms", _("Alarms"), kind="number", sort="alarming",
               value=lambda row: row.alarming),
        Column("state", _("State"), kind="state", value=selectors.state_tag),
    ]  # fmt: skip
    filters = [
        Filter("state", _("State"), Correction.State.choices,
               lambda rows, value: rows.filter(state=value)),
        Filter("department", _("Source department"), department_choices,
               lambda rows, value: rows.filter(department=value)),
    ]  # fmt: skip
    search = ["code", "resource__title_zh", "resource__title_en"]
    default_sort = "-decided_at"
    caption = _("Corrections")
    empty_title = _("No correction concerns your department")
    empty_text = _("As soon as a record you received is corrected, it stands here.")

    def row_url(self, row: Correction) -> str:
        """The correction's page."""
        return reverse("openness:correction", args=[row.code])
