"""Every rung fires exactly once, whatever crashes and however many workers run."""

import datetime as dt
import logging
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import close_old_connections, connection, connections, transaction
from tests.clocks.conftest import ACTOR, KIND, request_for

from heli.clocks import calendars, kinds, polling, services
from heli.clocks.models import Clock, Rung
from heli.engines.legaltime import SHANGHAI, Allowance, Unit
from heli.kernel.models import Heartbeat
from heli.ledger.models import Fact

ROOT = Path(__file__).resolve().parents[2]
RUNGS = ("remind", "warn", "escalate", "overdue")


def effects():
    return Counter(Heartbeat.objects.values_list("name", flat=True))


def assert_each_fired_once(clocks):
    expected = {f"{str(c.pk)[-12:]}-{rung}": 1 for c in clocks for rung in RUNGS}
    assert effects() == expected
    assert Rung.objects.count() == len(expected)
    assert not Clock.objects.filter(next_rung_at__isnull=False).exists()
    facts = Counter(
        (fact.subject, fact.data.get("rung", "overdue"))
        for fact in Fact.objects.filter(
            verb__in=["clocks.clock.rung_fired", "clocks.clock.overdue"]
        )
    )
    assert facts == {(c.subject, rung): 1 for c in clocks for rung in RUNGS}


@pytest.mark.django_db
def test_rungs_fire_at_their_instants_and_not_again(begin, now):
    clock = begin()
    fired = []
    for _ in range(60):
        fired.append(polling.poll())
        now.advance(hours=1)
    assert {hour: n for hour, n in enumerate(fired) if n} == {24: 1, 39: 1, 48: 2}
    assert_each_fired_once([clock])


@pytest.mark.django_db
def test_a_suspended_clock_fires_nothing_and_goes_on_later(begin, now):
    clock = begin()
    now.advance(hours=20)
    services.suspend(clock.pk, department="D07", ground="g", actor=ACTOR)
    now.advance(hours=500)
    assert polling.poll() == 0
    services.resume(clock.pk, actor=ACTOR)
    now.advance(hours=3)
    assert polling.poll() == 0
    now.advance(hours=1)
    assert polling.poll() == 1
    now.advance(hours=24)
    assert polling.poll() == 3


@pytest.mark.django_db
def test_a_stopped_clock_fires_nothing(begin, now):
    services.stop(begin().pk, actor=ACTOR)
    now.advance(hours=100)
    assert polling.poll() == 0


@pytest.mark.django_db
def test_the_fact_of_a_rung_names_who_owes(begin, now):
    clock = begin(matter="M-1", department="D05")
    now.advance(hours=49)
    polling.poll()
    fact = Fact.objects.get(subject=clock.subject, verb="clocks.clock.overdue")
    assert (fact.actor, fact.department, fact.matter) == ("heli", "D05", "M-1")


@pytest.mark.django_db
def test_a_failing_handler_undoes_its_effect_and_is_tried_again(now, caplog):
    broken = []

    def fail_twice(event):
        Heartbeat.objects.create(name=f"{event.rung}-{len(broken)}", at=now(), process="x")
        if len(broken) < 2:
            broken.append(event)
            raise RuntimeError("the room is not ready")

    kinds.register(kinds.ClockKind("tests.broken", "Broken", fail_twice, ladder=()))
    good = services.start(request_for("good"), actor=ACTOR)
    request = services.ClockRequest(
        "tests.broken", "tests.thing", "2", "D01", Allowance(1, Unit.NATURAL_HOURS)
    )
    services.start(request, actor=ACTOR)
    now.advance(hours=50)
    with caplog.at_level(logging.CRITICAL, "heli.clocks.polling"):
        assert polling.poll() == 4  # the other clock's rungs are not held up
        assert polling.poll() == 0
        now.advance(seconds=1)
        assert polling.poll() == 0
        now.advance(seconds=1)
        assert polling.poll() == 0
        now.advance(seconds=1)
        assert polling.poll() == 1
    assert effects()["overdue-2"] == 1
    assert "overdue-0" not in effects()
    good.refresh_from_db()
    assert (good.rungs, good.next_rung_at) == ([], None)


