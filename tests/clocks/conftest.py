"""A kind of clock that writes down which rungs reached it, in the database."""

import datetime as dt

import pytest

from heli.clocks import kinds, services
from heli.engines.legaltime import SHANGHAI, Allowance, Unit
from heli.kernel import clock as time
from heli.kernel.actor import Actor
from heli.kernel.models import Heartbeat

KIND = "tests.promise"
ACTOR = Actor("person", "p1", "D01")
MONDAY = dt.datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)


def note_rung(event):
    """An effect inside the firing transaction: one row a call."""
    Heartbeat.objects.create(
        name=f"{str(event.clock_id)[-12:]}-{event.rung}", at=time.now(), process=event.owner_id
    )


@pytest.fixture(scope="session", autouse=True)
def promise_kind():
    kinds.register(kinds.ClockKind(KIND, "Promise", note_rung))


def request_for(owner="1", amount=48, unit=Unit.NATURAL_HOURS, **more):
    return services.ClockRequest(
        KIND, "tests.thing", owner, more.pop("department", "D01"), Allowance(amount, unit), **more
    )


@pytest.fixture
def now():
    with time.frozen(MONDAY) as frozen:
        yield frozen


@pytest.fixture
def begin(now):
    def start(owner="1", **more):
        return services.start(request_for(owner, **more), actor=ACTOR)

    return start


@pytest.fixture
def committed(transactional_db):
    """A database that other threads and processes see; emptied afterwards."""
    return
