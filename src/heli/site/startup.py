"""Bringing an installation up: set-up, migrations, demo data, server and worker."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from importlib import import_module
from importlib.util import find_spec
from urllib.error import URLError

import django
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from heli.site import environment

console = Console(stderr=True)


def setup() -> None:
    """Make Django ready and load every room's facts, answers and jobs."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heli.site.settings")
    django.setup()
    from heli.site.settings import ROOMS

    for room in ROOMS:
        if find_spec(f"heli.{room}.tasks"):
            import_module(f"heli.{room}.tasks")


def migrate() -> None:
    """Bring the database to the present shape."""
    setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def seed(*, scale: str = "small", number: int, reset: bool = False) -> None:
    """Fill the demo city, with progress on stderr."""
    migrate()
    from heli.demo import linjiang

    with _progress() as progress:
        task = progress.add_task("Linjiang 临江", total=None)
        linjiang.seed(
            scale=scale,
            number=number,
            reset=reset,
            progress=lambda text: progress.update(task, description=text),
        )


def run(*, seed_demo: bool) -> None:
    """Start everything and stay until stopped; ends both processes when one ends."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heli.site.settings")
    with _progress() as progress:
        task = progress.add_task("Preparing the database 准备数据库", total=None)
        migrate()
        if seed_demo and environment.DEMO.flag:
            from heli.demo import linjiang

            if linjiang.is_empty():
                linjiang.seed(
                    progress=lambda text: progress.update(task, description=text),
                )
        progress.update(task, description="Starting server and worker 启动服务")
        processes = [_start_web(), _start_worker()]
        try:
            _wait_until_healthy(processes)
        except BaseException:
            _stop(processes)
            raise
    _announce()
    _watch(processes)


def _start_web() -> "subprocess.Popen[bytes]":
    # One thread pool per process for Django's synchronous views; granian's loop stays free.
    command = [sys.executable, "-m", "granian", "--interface", "asgi"]
    command += ["--host", environment.HOST.value, "--port", environment.PORT.value]
    command += ["--workers", environment.WEB_WORKERS.value, "--no-ws", "--log-level", "warning"]
    return subprocess.Popen([*command, "heli.site.asgi:application"])


def _start_worker() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "heli.site", "worker"])


def _wait_until_healthy(processes: list["subprocess.Popen[bytes]"], seconds: float = 60) -> None:
    url = f"http://{environment.HOST.value}:{environment.PORT.value}/healthz"
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if any(process.poll() is not None for process in processes):
            raise SystemExit("a process ended while starting; see the lines above")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise SystemExit(f"{url} did not become healthy within {seconds:.0f} s")


def _announce() -> None:
    console.print(f"\nHeli 合力: [bold]{environment.public_url()}[/bold]")
    if environment.DEMO.flag:
        from heli.demo import linjiang

        linjiang.print_logins(console)
    console.print("Stop with Ctrl-C.\n")


def _watch(processes: list["subprocess.Popen[bytes]"]) -> None:
    def end(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    try:
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        _stop(processes)


def _stop(processes: list["subprocess.Popen[bytes]"]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console
    )
