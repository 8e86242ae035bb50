"""Bringing an installation up: set-up, migrations, demo data, server and worker."""

import atexit
import errno
import gc
import os
import signal
import socket
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from urllib.error import HTTPError

import django
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from heli.kernel.home import folder, home
from heli.site import environment
from heli.site.errors import (
    DatabaseUnreachableError,
    HomeNotWritableError,
    NoDemoError,
    PortTakenError,
    ResetUnconfirmedError,
    StartFailedError,
)
from heli.site.kin import apart
from heli.site.supervisor import Child, Stopped, Supervisor, stop_on_signals

console = Console(stderr=True)


def setup() -> None:
    """Make Django ready and load every room's facts, answers and jobs.

    Raises:
        HomeNotWritableError: Nothing can be written under ``HELI_HOME``.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heli.site.settings")
    _check_home()
    django.setup()
    from heli.site.settings import ROOMS

    for room in ROOMS:
        if find_spec(f"heli.{room}.tasks"):
            import_module(f"heli.{room}.tasks")
    # What is loaded now stays: the collector need not walk through it again and again.
    gc.freeze()
    atexit.register(gc.unfreeze)


def _check_home() -> None:
    try:
        with tempfile.TemporaryFile(dir=folder()):
            pass
    except OSError as error:
        raise HomeNotWritableError(path=home(), reason=error.strerror or error) from error


def migrate() -> None:
    """Bring the database to the present shape.

    Raises:
        DatabaseUnreachableError: It does not answer.
    """
    setup()
    from django.core.management import call_command
    from django.db import OperationalError

    try:
        call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        raise DatabaseUnreachableError(reason=" ".join(str(error).split())) from error


def seed(
    *,
    scale: str = "small",
    number: int,
    reset: bool = False,
    may_reset: Callable[[int], bool] = lambda facts: False,
) -> None:
    """Fill the demo city, with progress on stderr.

    Args:
        scale: A key of ``registers.SCALES``.
        number: Same number, same city.
        reset: Empty it first.
        may_reset: Asked with the number of facts that are lost, before any is.

    Raises:
        NoDemoError: This installation has no demo city.
        ResetUnconfirmedError: ``may_reset`` said no.
    """
    if not environment.DEMO.flag:
        raise NoDemoError
    migrate()
    from heli.demo import linjiang
    from heli.ledger.selectors import Fact

    facts = Fact.objects.count() if reset else 0
    if facts and not may_reset(facts):
        raise ResetUnconfirmedError(facts=facts)
    with _progress() as progress:
        task = progress.add_task("Linjiang 临江", total=None)
        linjiang.seed(
            scale=scale,
            number=number,
            reset=reset,
            progress=lambda text: progress.update(task, description=text),
        )


def run(*, seed_demo: bool) -> int:
    """Bring everything up and stay until stopped; returns the exit status.

    Raises:
        PortTakenError: Another program listens on the port.
        StartFailedError: Server or worker did not come up.
        KeepsEndingError: Server or worker ended again and again.
    """
    stop_on_signals()
    supervisor = Supervisor(
        [
            Child("web server", ("heli.site.server",)),
            Child("worker", ("heli.site", "worker"), on_end=_take_heartbeats_away),
        ],
        tell=lambda text: console.print(text, style="yellow"),
    )
    try:
        _bring_up(supervisor, seed_demo)
        apart(_announce)
        supervisor.keep()
    except Stopped as stopped:
        console.print("Stopping 正在停止 …")
        return 0 if stopped.number == signal.SIGTERM else 128 + stopped.number
    finally:
        supervisor.stop()


def _bring_up(supervisor: Supervisor, seed_demo: bool) -> None:
    _await_port()
    apart(lambda: _prepare(seed_demo))
    with _progress() as progress:
        progress.add_task("Starting server and worker 启动服务", total=None)
        supervisor.start()
        _await_health(supervisor)


def _prepare(seed_demo: bool) -> None:
    """Migrate, and fill an empty demo city."""
    with _progress() as progress:
        task = progress.add_task("Preparing the database 准备数据库", total=None)
        migrate()
        close_demo()
        if seed_demo and environment.DEMO.flag:
            from heli.demo import linjiang

            linjiang.complete(lambda text: progress.update(task, description=text))


def close_demo() -> None:
    """Without the demo city, nobody stays who stepped into somebody while there was one."""
    if environment.DEMO.flag:
        return
    from django.db import DatabaseError

    from heli.demo import closing

    # Without tables nobody is signed in.
    with suppress(DatabaseError):
        if closing.close():
            console.print(
                "HELI_DEMO is off, and this database was filled as the demo city: every session"
                " has ended, and the published password opens no account. For real work take a"
                " HELI_HOME and a database of its own.\n演示模式已关闭，而数据库曾用作演示城市："
                "所有会话均已结束，公开的演示密码不能登录。正式使用请另设 HELI_HOME 和数据库。",
                style="yellow",
            )


def warn_of_demo() -> None:
    """Say plainly that others can reach a city in which anybody may become anybody."""
    if environment.DEMO.flag and (names := environment.exposed()):
        console.print(
            f"HELI_DEMO is on, and others can reach this server ({', '.join(names)}): whoever does"
            " can step into every account. Set HELI_DEMO=0 for anything but a demonstration.\n"
            "演示模式已开启，且其他机器可访问本服务：任何访问者都能以任意身份进入。"
            "非演示用途请设置 HELI_DEMO=0。",
            style="yellow",
        )


def _await_port(seconds: float = 8.0) -> None:
    """Wait until the port is free: a server that was killed just now may take seconds to let go.

    Raises:
        PortTakenError: It does not become free.
    """
    address = environment.HOST.value, environment.port()
    until = time.monotonic() + seconds
    while True:
        try:
            _probe(*address)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > until:
                reason = error.strerror or str(error)
                raise PortTakenError(host=address[0], port=address[1], reason=reason) from error
            time.sleep(0.2)
        else:
            return


def _probe(host: str, port: int) -> None:
    """Bind as no second server could: the web server's own socket would share the port."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        probe.listen(1)


def _await_health(supervisor: Supervisor, seconds: float = 60) -> None:
    url = f"http://{_reachable()}:{environment.port()}/healthz"
    until = time.monotonic() + seconds
    answer = "no answer"
    while time.monotonic() < until:
        if ended := supervisor.ended():
            raise StartFailedError(reason=ended)
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except HTTPError as error:
            answer = error.read(600).decode(errors="replace")
        except OSError as error:
            answer = str(error)
        time.sleep(0.2)
    raise StartFailedError(reason=f"{url} was not healthy within {seconds:.0f} s ({answer})")


def _reachable() -> str:
    """Where this machine reaches its own server."""
    host = environment.HOST.value
    own = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound
    return own.get(host, f"[{host}]" if ":" in host else host)


def _announce() -> None:
    warn_of_demo()
    console.print(f"\nHeli 合力: [bold]{environment.public_url()}[/bold]")
    if environment.DEMO.flag:
        setup()
        from heli.demo import linjiang

        if not linjiang.is_empty():
            linjiang.print_logins(console)
    console.print("Stop with Ctrl-C.\n")


def _take_heartbeats_away(pid: int) -> None:
    """The worker ended and cannot say so itself: health tells it from now on."""
    with suppress(SystemExit):  # Told already; the worker is started again all the same.
        apart(lambda: _leave(pid))


def _leave(pid: int) -> None:
    setup()
    from django.db import DatabaseError

    from heli.kernel import worker

    try:
        worker.leave("worker", pid)
    except DatabaseError as error:
        console.print(f"The database did not take note: {error}", style="yellow")


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console
    )
