import threading
import time

import pytest

from heli.kernel import worker
from heli.kernel.models import Heartbeat


@pytest.fixture
def own_jobs(monkeypatch):
    jobs: dict[str, worker.Periodic] = {}
    monkeypatch.setattr(worker, "_jobs", jobs)
    return jobs


@pytest.mark.django_db(transaction=True)
def test_jobs_run_on_their_rhythm_and_a_failing_one_stops_nobody(own_jobs, caplog):
    ran: list[float] = []
    failed: list[float] = []
    alive: list[bool] = []
    stop = threading.Event()

    @worker.periodic("test.good", every=0.02)
    def good():
        ran.append(time.monotonic())
        alive.append(Heartbeat.objects.filter(name="test-worker").exists())
        if len(ran) == 5:
            stop.set()

    @worker.periodic("test.bad", every=0.02)
    def bad():
        failed.append(time.monotonic())
        raise ValueError("broken")

    worker.run(stop, name="test-worker")
    assert len(ran) == 5
    assert len(failed) >= 2
    assert "test.bad" in caplog.text
    assert all(alive)
    assert not Heartbeat.objects.filter(name="test-worker").exists(), "it left cleanly"


def test_run_once_tells_what_each_did_and_lets_errors_out(own_jobs):
    worker.periodic("test.three", every=1)(lambda: 3)
    assert worker.run_once() == {"test.three": 3}
    worker.periodic("test.broken", every=1)(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        worker.run_once()
