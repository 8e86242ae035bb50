"""Alerts over REST, on pages and live, for the fixed kinds of people."""

import asyncio
import datetime as dt
import json

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.urls import reverse
from tests.alerts.conftest import identity

from heli.alerts import live, services
from heli.alerts.models import Alert, Kind, Shift
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.permissions import Role
from heli.ledger.models import Fact
from heli.organisation.services import NewPerson, create_person, record_absence

API = "/api/v1/alerts"


@pytest.fixture
def as_person(client):
    def sign_in(person):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def send(client, path, body=None):
    return client.post(path, json.dumps(body or {}), content_type="application/json")


def test_the_whole_story_over_rest(kinds, rostered, as_person, now):
    owner, partner, _ = rostered
    client = as_person(owner)
    body = {
        "kind": "missing", "headline": "寻找走失儿童", "details": "红色外套",
        "subjects": [{"type": "person", "id": identity()}],
    }  # fmt: skip
    made = send(client, f"{API}/alerts", body)
    assert made.status_code == 201, made.text
    key = made.json()["id"]
    assert (made.json()["told"], made.json()["answered"]) == (6, 0)
    assert "红色" not in client.get(f"{API}/alerts/{key}").text
    client = as_person(partner)
    assert send(client, f"{API}/alerts/{key}/details").json()["details"] == "红色外套"
    told = send(client, f"{API}/alerts/{key}/acknowledge", {"note": "已布置"})
    assert told.json()["department"] == "scjg"
    again = send(client, f"{API}/alerts/{key}/acknowledge", {})
    assert (again.status_code, again.json()["code"]) == (409, "alerts.nothing_to_acknowledge")
    asked = send(client, f"{API}/ask", {"type": "person", "id": identity()})
    assert (asked.json()["match"], asked.json()["department"]) == (True, "xfjy")
    assert send(client, f"{API}/alerts/{key}/recall", {"reason": "x"}).status_code == 403
    client = as_person(owner)
    recalled = send(client, f"{API}/alerts/{key}/recall", {"reason": "已找到"})
    assert recalled.json()["state"] == "recalled"
    detail = client.get(f"{API}/alerts/{key}").json()
    assert [n["department"] for n in detail["notices"] if n["phase"] == "recall"] == ["scjg"]
    assert client.get(f"{API}/alerts?state=recalled").json()["items"][0]["id"] == key


def test_a_repeated_issue_is_one_alert(kinds, rostered, as_person):
    client = as_person(rostered[0])
    body = json.dumps({"kind": "missing", "headline": "x"})
    for _ in range(2):
        client.post(f"{API}/alerts", body, content_type="application/json",
                    headers={"Idempotency-Key": "k"})  # fmt: skip
    assert Alert.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "nothing", "headline": "x"}, "alerts.unknown_kind"),
        ({"kind": "missing", "headline": "x", "hours": 9000}, "input.bad"),
        ({"kind": "missing", "headline": "x", "hours": 800}, "alerts.too_long"),
        ({"kind": "missing", "headline": f"找 {identity()}"}, "ledger.personal_number"),
        ({"kind": "wanted", "headline": "x"}, "denied"),
    ],
)
def test_refusals_tell_their_remedy(kinds, rostered, as_person, body, code):
    told = send(as_person(rostered[0]), f"{API}/alerts", body).json()
    assert told["code"] == code
    assert told["remedy"]


def test_rosters_over_rest(kinds, head, owner, as_person, now):
    client = as_person(head)
    plan = {"people": [owner.pk], "first": clock.today().isoformat(), "days": 2, "hours": 24}
    made = send(client, f"{API}/rosters/xfjy", plan)
    assert made.status_code == 201
    shift = made.json()[0]["id"]
    assert send(client, f"{API}/rosters/xfjy", plan).json()["code"] == "alerts.shift_overlap"
    assert send(client, f"{API}/rosters/scjg", plan).status_code == 403
    assert len(client.get(f"{API}/rosters/xfjy").json()) == 2
    changed = send(client, f"{API}/shifts/{shift}/substitute", {"officer": head.pk, "reason": "x"})
    assert (changed.json()["officer"], changed.json()["planned"]) == (head.pk, owner.pk)
    assert send(client, f"{API}/shifts/{shift}/accept").json()["accepted_at"]
    assert send(client, f"{API}/shifts/{shift}/hand-over", {"note": "无"}).json()["handed_at"]
    assert send(client, f"{API}/shifts/{shift}/accept").status_code == 409
    channel = send(client, f"{API}/rosters/xfjy/channel", {"telephone": "0990-0119"})
    assert channel.json()["telephone"] == "0990-0119"
    bad = send(client, f"{API}/rosters/xfjy/channel", {"address": "https://10.0.0.1/"})
    assert bad.json()["code"] == "feeds.webhook_address"
    duty = {each["department"]: each for each in client.get(f"{API}/duty").json()}
    assert duty["xfjy"]["telephone"] == "0990-0119"


