"""Files are made in turn: one of a department at a time, the others beside it."""

import threading

import pytest

from heli.exchange.extracts import making
from heli.exchange.extracts.errors import ExtractsFullError, ExtractsShareError
from heli.exchange.extracts.making import Making


def test_a_department_holds_one_thread_and_keeps_its_order():
    kitchen, on, done = Making(), threading.Event(), []

    def work(name, wait):
        if wait:
            assert on.wait(30)
        done.append(name)
        return name

    mine = [kitchen.make("scjg", lambda n=n: work(n, wait=True)) for n in range(6)]
    other = kitchen.make("gaj", lambda: work("other", wait=False))
    assert other.result(timeout=30) == "other"
    assert sum(told.running() for told in mine) <= 1
    on.set()
    assert [told.result(timeout=30) for told in mine] == [0, 1, 2, 3, 4, 5]
    assert done == ["other", 0, 1, 2, 3, 4, 5]


def test_what_fails_or_is_given_up_lets_the_next_one_begin():
    kitchen, on = Making(), threading.Event()

    def fail():
        on.wait(30)
        raise ValueError("full")

    failing = kitchen.make("scjg", fail)
    given_up = kitchen.make("scjg", lambda: pytest.fail("nobody waits for it"))
    last = kitchen.make("scjg", lambda: "made")
    assert given_up.cancel()
    on.set()
    assert last.result(timeout=30) == "made"
    with pytest.raises(ValueError, match="full"):
        failing.result()


def test_places_are_shared_and_bounded():
    kitchen = Making()
    with pytest.raises(LookupError), kitchen.place("scjg"):
        raise LookupError
    for _ in range(making.SHARE):
        hold(kitchen, "scjg")
    with pytest.raises(ExtractsShareError):
        hold(kitchen, "scjg")
    for number in range(making.PLACES - making.SHARE):
        hold(kitchen, f"d{number}")
    with pytest.raises(ExtractsFullError):
        hold(kitchen, "gaj")
    kitchen.leave("scjg")
    hold(kitchen, "gaj")


def hold(kitchen, department):
    with kitchen.place(department):
        pass