def test_two_pollers_in_threads_fire_each_rung_once(committed, now):
    clocks = services.start_many([request_for(str(i)) for i in range(25)], actor=ACTOR)
    now.advance(hours=49)
    together = threading.Barrier(3)

    def run(_):
        try:
            together.wait()
            return sum(iter(polling.poll, 0))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        fired = list(pool.map(run, range(3)))
    # a rung that another worker had locked may have been skipped by all in their last look
    assert sum(fired) + polling.poll() == 100
    assert_each_fired_once(clocks)


def spawn(instant, *args):
    name = str(connection.settings_dict["NAME"])
    return subprocess.Popen(
        [sys.executable, "-m", "tests.clocks.poller", name, instant.isoformat(), *args],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_worker_processes_fire_each_rung_once(committed, now):
    clocks = services.start_many([request_for(str(i)) for i in range(25)], actor=ACTOR)
    later = now.advance(hours=49)
    close_old_connections()
    workers = [spawn(later) for _ in range(2)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n", worker.stderr.read()
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    fired = 0
    for worker in workers:
        out, err = worker.communicate(timeout=60)
        assert worker.returncode == 0, err
        assert "did not fire" not in err
        fired += sum(map(int, out.split()))
    assert fired + polling.poll() == 100
    assert_each_fired_once(clocks)


def wait_for_what_the_dead_left():
    """PostgreSQL takes a killed client's transaction back when it notices; until then a poll would
    pass its clock over, as that of a worker at work."""
    with transaction.atomic():
        list(Clock.objects.select_for_update())


@pytest.mark.parametrize(
    ("death", "committed_before"), [("die-before-commit", 4), ("die-after-commit", 5)]
)
def test_a_killed_worker_repeats_nothing_and_loses_nothing(committed, now, death, committed_before):
    clocks = services.start_many([request_for(str(i)) for i in range(3)], actor=ACTOR)
    later = now.advance(hours=49)
    worker = spawn(later, death, "5")
    worker.communicate("go\n", timeout=300)
    assert worker.returncode == -signal.SIGKILL
    assert sum(effects().values()) == committed_before
    assert Rung.objects.count() == committed_before
    wait_for_what_the_dead_left()
    assert polling.poll() == 12 - committed_before
    assert_each_fired_once(clocks)


@pytest.mark.django_db
def test_a_new_calendar_year_gives_waiting_clocks_their_due(now, tmp_path, monkeypatch):
    now.instant = dt.datetime(2026, 12, 28, 10, tzinfo=SHANGHAI)
    monkeypatch.setenv("HELI_HOME", str(tmp_path))
    moved = []
    kinds.register(kinds.ClockKind("tests.waiting", "Waiting", on_due_moved=moved.append))
    clock = services.start(
        services.ClockRequest(
            "tests.waiting", "tests.thing", "1", "D01", Allowance(5, Unit.WORKING_DAYS)
        ),
        actor=ACTOR,
    )
    assert polling.learn_years() == 0
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars" / "2027.toml").write_text(
        'year = 2027\n[[notice]]\nnumber = "n"\ntitle = "t"\ndate = 2026-11-30\n'
        '[[notice.holiday]]\nname = "new_year"\nfirst = 2027-01-01\nlast = 2027-01-03\n',
        "utf-8",
    )
    assert calendars.official_calendar().years[-1] == 2027
    assert polling.learn_years() == 1
    assert polling.learn_years() == 0
    clock.refresh_from_db()
    # 29, 30, 31 December, then 4 and 5 January
    assert clock.due_at == dt.datetime(2027, 1, 5, 18, tzinfo=SHANGHAI)
    assert [event.due_at for event in moved] == [clock.due_at]
    assert all(rung["fire_at"] for rung in clock.rungs)
    assert clock.next_rung_at is not None
    assert Fact.objects.filter(subject=clock.subject, verb="clocks.clock.due_known").count() == 1


def test_kinds_are_registered_once():
    with pytest.raises(ValueError, match="two rooms"):
        kinds.register(kinds.ClockKind(KIND, "Another"))
