"""What there is to know about city models, scenarios and runs."""

import uuid
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from heli.twin import codes
from heli.twin.errors import (
    AlteredError,
    RunNotDoneError,
    UnknownModelError,
    UnknownPolicyError,
    UnknownPredictionError,
    UnknownRunError,
)
from heli.twin.models import (
    Build,
    Citation,
    CitySource,
    Observation,
    Prediction,
    Scenario,
)
from heli.twin.models import CityModel as CityModel
from heli.twin.models import CityVersion as CityVersion
from heli.twin.models import Run as Run
from heli.twin.packing import read_draws, read_result, result_bytes, unpack

if TYPE_CHECKING:
    from heli.twin.city import City


def models() -> QuerySet[CityModel]:
    """All city models that have a version, by name."""
    return CityModel.objects.filter(versions__isnull=False).distinct()


def model_by_name(name: str) -> CityModel:
    """The city model of a name.

    Raises:
        UnknownModelError: There is none.
    """
    row = CityModel.objects.filter(name=name).first()
    if row is None:
        raise UnknownModelError(model=name[:60])
    return row


def versions(model: CityModel) -> QuerySet[CityVersion]:
    """All versions of a model, the newest first, without their content."""
    return CityVersion.objects.filter(model=model).defer("content")


def version(model: CityModel, number: int | None = None) -> CityVersion:
    """A version of a model; the newest without a number.

    Raises:
        UnknownModelError: There is none.
    """
    rows = CityVersion.objects.filter(model=model).select_related("model")
    row = rows.first() if number is None else rows.filter(number=number).first()
    if row is None:
        raise UnknownModelError(model=model.name if number is None else f"{model.name}@{number}")
    return row


def city_of(row: CityVersion) -> "City":
    """The city that a version holds; read once in each process."""
    return unpack(bytes(row.content))


def sources(row: CityVersion) -> QuerySet[CitySource]:
    """What a version was built from."""
    return CitySource.objects.filter(version=row)


def last_build(model: CityModel) -> Build | None:
    """The newest version that was asked for, from which the model's recipe is known."""
    return (
        Build.objects.filter(model=model)
        .select_related("version")
        .defer("version__content")
        .first()
    )


def scenarios(model: CityModel) -> QuerySet[Scenario]:
    """The scenarios of a model, by name."""
    return Scenario.objects.filter(model=model, removed_at=None)


def scenario(model: CityModel, name: str) -> Scenario:
    """A scenario of a model.

    Raises:
        UnknownPolicyError: There is none of this name.
    """
    row = scenarios(model).filter(name=name).first()
    if row is None:
        raise UnknownPolicyError(model=model.name, scenario=name[:60])
    return row


def version_for(row: Scenario) -> CityVersion:
    """The version of the city that a scenario was made for; the newest where it is not known."""
    rows = CityVersion.objects.filter(model=row.model).select_related("model")
    wanted = str(row.document.get("model", ""))
    found = rows.filter(digest__startswith=wanted).first() if wanted else None
    return found or version(row.model)


def runs() -> QuerySet[Run]:
    """All runs, the newest first, without what they found."""
    return Run.objects.defer("result").select_related("version__model").defer("version__content")


def run_by_code(code: str) -> Run:
    """The run of a code, as somebody typed it, with what it found.

    Raises:
        MalformedRunCodeError, MistypedRunCodeError: It is no code.
        UnknownRunError: There is none.
    """
    rows = Run.objects.select_related("version__model").defer("version__content")
    row = rows.filter(code=codes.parse(code)).first()
    if row is None:
        raise UnknownRunError(run=code[:40])
    return row


def result_of(row: Run) -> dict[str, Any]:
    """What a run found; while it runs, what is there so far; empty where there is nothing.

    The shape is that of :func:`heli.twin.computing.compute`; do not change what it holds.
    """
    return read_result(bytes(row.result))


def whole_result(row: Run, *, with_draws: bool = False) -> dict[str, Any]:
    """What a run found that is done; the draws themselves only where they are asked for.

    Raises:
        RunNotDoneError: It is not.
        AlteredError: Draws are asked for, and it is not what the ledger says.
    """
    if row.state != Run.State.DONE:
        raise RunNotDoneError(run=row.code)
    kept = bytes(row.result)
    if not with_draws:
        return read_result(kept)
    if sha256(result_bytes(kept)).hexdigest() != row.digest:
        raise AlteredError(what=row.code)
    return read_draws(kept)


def citations(row: Run) -> QuerySet[Citation]:
    """Matters that refer to a run."""
    return Citation.objects.filter(run=row)


def predictions() -> QuerySet[Prediction]:
    """All predictions, the newest first, without their figures."""
    rows = Prediction.objects.select_related("run__version__model")
    return rows.defer("document", "run__result", "run__version__content")


def prediction(code: str) -> Prediction:
    """A prediction by its id, with its figures.

    Raises:
        UnknownPredictionError: There is none.
    """
    try:
        pk = uuid.UUID(code)
    except ValueError:
        raise UnknownPredictionError from None
    row = Prediction.objects.select_related("run__version__model").filter(pk=pk)
    found = row.defer("run__result", "run__version__content").first()
    if found is None:
        raise UnknownPredictionError
    return found


def observations(row: Prediction) -> QuerySet[Observation]:
    """What was observed of a prediction, one value for each figure."""
    return Observation.objects.filter(prediction=row, superseded=False)
