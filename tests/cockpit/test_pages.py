"""The cockpit's pages and operations: who may see them, and what stands on them."""

import re
from html import unescape
from urllib.parse import unquote

import pytest
from django.urls import reverse
from tests.cockpit.conftest import NOW

from heli.cases import selectors
from heli.cases.codes import new_code
from heli.cases.facts import MatterReceived, TaskCompleted, TaskRung
from heli.cases.history.importer import import_log
from heli.cases.models import Handover, Matter, Task
from heli.cockpit import links
from heli.cockpit.policy import may_see_desk
from heli.cockpit.selectors import news
from heli.exchange.facts import LookupAnswered, LookupDenied
from heli.exchange.facts_catalogue import QualityMeasured
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.ledger.models import Fact
from heli.ledger.policy import may_see_fact
from heli.ledger.services import integrate, record
from heli.organisation.models import Absence

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


def test_the_tile_opens_all_that_is_overdue(leader, known):
    home = leader.get(reverse("cockpit:home")).context
    tile = next(item for item in home["tiles"] if item.label == "Overdue now")
    page = leader.get(tile.url)
    table = page.context["table"]
    assert table.count == len(table.lines()) == tile.value == 3
    assert [line.row["what"] for line in table.lines()] == ["task", "task", "request"]
    assert "Request for collaboration" in page.text
    for item in home["owed"]:
        assert leader.get(item.url).context["table"].count == item.count
    code = table.lines()[0].row["matter__code"]
    found = leader.get(tile.url, {"q": code[3:], "sort": "-due_at"}).context["table"]
    assert [line.row["matter__code"] for line in found.lines()] == [code]
    for row in home["departments"]:
        for owing in ("owes", "owed"):
            count = getattr(row["row"], owing)
            assert leader.get(row[f"{owing}_url"]).context["table"].count == count


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
    assert str(answer.context["last"].astimezone(clock.SHANGHAI).date()) == "2025-01-05"
    assert "1 matter needed several departments" in answer.text
    figures = answer.context["figures"]
    assert (figures.handovers, figures.handovers_over_48h, figures.ping_pong_matters) == (2, 1, 1)
    body = answer.content.decode()
    assert "oldtown" in body
    assert "Fire Brigade" in body
    assert Matter.objects.get(external_id="c1").code in body
    assert [series["name"] for series in answer.context["chart_option"].get("series", [])] == [
        "Median (h)",
        "Nine in ten within (h)",
    ]
    assert answer.context["table"].count_words == "1"
    # The city's own figures know nothing of it, and neither does the news.
    home = leader.get(reverse("cockpit:home"))
    assert home.context["summary"].tasks.count == 0
    assert "receive" not in home.content.decode()


LISTS = [
    ("tasks", {"show": "open"}),
    ("tasks", {"show": "completed", "period": "all"}),
    ("tasks", {"show": "late"}),
    ("requests", {"show": "late"}),
    ("requests", {"show": "answered", "period": "all"}),
    ("matters", {"period": "all"}),
    ("facts", {"period": "all"}),
    ("news", {}),
    ("history", {}),
]
WAYS = re.compile(r'href="(/(?:cases/)?(?:matters|ledger|m)/[^"]+)"')


