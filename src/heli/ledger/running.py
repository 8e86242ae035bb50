"""Telling a crash from a clean stop: a marker that a running worker leaves and takes away."""

import atexit
import os
from pathlib import Path

from heli.kernel.home import folder


class RunMarker:
    """The file ``HELI_HOME/ledger/running``: there while a worker runs, left behind by a crash."""

    def __init__(self) -> None:
        self._begun = False

    def begin(self) -> bool:
        """Note that this process runs; true, once, when a crashed run left its marker."""
        if self._begun:
            return False
        self._begun = True
        path = self.path()
        crashed = path.exists() and not _alive(path)
        path.write_text(str(os.getpid()))
        atexit.register(self.end)
        return crashed

    def end(self) -> None:
        """Note a clean stop."""
        path = self.path()
        if path.exists() and path.read_text().strip() == str(os.getpid()):
            path.unlink()
        self._begun = False

    @staticmethod
    def path() -> Path:
        """Where the marker lies."""
        return folder("ledger") / "running"


def _alive(path: Path) -> bool:
    try:
        pid = int(path.read_text())
        if pid == os.getpid():
            return False
        os.kill(pid, 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
