"""One source that hangs stops no other: readings side by side, each with an end."""

import threading
import time
from pathlib import Path

import pytest
from tests.exchange import sources
from tests.exchange.sources import API, CONTRACT, ROWS

from heli.exchange.connectors import open_connector, snapshots
from heli.exchange.connectors.readers import Readers
from heli.kernel.deadlines import left
from heli.kernel.home import folder

DONE = Path("done")


@pytest.fixture
def stuck():
    """A reading that never ends by itself, and all of which end with the test."""
    end = threading.Event()

    def read():
        end.wait()
        return DONE

    yield read
    end.set()


def test_owners_do_not_wait_for_each_other(stuck):
    readers = Readers(most=16, each=2)
    hung = [readers.submit("a", stuck, 60) for _ in range(5)]
    assert readers.submit("b", lambda: DONE, 60).result(5) == DONE
    assert readers.submit("a/other", lambda: DONE, 60).result(5) == DONE
    assert not any(each.done() for each in hung)


def test_a_stuck_reading_is_given_up_and_makes_room(stuck):
    readers = Readers(most=1, each=1)
    hung = readers.submit("a", stuck, 0.3)
    waiting = readers.submit("b", lambda: DONE, 60)
    again = readers.submit("a", lambda: DONE, 60)
    with pytest.raises(TimeoutError, match=r"longer than 0\.3 s"):
        hung.result(5)
    assert waiting.result(5) == DONE
    time.sleep(0.1)
    assert not again.done(), "the stuck thread no longer counts against its owner"


def test_what_waited_behind_a_stuck_reading_of_its_own_is_read_once_that_ends():
    end, readers = threading.Event(), Readers(most=1, each=1)

    def read():
        end.wait()
        return DONE

    hung = readers.submit("a", read, 0.2)
    again = readers.submit("a", lambda: DONE, 60)
    with pytest.raises(TimeoutError):
        hung.result(5)
    end.set()
    assert again.result(5) == DONE


def test_a_reading_knows_how_long_it_has_and_tells_its_fault():
    readers = Readers()
    given = []

    def read():
        given.append(left())
        raise KeyError("x")

    with pytest.raises(KeyError):
        readers.submit("a", read, 7).result(5)
    assert 6 < given[0] <= 7


def test_no_more_than_so_many_at_once():
    readers, running, most = Readers(most=3, each=2), [], []

    def read():
        running.append(1)
        most.append(len(running))
        time.sleep(0.05)
        running.pop()
        return DONE

    for each in [readers.submit(str(number % 4), read, 60) for number in range(20)]:
        assert each.result(10) == DONE
    assert max(most) <= 3


def test_a_file_is_read_while_an_api_drips(city, settings):
    settings.HELI_SOURCE_HOSTS = ("127.0.0.0/8",)
    with sources.api() as handler:
        handler.fault = "drips"
        api = open_connector("http", CONTRACT, API)
        scan = threading.Thread(target=_ignore, args=(api,), daemon=True)
        scan.start()
        started = time.monotonic()
        reader = open_connector("csv", CONTRACT, sources.write_csv(ROWS))
        assert reader.lookup("F007") == ROWS[7]
        assert time.monotonic() - started < 2.5
        assert scan.is_alive(), "the API had ended before"
        scan.join(10)


def _ignore(api):
    try:
        list(api.scan(["code"]))
    except OSError:
        return


def test_a_reading_that_takes_too_long_is_told_to_who_waits_and_to_who_comes_next(
    city, monkeypatch
):
    monkeypatch.setattr(snapshots, "READ_SECONDS", 0.3)
    end = threading.Event()
    reader = open_connector("csv", CONTRACT, sources.write_csv(ROWS))
    monkeypatch.setattr(reader, "_write", lambda target: end.wait())
    before = time.monotonic()
    for _ in range(2):
        with pytest.raises(OSError, match=r"longer than 0\.3 s"):
            reader.lookup("F007")
    assert time.monotonic() - before < 3
    end.set()
    assert not list(folder("snapshots").glob("*.raw"))