def test_kinds_are_data_of_the_supervisors(kinds, supervisor, owner, as_person):
    kind = as_person(owner).get(f"{API}/kinds").json()[0]
    assert send(as_person(owner), f"{API}/kinds", kind).status_code == 403
    changed = send(as_person(supervisor), f"{API}/kinds", kind | {"answer_minutes": 7})
    assert changed.json()["answer_minutes"] == 7


KIND = {
    "code": "flood", "title_zh": "山洪预警", "title_en": "Flash flood",
    "ground": "《中华人民共和国防洪法》第四十一条", "issuers": ["xfjy"], "subject_type": "",
    "answer_minutes": "5", "hours": "12", "most_hours": "48",
}  # fmt: skip


def test_kinds_are_seen_by_all_and_kept_by_the_supervisors_on_pages(
    kinds, supervisor, owner, as_person
):
    listed, new = reverse("alerts:kinds"), reverse("alerts:kind_new")
    page = as_person(owner).get(listed).text
    assert "走失人员协查" in page
    assert new not in page
    assert as_person(owner).post(new, KIND).status_code == 403
    assert as_person(owner).get(reverse("alerts:kind", args=["missing"])).status_code == 403
    client = as_person(supervisor)
    assert new in client.get(listed).text
    assert client.get(new).status_code == 200
    assert "山洪预警" in client.post(new, KIND, follow=True).text
    changed = client.get(reverse("alerts:kind", args=["flood"]))
    assert 'value="12"' in changed.text
    client.post(reverse("alerts:kind", args=["flood"]), KIND | {"code": "x", "hours": "24"})
    row = Kind.objects.get(pk="flood")
    assert (row.hours, row.issuers, row.answer_minutes) == (24, ["xfjy"], 5)
    assert not Kind.objects.filter(pk="x").exists()
    facts = Fact.objects.filter(verb="alerts.kind.defined", data__kind="flood")
    assert {fact.actor for fact in facts} == {str(supervisor.actor)}
    assert facts.count() == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"code": "missing"}, "已有同名类别"),
        ({"code": "Bad code"}, "code"),
        ({"issuers": []}, "issuers"),
        ({"hours": "72"}, "不得短于"),
        ({"answer_minutes": "0"}, "answer_minutes"),
    ],
)
def test_a_kind_that_cannot_be_is_refused_and_kept_in_the_form(
    kinds, supervisor, as_person, change, told
):
    answer = as_person(supervisor).post(reverse("alerts:kind_new"), KIND | change)
    assert answer.status_code == 422
    assert told in answer.text
    assert "《中华人民共和国防洪法》" in answer.text
    assert not Kind.objects.filter(pk="flood").exists()


def test_the_whole_story_on_pages(kinds, rostered, head, as_person, now):
    owner, partner, outsider = rostered
    client = as_person(owner)
    form = reverse("alerts:issue")
    assert "刑事诉讼法" not in client.get(form).text
    values = {
        "kind": "missing",
        "headline": "寻找走失儿童",
        "details": "红色外套",
        "subjects": "123",
    }
    assert client.post(form, values | {"confirm": "1"}).status_code == 422
    values["subjects"] = identity()
    checked = client.post(form, values).text
    assert "红色外套" in checked
    assert 'name="confirm"' in checked
    assert "红色外套" in client.post(form, values | {"edit": "1"}).text
    assert not Alert.objects.exists(), "nothing went out unchecked"
    client.post(form, values | {"confirm": "1"})
    alert = Alert.objects.get()
    page = reverse("alerts:alert", args=[alert.pk])
    board = as_person(partner).get(reverse("alerts:board")).text
    assert alert.headline in board
    assert "红色" not in as_person(partner).get(page).text
    assert "红色" in as_person(partner).post(page).text
    assert Fact.objects.filter(verb="alerts.details.opened").count() == 1
    as_person(partner).post(reverse("alerts:acknowledge", args=[alert.pk]), {"note": "已布置"})
    assert "已布置" in as_person(owner).get(page).text
    as_person(owner).post(reverse("alerts:recall", args=[alert.pk]), {"reason": ""})
    alert.refresh_from_db()
    assert alert.state == "live"
    as_person(owner).post(reverse("alerts:recall", args=[alert.pk]), {"reason": "已找到"})
    assert "已找到" in as_person(partner).get(reverse("alerts:board")).text
    assert alert.number in as_person(outsider).get(reverse("alerts:history")).text


