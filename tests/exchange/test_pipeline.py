"""The gateway's steps: each takes all that waits, and no sooner than the next can take it."""

import threading
import time
from types import SimpleNamespace

from heli.exchange import pipeline
from heli.exchange.pipeline import Step


def eventually(fact, seconds=5.0):
    until = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_what_waits_is_taken_at_once_and_in_order():
    free, batches = threading.Event(), []

    def work(batch):
        batches.append(batch)
        free.wait(5)

    step = Step("test", work)
    step.put([0])
    eventually(lambda: batches == [[0]])
    for number in range(1, 6):
        step.put([number])
    free.set()
    eventually(lambda: batches == [[0], [1, 2, 3, 4, 5]])


def test_a_step_takes_nothing_while_the_next_has_not_taken_what_it_was_given(monkeypatch):
    monkeypatch.setattr(pipeline, "HOLD", 30)
    free, taken = threading.Event(), []

    def slow(batch):
        taken.append(batch)
        free.wait(5)

    ahead = Step("ahead", slow)
    first = Step("first", ahead.put)
    first.ahead = ahead
    first.put([1])
    eventually(lambda: taken == [[1]])
    first.put([2])
    eventually(lambda: ahead._waiting)
    first.put([3])
    first.put([4])
    time.sleep(0.1)
    assert list(ahead._waiting) == [2]
    free.set()
    eventually(lambda: taken == [[1], [2], [3, 4]])


def test_a_step_that_does_not_move_holds_nobody_for_long(monkeypatch):
    monkeypatch.setattr(pipeline, "HOLD", 0.05)
    stuck = SimpleNamespace(wait_until_taken=lambda: time.sleep(pipeline.HOLD))
    done = []
    step = Step("test", done.append)
    step.ahead = stuck
    step.put(["a"])
    eventually(lambda: done == [["a"]])


def test_a_step_that_was_given_nothing_yet_looks_after_what_is_idle(monkeypatch):
    monkeypatch.setattr(pipeline, "LOOK", 0.01)
    looked = threading.Event()
    step = Step("test", lambda batch: None)
    step.idle = looked.set
    step.put([])
    assert looked.wait(5)
