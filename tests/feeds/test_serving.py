"""Feeds under grants that serve a statutory duty or an approved project instead of matters."""

import re

import pytest
from django.urls import reverse
from tests.feeds.conftest import PURPOSE, SYSTEM, post, subscribe
from tests.feeds.test_feeds import change_grant, fetch

from heli.exchange import errors as exchange
from heli.exchange import services as exchange_services
from heli.exchange.compiled import catalogue
from heli.exchange.models import Access, Grant, PublicDuty
from heli.exchange.questions import project_standing
from heli.feeds import grounds, services, webhooks
from heli.feeds.errors import FeedRowsError, FeedSubjectError
from heli.feeds.models import Subscription
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.ledger.models import Fact
from heli.organisation.services import NewPerson, create_person

DUTY = "population-count"
SHOWN = {"fields": [{"field": "resident_id"}, {"field": "name"}, {"field": "address"}]}


@pytest.fixture
def for_duty(feed, people):
    """The grant of the market bureau serves a registered duty instead of matters."""
    change_grant(feed, policy=SHOWN | {"binding": "public_task"})
    exchange_services.register_duty(
        actor=HELI, department="scjg", code=DUTY, title_zh="人口统计", title_en="Population count",
        legal_ground="《统计法》第三条",
    )  # fmt: skip
    return feed


def test_a_grant_for_a_duty_is_told_of_everybody(for_duty, people):
    row = subscribe(for_duty, task=DUTY)
    post(for_duty, ("update", people[0]), ("update", people[-1]), ("delete", people[1]))
    told = fetch(row)
    assert [event["key"] for event in told["events"]] == [people[0], people[-1], people[1]]
    assert {event["matter"] for event in told["events"]} == {""}
    assert told["events"][0]["data"]
    fact = Fact.objects.get(pk=told["fact"])
    assert fact.data["serves"] == f"public_task:{DUTY}"
    assert Access.objects.get(pk=told["fact"]).serves == f"public_task:{DUTY}"


def test_the_page_asks_for_the_duty_and_names_the_resource(for_duty, client):
    new = NewPerson("duty", "演示人员", "Demo", department="scjg", roles=frozenset({Role.STEWARD}))
    client.force_login(create_person(new, actor=HELI))
    page = reverse("feeds:subscribe", args=["gaj", "residents"])
    label = re.compile(r'for="id_task">([^<]*)(<span class="optional">)?')
    assert label.search(client.get(page).text).group(2) is None
    asked = {"purpose": PURPOSE, "transport": "stream"}
    refused = client.post(page, asked)
    assert (refused.status_code, Subscription.objects.count()) == (200, 0)
    assert 'id="id_task_error"' in refused.text
    masked = [{"field": "resident_id", "mask": "hash"}]
    change_grant(for_duty, policy={"binding": "public_task", "fields": masked})
    told = client.post(page, asked | {"task": DUTY}).text
    assert "“人口基础信息”的授权" in told
    assert "“gaj/residents”" not in told
    change_grant(for_duty, policy=SHOWN | {"binding": "public_task"})
    client.post(page, asked | {"task": DUTY})
    assert Subscription.objects.get().serves == f"public_task:{DUTY}"


@pytest.mark.parametrize(
    ("named", "error"),
    [
        ({}, exchange.DutyNeededError),
        ({"project": "XM-1"}, exchange.DutyNeededError),
        ({"task": "another"}, exchange.DutyStandingError),
    ],
)
def test_a_grant_for_a_duty_asks_which(for_duty, named, error):
    with pytest.raises(error):
        subscribe(for_duty, **named)


def test_a_duty_that_ends_rests_its_subscription(for_duty, people):
    row = subscribe(for_duty, task=DUTY)
    duty = PublicDuty.objects.get(code=DUTY)
    exchange_services.withdraw_duty(duty.pk, actor=HELI, reason="x")
    assert services.watch_grants() == 1
    row.refresh_from_db()
    assert (row.state, row.because) == ("paused", exchange.DutyStandingError.code)
    with pytest.raises(exchange.DutyStandingError):
        fetch(row)


def test_who_begins_afresh_under_a_duty_reads_the_whole_register(for_duty, people):
    row = subscribe(for_duty, task=DUTY)
    contract = for_duty.resource.parsed_contract
    connector = catalogue.find(for_duty.address).connector
    whole = [r[contract.subject_field.name] for b in connector.scan(contract.names)
             for r in b.to_pylist()]  # fmt: skip
    keys, page = [], ""
    while page is not None:
        told = services.fetch_records(row, page, 200, actor=SYSTEM)
        keys += [event["key"] for event in told["events"]]
        page = told["next"]
    assert keys == sorted(whole)


def test_a_grant_that_shows_some_records_has_no_feed_without_matters(for_duty):
    policy = Grant.objects.get(resource=for_duty.resource, consumer="scjg", purpose=PURPOSE).policy
    rows = [{"field": "name", "op": "prefix", "value": "王"}]
    change_grant(for_duty, policy=policy | {"rows": rows})
    with pytest.raises(FeedRowsError):
        subscribe(for_duty, task=DUTY)


def test_a_grant_for_a_project_follows_its_project(feed, people, monkeypatch):
    change_grant(feed, policy=SHOWN | {"binding": "project"})
    approved = {"XM-1"}
    monkeypatch.setattr(project_standing, "_answer", lambda code, *rest: code in approved)
    with pytest.raises(exchange.ProjectStandingError):
        subscribe(feed, project="XM-2")
    row = subscribe(feed, project="XM-1")
    post(feed, ("update", people[-1]))
    assert len(fetch(row)["events"]) == 1
    approved.clear()
    post(feed, ("update", people[-1]))
    with pytest.raises(exchange.ProjectStandingError):
        fetch(row)


@pytest.mark.parametrize("hidden", [[], [{"field": "resident_id", "mask": "hash"}]])
def test_a_grant_that_hides_whom_it_is_about_has_no_feed_without_matters(for_duty, hidden):
    policy = Grant.objects.get(resource=for_duty.resource, consumer="scjg", purpose=PURPOSE).policy
    change_grant(for_duty, policy=policy | {"fields": [{"field": "name"}, *hidden]})
    with pytest.raises(FeedSubjectError):
        subscribe(for_duty, task=DUTY)


def test_many_who_serve_one_duty_are_looked_at_together(
    for_duty, people, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(webhooks, "check_address", lambda address: None)
    rows = [subscribe(for_duty, task=DUTY)]
    rows += [subscribe(for_duty, "webhook", address=f"https://127.0.0.1/{n}", task=DUTY)
             for n in range(5)]  # fmt: skip
    resource = catalogue.find(for_duty.address)
    with django_assert_max_num_queries(1):
        standings = grounds.Standings(rows)
        assert not any(grounds.refusal_of(row, resource, standings) for row in rows)
