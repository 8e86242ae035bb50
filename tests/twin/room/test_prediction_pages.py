"""Pages and operations of predictions for planners, readers and strangers."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.twin.room.foretold import done

from heli.kernel import clock
from heli.kernel.permissions import Role
from heli.twin import selectors
from heli.twin.models import Prediction

API = "/api/v1/twin"
NOX, LOSERS = "air/nox@old-town", "people/losers"


def page(name, *arguments):
    return reverse(f"twin:{name}", args=arguments)


@pytest.fixture
def enter(client):
    def make(person):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def run(version):
    return done(version)


@pytest.fixture
def officer(make_person):
    return make_person("officer", Role.OFFICER, department="szf")


@pytest.fixture
def applicant(make_person):
    return make_person("applicant", Role.APPLICANT)


def days(first=2, last=30):
    today = clock.today()
    return {
        "observed_from": str(today + dt.timedelta(days=first)),
        "observed_to": str(today + dt.timedelta(days=last)),
    }


def filed(client, run):
    answer = client.post(page("file", run.code), {"option": "odd-plates", **days()})
    assert answer.status_code == 302, answer.text
    return Prediction.objects.get()


def test_a_planner_files_observes_and_sees_the_score(enter, planner, run, time):
    client = enter(planner)
    row = filed(client, run)
    shown = client.get(page("prediction", row.pk))
    assert "Nothing was observed yet" in shown.text or "尚未" in shown.text
    assert client.get(page("predictions")).text.count(str(row.pk)) >= 1
    time.advance(days=40)
    assert client.get(page("predictions"), {"state": "due"}).text.count(str(row.pk)) >= 1
    answer = client.post(
        page("observe", row.pk), {"figures": f"{NOX},21\n{LOSERS},150", "source": "report 12"}
    )
    assert answer.status_code == 302, answer.text
    shown = client.get(page("prediction", row.pk)).text
    assert "report 12" in shown
    assert "50 %" in shown
    assert str(row.pk) not in client.get(page("predictions"), {"state": "due"}).text
    assert client.get(page("predictions"), {"state": "scored"}).text.count(str(row.pk)) >= 1


def test_the_table_of_figures_comes_back_filled_in(enter, planner, run, time):
    client = enter(planner)
    row = filed(client, run)
    time.advance(days=10)
    table = client.get(page("prediction_figures", row.pk)).content.decode("utf-8-sig")
    filled = table.replace(f"{NOX},,", f"{NOX},21.5,")
    assert filled != table
    file = SimpleUploadedFile("observed.csv", filled.encode("utf-8-sig"))
    answer = client.post(page("observe", row.pk), {"table": file, "source": "report 12"})
    assert answer.status_code == 302, answer.text
    assert {each.figure: each.value for each in selectors.observations(row)} == {NOX: 21.5}


@pytest.mark.parametrize(
    ("figures", "named"),
    [("", None), ("moon", "1"), (f"{NOX},many", "many"), (f"{NOX},1\n{NOX},2", "2"),
     ("air/nox@moon,1", "air/nox@moon"), (f"{NOX},nan", NOX), (f'{NOX},"' + "1" * 140_000, None)],
)  # fmt: skip
def test_what_cannot_be_read_is_named_and_stays_in_the_form(
    enter, planner, run, time, figures, named
):
    client = enter(planner)
    row = filed(client, run)
    time.advance(days=10)
    answer = client.post(page("observe", row.pk), {"figures": figures, "source": "report 12"})
    assert answer.status_code == 400
    assert "report 12" in answer.text
    assert named is None or named in answer.text
    assert not selectors.observations(row)


def test_a_period_that_has_begun_is_refused_in_the_form(enter, planner, run, time):
    answer = enter(planner).post(page("file", run.code), {"option": "odd-plates", **days(first=0)})
    assert answer.status_code == 400
    assert not Prediction.objects.exists()


def test_who_may_look_and_who_may_file(enter, planner, officer, applicant, run, time):
    row = filed(enter(planner), run)
    for person, status in ((officer, 200), (applicant, 403)):
        client = enter(person)
        assert client.get(page("prediction", row.pk)).status_code == status
        assert client.get(page("predictions")).status_code == status
        assert client.get(page("prediction_figures", row.pk)).status_code == status
        assert client.get(page("file", run.code)).status_code == 403
        assert client.get(page("observe", row.pk)).status_code == 403
    client.logout()
    assert client.get(page("prediction", row.pk)).status_code == 302


def test_the_same_over_rest(enter, planner, officer, run, time):
    client = enter(planner)
    made = client.post(
        f"{API}/runs/{run.code}/predictions",
        {"option": "odd-plates", **days()},
        content_type="application/json",
    )
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["state"], told["coverage"]) == ("waiting", None)
    url = f"{API}/predictions/{told['id']}"
    early = client.post(
        f"{url}/observations",
        {"values": {NOX: 21.0}, "source": "report"},
        content_type="application/json",
    )
    assert (early.status_code, early.json()["code"]) == (409, "twin.not_yet")
    time.advance(days=40)
    scored = client.post(
        f"{url}/observations",
        {"values": {NOX: 21.0, LOSERS: 150}, "source": "report"},
        content_type="application/json",
    ).json()
    assert (scored["state"], scored["coverage"]) == ("scored", 0.5)
    assert scored["figures"][0]["inside"] is True
    client = enter(officer)
    assert client.get(url).json() == scored
    assert [each["id"] for each in client.get(f"{API}/predictions").json()["items"]] == [told["id"]]
    denied = client.post(
        f"{API}/runs/{run.code}/predictions",
        {"option": "base", **days(50, 60)},
        content_type="application/json",
    )
    assert denied.status_code == 403
