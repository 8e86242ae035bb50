"""The list of digital projects."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.organisation import selectors as organisation
from heli.projects import selectors
from heli.projects.models import Project
from heli.web.tables import Column, Filter, Table


class ProjectTable(Table):
    """Projects the reader may see."""

    columns = [
        Column("code", pgettext_lazy("project", "Code"), sort="code", kind="code"),
        Column("title", _("Project"), sort="title_zh", main=True),
        Column("department", _("Department"), sort="department__position", kind="department"),
        Column("interfaces", _("Interfaces"), kind="number"),
        Column("stage", pgettext_lazy("project", "Stage"), sort="stage", kind="state"),
        Column("gate", _("Gate"), kind="state"),
        Column("registered_at", pgettext_lazy("project", "Registered"), sort="registered_at",
               kind="date", wide=True, value=lambda row: row.project.registered_at),
    ]  # fmt: skip
    filters = [
        Filter(
            "stage",
            pgettext_lazy("project", "Stage"),
            Project.Stage.choices,
            lambda rows, value: rows.filter(stage=value),
        ),
        Filter(
            "department",
            _("Department"),
            lambda: [(card.code, card.name) for card in organisation.departments().values()],
            lambda rows, value: rows.filter(department=value),
        ),
    ]
    search = ["code", "title_zh", "title_en"]
    default_sort = "-registered_at"
    caption = _("Digital projects")
    empty_title = _("No project yet")
    empty_text = _("A digital project stands here from the day on which it is registered.")

    def row_url(self, row: Any) -> str:
        """The project's page."""
        return reverse("projects:project", args=[row.code])

    def decorate(self, rows: list[Project]) -> list[Any]:
        """Put the projects into words."""
        return selectors.project_rows(rows)