def test_duty_on_pages(kinds, rostered, head, as_person, now):
    owner, *_ = rostered
    away = clock.today() + dt.timedelta(days=5)
    record_absence(owner, away, away + dt.timedelta(days=1), actor=HELI)
    client = as_person(head)
    roster = reverse("alerts:roster", args=["xfjy"])
    plan = {"plan": 1, "people": [owner.pk, head.pk], "days": 3, "hours": 12}
    assert client.post(roster, plan | {"first": "2020-01-01"}).status_code == 200
    first = (clock.today() + dt.timedelta(days=4)).isoformat()
    assert client.post(roster, plan | {"first": first}).status_code == 302
    assert Shift.objects.filter(department="xfjy").count() == 7
    shift = Shift.objects.filter(department="xfjy").last()
    client.post(reverse("alerts:shift", args=[shift.pk]), {"officer": owner.pk, "reason": "x"})
    client.post(reverse("alerts:channel", args=["xfjy"]), {"telephone": "0990-0119"})
    assert "0990-0119" in client.get(reverse("alerts:duty")).text
    mine = Shift.objects.filter(department="xfjy").first()
    as_person(owner).post(reverse("alerts:hand_over", args=[mine.pk]), {"note": "一件待回复"})
    mine.refresh_from_db()
    assert mine.note == "一件待回复"
    assert as_person(owner).get(reverse("alerts:duty")).status_code == 200


def test_asking_on_a_page_gives_yes_or_no(alert, rostered, as_person):
    client = as_person(rostered[2])
    page = reverse("alerts:ask")
    assert client.get(page).status_code == 200
    yes = client.post(page, {"type": "person", "id": identity()}).text
    assert "请立即联系" in yes
    assert alert.headline not in yes
    assert "请立即联系" not in client.post(page, {"type": "person", "id": identity(2)}).text
    short = client.post(page, {"type": "person", "id": "1"}).text
    assert "应为 18 位，现为 1 位" in short
    assert "不能列入" not in short


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("applicant", "/alerts/", 403), ("outsider", "/alerts/", 200),
        ("outsider", "/alerts/new/", 403), ("leader", "/alerts/ask/", 403),
        ("applicant", f"{API}/alerts", 403), ("auditor", f"{API}/alerts", 200),
        ("applicant", "/alerts/kinds/", 403), ("leader", "/alerts/kinds/new/", 403),
        ("supervisor", "/alerts/duty/", 200), ("supervisor", "/alerts/all/", 200),
    ],
)  # fmt: skip
def test_who_may_open_what(kinds, rostered, as_person, request, who, path, status):
    person = request.getfixturevalue(who)
    assert as_person(person).get(path).status_code == status


@pytest.mark.django_db(transaction=True)
def test_the_board_is_drawn_anew_when_something_changed(transactional_db, monkeypatch, kinds):
    monkeypatch.setattr(live, "POLL", 0.02)

    async def run():
        events = live.follow(lambda: f"<p>{Alert.objects.count()}</p>", live_number)
        await anext(events)
        issue = sync_to_async(services.issue)
        task = asyncio.create_task(anext(events))
        await asyncio.sleep(0.2)
        assert not task.done()
        await issue(kinds["missing"], headline="x", actor=Actor("heli", department="xfjy"))
        async with asyncio.timeout(10):
            told = await task
        await events.aclose()
        return told.decode()

    live_number = live.pulse()
    told = async_to_sync(run)()
    assert "event: board\ndata: <p>1</p>\n" in told


@pytest.mark.parametrize(("who", "asks"), [("owner", True), ("steward", False)])
def test_only_those_who_may_ask_are_shown_the_way_to_it(kinds, as_person, request, who, asks):
    client = as_person(request.getfixturevalue(who))
    there = reverse("alerts:ask")
    assert (there in client.get(reverse("alerts:board")).text) == asks
    assert (client.get(there).status_code == 200) == asks


def test_on_duty_counts_and_not_the_post(kinds, client, now):
    watching = create_person(
        NewPerson("watch", "督查员", "Supervisor", department="xfjy",
                  roles=frozenset({Role.SUPERVISOR})), actor=HELI,
    )  # fmt: skip
    client.force_login(watching, backend="django.contrib.auth.backends.ModelBackend")
    there = reverse("alerts:issue")
    assert there not in client.get(reverse("alerts:board")).text
    assert client.get(there).status_code == 403
    (shift, *_) = services.plan_shifts(
        "xfjy", [watching], first=clock.today(), days=1, hours=24, actor=HELI
    )
    services.accept_shift(shift, person=watching)
    assert there in client.get(reverse("alerts:board")).text
    assert client.get(there).status_code == 200
