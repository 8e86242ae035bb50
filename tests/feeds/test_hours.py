"""Hours of a grant: outside them nothing is told, and when they begin nothing is missing."""

import datetime as dt

import pytest
from tests.feeds.conftest import PURPOSE, SYSTEM, post, subscribe
from tests.feeds.listening import Stream, Webhook, told_by, until, working
from tests.feeds.test_feeds import change_grant
from tests.feeds.test_grant_changes import events, positions, state

from heli.exchange.errors import OutsideHoursError
from heli.exchange.models import Grant
from heli.feeds import services
from heli.feeds.models import Subscription
from heli.kernel import clock
from heli.ledger.models import Fact

pytestmark = pytest.mark.django_db(transaction=True)

OPEN = {"days": "working", "from": "08:30", "to": "17:30"}
MONDAY = dt.datetime(2026, 11, 23, tzinfo=clock.SHANGHAI)


def at(time, days=0):
    return MONDAY + dt.timedelta(days=days, hours=int(time[:2]), minutes=int(time[3:]))


@pytest.fixture
def feed(committed_feed):
    policy = Grant.objects.get(
        resource=committed_feed.resource, consumer="scjg", purpose=PURPOSE
    ).policy
    change_grant(
        committed_feed, policy=policy | {"hours": [OPEN]}, expires_at=MONDAY + dt.timedelta(days=99)
    )
    return committed_feed


@pytest.fixture
def clock_at():
    with clock.frozen(at("16:00")) as standing:
        yield standing


@pytest.fixture(params=["stream", "webhook"])
def told(request, clock_at, feed, people):
    if request.param == "webhook":
        made = Webhook(feed, request.getfixturevalue("receiver"))
    else:
        made = Stream(feed)
    with told_by(made):
        yield made


def test_told_within_the_hours_kept_back_outside_and_nothing_lost(feed, people, told, clock_at):
    post(feed, ("update", people[0]))
    until(lambda: positions(told) == [1])
    clock_at.instant = at("17:30")
    post(feed, ("update", people[0]), ("update", people[1]))
    until(lambda: state(told) == ("paused", OutsideHoursError.code))
    # The night, and the first minutes of the morning, tell of more.
    clock_at.instant = at("08:29", days=1)
    post(feed, ("delete", people[0]))
    services.watch_grants()
    assert (positions(told), state(told)[0]) == ([1], "paused")
    assert Fact.objects.filter(verb="feeds.batch.released").count() == 1
    clock_at.instant = at("08:30", days=1)
    until(lambda: positions(told) == [1, 2, 3, 4])
    assert [event["kind"] for event in events(told)] == ["update", "update", "update", "delete"]
    assert [event["key"] for event in events(told)] == [people[0], people[0], people[1], people[0]]
    until(lambda: state(told) == ("running", ""))


def test_a_weekend_is_outside_working_days(feed, people, told, clock_at):
    clock_at.instant = at("10:00", days=5)
    post(feed, ("update", people[0]))
    until(lambda: state(told) == ("paused", OutsideHoursError.code))
    assert positions(told) == []
    clock_at.instant = at("10:00", days=7)
    until(lambda: positions(told) == [1])


def test_a_batch_that_failed_within_the_hours_is_not_tried_outside(
    feed, people, clock_at, receiver
):
    hook = Webhook(feed, receiver)
    receiver.answers = [503]
    with working():
        post(feed, ("update", people[0]))
        until(lambda: len(receiver.got) == 1)
        clock_at.instant = at("17:30")
        until(lambda: state(hook) == ("paused", OutsideHoursError.code))
        clock_at.instant = at("20:00")
        services.watch_grants()
        assert len(receiver.got) == 1
        clock_at.instant = at("08:30", days=1)
        until(lambda: len(receiver.got) == 2)
    first, second = receiver.documents
    assert first["delivery"] == second["delivery"]
    assert positions(hook) == [1, 1]


def test_who_fetches_page_by_page_is_told_when_to_come_back(feed, people, clock_at):
    row = subscribe(feed)
    post(feed, ("update", people[0]))
    clock_at.instant = at("17:30")
    with pytest.raises(OutsideHoursError):
        services.fetch(row, "", 10, actor=SYSTEM)
    services.watch_grants()
    clock_at.instant = at("08:30", days=1)
    row = Subscription.objects.select_related("feed__resource").get(pk=row.pk)
    assert len(services.fetch(row, "", 10, actor=SYSTEM)["events"]) == 1
