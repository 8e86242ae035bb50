"""Predictions: filed before they can be known, observed afterwards, scored."""

import datetime as dt
import math

import pytest
from tests.twin.room.foretold import done, result

from heli.engines.fit.scoring import crps
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.ledger.models import Fact
from heli.twin import errors, selectors, services
from heli.twin.models import Observation, Prediction, Run
from heli.twin.packing import canonical, compress, digest
from heli.twin.scoring import score

PLANNER = Actor("person", "7", "zrzy")
NOX, LOSERS = "air/nox@old-town", "people/losers"


def file(run, option="odd-plates", first=2, last=30):
    today = clock.today()
    return services.file_prediction(
        run,
        option,
        today + dt.timedelta(days=first),
        today + dt.timedelta(days=last),
        actor=PLANNER,
        department="zrzy",
    )


def observe(prediction, values, source="monitoring report 12"):
    return services.enter_observations(prediction, values, source, actor=PLANNER, department="zrzy")


@pytest.fixture
def run(version):
    return done(version)


def test_a_prediction_holds_every_figure_with_its_draws_and_stands_in_the_ledger(run, time):
    row = file(run)
    assert row.digest == digest(row.document)
    told = row.document["figures"]
    assert [each["key"] for each in told] == [NOX, LOSERS]
    assert told[0]["draws"] == [20.0, 22.0, 24.0, 26.0]
    assert told[0]["no_change"] == [30.0, 32.0, 34.0, 36.0]
    assert (told[0]["low"], told[0]["high"], told[0]["unit"]) == (20.0, 26.0, "µg/m³")
    fact = Fact.objects.get(pk=row.fact)
    assert fact.verb == "twin.prediction.filed"
    assert fact.data["prediction_hash"] == row.digest


def test_the_base_is_foretold_without_a_comparison_with_itself(run, time):
    row = file(run, "base")
    assert "no_change" not in row.document["figures"][0]
    time.advance(days=40)
    observe(row, {NOX: 33.0})
    assert score(row.document, {NOX: 33.0}).skill is None


@pytest.mark.parametrize(
    ("option", "first", "last", "error"),
    [
        ("moon", 2, 30, errors.UnknownOptionError),
        ("odd-plates", 0, 30, errors.PeriodError),
        ("odd-plates", -3, 30, errors.PeriodError),
        ("odd-plates", 5, 4, errors.PeriodError),
    ],
)
def test_what_cannot_be_filed_is_refused(run, time, option, first, last, error):
    with pytest.raises(error):
        file(run, option, first, last)
    assert not Prediction.objects.exists()
    assert not Fact.objects.filter(verb="twin.prediction.filed").exists()


def test_a_run_that_is_not_done_or_has_no_ensemble_foretells_nothing(version, time):
    with pytest.raises(errors.NoEnsembleError):
        file(done(version, result(draws=None)))
    open_run = done(version)
    open_run.state = Run.State.RUNNING
    with pytest.raises(errors.RunNotDoneError):
        file(open_run)


def test_the_same_is_filed_once(run, time):
    file(run)
    with pytest.raises(errors.FiledAlreadyError):
        file(run, last=60)
    file(run, first=3)
    assert Prediction.objects.count() == 2


def test_observations_are_scored_in_their_fact(run, time):
    row = file(run)
    time.advance(days=40)
    observe(row, {NOX: 21.0, LOSERS: 150.0})
    fact = Fact.objects.get(verb="twin.prediction.observed")
    nox = crps([[20.0], [22.0], [24.0], [26.0]], [21.0])[0]
    losers = crps([[100.0], [110.0], [120.0], [130.0]], [150.0])[0]
    assert fact.data["coverage"] == 0.5
    assert fact.data["crps"] == pytest.approx((nox / 33 + losers / 115) / 2)
    found = score(row.document, {NOX: 21.0, LOSERS: 150.0})
    still = (crps([[30.0], [32.0], [34.0], [36.0]], [21.0])[0] / 33 + 150 / 115) / 2
    assert found.skill == pytest.approx(1 - found.crps / still)
    assert [each.inside for each in found.figures] == [True, False]
    assert found.expected == pytest.approx(0.9)


def test_later_values_supersede_and_all_are_kept(run, time):
    row = file(run)
    time.advance(days=10)
    observe(row, {NOX: 21.0})
    observe(row, {NOX: 27.0, LOSERS: 120.0}, "corrected report")
    assert {each.figure: each.value for each in selectors.observations(row)} == {
        NOX: 27.0,
        LOSERS: 120.0,
    }
    assert Observation.objects.filter(prediction=row, figure=NOX).count() == 2
    last = Fact.objects.filter(verb="twin.prediction.observed").order_by("-at").first()
    assert last.data["coverage"] == 0.5


@pytest.mark.parametrize(
    ("values", "source", "error", "field"),
    [
        ({"air/nox@moon": 1.0}, "report", errors.NotForetoldError, "values"),
        ({NOX: math.nan}, "report", errors.BadObservationError, "values"),
        ({NOX: math.inf}, "report", errors.BadObservationError, "values"),
        ({NOX: -1e308}, "report", errors.BadObservationError, "values"),
        ({}, "report", errors.BadObservationError, "values"),
        ({NOX: 21.0}, "  ", errors.BadObservationError, "source"),
    ],
)
def test_bad_observations_are_named_and_nothing_is_kept(run, time, values, source, error, field):
    row = file(run)
    time.advance(days=10)
    with pytest.raises(error) as raised:
        observe(row, {LOSERS: 100.0, **values} if values else {}, source)
    assert raised.value.field == field
    assert not Observation.objects.exists()


def test_nothing_is_observed_before_the_period(run, time):
    row = file(run)
    time.advance(days=1)
    with pytest.raises(errors.NotYetObservedError):
        observe(row, {NOX: 21.0})
    time.advance(days=1)
    assert observe(row, {NOX: 21.0})


def test_a_prediction_that_is_not_there_is_named(db):
    for code in ("moon", "018f0000-0000-7000-8000-000000000000"):
        with pytest.raises(errors.UnknownPredictionError):
            selectors.prediction(code)


def test_what_was_altered_in_the_database_is_neither_filed_nor_scored(run, time):
    row = file(run)
    found = result()
    found["figures"][0]["odd-plates"] = 1.0
    Run.objects.filter(pk=run.pk).update(result=compress(canonical(found)))
    run.refresh_from_db()
    with pytest.raises(errors.AlteredError):
        file(run, first=3)

    row.document["figures"][0]["low"] = -100.0
    row.save()
    time.advance(days=40)
    with pytest.raises(errors.AlteredError):
        observe(row, {NOX: 21.0})
    assert not Observation.objects.exists()
