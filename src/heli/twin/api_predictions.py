"""REST interface of predictions: filed before they can be known, observed and scored after."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from heli.kernel.permissions import audience, require
from heli.kernel.rest import Limit, Page, idempotent, page_of
from heli.twin import foretelling, policy, selectors, services
from heli.twin.models import Prediction
from heli.twin.pages.links import department_of, person_of
from heli.twin.scoring import score

router = Router(tags=["twin"])


class PredictionIn(Schema):
    """An option of a run, and the days on which it is to be observed."""

    option: str = Field(max_length=60)
    observed_from: dt.date
    observed_to: dt.date


class ObservationsIn(Schema):
    """What was observed, in the figures' units."""

    values: dict[str, float] = Field(description="Values by the keys of their figures")
    source: str = Field(min_length=1, max_length=300)


class PredictionOut(Schema):
    """A prediction."""

    id: UUID
    run: str
    option: str
    observed_from: dt.date
    observed_to: dt.date
    filed_at: dt.datetime
    department: str
    prediction_hash: str
    fact: UUID


class FigureOut(Schema):
    """A figure, foretold and observed."""

    figure: str
    unit: str
    value: float
    low: float
    high: float
    observed: float | None
    inside: bool | None
    crps: float | None = Field(description="In the figure's unit; less is better")
    crps_of_no_change: float | None


class PredictionDetail(PredictionOut):
    """A prediction with its figures and its score."""

    state: str = Field(description="waiting, due or scored")
    coverage: float | None = Field(description="Share of observed figures in their intervals")
    expected_coverage: float
    crps: float | None = Field(description="Mean over the sizes of the figures")
    skill: float | None = Field(description="Against foretelling that nothing changes; 1 is best")
    figures: list[FigureOut]


@router.get("/predictions", response=Page[PredictionOut])
@audience(*policy.READERS)
def list_predictions(
    request: HttpRequest, run: str = "", cursor: str = "", limit: Limit = 50
) -> Any:
    """Predictions, the newest first."""
    rows = selectors.predictions()
    if run:
        rows = rows.filter(run=selectors.run_by_code(run))
    return page_of(rows, "filed_at", cursor, limit, _shown, newest_first=True)


@router.get("/predictions/{prediction_id}", response=PredictionDetail)
@audience(*policy.READERS)
def get_prediction(request: HttpRequest, prediction_id: UUID) -> Any:
    """A prediction: every figure foretold, observed and scored."""
    return _detail(selectors.prediction(str(prediction_id)))


@router.post("/runs/{code}/predictions", response={201: PredictionDetail})
@audience(*policy.READERS)
@idempotent
def file_prediction(request: HttpRequest, code: str, body: PredictionIn) -> Any:
    """File what a run foretells of an option, before its first day."""
    person, run = person_of(request), selectors.run_by_code(code)
    require(policy.may_change(person, run.department))
    row = services.file_prediction(
        run,
        actor=person.actor,
        department=department_of(person),
        **body.model_dump(),
    )
    return Status(201, PredictionDetail(**_detail(row)))


@router.post("/predictions/{prediction_id}/observations", response=PredictionDetail)
@audience(*policy.READERS)
@idempotent
def enter_observations(request: HttpRequest, prediction_id: UUID, body: ObservationsIn) -> Any:
    """Enter what was observed; a value for the same figure supersedes the one before."""
    person, row = person_of(request), selectors.prediction(str(prediction_id))
    require(policy.may_change(person, row.department))
    services.enter_observations(
        row, body.values, body.source, actor=person.actor, department=department_of(person)
    )
    return PredictionDetail(**_detail(row))


def _shown(rows: list[Prediction]) -> list[PredictionOut]:
    return [PredictionOut(**_plain(row)) for row in rows]


def _plain(row: Prediction) -> dict[str, Any]:
    names = ("id", "option", "observed_from", "observed_to", "filed_at", "department", "fact")
    return {name: getattr(row, name) for name in names} | {
        "run": row.run.code,
        "prediction_hash": row.digest,
    }


def _detail(row: Prediction) -> dict[str, Any]:
    observed = {each.figure: each.value for each in selectors.observations(row)}
    found = score(row.document, observed)
    return _plain(row) | {
        "state": foretelling.state_code(row, bool(observed)),
        "coverage": found.coverage if observed else None,
        "expected_coverage": found.expected,
        "crps": found.crps if observed else None,
        "skill": found.skill,
        "figures": [
            {
                "figure": each.key.text,
                "unit": each.unit,
                "value": each.value,
                "low": each.low,
                "high": each.high,
                "observed": each.observed,
                "inside": each.inside,
                "crps": each.crps,
                "crps_of_no_change": each.no_change,
            }
            for each in found.figures
        ],
    }
