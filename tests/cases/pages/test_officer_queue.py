"""The queue of an officer: whose tasks, in which order, found how, with how many queries."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.cases.conftest import restaurant_form

from heli.cases import services
from heli.cases.models import Task

LANGUAGES = ("zh-hans", "en")
QUEUE = "cases:queue"


def text_of(answer):
    return answer.content.decode()


@pytest.fixture
def fire(task):
    return task("Task_Fire")


@pytest.fixture
def officer(fire):
    return fire.assignee


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scope", ["mine", "department", "unclaimed"])
def test_each_queue_in_both_languages(client, officer, fire, scope, language):
    client.force_login(officer)
    answer = client.get(
        reverse("cases:queue_scope", args=[scope]), headers={"accept-language": language}
    )
    assert answer.status_code == 200
    page = text_of(answer)
    assert fire.matter.code in page
    assert ("My department" if language == "en" else "本部门") in page


@pytest.mark.parametrize("name", ["applicant1", "leader1", "steward1"])
def test_a_queue_is_for_those_who_handle_tasks(client, linjiang, now, name):
    client.force_login(linjiang[name])
    assert client.get(reverse(QUEUE)).status_code == 403


def test_a_visitor_signs_in_first(client, db):
    assert client.get(reverse(QUEUE))["Location"].startswith("/sign-in/?next=")


def test_another_department_sees_its_own(client, linjiang, fire):
    client.force_login(linjiang["jyj02"])
    page = text_of(client.get(reverse("cases:queue_scope", args=["department"])))
    assert fire.matter.code not in page


def test_what_will_be_late_first_stands_first(client, fire, officer, applicant):
    later = services.start_matter(
        "open-restaurant", restaurant_form(shop_name="后来小馆"), by=applicant
    ).matter
    Task.objects.filter(matter=later, node="Task_Fire").update(
        assignee=officer, order_at=fire.order_at - dt.timedelta(hours=5)
    )
    client.force_login(officer)
    page = text_of(client.get(reverse(QUEUE)))
    assert page.index(later.code) < page.index(fire.matter.code)
    page = text_of(client.get(reverse(QUEUE), {"sort": "-clock"}))
    assert page.index(later.code) > page.index(fire.matter.code)


def test_searched_by_code_however_typed_and_by_title(client, fire, officer):
    client.force_login(officer)
    code = fire.matter.code
    for typed in (code.lower().replace("-", " "), code[3:], fire.matter.title):
        assert code in text_of(client.get(reverse(QUEUE), {"q": typed})), typed
    assert "data-row" not in text_of(client.get(reverse(QUEUE), {"q": "没有这样的事"}))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"procedure": "open-restaurant"}, True),
        ({"procedure": "urban-renewal"}, False),
        ({"state": "open"}, True),
        ({"state": "supplement"}, False),
        ({"clock": "on_time"}, True),
        ({"clock": "at_risk"}, False),
        ({"clock": "late"}, False),
        ({"clock": "suspended"}, False),
    ],
)
def test_filters_narrow(client, fire, officer, query, shown):
    client.force_login(officer)
    assert ("data-row" in text_of(client.get(reverse(QUEUE), query))) is shown


def test_the_clock_filter_follows_the_clock(client, now, fire, officer):
    now.advance(seconds=(fire.due_at - now()).total_seconds() + 18000)
    client.force_login(officer)
    assert "data-row" in text_of(client.get(reverse(QUEUE), {"clock": "late"}))
    assert "data-row" not in text_of(client.get(reverse(QUEUE), {"clock": "on_time"}))


def test_htmx_gets_the_table_alone(client, fire, officer):
    client.force_login(officer)
    answer = client.get(reverse(QUEUE), headers={"hx-request": "1", "hx-target": "queue-table"})
    assert text_of(answer).lstrip().startswith('<div class="queue"')


def test_a_task_named_in_the_address_stands_beside_the_list(client, fire, officer):
    client.force_login(officer)
    page = text_of(client.get(reverse(QUEUE), {"task": str(fire.pk)}))
    assert 'value="approve"' in page
    for wrong in ("nonsense", str(fire.matter.pk)):
        assert client.get(reverse(QUEUE), {"task": wrong}).status_code == 200


def test_take_the_next_claims_the_most_urgent(client, fire, officer):
    client.force_login(officer)
    answer = client.post(reverse("cases:claim_next"))
    assert answer["Location"] == f"/cases/?task={fire.pk}"
    fire.refresh_from_db()
    assert fire.state == Task.State.CLAIMED
    assert client.get(reverse("cases:claim_next")).status_code == 405


def test_nothing_left_to_take_is_told(client, linjiang, now):
    client.force_login(linjiang["jyj02"])
    answer = client.post(reverse("cases:claim_next"), follow=True)
    assert 'class="toast info"' in text_of(answer)


def copies(fire, number):
    """As many further tasks of the same officer, each in its own matter with its own clock."""
    from heli.cases.models import Matter
    from heli.cases.services.matters import free_codes
    from heli.clocks.models import Clock
    from heli.kernel.ids import uuid7

    clock = Clock.objects.get(pk=fire.clock_id)
    for code in free_codes(number):
        matter = Matter.objects.get(pk=fire.matter_id)
        matter.pk, matter.code, matter.intake_key = uuid7(), code, None
        matter.save(force_insert=True)
        clock.pk = uuid7()
        fire.pk, fire.matter, fire.clock_id = uuid7(), matter, clock.pk
        clock.owner_id = str(fire.pk)
        clock.save(force_insert=True)
        fire.save(force_insert=True)


def test_the_number_of_queries_does_not_grow(client, fire, officer):
    client.force_login(officer)

    def counted():
        client.get(reverse(QUEUE))
        with CaptureQueriesContext(connection) as captured:
            page = text_of(client.get(reverse(QUEUE)))
        return len(captured), page.count("<tr data-row")

    copies(fire, 29)
    few, shown = counted()
    assert shown == 25
    copies(fire, 270)
    many, shown = counted()
    assert (many, shown) == (few, 25)
    assert few <= 16
