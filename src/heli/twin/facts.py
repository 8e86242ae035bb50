"""Facts about city models, scenarios, runs and predictions."""

from heli.errors import gettext_noop
from heli.ledger.verbs import FactData, fact


@fact(
    "twin.version.built",
    gettext_noop("{department} built version {number} of the city model {model}"),
)
class VersionBuilt(FactData, frozen=True, kw_only=True):
    """A version of a city model was built.

    Attributes:
        content_hash: The city's version.
        sources: Facts of the accesses by which its data came.
    """

    model: str
    number: int
    content_hash: str
    sources: list[str]


@fact(
    "twin.scenario.saved",
    gettext_noop("{department} saved the scenario {scenario} of the city model {model}"),
)
class ScenarioSaved(FactData, frozen=True, kw_only=True):
    """A scenario is new, or was changed."""

    model: str
    scenario: str
    revision: int
    content_hash: str


@fact(
    "twin.scenario.removed",
    gettext_noop("{department} removed the scenario {scenario} of the city model {model}"),
)
class ScenarioRemoved(FactData, frozen=True, kw_only=True):
    """A scenario was put away."""

    model: str
    scenario: str


@fact("twin.run.asked", gettext_noop("{department} asked for the simulation {run}"))
class RunAsked(FactData, frozen=True, kw_only=True):
    """Options are to be compared.

    Attributes:
        options: Hashes of the scenarios by their names.
    """

    run: str
    model: str
    number: int
    options: dict[str, str]
    draws: int


@fact(
    "twin.run.finished",
    gettext_noop("The simulation {run} compared {count} options"),
)
class RunFinished(FactData, frozen=True, kw_only=True):
    """Options were compared.

    Attributes:
        states: Digests of the states by the names of the options.
        result_hash: SHA-256 of the result's bytes.
    """

    run: str
    count: int
    states: dict[str, str]
    result_hash: str


@fact("twin.run.failed", gettext_noop("The simulation {run} failed"))
class RunFailed(FactData, frozen=True, kw_only=True):
    """Options could not be compared; ``fault`` is the code of the error."""

    run: str
    fault: str


@fact("twin.run.cancelled", gettext_noop("{department} cancelled the simulation {run}"))
class RunCancelled(FactData, frozen=True, kw_only=True):
    """Somebody stopped a run."""

    run: str


@fact(
    "twin.run.cited", gettext_noop("{department} cited the simulation {run} in the matter {matter}")
)
class RunCited(FactData, frozen=True, kw_only=True):
    """A matter refers to a run."""

    run: str
    result_hash: str


@fact(
    "twin.prediction.filed",
    gettext_noop("{department} filed what the simulation {run} foretells of {option}"),
)
class PredictionFiled(FactData, frozen=True, kw_only=True):
    """A prediction was filed, to be scored later."""

    run: str
    option: str
    observed_from: str
    observed_to: str
    prediction_hash: str


@fact(
    "twin.prediction.observed",
    gettext_noop("{department} entered what was observed of {option}, foretold by {run}"),
)
class Observed(FactData, frozen=True, kw_only=True):
    """Observations were entered against a prediction.

    Attributes:
        values: Observed values by figure.
        coverage: Share of all observed figures that lie in their intervals.
        crps: Mean of the continuous ranked probability scores over the sizes of their figures.
    """

    run: str
    option: str
    values: dict[str, float]
    source: str
    coverage: float
    crps: float


@fact(
    "twin.build.asked",
    gettext_noop("{department} asked for a new version of the city model {model}"),
)
class BuildAsked(FactData, frozen=True, kw_only=True):
    """A version is to be built from the exchange.

    Attributes:
        resources: Addresses of what it is to be built from.
    """

    model: str
    recipe_hash: str
    resources: list[str]


@fact("twin.build.failed", gettext_noop("No new version of the city model {model} was built"))
class BuildFailed(FactData, frozen=True, kw_only=True):
    """A version could not be built; ``fault`` is the code of the error."""

    model: str
    recipe_hash: str
    fault: str
