"""Pages of the twin: what each kind of person sees and may do."""

import csv
import io
import json

import msgspec
import pytest
from django.urls import reverse
from django.utils import translation
from tests.twin.making import scenario

from heli.kernel.permissions import Role
from heli.ledger.models import Fact
from heli.twin import runs, selectors, services
from heli.twin.crew import Inline
from heli.twin.judging import which_number
from heli.twin.models import Run
from heli.twin.reading import Reading

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
BY = ("nox@old-town", "sales@old-town")


@pytest.fixture(scope="module")
def found():
    """Results that other tests have computed, by what was asked for."""
    return {}


@pytest.fixture
def done(version, saved, planner, found):
    """A run that is through, computed once for all tests of this file."""
    row = services.ask_run(
        version,
        ["odd-plates", "bridge-toll"],
        actor=planner.actor,
        department="zrzy",
        draws=8,
        by=BY,
        note="会议一",
    )
    if not found:
        runs.execute(runs.claim(), Inline())
        row = selectors.run_by_code(row.code)
        found.update(selectors.whole_result(row))
    else:
        Run.objects.filter(pk=row.pk).update(state=Run.State.RUNNING)
        services.finish_run(row, found)
    return selectors.run_by_code(row.code)


@pytest.fixture
def english(client):
    client.cookies["django_language"] = "en"
    return client


def page(client, name, *arguments, **query):
    answer = client.get(reverse(f"twin:{name}", args=arguments), query)
    assert answer.status_code == 200, answer.content[:400]
    return answer.content.decode()


def test_officials_read_and_applicants_do_not(client, done, make_person):
    paths = [reverse("twin:start"), reverse("twin:run", args=[done.code]),
             reverse("twin:city", args=["linjiang"])]  # fmt: skip
    client.force_login(make_person("outsider", Role.OFFICER, department="scjg"), backend=BACKEND)
    assert {client.get(path).status_code for path in paths} == {200}
    assert client.get(reverse("twin:ask")).status_code == 403
    assert "试一试政策" not in client.get(paths[0]).content.decode()
    client.force_login(make_person("somebody", Role.APPLICANT), backend=BACKEND)
    assert {client.get(path).status_code for path in paths} == {403}


def test_a_planner_chooses_policies_and_comes_to_the_run(client, saved, planner):
    client.force_login(planner, backend=BACKEND)
    shown = page(client, "ask", options="odd-plates")
    assert 'value="odd-plates" ' in shown
    assert "checked" in shown
    asked = {"model": "linjiang", "version": "1", "options": ["odd-plates", "bridge-toll"],
             "draws": "16", "by_1": "nox@old-town", "by_2": "sales@old-town"}  # fmt: skip
    answer = client.post(reverse("twin:ask"), asked)
    run = Run.objects.get()
    assert answer["Location"] == reverse("twin:run", args=[run.code])
    assert (run.draws, run.by, run.asked_by) == (16, list(BY), str(planner.actor))
    assert run.code in page(client, "run", run.code)


def test_what_was_typed_stays_when_it_is_refused(client, saved, planner):
    client.force_login(planner, backend=BACKEND)
    refused = client.post(
        reverse("twin:ask"), {"model": "linjiang", "draws": "0", "note": "下周一"}
    )
    shown = refused.content.decode()
    assert refused.status_code == 400
    assert "至少选择一项政策" in shown
    assert "下周一" in shown
    assert not Run.objects.exists()


def test_without_draws_what_was_preselected_to_rank_by_does_not_count(client, saved, planner):
    client.force_login(planner, backend=BACKEND)
    asked = {"model": "linjiang", "options": ["odd-plates"], "draws": "0", "by_1": "nox@old-town"}
    assert client.post(reverse("twin:ask"), asked).status_code == 302
    row = Run.objects.get()
    assert (row.draws, row.by) == (0, [])


def test_every_figure_that_is_offered_can_be_ranked_by(done):
    """Choices of the form are figures of a result."""
    from heli.twin.forms import ranking_choices
    from heli.twin.ranking import find_key

    reading = Reading(selectors.result_of(done))
    for _label, choices in ranking_choices(reading.districts, reading.areas)[1:]:
        for wish, _words in choices:
            assert find_key(wish, list(reading.figures)).name == wish.partition("@")[0]


def test_the_answer_stands_above_with_its_certainty(english, done, planner):
    english.force_login(planner, backend=BACKEND)
    shown = page(english, "run", done.code)
    assert "By NOx where people live in Old Town, “Odd plate numbers stay out" in shown
    assert "is better than “Leaving all as it is” by" in shown
    assert "all 8 draws" in shown
    assert done.digest in shown
    assert done.version.digest in shown
    assert reverse("twin:data", args=[done.code, "json"]) in shown
    assert "会议一" in shown


