"""The cockpit's pages and operations: who may see them, and what stands on them."""

import pytest
from django.urls import reverse

from heli.cases.history.importer import import_log
from heli.cases.models import Matter
from heli.exchange.facts import LookupDenied
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.ledger.services import record

BACKEND = "django.contrib.auth.backends.ModelBackend"
PAGES = ["home", "figures", "news", "stream", "history", "tasks", "requests", "matters", "facts"]
OPERATIONS = [
    f"/api/v1/cockpit/{name}"
    for name in ("summary", "stream", "tasks", "requests", "matters", "facts")
]


@pytest.mark.parametrize("page", PAGES)
def test_visitors_are_sent_to_the_sign_in_page(client, db, page):
    answer = client.get(reverse(f"cockpit:{page}"))
    assert answer.status_code == 302
    assert answer.url.startswith("/sign-in/")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", [Role.APPLICANT, Role.OFFICER, Role.STEWARD, Role.SYSTEM_ADMIN])
def test_only_those_who_answer_or_supervise_may_look(client, person, page, role):
    client.force_login(person(role), backend=BACKEND)
    assert client.get(reverse(f"cockpit:{page}")).status_code == 403


@pytest.mark.parametrize("operation", OPERATIONS)
def test_operations_are_guarded_too(client, person, operation):
    assert client.get(operation).status_code == 401
    client.force_login(person(Role.OFFICER), backend=BACKEND)
    assert client.get(operation).status_code == 403


@pytest.mark.parametrize("role", [Role.LEADER, Role.SUPERVISOR, Role.HEAD])
def test_leaders_supervisors_and_heads_see_it(client, person, known, role):
    client.force_login(person(role), backend=BACKEND)
    assert client.get(reverse("cockpit:home")).status_code == 200


def test_the_page_in_english(leader, known):
    body = leader.get(reverse("cockpit:home")).content.decode()
    assert "How well did departments act as one in the last 7 days?" in body
    assert "Fire Brigade" in body
    assert "核查 en" in body
    assert 'data-live="/cockpit/stream/?after=' in body


def test_the_page_in_chinese(client, person, known):
    client.force_login(person(Role.LEADER), backend=BACKEND)
    body = client.get(reverse("cockpit:home")).content.decode()
    assert "近 7 日，各部门合力到什么程度？" in body
    assert "消防支队" in body
    assert "Overdue" not in body


def test_an_empty_city_says_so(leader, departments):
    body = leader.get(reverse("cockpit:home")).content.decode()
    assert "No department has had anything to do yet" in body
    assert "Nobody owes anything overdue" in body


def test_the_big_screen_has_no_navigation(leader, known):
    body = leader.get(reverse("cockpit:home"), {"screen": "1"}).content.decode()
    assert 'class="page cockpit screen"' in body
    assert "Leave the big screen" in body


WAYS_DOWN = [
    ("tasks", {"show": "completed", "period": "7d"}, 6),
    ("tasks", {"show": "completed", "period": "7d", "department": "fire"}, 5),
    ("tasks", {"show": "late"}, 2),
    ("tasks", {"show": "late", "department": "fire", "creditor": "env"}, 1),
    ("tasks", {"show": "open", "department": "fire", "activity": "核查"}, 4),
    ("requests", {"show": "answered", "period": "7d"}, 3),
    ("requests", {"show": "late"}, 1),
    ("matters", {"period": "7d"}, 2),
]


@pytest.mark.parametrize(("page", "query", "rows"), WAYS_DOWN)
def test_the_way_down_shows_as_many_as_the_figure_says(leader, known, page, query, rows):
    answer = leader.get(reverse(f"cockpit:{page}"), query)
    assert answer.status_code == 200
    assert answer.context["table"].count == rows
    assert len(answer.context["table"].lines()) == rows


@pytest.mark.parametrize(("name", "query", "rows"), WAYS_DOWN)
def test_the_way_down_over_rest_is_the_same_page_by_page(leader, known, name, query, rows):
    """In pages of two, each row once and in order."""
    page = leader.get(reverse(f"cockpit:{name}"), query).context["table"]
    key = "code" if name == "matters" else "id"
    expected = {str(getattr(line.row, key)) for line in page.lines()}
    found, cursor = [], ""
    while True:
        answer = leader.get(f"/api/v1/cockpit/{name}", {**query, "limit": 2, "cursor": cursor})
        assert answer.status_code == 200, answer.content
        body = answer.json()
        assert len(body["items"]) <= 2
        found += body["items"]
        cursor = body["next"]
        if cursor is None:
            break
    assert len(found) == rows
    assert {item[key] for item in found} == expected
    done = query.get("show") in ("completed", "answered") or name == "matters"
    order = [item["closed_at" if done else "due_at"] or "9" for item in found]
    assert order == sorted(order, reverse=done)


