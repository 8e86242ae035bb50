"""A real browser against the real product.

``server`` is the address of a running Heli (migrated, not seeded), ``city`` that of the demo city;
set ``HELI_TEST_URL`` to use one that runs already. ``page_in`` opens a page in a language and
theme, ``at_work`` steps in as somebody; ``accessible`` fails on anything serious that axe finds,
``in_order`` also where a page is wider than the screen, and looks at both themes.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.site.conftest import Installation, free_port

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SIZES = {"wide": (1400, 980), "narrow": (390, 844)}
VIEWS = [
    ("zh-hans", "light", "wide"),
    ("zh-hans", "dark", "narrow"),
    ("en", "dark", "wide"),
    ("en", "light", "narrow"),
]
"""Languages, themes and sizes, each with each of the others."""
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""What axe finds in one theme and not in the other."""
HARMLESS = re.compile(r"status of 4|Status Error Code 4")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/e2e/" in item.path.as_posix():
            item.add_marker("e2e")


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


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home as the first ``heli run`` leaves it: one for all workers of a run, to be copied."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "linjiang"
    shared.mkdir(exist_ok=True)
    with (shared / "making").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "made").exists():
            made = Installation(shared / "home")
            try:
                made.start().up().stop()
            finally:
                made.clean_up()
            (shared / "made").touch()
    return shared / "home"


@pytest.fixture(scope="module")
def linjiang(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A demo city of the file's own, as ``heli run`` brings it up, its worker included."""
    made = Installation(tmp_path_factory.mktemp("linjiang") / "home")
    shutil.copytree(seeded, made.home)
    yield made.start().up()
    made.clean_up()


@pytest.fixture(scope="module")
def linjiang_anew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The same, seeded at the address it is served at: where its own interfaces are called."""
    made = Installation(tmp_path_factory.mktemp("anew") / "home")
    yield made.start().up()
    made.clean_up()


@pytest.fixture(scope="module")
def city(request: pytest.FixtureRequest) -> str:
    """The address of a demo city with matters in every state."""
    if running := os.environ.get("HELI_TEST_URL"):
        return running.rstrip("/")
    return str(request.getfixturevalue("linjiang").url)


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
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open an address; the test fails on any script error or refused resource."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def note(message) -> None:
        if message.type == "error" and not HARMLESS.search(message.text):
            faults.append(message.text)

    def open_page(
        url: str,
        language: str = "zh-hans",
        theme: str = "light",
        size: str = "wide",
        scripts: bool = True,
    ) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=scripts
        )
        contexts.append(context)
        site = urljoin(url, "/")
        cookies = {"django_language": language, "heli_theme": theme}
        context.add_cookies([{"name": k, "value": v, "url": site} for k, v in cookies.items()])
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def page_in(new_page: Callable[..., Page], server: str) -> Callable[..., Page]:
    """Open a path of the server without a demo city."""
    return lambda path, *view, **more: new_page(server + path, *view, **more)


@pytest.fixture
def at_work(new_page: Callable[..., Page], city: str) -> Callable[..., Page]:
    """Step into the demo city as somebody."""

    def enter(username: str, *view: str, **more: object) -> Page:
        page = new_page(city, *view, **more)
        token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
        page.context.request.post(
            f"{city}/demo/step-into/",
            form={"username": username, "csrfmiddlewaretoken": token},
            headers={"referer": city},
        )
        return page

    return enter


@pytest.fixture
def accessible() -> Callable[..., None]:
    """Fail when axe finds anything serious or critical on the page."""

    def check(page: Page, **options: object) -> None:
        ran = Axe().run(page, options={"resultTypes": ["violations"], **options})
        found = ran.response["violations"]
        bad = [
            f"{v['id']} ({v['impact']}): " + "; ".join(n["html"][:160] for n in v["nodes"][:4])
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        assert not bad, "\n".join(bad)

    return check


@pytest.fixture
def in_order(accessible: Callable[..., None]) -> Callable[[Page], None]:
    """Fail where a page is not accessible in both themes, or wider than the screen."""

    def check(page: Page) -> None:
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
        page.emulate_media(reduced_motion="reduce")  # no colour is on its way to another
        other = page.locator("[data-theme-form] button").first
        theme = other.get_attribute("value")
        other.click()
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        accessible(page, **COLOURS)

    return check
