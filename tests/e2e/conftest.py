"""A real browser against the real product.

``server`` is the address of a running Heli (migrated, not seeded); set ``HELI_TEST_URL`` to use
one that runs already. ``page_in`` opens a page in a language and theme; ``accessible`` fails on
anything serious that axe finds.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SIZES = {"wide": (1400, 980), "narrow": (390, 844)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/e2e/" in item.path.as_posix():
            item.add_marker("e2e")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            pytest.fail("the server ended while starting")
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"{url} did not answer within {seconds} s")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    if running := os.environ.get("HELI_TEST_URL"):
        yield running.rstrip("/")
        return
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="heli-e2e-") as home:
        environment = os.environ | {
            "HELI_HOME": home,
            "HELI_PORT": str(port),
            "DJANGO_SETTINGS_MODULE": "heli.site.settings",
        }
        subprocess.run([sys.executable, "-m", "heli.site", "migrate"], env=environment, check=True)
        command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port)]
        command += ["--no-ws", "--log-level", "warning", "heli.site.asgi:application"]
        process = subprocess.Popen(command, env=environment)
        try:
            wait_for(f"http://127.0.0.1:{port}/web/gallery/", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for one file of tests: while it runs, its thread counts as asynchronous."""
    if not os.path.exists(CHROMIUM):
        pytest.skip("Chromium is not installed")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page_in(browser: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """Open ``path``; the page fails the test on any script error or refused resource."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def note(message) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            faults.append(message.text)

    def open_page(
        path: str,
        language: str = "zh-hans",
        theme: str = "light",
        size: str = "wide",
        context: BrowserContext | None = None,
        scripts: bool = True,
    ) -> Page:
        if context is None:
            width, height = SIZES[size]
            context = browser.new_context(
                viewport={"width": width, "height": height}, java_script_enabled=scripts
            )
            contexts.append(context)
        cookies = {"django_language": language, "heli_theme": theme}
        context.add_cookies([{"name": k, "value": v, "url": server} for k, v in cookies.items()])
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(server + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Fail when axe finds anything serious or critical on the page."""

    def check(page: Page) -> None:
        found = Axe().run(page).response["violations"]
        bad = [
            f"{v['id']} ({v['impact']}): " + "; ".join(n["html"][:160] for n in v["nodes"][:4])
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        assert not bad, "\n".join(bad)

    return check