@pytest.mark.parametrize("name", ["tasks", "requests", "facts"])
def test_what_no_figure_counts_is_refused_over_rest(leader, known, name):
    answer = leader.get(f"/api/v1/cockpit/{name}", {"show": "everything"})
    assert (answer.status_code, answer.json()["code"]) == (422, "input.bad")


def test_a_task_behind_a_figure_over_rest(leader, known):
    (item,) = leader.get(
        "/api/v1/cockpit/tasks", {"show": "late", "department": "fire", "creditor": "env"}
    ).json()["items"]
    assert (item["department"], item["state"], item["closed_at"]) == ("fire", "late", None)
    assert item["matter"].startswith("LJ-")


def test_overdue_tasks_and_requests_add_up_and_lead_to_each_other(leader, known):
    overdue = leader.get(reverse("cockpit:home")).context["summary"].overdue
    tasks = leader.get(reverse("cockpit:tasks"), {"show": "late"})
    requests = leader.get(tasks.context["also"])
    assert tasks.context["table"].count + requests.context["table"].count == overdue
    assert requests.context["also"] in requests.content.decode().replace("&amp;", "&")


def test_denials_open_the_facts_behind_them(leader, departments, transactional_fact):
    transactional_fact(
        LookupDenied(
            resource="residents", purpose="p", reason="no_matter", subject_hash="h", key_id=""
        )
    )
    page = leader.get(reverse("cockpit:home"))
    assert page.context["summary"].exchange.denied == 1
    answer = leader.get(reverse("cockpit:facts"), {"show": "denied", "period": "7d"})
    assert answer.context["table"].count == 1
    assert "Fire Brigade was denied residents" in answer.content.decode()
    (item,) = leader.get("/api/v1/cockpit/facts", {"show": "denied"}).json()["items"]
    assert item["sentence"].startswith("Fire Brigade was denied residents")
    assert (item["verb"], item["department"]) == ("exchange.lookup.denied", "fire")
    assert leader.get("/api/v1/cockpit/facts", {"show": "answered"}).json()["items"] == []


@pytest.fixture
def transactional_fact(db):
    def fact(data, **more):
        return record(data, actor=HELI, department="fire", **more)

    return fact


def test_summary_over_rest(leader, known):
    answer = leader.get("/api/v1/cockpit/summary", {"period": "7d"})
    assert answer.status_code == 200
    body = answer.json()
    assert body["tasks"]["count"] == 6
    assert body["tasks"]["rate"] == 75
    assert body["overdue"] == 3
    assert {"debtor": "fire", "creditor": "env", "tasks": 1, "requests": 1} in body["debts"]
    assert body["waiting"][0]["late_days"] == pytest.approx(6, abs=1e-4)
    assert leader.get("/api/v1/cockpit/summary", {"period": "century"}).status_code == 422


def test_imported_history_has_a_page_of_its_own(leader, departments, tmp_path):
    empty = leader.get(reverse("cockpit:history")).content.decode()
    assert "No event log has been imported" in empty
    path = tmp_path / "oldtown.csv"
    path.write_text(
        "case:concept:name,concept:name,time:timestamp,org:group,case:deadline,case:enddate\n"
        "c1,receive,2025-01-01,Hall,2025-01-05,2025-01-09\n"
        "c1,check,2025-01-04,Fire Brigade,2025-01-05,2025-01-09\n"
        "c1,decide,2025-01-05,Hall,2025-01-05,2025-01-09\n"
    )
    import_log(path)
    answer = leader.get(reverse("cockpit:history"))
    figures = answer.context["figures"]
    assert (figures.handovers, figures.handovers_over_48h, figures.ping_pong_matters) == (2, 1, 1)
    body = answer.content.decode()
    assert "oldtown" in body
    assert "Fire Brigade" in body
    assert Matter.objects.get(external_id="c1").code in body
    # The city's own figures know nothing of it, and neither does the news.
    home = leader.get(reverse("cockpit:home"))
    assert home.context["summary"].tasks.count == 0
    assert "receive" not in home.content.decode()
