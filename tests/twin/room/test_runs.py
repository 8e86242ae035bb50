"""Versions, scenarios and runs in the database, carried out in this process."""

import json

import msgspec
import pytest
from tests.twin.making import scenario as make

from heli.kernel.actor import Actor
from heli.ledger.models import Fact
from heli.twin import errors, runs, selectors, services
from heli.twin.crew import Inline, Processes
from heli.twin.models import Run
from heli.twin.packing import digest, pack, result_bytes, unpack

PLANNER = Actor("person", "7", "zrzy")


def ask(version, *names, **more):
    return services.ask_run(version, names, actor=PLANNER, department="zrzy", **more)


def carried_out(crew=None):
    row = runs.claim()
    runs.execute(row, crew or Inline())
    return selectors.run_by_code(row.code)


def test_a_city_comes_back_from_its_archive_as_it_was(demo_city):
    assert pack(demo_city) == pack(demo_city)
    assert unpack(pack(demo_city)).version == demo_city.version


def test_a_version_is_built_once(model, version, demo_city):
    assert (version.number, version.digest) == (1, demo_city.version)
    with pytest.raises(errors.SameContentError):
        services.add_version(model, demo_city, actor=PLANNER, department="zrzy")
    assert Fact.objects.filter(verb="twin.version.built").count() == 1


def test_a_scenario_has_revisions_and_nobody_overwrites_another(model, saved, demo_city):
    first = saved[0]
    closed = make(demo_city, "{kind: closure, where: {roads: [middle-bridge]}}")
    other = msgspec.structs.replace(closed, id="odd-plates")
    with pytest.raises(errors.NameTakenError):
        services.save_scenario(model, other, actor=PLANNER, department="zrzy")
    row = services.save_scenario(model, other, actor=PLANNER, department="zrzy", opened=1)
    assert (row.pk, row.revision) == (first.pk, 2)
    with pytest.raises(errors.ChangedMeanwhileError):
        services.save_scenario(model, other, actor=PLANNER, department="zrzy", opened=1)


def test_a_scenario_that_does_not_fit_is_not_saved(model, version, demo_city):
    wrong = make(demo_city, "{kind: closure, where: {roads: [moon-bridge]}}")
    with pytest.raises(errors.TwinError):
        services.save_scenario(model, wrong, actor=PLANNER, department="zrzy")
    foreign = make(demo_city, "{kind: closure, where: {roads: [middle-bridge]}}", model="0" * 64)
    with pytest.raises(errors.OtherModelError):
        services.save_scenario(model, foreign, actor=PLANNER, department="zrzy")
    assert not selectors.scenarios(model)


@pytest.mark.parametrize(
    ("names", "more", "error"),
    [
        ((), {}, errors.NoOptionError),
        (("odd-plates", "odd-plates"), {}, errors.NoOptionError),
        (("moon",), {}, errors.UnknownPolicyError),
        (("odd-plates",), {"draws": 7}, errors.BadEntryError),
        (("odd-plates",), {"by": ["nox"]}, errors.BadEntryError),
        (("odd-plates",), {"draws": 8, "by": ["nox@moon"]}, errors.UnknownFigureError),
        (("odd-plates",), {"draws": 8, "by": ["flow"]}, errors.UnknownFigureError),
    ],
)
def test_what_cannot_be_run_is_refused(version, saved, names, more, error):
    with pytest.raises(error):
        ask(version, *names, **more)
    assert not Run.objects.exists()


def test_a_run_is_carried_out_and_stands_in_the_ledger(version, saved):
    asked = ask(version, "odd-plates", draws=8, by=["nox@old-town"])
    row = carried_out()
    assert (row.code, row.state, row.done) == (asked.code, Run.State.DONE, row.total)
    found = selectors.whole_result(row, with_draws=True)
    assert [each["name"] for each in found["options"]] == ["odd-plates"]
    assert found["verdicts"][0]["better"] == "odd-plates"
    assert len(found["ensemble"]["values"]["odd-plates"]) == 8
    assert len(found["map"]["base"]["links"]["flow"]) == version.links
    fact = Fact.objects.get(pk=row.fact)
    assert fact.data["result_hash"] == row.digest
    assert fact.data["states"]["base"] == found["states"]["base"]["digest"]


def test_runs_are_carried_out_after_a_worker_of_this_process_has_ended(version, saved):
    runs.end()
    ask(version, "odd-plates")
    assert carried_out().state == Run.State.DONE


