"""The list of predictions."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.kernel import clock
from heli.organisation import selectors as organisation
from heli.twin import foretelling
from heli.twin.models import Observation, Prediction
from heli.web.tables import Column, Filter, Table


def _came() -> Exists:
    """Whether something was observed of a prediction."""
    return Exists(Observation.objects.filter(prediction=OuterRef("pk"), superseded=False))


def _in_state(rows: QuerySet[Prediction], state: str) -> QuerySet[Prediction]:
    if state == foretelling.SCORED:
        return rows.filter(_came())
    over = {"observed_to__lt": clock.today()}
    waiting = rows.filter(~_came())
    return waiting.filter(**over) if state == foretelling.DUE else waiting.exclude(**over)


class PredictionTable(Table):
    """What was foretold."""

    columns = [
        Column("option", _("Policy"), main=True),
        Column("state", pgettext_lazy("prediction", "State"), kind="state"),
        Column("run", _("Simulation"), kind="code", value=lambda row: row.run_code, wide=True),
        Column("department", _("Department"), kind="department", wide=True),
        Column("observed_from", _("Observed from"), sort="observed_from", kind="date"),
        Column("observed_to", pgettext_lazy("prediction", "to"), sort="observed_to", kind="date"),
        Column("filed_at", pgettext_lazy("prediction", "Filed"), sort="filed_at", kind="when",
               wide=True),
    ]  # fmt: skip
    filters = [
        Filter(
            "state",
            pgettext_lazy("prediction", "State"),
            list(foretelling.STATES.items()),
            _in_state,
        ),
    ]
    search = ["option", "run__code", "run__version__model__title_zh"]
    default_sort = "-filed_at"
    caption = _("Predictions")
    empty_title = _("Nothing was foretold yet")
    empty_text = _(
        "A prediction is filed on the page of a simulation, before the policy is put in force."
    )

    def __init__(self, request: HttpRequest, rows: QuerySet[Prediction]) -> None:
        super().__init__(request, rows.annotate(observed=_came()))

    def row_url(self, row: Any) -> str:
        """The prediction's page."""
        return reverse("twin:prediction", args=[row.pk])

    def decorate(self, rows: list[Prediction]) -> list[Any]:
        """Put the predictions into words."""
        cards = organisation.departments()
        return [ShownPrediction(row, cards.get(row.department)) for row in rows]


class ShownPrediction:
    """A prediction as a row of the table."""

    def __init__(self, row: Any, department: object) -> None:
        self.pk, self.run_code, self.filed_at = row.pk, row.run.code, row.filed_at
        self.observed_from, self.observed_to = row.observed_from, row.observed_to
        self.department, self.option = department, foretelling.option_title(row)
        self.state = foretelling.state_of(row, row.observed)
