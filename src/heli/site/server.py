"""The web server's process: Granian over the ASGI application."""

import os

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from heli.kernel.home import keep_private
from heli.site import environment, kin

STOP_WITHIN = 5
"""Seconds that open connections (live pages never end theirs) have when the server stops."""


def serve() -> None:
    """Serve until stopped; a web process that crashes is replaced."""
    keep_private()
    kin.follow_parent()
    os.environ.update(kin.for_children())
    Granian(
        "heli.site.asgi:application",
        address=environment.HOST.value,
        port=environment.port(),
        interface=Interfaces.ASGI,
        workers=environment.web_workers(),
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.2,
        workers_kill_timeout=STOP_WITHIN,
    ).serve()


if __name__ == "__main__":
    serve()