def test_every_reader_sees_what_was_compared(english, done, make_person):
    reader = make_person("reader", Role.OFFICER, department="scjg")
    english.force_login(reader, backend=BACKEND)
    shown = page(english, "run", done.code)
    assert "Mon, Tue, Wed, Thu, Fri, 07:00 to 20:00" in shown
    assert "Plate numbers stay out: Area Old Town; Last digits that stay out 1, 3, 5, 7, 9" in shown
    assert "Road toll: roads Middle bridge; Price 5 yuan; for Private cars, Freight" in shown


def test_whoever_may_not_edit_looks_into_a_policy(english, version, saved, planner, make_person):
    path = reverse("twin:scenario", args=["linjiang", "bridge-toll"])
    edit = reverse("twin:scenario_edit", args=["linjiang", "bridge-toll"])
    reader = make_person("reader", Role.OFFICER, department="scjg")
    english.force_login(reader, backend=BACKEND)
    assert path in page(english, "start")
    assert path in page(english, "city", "linjiang")
    shown = page(english, "scenario", "linjiang", "bridge-toll")
    assert "Road toll: roads Middle bridge; Price 5 yuan; for Private cars, Freight" in shown
    assert edit not in shown
    english.force_login(planner, backend=BACKEND)
    assert edit in page(english, "scenario", "linjiang", "bridge-toll")
    assert english.get(reverse("twin:scenario", args=["linjiang", "none"])).status_code == 404


def test_figures_are_told_by_place_and_group(english, done, planner):
    english.force_login(planner, backend=BACKEND)
    assert "Traffic on the road · Middle bridge" in page(english, "run", done.code)
    south = page(english, "run", done.code, place="江南示范区", group="low")
    table = south[south.index('id="figures"') : south.index("chart-air")]
    assert "Jobs that a resident reaches" in table
    assert "Middle bridge" not in table
    everywhere = page(english, "run", done.code, group="low")
    assert "What a trip costs more · South Bank" in everywhere


def test_it_is_said_which_of_two_differences_is_which(english, done, planner):
    english.force_login(planner, backend=BACKEND)
    assert "is the middle of the draws" in page(english, "run", done.code)
    reading = Reading(selectors.result_of(done))
    verdicts = [{**each, "central": each["difference"]} for each in reading.found["verdicts"]]
    with translation.override("en"):
        assert which_number(reading)
        reading.found = {**reading.found, "verdicts": verdicts}
        assert which_number(reading) == ""


def test_without_draws_no_prediction_is_offered(english, planner, done):
    english.force_login(planner, backend=BACKEND)
    told = "It cannot be filed as a prediction"
    shown = page(english, "run", done.code)
    assert reverse("twin:file", args=[done.code]) in shown
    assert told not in shown
    Run.objects.filter(pk=done.pk).update(draws=0)
    shown = page(english, "run", done.code)
    assert reverse("twin:file", args=[done.code]) not in shown
    assert told in shown


def test_who_may_not_plan_is_told_so_above_all_else(english, model, version, planner, make_person):
    told = "Your post does not include policy simulation. Policies are tried by leaders"
    reader = make_person("reader", Role.OFFICER, department="scjg")
    english.force_login(reader, backend=BACKEND)
    shown = page(english, "start")
    assert shown.index(told) < shown.index("What was tried lately")
    english.force_login(planner, backend=BACKEND)
    assert told not in page(english, "start")


def test_each_option_has_its_maps(english, done, planner):
    english.force_login(planner, backend=BACKEND)
    shown = page(english, "run", done.code, option="bridge-toll", layer="sales")
    assert (
        "What does “A toll on the middle bridge and paid parking in the old town” change" in shown
    )
    assert shown.count('<figure class="map-panel">') == 3


def test_the_same_in_chinese_says_no_english(client, done, planner):
    client.force_login(planner, backend=BACKEND)
    shown = page(client, "run", done.code)
    for word in ("Sales of shops", "persons", "yuan", "Old Town", "generalised"):
        assert word not in shown.replace("old-town", ""), word