@pytest.fixture
def eventful(known, departments, tmp_path):
    """Facts of three departments, a draft, denials and an imported log."""
    for row in Matter.objects.all():
        row.code = new_code()
        row.save()
        record(
            MatterReceived(procedure="p", version=1, accountable="hall", way="desk"),
            actor=HELI, matter=row.code, department=row.accountable_id, subject="cases.matter:1",
        )  # fmt: skip
    draft = Matter.objects.create(code=new_code(), title="t", state="draft")
    for department, code in (("hall", draft.code), ("fire", Matter.objects.first().code)):
        data = {"purpose": "p", "subject_hash": "h"}
        record(
            LookupDenied(resource="env/x", reason="no_matter", key_id="", **data),
            actor=HELI, department=department, matter=code,
        )  # fmt: skip
        record(
            LookupAnswered(
                resource="env/x", source="env", grant="g", legal_basis="l", fields=[], rows=1,
                contract_version="1", policy_hash="h", response_hash="h", **data,
            ),
            actor=HELI, department=department, matter=code,
        )  # fmt: skip
    for row in Task.objects.exclude(closed_at=None).exclude(kind="service"):
        record(
            TaskCompleted(
                task=str(row.pk), node="n", name_zh="核查", name_en="", outcome="", seconds=1
            ),
            actor=HELI, subject=f"cases.task:{row.pk}", matter=row.matter.code,
            department=row.department_id,
        )  # fmt: skip
    path = tmp_path / "oldtown.csv"
    path.write_text(
        "case:concept:name,concept:name,time:timestamp,org:group\nc1,check,2025-01-04,Somebody\n"
    )
    import_log(path)
    integrate()


@pytest.mark.parametrize("department", ["fire", "env", "hall"])
def test_every_way_offered_to_a_head_is_open_to_them(client, person, eventful, department):
    head = person(Role.HEAD)
    head.department_id = department
    head.save()
    client.force_login(head, backend=BACKEND)
    offered = set()
    for name, query in LISTS:
        for page in (1, 2, 3):
            text = client.get(reverse(f"cockpit:{name}"), query | {"page": page}).text
            offered |= set(WAYS.findall(text))
    assert offered
    assert [url for url in offered if client.get(url).status_code not in (200, 302)] == []
    # And nothing is withheld that the policies allow.
    own = {row.code for row in selectors.matters(head)}
    shown = {url for url in offered if "/ledger/" not in url}
    assert {unquote(url).rstrip("/").rsplit("/", 1)[1] for url in shown} == own


def test_the_leader_is_offered_every_matter_but_drafts(client, person, eventful):
    client.force_login(person(Role.LEADER), backend=BACKEND)
    text = "".join(
        client.get(reverse("cockpit:facts"), {"period": "all", "page": page}).text
        for page in (1, 2, 3)
    )
    told = [row for row in Matter.objects.exclude(origin="imported") if row.code in text]
    assert {row.state for row in told} > {"draft"}
    for row in told:
        offered = reverse("cases:matter", args=[row.code]) in text
        assert offered == (row.state != "draft")


def test_the_stream_offers_no_way_that_is_shut(person, eventful):
    head = person(Role.HEAD)
    head.department_id = "hall"
    leader = person(Role.LEADER)
    for item in news.latest(200):
        fact = Fact.objects.get(pk=item.id)
        for reader in (head, leader):
            ways = links.ways_at_once(reader, item)
            if ways.matter(item.matter):
                assert selectors.matters(reader).filter(code=item.matter).exists()
            if ways.receipt(item.id):
                assert may_see_fact(reader, fact)


def test_only_decided_tasks_have_a_receipt(leader, eventful):
    waiting = leader.get(reverse("cockpit:tasks"), {"show": "open"})
    assert "Receipt" not in waiting.text.split("<thead>")[1]
    decided = leader.get(reverse("cockpit:tasks"), {"show": "completed", "period": "all"})
    assert "Receipt" in decided.text.split("<thead>")[1]


@pytest.fixture
def fire_head(person, known, departments):
    """The head of the fire brigade, with two officers of whom one is away."""
    head = person(Role.HEAD, name="head")
    officers = [person(Role.OFFICER, name=f"officer{n}") for n in (1, 2)]
    for one in (head, *officers):
        one.department_id = "fire"
        one.save()
    Task.objects.filter(department="fire", closed_at=None).update(assignee=officers[0])
    last = Task.objects.filter(department="fire", closed_at=None).order_by("pk").last()
    Task.objects.filter(pk=last.pk).update(assignee=None)
    today = NOW.date()
    Absence.objects.create(person=officers[1], starts_on=today, ends_on=today, substitute=head)
    taken = Matter.objects.filter(accountable="hall").first()
    Handover.objects.create(
        matter=taken, giver_id="hall", taker_id="fire", reason="r", offered_by="x", offered_at=NOW
    )
    return head


