"""The calendar page and the REST operations; both are open to everybody."""

import pytest

from heli.clocks.reckoning import AllowanceChoice, deadline_json, reckon

FRIDAY = "2026-02-13T10:00:00+08:00"
DUE = "/api/v1/clocks/due"


def test_due_gives_what_the_command_gives(client):
    answer = client.get(
        DUE,
        {"from": FRIDAY, "working_days": 5, "suspend": ["2026-02-25T10:00:00+08:00/.."]},
        headers={"accept-language": "en"},
    )
    assert answer.status_code == 200
    suspended = ["2026-02-25T10:00:00+08:00/.."]
    expected = deadline_json(reckon(FRIDAY, AllowanceChoice(working_days=5), suspended))
    assert answer.json() == expected
    assert answer.json()["due"] is None


def test_due_explains_in_the_language_of_the_reader(client):
    answer = client.get(
        DUE, {"from": FRIDAY, "working_days": 1}, headers={"accept-language": "zh-CN"}
    )
    assert answer.json()["due"] == "2026-02-14T18:00:00+08:00"
    assert answer.json()["counted"][1]["text"] == (
        "2026-02-14：调休上班（春节），计入，第 1 日（共 1 日）"
    )


def test_due_explains_what_a_suspension_took(client):
    pause = "2026-02-14T10:00:00+08:00/2026-02-14T12:00:00+08:00"
    answer = client.get(
        DUE,
        {"from": FRIDAY, "working_days": 1, "suspend": [pause]},
        headers={"accept-language": "zh-CN"},
    ).json()
    assert answer["due"] == "2026-02-24T11:00:00+08:00"
    assert [answer["counted"][place]["text"] for place in (1, -1)] == [
        "2026-02-14：调休上班（春节），中止 2 小时，计入 6 小时，累计 6 小时（共 8 小时）",
        "2026-02-24：计入 2 小时，累计 8 小时（共 8 小时）",
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"from": "2026-02-13T10:00:00", "hours": 1}, "legaltime.bad_instant"),
        ({"from": FRIDAY}, "clocks.allowance_choice"),
        ({"from": FRIDAY, "working_days": 365}, "legaltime.unknown_year"),
        ({"from": FRIDAY, "hours": 1, "office_hours": "x"}, "legaltime.bad_office_hours"),
        ({"from": "9999-12-31T10:00:00+08:00", "hours": 48}, "legaltime.instant_out_of_range"),
        ({"from": "9999-12-31T10:00:00+08:00", "days": 4}, "legaltime.instant_out_of_range"),
        ({"from": "1990-04-14T10:00:00+08:00", "hours": 48}, "legaltime.instant_out_of_range"),
        (
            {"from": FRIDAY, "hours": 48, "suspend": [f"{FRIDAY}/9999-12-31T23:59:59+08:00"]},
            "legaltime.instant_out_of_range",
        ),
        ({"from": FRIDAY, "hours": 10**12}, "legaltime.bad_allowance"),
        ({"from": FRIDAY, "hours": -1}, "legaltime.bad_allowance"),
        ({"from": FRIDAY, "hours": "9" * 5000}, "input.bad"),
        ({"from": FRIDAY, "hours": "many"}, "input.bad"),
        ({"hours": 1}, "input.bad"),
    ],
)
def test_bad_queries_are_problems(client, query, code):
    answer = client.get(DUE, query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert answer.json()["remedy"]


def test_calendar_of_a_year(client):
    answer = client.get("/api/v1/clocks/calendar/2026").json()
    assert answer["working_days"] == 248
    assert answer["notices"][0]["number"] == "国办发明电〔2025〕7号"
    assert {"2026-02-14", "2026-02-28"} <= {
        day["day"] for day in answer["exceptions"] if day["kind"] == "make_up_workday"
    }
    assert client.get("/api/v1/clocks/calendar/2027").json()["code"] == "legaltime.unknown_year"


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_shows_every_day_and_its_source(client, language):
    answer = client.get("/clocks/calendar/2026/", headers={"accept-language": language})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert page.count('class="cell ') == 365 + 4  # and the legend's
    assert page.count('class="cell make_up_workday"') == 6 + 1
    assert "国办发明电〔2025〕7号" in page
    assert " style=" not in page


@pytest.mark.django_db
def test_the_page_opens_on_the_present_year(client, now):
    assert "2026" in client.get("/clocks/calendar/").content.decode().split("<h1>")[1][:80]


@pytest.mark.django_db
def test_an_unknown_year_is_an_error_page(client):
    answer = client.get("/clocks/calendar/2031/")
    assert answer.status_code == 422
    assert "2031" in answer.content.decode()
