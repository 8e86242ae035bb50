"""Files handed in, where their transaction ends well, badly, or not at all."""

import datetime as dt
import os

import pytest
from django.db import transaction

from heli.cases import services
from heli.kernel import clock, handed_in
from heli.kernel.home import home

TEXT = "hello 示例".encode()


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HELI_HOME", str(tmp_path))


def files():
    return {path for path in home().glob("attachments/*/*") if path.parent.name != "pending"}


def notes():
    return list(home().glob("attachments/pending/*"))


def sweep_after(**age):
    """What is swept when everything lies there for so long."""
    moment = (clock.now() - dt.timedelta(**age)).timestamp()
    for note in notes():
        os.utime(note, (moment, moment))
    return handed_in.sweep()


def test_a_file_that_was_rolled_back_goes_after_a_day(matter, applicant):
    with transaction.atomic():
        row = services.attach(matter, "a.txt", TEXT, by=applicant)
        assert (home() / row.path).read_bytes() == TEXT
        transaction.set_rollback(True)
    assert len(files()) == 1
    assert sweep_after(hours=23) == 0
    assert len(files()) == 1
    assert sweep_after(hours=25) == 1
    assert not files()
    assert not notes()


def test_a_file_that_was_committed_stays(matter, applicant, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        row = services.attach(matter, "a.txt", TEXT, by=applicant)
    assert not notes()
    assert sweep_after(days=3) == 0
    assert (home() / row.path).read_bytes() == TEXT


def test_a_file_stays_when_all_ended_right_after_the_commit(matter, applicant):
    # Here nothing is committed, so the note stays, as a crash would leave it.
    row = services.attach(matter, "a.txt", TEXT, by=applicant)
    assert len(notes()) == 1
    assert sweep_after(days=3) == 0
    assert not notes()
    assert (home() / row.path).read_bytes() == TEXT
