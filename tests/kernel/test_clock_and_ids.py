import datetime as dt
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.kernel import clock
from heli.kernel.ids import uuid7

NOON = dt.datetime(2026, 11, 23, 4, 0, tzinfo=dt.UTC)


def test_time_can_be_held_and_moved():
    with clock.frozen(NOON) as held:
        assert clock.now() == NOON
        held.advance(hours=13)
        assert clock.now() == NOON + dt.timedelta(hours=13)
        assert clock.today() == dt.date(2026, 11, 24), "the day is Shanghai's, not UTC's"
    assert clock.now() > NOON - dt.timedelta(days=3650)


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="aware"):
        clock.FrozenClock(dt.datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_clock_before_returns_after_an_error():
    with pytest.raises(RuntimeError), clock.frozen(NOON):
        raise RuntimeError
    assert clock.now() != NOON


def test_identifiers_are_version_7_and_ascend_within_a_process():
    with clock.frozen(NOON):
        made = [uuid7() for _ in range(10_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {(item.version, item.variant) for item in made} == {(7, "specified in RFC 4122")}


def test_an_identifier_tells_its_millisecond():
    later = NOON + dt.timedelta(days=400)
    with clock.frozen(later):
        assert uuid7().int >> 80 == int(later.timestamp() * 1000)


def test_identifiers_from_several_threads_never_repeat():
    made: list[object] = []

    def make() -> None:
        made.extend([uuid7() for _ in range(2000)])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8000


@given(st.integers(min_value=0, max_value=7_000_000_000))
def test_any_instant_gives_a_valid_identifier(seconds):
    with clock.frozen(dt.datetime.fromtimestamp(seconds, dt.UTC)):
        assert uuid7().version == 7