def test_figures_appear_before_they_are_sure(client, version, saved, planner, done, found):
    client.force_login(planner, backend=BACKEND)
    row = services.ask_run(version, ["odd-plates"], actor=planner.actor, department="zrzy")
    progress = reverse("twin:progress", args=[row.code])
    waiting = client.get(progress)
    assert "HX-Refresh" not in waiting
    assert "正在排队" in waiting.content.decode()
    Run.objects.filter(pk=row.pk).update(state=Run.State.RUNNING, step="ensemble", total=9, done=3)
    row.refresh_from_db()
    first = {name: value for name, value in found.items() if name not in ("verdicts", "ensemble")}
    bare = [{**each, "solver_errors": {}} for each in first["figures"]]
    for each in bare:
        each.pop("intervals"), each.pop("changes")
    services.keep_so_far(row, {**first, "figures": bare})
    assert "HX-Refresh" not in client.get(progress), "while it polls, a page cannot load"
    assert "every" not in client.get(progress).content.decode()
    assert client.get(progress, {"anew": 1})["HX-Refresh"] == "true"
    assert "HX-Refresh" not in client.get(progress, {"figures": 1})
    shown = page(client, "run", row.code)
    assert "33 %" in shown
    assert "求解误差还在计算" in shown
    assert 'id="figures"' in shown


def test_a_run_is_stopped_by_its_own_department_alone(client, version, saved, planner, make_person):
    from heli.twin.policy import PLANNING

    row = services.ask_run(version, ["odd-plates"], actor=planner.actor, department="zrzy")
    other = make_person("other", Role.OFFICER, department="scjg", competences=(PLANNING,))
    client.force_login(other, backend=BACKEND)
    assert client.post(reverse("twin:cancel", args=[row.code])).status_code == 403
    client.force_login(planner, backend=BACKEND)
    client.post(reverse("twin:cancel", args=[row.code]))
    assert "已停止" in page(client, "run", row.code)
    again = client.post(reverse("twin:cancel", args=[row.code]), follow=True)
    assert "已经" in again.content.decode()


def test_a_run_that_failed_says_why(english, version, saved, planner):
    from heli.twin.errors import OtherModelError

    row = services.ask_run(version, ["odd-plates"], actor=planner.actor, department="zrzy")
    services.fail_run(row, OtherModelError(scenario="odd-plates", wanted="0" * 12, found="1" * 12))
    english.force_login(planner, backend=BACKEND)
    shown = page(english, "run", row.code)
    assert "is for the city model 000000000000, but this one is 111111111111" in shown


def test_data_are_the_bytes_of_the_fact_and_a_table(client, done, planner):
    from hashlib import sha256

    client.force_login(planner, backend=BACKEND)
    answer = client.get(reverse("twin:data", args=[done.code, "json"]))
    assert sha256(answer.content).hexdigest() == Fact.objects.get(pk=done.fact).data["result_hash"]
    text = client.get(reverse("twin:data", args=[done.code, "csv"])).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    figures = json.loads(answer.content)["figures"]
    assert len(rows) == len(figures)
    assert float(rows[0]["odd-plates"]) == figures[0]["odd-plates"]
    assert float(rows[0]["odd-plates change low"]) == figures[0]["changes"]["odd-plates"][0]
    assert client.get(reverse("twin:data", args=[done.code, "xls"])).status_code == 404


def test_what_is_not_done_has_no_data_and_cannot_be_cited(client, version, saved, planner):
    row = services.ask_run(version, ["odd-plates"], actor=planner.actor, department="zrzy")
    client.force_login(planner, backend=BACKEND)
    assert client.get(reverse("twin:data", args=[row.code, "json"])).status_code == 409
    answer = client.post(reverse("twin:cite", args=[row.code]), {"matter": "LJ-7K3D9Q-42"})
    assert answer.status_code == 400


def test_a_run_is_cited_only_where_the_department_takes_part(
    client, done, planner, make_person, monkeypatch
):
    from heli.exchange.questions import Standing
    from heli.ledger.sentences import Lead, lead_of
    from heli.twin.pages import runs as pages
    from heli.twin.services import runs as cited

    client.force_login(planner, backend=BACKEND)
    path = reverse("twin:cite", args=[done.code])
    refused = client.post(path, {"matter": "LJ-7K3D9Q-42", "note": "说明"})
    assert refused.status_code == 400
    assert "说明" in refused.content.decode()
    monkeypatch.setattr(
        cited, "matter_standing", lambda *_: Standing(True, True, False, took_part=True)
    )
    client.post(path, {"matter": "lj-7k3d9q-42", "note": "说明"})
    assert '<span class="code">LJ-7K3D9Q-42</span>' in page(client, "run", done.code)
    monkeypatch.setattr(pages, "matter_address", lambda _reader, code: f"/to/{code}/")
    shown = page(client, "run", done.code)
    assert '<a class="code" href="/to/LJ-7K3D9Q-42/">LJ-7K3D9Q-42</a>' in shown
    assert "说明" in shown
    fact = Fact.objects.get(verb="twin.run.cited", matter="LJ-7K3D9Q-42")
    lead = Lead(reverse("twin:run", args=[done.code]), "说明")
    assert lead_of(fact.verb, planner, fact.matter, fact.data) == lead
    somebody = make_person("somebody", Role.APPLICANT)
    assert lead_of(fact.verb, somebody, fact.matter, fact.data) == Lead()


