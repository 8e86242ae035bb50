"""Whoever ends an obligation while its clock fires waits for the worker, or it for them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from tests.clocks.conftest import ACTOR, request_for

from heli.clocks import kinds, polling, services
from heli.clocks.models import Clock
from heli.kernel.models import Heartbeat

HELD = "tests.held"


def _touch_owner(event):
    Heartbeat.objects.filter(pk=event.owner_id).update(process="fired")


@pytest.fixture
def held_kind():
    return kinds.register(
        kinds.ClockKind(HELD, "Promise", _touch_owner, hold=kinds.holding("kernel.Heartbeat"))
    )


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_owner_and_clock_are_locked_in_one_order(committed, now, held_kind, caplog):
    owner = Heartbeat.objects.create(name="owner", at=now(), process="")
    clock = services.start(
        services.ClockRequest(HELD, "tests.thing", str(owner.pk), "D01", request_for().allowance),
        actor=ACTOR,
    )
    now.advance(hours=49)
    owner_locked, worker_looks = threading.Event(), threading.Event()

    def end_it():
        try:
            with transaction.atomic():
                Heartbeat.objects.select_for_update().get(pk=owner.pk)
                owner_locked.set()
                worker_looks.wait(5)
                services.stop(clock.pk, actor=ACTOR)
        finally:
            connections.close_all()

    def fire():
        owner_locked.wait(5)
        threading.Timer(0.5, worker_looks.set).start()
        try:
            return polling.poll()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        ended, fired = pool.submit(end_it), pool.submit(fire)
        ended.result(20)
        assert fired.result(20) == 0
    assert Clock.objects.get(pk=clock.pk).state == Clock.State.STOPPED
    assert caplog.messages == []


def test_every_kind_that_acts_on_its_owner_holds_it_first():
    idle = kinds.ClockKind("", "")
    found = [kind for kind in kinds.kinds() if not kind.name.startswith("tests.")]
    acting = [kind for kind in found if kind.on_rung is not idle.on_rung]
    assert len(acting) > 5
    assert [kind.name for kind in acting if kind.hold is idle.hold] == []
