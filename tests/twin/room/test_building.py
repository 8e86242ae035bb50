"""City models built from the exchange: under grants, with receipts, all of it or nothing."""

import copy
import datetime as dt

import pytest

from heli.demo.twin import sharing
from heli.exchange import errors as exchange_errors
from heli.exchange import services as exchange
from heli.exchange.compiled import catalogue
from heli.exchange.models import Grant
from heli.exchange.selectors import find_resource, grants
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.home import home
from heli.kernel.permissions import Role
from heli.ledger import offline
from heli.ledger import selectors as ledger
from heli.ledger.models import Fact
from heli.organisation.selectors import forget_departments
from heli.organisation.services import NewDepartment, NewPerson, create_departments, create_person
from heli.twin import errors, selectors, services
from heli.twin.building import jobs
from heli.twin.building.errors import ColumnNotOpenError, PartWithoutGrantError
from heli.twin.building.recipe import check_recipe
from heli.twin.building.versions import build_from_exchange
from heli.twin.models import Build, CityVersion
from heli.twin.policy import PLANNING

CODES = "szf gaj scjg rsj jyj zrzy wjw jtj swj fgw"


@pytest.fixture
def planner(transactional_db):
    forget_departments()
    catalogue.forget()
    create_departments(
        [NewDepartment(code, f"演示{code}", f"Demo {code}", code[0]) for code in CODES.split()],
        actor=HELI,
    )
    exchange.register_category(actor=HELI, code="2", title_zh="主题")
    sharing.share()
    new = NewPerson(
        "planner", "演示 规划", "Demo planner", department="zrzy",
        roles=frozenset({Role.OFFICER}), competences=(PLANNING,),
    )  # fmt: skip
    yield create_person(new, actor=HELI)
    catalogue.forget()
    forget_departments()


@pytest.fixture
def model(planner):
    return services.create_model(
        "linjiang", "临江", "Linjiang", department="zrzy", actor=planner.actor
    )


def uncalibrated():
    recipe = copy.deepcopy(sharing.recipe())
    del recipe["parts"]["counts"], recipe["parts"]["sales"]
    return recipe


def build(model, planner, recipe):
    return build_from_exchange(model, check_recipe(recipe), actor=planner.actor, department="zrzy")


def released():
    return Fact.objects.filter(verb="exchange.extract.released").count()


def test_a_version_is_built_with_the_receipts_of_its_sources(model, planner, tmp_path):
    row = build(model, planner, sharing.recipe())
    sources = {each.part: each for each in selectors.sources(row)}
    assert list(sources) == list(sharing.recipe()["parts"])
    assert (row.zones, row.links) == (56, 1038)
    keys = tmp_path / "keys.txt"
    keys.write_text(str(ledger.trusted_keys()))
    for each in sources.values():
        assert each.rows > 0
        verdict = offline.check_text(ledger.receipt(each.fact).to_json(), keys)
        assert verdict.proven is not None, verdict.reason
        content = verdict.proven.content
        assert content["verb"] == "exchange.extract.released"
        assert content["data"]["response_hash"] == each.response_hash
        assert content["data"]["resource"] == each.resource
        assert content["data"]["serves"] == "public_task:traffic-simulation"
    built = Fact.objects.get(verb="twin.version.built")
    assert built.data["sources"] == [str(each.fact) for each in sources.values()]

    fit = row.fit
    assert fit["shape"] == "heli-fit/1"
    for part in (fit["traffic"]["used"], fit["traffic"]["held_out"]):
        assert part["after"]["srmse"] < part["before"]["srmse"]
        assert part["after"]["geh_below_5"] >= 0.95
    assert fit["commerce"]["used"]["after"]["r_squared"] > 0.99
    assert fit["traffic"]["source"] == "gaj/traffic_counts"

    with pytest.raises(errors.SameContentError):
        build(model, planner, sharing.recipe())
    assert CityVersion.objects.count() == 1


def test_without_a_grant_nothing_is_read(model, planner):
    Grant.objects.filter(resource=find_resource("fgw/zone_population")).delete()
    catalogue.forget()
    with pytest.raises(PartWithoutGrantError) as caught:
        build(model, planner, uncalibrated())
    assert caught.value.figures["resource"] == "fgw/zone_population"
    assert "/exchange/fgw/zone_population/apply/" in caught.value.advice()
    assert released() == 0
    assert not CityVersion.objects.exists()
    assert Fact.objects.filter(verb="exchange.lookup.denied").count() == 1


def test_an_expired_grant_names_the_day(model, planner):
    far = clock.now() + dt.timedelta(days=800)
    with clock.frozen(far), pytest.raises(exchange_errors.GrantExpiredError):
        build(model, planner, uncalibrated())
    assert released() == 0


def test_a_masked_column_is_no_ground_for_a_model(model, planner):
    row = grants(resource=find_resource("fgw/zone_population")).get()
    masked = copy.deepcopy(row.policy)
    masked["fields"][3]["mask"] = "bucket"
    masked["fields"][3]["width"] = 1000
    Grant.objects.filter(pk=row.pk).update(policy=masked)
    catalogue.forget()
    with pytest.raises(ColumnNotOpenError) as caught:
        build(model, planner, uncalibrated())
    assert caught.value.figures["column"] == "high"
    assert released() == 0


def test_nothing_is_saved_when_the_last_resource_cannot_be_read(model, planner):
    recipe = uncalibrated()
    (home() / "registers" / "transit_times.parquet").unlink()
    with pytest.raises(exchange_errors.SourceUnavailableError):
        build(model, planner, recipe)
    assert released() == len(recipe["parts"]) - 1
    assert not CityVersion.objects.exists()
    assert not Fact.objects.filter(verb="twin.version.built").exists()


def test_a_build_is_carried_out_in_the_background_and_can_be_asked_for_again(model, planner):
    ask = {"actor": planner.actor, "department": "zrzy"}
    recipe = check_recipe(uncalibrated())
    asked = services.ask_build(model, recipe, **ask)
    with pytest.raises(errors.BuildingAlreadyError):
        services.ask_build(model, recipe, **ask)
    row = jobs.claim()
    assert row.pk == asked.pk
    assert jobs.claim() is None
    version = jobs.carry_out(row)
    row.refresh_from_db()
    assert (row.state, row.version) == (Build.State.DONE, version)
    assert version.fit == {}

    services.ask_build(model, recipe, **ask)
    with pytest.raises(errors.SameContentError):
        jobs.carry_out(jobs.claim())
    failed = Build.objects.first()
    assert (failed.state, failed.fault["code"]) == (Build.State.FAILED, "twin.same_content")
    assert Fact.objects.filter(verb="twin.build.failed").count() == 1


def test_a_build_that_another_process_took_up_is_that_ones_to_end(model, planner, monkeypatch):
    recipe = check_recipe(uncalibrated())
    services.ask_build(model, recipe, actor=planner.actor, department="zrzy")
    late = jobs.claim()
    Build.objects.update(attempts=2)  # as if its lease had ended while it read the last part
    monkeypatch.setattr(jobs, "_teller", lambda build: lambda step, done, total: None)
    with pytest.raises(jobs._TakenOverError):
        jobs.carry_out(late)
    assert not CityVersion.objects.exists()
    assert not services.fail_build(late, errors.BuildingAlreadyError(model=model.name))
    assert Build.objects.get().state == Build.State.RUNNING
    assert not Fact.objects.filter(verb="twin.build.failed").exists()