def test_a_head_sees_what_the_department_owes_and_is_owed(client, fire_head):
    client.force_login(fire_head, backend=BACKEND)
    assert client.get(reverse("organisation:home")).url == reverse("cockpit:department")
    page = client.get(reverse("cockpit:department"), headers={"accept-language": "en"})
    desk = page.context["desk"]
    # Two tasks are overdue, and the answer to a request of the environment bureau.
    assert (desk.overdue, desk.open, desk.unclaimed) == (3, 4, 1)
    assert {debt.creditor for debt in desk.debts} == {"hall", "env"}
    assert [row.asker_id for row in desk.owed] == ["env"]
    assert desk.asked == []
    assert [row.giver_id for row in desk.offered] == ["hall"]
    assert [(load.open, bool(load.away)) for load in desk.loads] == [(3, False), (0, True)]
    assert sum(load.late for load in desk.loads) + desk.unclaimed >= 2
    (activity,) = page.context["activities"]
    assert activity["said"] == ["2 overdue", "1 at risk", "1 suspended"]
    for words in ("Away", "stands in", "Who carries how much", "1 task given to nobody"):
        assert words in page.text


def test_every_figure_of_the_head_leads_somewhere_open(client, fire_head, eventful):
    client.force_login(fire_head, backend=BACKEND)
    page = client.get(reverse("cockpit:department")).text.split("<main")[1]
    ways = {unescape(url) for url in re.findall(r'href="(/[^"]+)"', page)}
    assert len(ways) > 8
    # The tasks of this city stand in no procedure, so their own pages have nothing to show.
    ways = {url for url in ways if not url.startswith("/cases/t/")}
    assert [url for url in ways if client.get(url).status_code != 200] == []


def test_an_officers_tasks_are_listed_and_bent_numbers_find_none(client, fire_head):
    client.force_login(fire_head, backend=BACKEND)
    officer = Task.objects.exclude(assignee=None).first().assignee_id
    query = {"show": "open", "department": "fire", "assignee": officer}
    url = reverse("cockpit:tasks")
    assert client.get(url, query).context["table"].count == 3
    for bent in ("x", "-1", "9" * 30):
        assert client.get(url, query | {"assignee": bent}).context["table"].count == 0


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.HEAD}))
def test_only_heads_have_a_desk(client, person, known, role):
    client.force_login(person(role), backend=BACKEND)
    assert client.get(reverse("cockpit:department")).status_code == 403


def test_a_head_without_a_department_has_none(client, person, known):
    head = person(Role.HEAD)
    client.force_login(head, backend=BACKEND)
    assert client.get(reverse("cockpit:department")).status_code == 403
    assert not may_see_desk(head, "fire")


def test_the_desk_takes_a_constant_number_of_queries(
    client, fire_head, task, django_assert_max_num_queries
):
    client.force_login(fire_head, backend=BACKEND)
    client.get(reverse("cockpit:department"))
    for _ in range(10):
        task(due_at=NOW)
    with django_assert_max_num_queries(24):
        client.get(reverse("cockpit:department"))


def test_housekeeping_does_not_bury_what_is_overdue(db):
    record(TaskRung(task="1", name_zh="核查", name_en="Check", rung=news.LATE_RUNG), actor=HELI)
    for _each in range(news.LATEST + 3):
        record(QualityMeasured(resource="env/x", rows=8000, readable=True), actor=HELI)
    integrate()
    assert [(item.verb, item.state) for item in news.latest()] == [("cases.task.rung", "late")]
    assert [item.verb for item in news.after(-1, 100)[0]] == ["cases.task.rung"]


def test_where_matters_wait_is_told_in_words_and_hatching(leader, known):
    text = leader.get(reverse("cockpit:home")).text
    bar = text.partition('class="card stuck"')[2].partition("</section>")[0]
    assert "Fire Brigade · 6.0 days overdue · 1.0 days at risk · 3.0 days suspended" in bar
    assert 'class="part-hatch"' in bar
