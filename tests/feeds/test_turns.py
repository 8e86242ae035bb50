"""Slow receivers: what is being sent is not sent again, and nobody holds all the threads."""

import time

import pytest
from django.db import connections
from tests.feeds.conftest import post, subscribe

from heli.feeds import sending, webhooks
from heli.feeds.models import Delivery, Feed, Subscription
from heli.feeds.turns import Turns
from heli.kernel import clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def slow(receiver):
    """A receiver that takes what it is sent and does not answer until it is opened."""
    receiver.open.clear()
    yield receiver
    receiver.open.set()
    until(lambda: not sending.turns.taken().subscriptions)
    list(sending.pool.map(lambda _: connections.close_all(), range(sending.THREADS)))


def until(condition):
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_what_is_being_sent_is_not_claimed_again_however_long_it_takes(
    committed_feed, people, slow
):
    subscribe(committed_feed, "webhook", address=slow.url)
    with clock.frozen(clock.now()) as standing:
        post(committed_feed, ("update", people[0]))
        sending.plan()
        assert sending.send_due() == 1
        until(lambda: slow.got)
        standing.advance(hours=2)
        assert (sending.claim(), sending.send_due()) == ([], 0)
        slow.open.set()
        until(lambda: not sending.turns.taken().subscriptions)
    assert len(slow.got) == 1
    row = Delivery.objects.get()
    assert (row.state, row.attempts) == ("delivered", 1)


def test_a_department_with_slow_receivers_leaves_threads_to_the_others(
    committed_feed, people, slow
):
    for number in range(sending.THREADS):
        subscribe(committed_feed, "webhook", address=f"{slow.url}&n={number}")
    post(committed_feed, ("update", people[0]))
    sending.plan()
    assert Delivery.objects.count() == sending.THREADS
    assert sending.send_due() == sending.SHARE < sending.THREADS
    until(lambda: len(slow.got) == sending.SHARE)
    assert sending.send_due() == 0
    waiting = Delivery.objects.filter(state="waiting")
    # One whose answer has come makes room for the next of the same department.
    slow.open.set()
    until(lambda: sending.send_due() == 0 and not waiting.exists())
    assert len({path for path, _, _ in slow.got}) == len(slow.got) == sending.THREADS


def test_a_batch_that_lost_its_lease_while_it_waited_is_left_to_who_has_it(
    committed_feed, people, receiver
):
    subscribe(committed_feed, "webhook", address=receiver.url)
    with clock.frozen(clock.now()) as standing:
        post(committed_feed, ("update", people[0]))
        sending.plan()
        (late,) = sending.claim()
        standing.advance(seconds=sending.LEASE.total_seconds() + 1)
        (holder,) = sending.claim()
        sending.attempt(late)
        assert receiver.got == []
        sending.attempt(holder)
    assert len(receiver.got) == 1


def test_a_lease_outlasts_every_attempt():
    assert sending.LEASE.total_seconds() > 2 * webhooks.TIMEOUT


def test_a_turn_is_one_of_a_subscription_and_a_share_of_a_department():
    turns, feed = Turns(2), Feed()
    rows = [
        Delivery(subscription=Subscription(pk=number, feed=feed, consumer_id=department))
        for number, department in enumerate(("scjg", "scjg", "scjg", "xfjy"))
    ]
    assert [turns.begin(row) for row in rows] == [True, True, False, True]
    assert not turns.begin(rows[3])
    turns.end(rows[0])
    assert turns.begin(rows[2])
    assert turns.taken().departments == {"scjg": 2, "xfjy": 1}
