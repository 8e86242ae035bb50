"""Tables of runs and scenarios."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.organisation import selectors as organisation
from heli.twin import words
from heli.twin.models import Run, Scenario
from heli.web.tables import Column, Filter, Table


class RunTable(Table):
    """What was tried."""

    columns = [
        Column("options", _("Policies"), main=True, value=lambda row: row.shown_options),
        Column("state", pgettext_lazy("run", "State"), kind="state"),
        Column("model", _("City"), value=lambda row: row.shown_model, wide=True),
        Column("draws", _("Draws"), sort="draws", kind="number", wide=True),
        Column("department", _("Department"), kind="department", wide=True),
        Column("asked_at", pgettext_lazy("run", "Asked"), sort="asked_at", kind="when"),
        Column("code", pgettext_lazy("run", "Code"), kind="code", wide=True),
    ]
    filters = [
        Filter(
            "state",
            pgettext_lazy("run", "State"),
            Run.State.choices,
            lambda rows, value: rows.filter(state=value),
        ),
    ]
    search = ["code", "note", "version__model__title_zh", "version__model__title_en"]
    default_sort = "-asked_at"
    page_size = 12
    caption = _("What was tried lately")
    empty_title = _("Nothing was tried yet")
    empty_text = _("Choose policies, and see what they do before they are decided.")

    def row_url(self, row: Any) -> str:
        """The run's page."""
        return reverse("twin:run", args=[row.code])

    def decorate(self, rows: list[Run]) -> list[Any]:
        """Put the runs into words."""
        cards = organisation.departments()
        return [ShownRun(row, cards.get(row.department)) for row in rows]


class ShownRun:
    """A run as a row of the table."""

    def __init__(self, run: Run, department: object) -> None:
        self.pk, self.code, self.draws, self.asked_at = run.pk, run.code, run.draws, run.asked_at
        self.department = department
        self.shown_options = words.listed(words.titles_of(run))
        self.shown_model = f"{words.title(run.version.model)} {run.version.number}"
        self.state = (words.STATES[run.state], _state(run))


def _state(run: Run) -> str:
    label = str(Run.State(run.state).label)
    if run.state == Run.State.RUNNING and run.total:
        return f"{label} · {100 * run.done // run.total} %"
    return label


class ScenarioTable(Table):
    """Policies that can be tried in a city.

    Args:
        newest: The digest of the newest version.
    """

    columns = [
        Column("title", pgettext_lazy("twin", "Policy"), sort="title_zh", main=True),
        Column("measures", pgettext_lazy("twin", "Measures")),
        Column("version", pgettext_lazy("city", "Version"), template="twin/_cell_version.html"),
        Column("saved_at", pgettext_lazy("scenario", "Saved"), sort="saved_at", kind="when",
               wide=True),
        Column("acts", _("Actions"), template="twin/_cell_acts.html"),
    ]  # fmt: skip
    search = ["name", "title_zh", "title_en"]
    default_sort = "name"
    page_size = 12
    caption = _("Policies that can be tried")
    empty_title = _("No policy yet")
    empty_text = _("A policy is drawn on the map: where it holds, when, and for whom.")

    def row_url(self, row: Any) -> str:
        """What it says."""
        return reverse("twin:scenario", args=[row.model, row.name])


class ShownScenario:
    """A scenario as a row of the table.

    Attributes:
        number: The version of the city it was made for; ``None`` where that is not known.
        outdated: Whether there is a newer one.
    """

    def __init__(
        self, row: Scenario, numbers: dict[str, int], newest: int, *, may_plan: bool
    ) -> None:
        self.pk, self.name, self.saved_at = row.pk, row.name, row.saved_at
        self.title_zh = row.title_zh
        self.model, self.revision, self.may_plan = row.model.name, row.revision, may_plan
        self.title, self.measures = words.title(row), words.measures(row.document)
        wanted = str(row.document.get("model", ""))
        self.number = next((n for digest, n in numbers.items() if digest.startswith(wanted)), None)
        self.newest, self.outdated = newest, self.number != newest
        self.urls = links_of(row) if may_plan else {}
        self.try_url = f"{reverse('twin:ask')}?model={row.model.name}&options={row.name}"
        self.dialog = f"remove-{row.name}"


def links_of(row: Scenario) -> dict[str, str]:
    """Where a scenario is edited and put away."""
    return {
        "edit": reverse("twin:scenario_edit", args=[row.model.name, row.name]),
        "remove": reverse("twin:scenario_remove", args=[row.model.name, row.name]),
    }
