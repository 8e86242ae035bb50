"""What runs in a process of its own, and what a signal does to who waits for it."""

import os
import signal

import pytest

from heli.site import kin
from heli.site.supervisor import Stopped


def test_a_stop_that_comes_just_as_it_ends_is_still_a_stop(monkeypatch):
    real = os.waitpid

    def late(pid, options):
        real(pid, options)
        monkeypatch.setattr(os, "waitpid", real)
        raise Stopped(signal.SIGTERM)

    monkeypatch.setattr(os, "waitpid", late)
    with pytest.raises(Stopped):
        kin.apart(lambda: None)


def test_what_fails_ends_who_waits_with_its_status(capfd):
    def fail():
        raise RuntimeError("no")

    with pytest.raises(SystemExit) as ended:
        kin.apart(fail)
    assert ended.value.code == 1
    assert "RuntimeError: no" in capfd.readouterr().err