def test_leaders_cite_a_run_in_every_matter_there_is(client, done, leader, monkeypatch):
    from heli.exchange.questions import Standing
    from heli.twin.services import runs as cited

    client.force_login(leader, backend=BACKEND)
    path = reverse("twin:cite", args=[done.code])
    assert client.post(path, {"matter": "LJ-7K3D9Q-42"}).status_code == 400  # there is none
    monkeypatch.setattr(cited, "matter_standing", lambda *_: Standing(True, False, False))
    assert client.post(path, {"matter": "LJ-7K3D9Q-42"}).status_code == 302
    assert Fact.objects.filter(verb="twin.run.cited", department="szf").count() == 1


def test_receipts_are_offered_to_those_who_may_open_them(client, done, planner, make_person):
    path = reverse("ledger:receipt", args=[done.fact])
    client.force_login(planner, backend=BACKEND)
    assert path in page(client, "run", done.code)
    client.force_login(make_person("outsider", Role.OFFICER, department="scjg"), backend=BACKEND)
    assert path not in page(client, "run", done.code)


def test_the_city_says_what_it_is_made_of_and_is_handed_out(client, model, version, saved, planner):
    from heli.twin.packing import unpack

    client.force_login(planner, backend=BACKEND)
    shown = page(client, "city", "linjiang")
    assert version.digest in shown
    assert "工作日单号限行老城" in shown
    assert "风速" in shown
    answer = client.get(reverse("twin:city_file", args=["linjiang", 1]))
    assert unpack(answer.content).version == version.digest


def test_what_the_exchange_gave_one_department_is_not_handed_to_others(
    client, model, version, planner, make_person
):
    from heli.kernel import clock
    from heli.kernel.ids import uuid7
    from heli.twin.models import CitySource, CityVersion

    CitySource.objects.create(
        version=version, part="sales", resource="swj/sales", fact=uuid7(), rows=1,
        read_at=clock.now(),
    )  # fmt: skip
    fit = {"shape": "heli-fit/1", "commerce": {"unit": "yuan/day", "points": [{"observed": 7.5}]}}
    CityVersion.objects.update(fit=fit)
    file = reverse("twin:city_file", args=["linjiang", 1])
    detail = "/api/v1/twin/models/linjiang/versions/1"
    client.force_login(planner, backend=BACKEND)
    assert client.get(file).status_code == 200
    assert client.get(detail).json()["fit"] == fit
    client.force_login(make_person("stranger", Role.OFFICER, department="jyj"), backend=BACKEND)
    assert client.get(file).status_code == 403
    told = client.get(detail).json()["fit"]
    assert told == {"shape": "heli-fit/1", "commerce": {"unit": "yuan/day"}}
    CityVersion.objects.update(fit={})
    assert file not in page(client, "city", "linjiang")


@pytest.mark.parametrize("number", ["²", "9" * 5000, "-1", "99999999999999999999"])
def test_a_version_that_is_no_number_is_passed_over(client, version, planner, number):
    client.force_login(planner, backend=BACKEND)
    for name, arguments in (("city", ["linjiang"]), ("ask", [])):
        answer = client.get(reverse(f"twin:{name}", args=arguments), {"version": number})
        assert answer.status_code == 200


def test_names_in_a_table_are_not_taken_for_formulas(client, version, planner):
    from tests.twin.room.foretold import done as by_hand
    from tests.twin.room.foretold import result

    found = result()
    found["figures"][0]["place"] = "=1+1"
    found["figures"][0]["changes"] = found["figures"][1]["changes"] = {"odd-plates": [-1.0, 1.0]}
    row = by_hand(version, found)
    client.force_login(planner, backend=BACKEND)
    table = client.get(reverse("twin:data", args=[row.code, "csv"])).content.decode("utf-8-sig")
    assert ",'=1+1," in table
    assert ",-1.0," in table