def test_the_same_run_gives_the_same_bytes_whoever_carries_it_out(version, saved):
    crew = Processes(2)
    try:
        ask(version, "odd-plates", draws=8)
        here = carried_out()
        ask(version, "odd-plates", draws=8)
        apart = carried_out(crew)
    finally:
        crew.abandon()
    assert here.digest == apart.digest
    assert result_bytes(here.result) == result_bytes(apart.result)
    assert digest(json.loads(result_bytes(here.result))) == here.digest


def test_a_run_that_waits_is_cancelled_at_once(version, saved):
    row = ask(version, "odd-plates")
    services.cancel_run(row, actor=PLANNER, department="zrzy")
    row.refresh_from_db()
    assert row.state == Run.State.CANCELLED
    assert runs.claim() is None
    with pytest.raises(errors.RunOverError):
        services.cancel_run(row, actor=PLANNER, department="zrzy")


def test_a_run_that_is_carried_out_stops_when_it_is_cancelled(version, saved):
    ask(version, "odd-plates", draws=64)
    row = runs.claim()

    class Impatient(Inline):
        def carry_out(self, act, items, beat):
            services.cancel_run(row, actor=PLANNER, department="zrzy")
            return super().carry_out(act, items, beat)

    runs.execute(row, Impatient())
    row.refresh_from_db()
    assert (row.state, bytes(row.result), row.digest) == (Run.State.CANCELLED, b"", "")


def test_a_run_that_meets_a_fault_of_the_program_ends_and_says_so(version, saved, caplog):
    ask(version, "odd-plates")
    row = runs.claim()

    class Broken(Inline):
        def carry_out(self, act, items, beat):
            raise IndexError("a fault")

    runs.execute(row, Broken())
    row.refresh_from_db()
    assert row.state == Run.State.FAILED
    assert row.fault["code"] == "twin.run_fault"
    assert "a fault" in caplog.text
    assert Fact.objects.get(verb="twin.run.failed").data["fault"] == "twin.run_fault"


def test_a_run_cancelled_at_the_last_moment_is_not_done(version, saved):
    ask(version, "odd-plates")
    row = runs.claim()
    services.cancel_run(row, actor=PLANNER, department="zrzy")
    assert services.finish_run(row, {"states": {}})
    row.refresh_from_db()
    assert (row.state, bytes(row.result), row.fact) == (Run.State.CANCELLED, b"", None)
    assert not Fact.objects.filter(verb="twin.run.finished").exists()


def test_a_run_given_back_by_workers_that_stop_is_not_at_fault(version, saved):
    ask(version, "odd-plates")
    for _ in range(5):
        row = runs.claim()
        assert row.attempts == 1
        services.begin_again(row)
    services.begin_again(row)
    assert Run.objects.get().attempts == 0


def test_a_run_for_another_version_of_the_city_is_refused(model, version, saved, demo_city):
    from dataclasses import replace

    newer = services.add_version(
        model, replace(demo_city, hour="09:00"), actor=PLANNER, department="zrzy"
    )
    with pytest.raises(errors.OtherModelError):
        ask(newer, "odd-plates")
    assert not Run.objects.exists()


def test_a_run_that_cannot_be_carried_out_says_why(version, saved):
    asked = ask(version, "odd-plates")
    foreign = {**asked.options[0]["document"], "model": "0" * 64}
    asked.options = [asked.options[0] | {"document": foreign}]
    asked.save()
    row = carried_out()
    assert (row.state, row.fault["code"]) == (Run.State.FAILED, "twin.other_model")
    assert Fact.objects.filter(verb="twin.run.failed").count() == 1


def test_a_run_whose_process_died_is_begun_again_but_not_for_ever(version, saved, time):
    ask(version, "odd-plates")
    for _ in range(3):
        assert runs.claim()
        assert runs.claim() is None
        time.advance(minutes=2)
    row = carried_out()
    assert (row.state, row.fault["code"]) == (Run.State.FAILED, "twin.run_broke_off")


def test_two_workers_never_have_the_same_run(version, saved, monkeypatch):
    """Both have seen it wait; the one who comes second to taking it goes away with nothing."""
    from heli.twin import background

    ask(version, "odd-plates")
    real, other = background.F, []

    def between(name):
        """What one worker comes to between looking and taking; there, another takes the run."""
        if not other:
            other.append(None)
            other[0] = runs.claim()
        return real(name)

    monkeypatch.setattr(background, "F", between)
    assert runs.claim() is None
    assert other[0] is not None
    assert Run.objects.get().attempts == 1