def test_a_policy_for_an_older_version_is_to_be_adapted(
    client, model, version, saved, planner, demo_city
):
    from dataclasses import replace

    services.add_version(
        model, replace(demo_city, name="Linjiang II"), actor=planner.actor, department="zrzy"
    )
    client.force_login(planner, backend=BACKEND)
    shown = page(client, "city", "linjiang")
    assert shown.count("旧于版本 2") == 2
    assert "调整到版本 2" in shown
    asking = page(client, "ask")
    assert "没有适用于该版本的政策" in asking
    assert "2 项政策" in asking
    assert 'value="odd-plates"' in page(client, "ask", model="linjiang", version="1")


def test_a_policy_is_put_away_by_planners_alone(client, model, saved, planner, make_person):
    path = reverse("twin:scenario_remove", args=["linjiang", "odd-plates"])
    client.force_login(make_person("outsider", Role.OFFICER, department="scjg"), backend=BACKEND)
    assert client.post(path).status_code == 403
    client.force_login(planner, backend=BACKEND)
    client.post(path)
    assert [row.name for row in selectors.scenarios(model)] == ["bridge-toll"]


def test_without_a_city_the_pages_say_what_is_missing(client, planner):
    client.force_login(planner, backend=BACKEND)
    assert "还没有城市模型" in page(client, "start")
    assert "还没有城市模型" in page(client, "ask")


# REST


def call(client, method, path, body=None, **more):
    return client.generic(
        method, f"/api/v1/twin{path}", json.dumps(body) if body is not None else "",
        content_type="application/json", **more,
    )  # fmt: skip


def test_scenarios_and_runs_over_rest(client, model, version, policies, planner):
    client.force_login(planner, backend=BACKEND)
    document = msgspec.to_builtins(policies["odd-plates"])
    path = "/models/linjiang/scenarios/odd-plates"
    saved = call(client, "PUT", path, {"document": document})
    assert saved.status_code == 200
    assert saved.json()["revision"] == 1
    assert call(client, "PUT", path, {"document": document}).status_code == 409
    assert call(client, "PUT", f"{path}-2", {"document": document}).status_code == 422
    assert [each["name"] for each in call(client, "GET", "/models/linjiang/scenarios").json()] == [
        "odd-plates"
    ]
    assert call(client, "GET", path).json()["document"]["id"] == "odd-plates"
    asked = {"model": "linjiang", "options": ["odd-plates"]}
    keyed = {"HTTP_IDEMPOTENCY_KEY": "once"}
    first = call(client, "POST", "/runs", asked, **keyed)
    assert first.status_code == 202
    assert call(client, "POST", "/runs", asked, **keyed).json() == first.json()
    assert [each["code"] for each in call(client, "GET", "/runs").json()["items"]] == [
        first.json()["code"]
    ]
    run = f"/runs/{first.json()['code']}"
    assert call(client, "GET", f"{run}/result").status_code == 409
    assert call(client, "POST", f"{run}/cancel").json()["state"] == "cancelled"
    assert call(client, "DELETE", path).status_code == 200
    assert call(client, "GET", path).status_code == 404


def test_results_over_rest_are_the_same_bytes(client, done, planner, make_person):
    from hashlib import sha256

    client.force_login(make_person("outsider", Role.OFFICER, department="scjg"), backend=BACKEND)
    answer = call(client, "GET", f"/runs/{done.code}/result")
    assert sha256(answer.content).hexdigest() == done.digest
    got = call(client, "GET", f"/runs/{done.code}").json()
    assert (got["result_hash"], got["version_digest"]) == (done.digest, done.version.digest)
    assert call(client, "GET", f"/runs/{done.code}/citations").json() == []
    (shown,) = call(client, "GET", "/models").json()
    assert [each["number"] for each in shown["versions"]] == [1]
    detail = call(client, "GET", "/models/linjiang/versions/1").json()
    assert {each["name"] for each in detail["assumptions"]} >= {"wind", "demand"}
    asked = {"model": "linjiang", "options": ["odd-plates"]}
    assert call(client, "POST", "/runs", asked).status_code == 403


def test_zones_that_a_policy_cuts_off_are_named(client, planner, version, demo_city, model):
    roads = "[west-bridge, middle-bridge, east-bridge]"
    shut = scenario(demo_city, f"{{kind: closure, where: {{roads: {roads}}}}}", id="all-closed")
    services.save_scenario(model, shut, actor=planner.actor, department="zrzy")
    row = services.ask_run(version, ["all-closed"], actor=planner.actor, department="zrzy")
    runs.execute(runs.claim(), Inline())
    client.force_login(planner, backend=BACKEND)
    assert "道路中断" in page(client, "run", row.code)
