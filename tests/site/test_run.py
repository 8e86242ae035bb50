"""``heli run`` as a real process: comes up, tells what is wrong, leaves nothing behind."""

import json
import os
import re
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from tests.site.conftest import Installation, alive, children, command_of, pss, rss, until

from heli import __version__
from heli.demo.organisation import PASSWORD, logins
from heli.site.environment import SETTINGS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One seeded city for all tests that leave it as they found it."""
    made = Installation(tmp_path_factory.mktemp("run") / "home")
    began = time.monotonic()
    made.start().up()
    made.took = time.monotonic() - began
    yield made
    made.clean_up()


def test_it_comes_up_seeded_and_says_so(running):
    status, body = running.health()
    assert status == 200
    assert body["status"] == "ok"
    assert body["version"] == __version__
    assert body["database"] == "ok"
    assert body["worker"] == "ok"
    assert body["ledger_size"] > 1000
    text = running.text()
    assert f"http://127.0.0.1:{running.port}" in text
    assert PASSWORD in text
    for _, username in logins():
        assert re.search(rf"\b{username}\b", text), username
    assert "Traceback" not in text
    assert "Warning" not in text
    assert "ERROR" not in text
    print(f"heli run on an empty home was up after {running.took:.1f} s")  # noqa: T201


PAGES = {
    "leader1": ["/cockpit/", "/cockpit/figures/", "/cockpit/tasks/?show=late", "/cockpit/facts/"],
    "xfjy02": ["/cases/matters/", "/cases/handovers/", "/organisation/people/", "/exchange/"],
    "applicant1": ["/cases/mine/", "/cases/apply/", "/"],
}


def step_into(running, username):
    """A browser that is signed in."""
    browser = httpx.Client(base_url=running.url, timeout=60, follow_redirects=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get("/").text)[1]
    form = {"username": username, "csrfmiddlewaretoken": token}
    assert browser.post("/demo/step-into/", data=form).status_code == 200
    return browser


def test_server_and_worker_stay_under_500_megabytes_in_use(running):
    """While eight people read pages as fast as they can, not only when nobody does."""
    pids = [running.process.pid, *children(running.process.pid)]
    assert len(pids) >= 4
    names = [*PAGES] * 3
    browsers = [(name, step_into(running, name)) for name in names[:8]]

    def read(item):
        name, browser = item
        answers = [browser.get(page) for _ in range(10) for page in PAGES[name]]
        browser.close()
        return {answer.status_code for answer in answers}

    sizes = []
    with ThreadPoolExecutor(8) as pool:
        work = [pool.submit(read, item) for item in browsers]
        while not all(item.done() for item in work):
            sizes.append((sum(map(rss, pids)), sum(map(pss, pids))))
            time.sleep(0.2)
    assert {status for item in work for status in item.result()} == {200}
    resident, shared = (max(column) for column in zip(*sizes, strict=True))
    print(f"at most {resident:.0f} MB resident, {shared:.0f} MB of them its own")  # noqa: T201
    assert shared <= resident < 500


def test_a_request_leaves_no_connection_behind(running):
    """Each has one of its own; SQLite itself keeps a few files open, for their locks."""
    server = max(running.pids("heli.site.server") + running.pids("multiprocessing"))
    browser = step_into(running, "leader1")
    for _ in range(30):
        assert browser.get("/cockpit/facts/").status_code == 200
    browser.close()
    held = 0
    for link in Path(f"/proc/{server}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            held += link.readlink().name == "heli.sqlite3"
    assert held < 15


def test_nothing_is_written_outside_its_home(running):
    """Neither in the working folder, nor in the user's, nor among temporary files."""
    beside = {path.name: path for path in running.home.parent.iterdir()}
    assert set(beside) == {"home", "run.log", "user", "temporary"}
    assert not list(beside["user"].iterdir())
    assert not list(beside["temporary"].iterdir())
    written = {path for pid in children(running.process.pid) for path in _open_for_writing(pid)}
    assert written
    assert not [path for path in written if not path.is_relative_to(running.home.parent)]


def test_what_it_writes_is_open_to_its_owner_only(running):
    kept = [path for path in running.home.rglob("*") if not path.name.endswith(("-wal", "-shm"))]
    assert {"heli.sqlite3", "keys", "registers"} <= {path.name for path in kept}
    assert not [path for path in (running.home, *kept) if path.stat().st_mode & 0o077]
    for pid in (running.process.pid, *children(running.process.pid)):
        said = Path(f"/proc/{pid}/status").read_text()
        assert "Umask:\t0077" in said or "heli" not in command_of(pid), command_of(pid)


def _open_for_writing(pid):
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            path = link.readlink()
            flags = Path(f"/proc/{pid}/fdinfo/{link.name}").read_text().split("flags:")[1].split()
        except OSError:
            continue
        writes = int(flags[0], 8) & os.O_ACCMODE != os.O_RDONLY
        if writes and path.is_file() and Path("/dev") not in path.parents:
            yield path


def test_a_port_that_is_taken_is_told_in_one_line(running, tmp_path):
    other = Installation(tmp_path / "home", port=running.port)
    other.home.mkdir()
    with socket.socket() as blocker:
        blocker.bind(("127.0.0.1", 0))
        blocker.listen()
        other.port = blocker.getsockname()[1]
        said = other.run("run", "--no-seed")
    assert said.returncode == 2
    assert f"127.0.0.1:{other.port} is taken" in said.stderr
    assert "HELI_PORT" in said.stderr
    assert "Traceback" not in said.stderr
    assert not list(other.home.glob("*.sqlite3")), "nothing was begun"


def test_a_worker_that_is_killed_is_named_and_replaced(running):
    (worker,) = running.pids("heli.site worker")
    os.kill(worker, signal.SIGKILL)
    body = until(
        lambda: (found := running.health())[0] == 503 and found[1], 10, "health names the worker"
    )
    assert body["worker"] != "ok"
    assert "worker" in body["faults"]
    until(lambda: running.health()[0] == 200, 30, "the worker is back")
    assert running.pids("heli.site worker") != [worker]
    assert "The worker ended with SIGKILL; it is started again" in running.text()


@pytest.mark.parametrize("which", [0, 1])
def test_a_web_server_that_is_killed_is_replaced(running, which):
    """Once its first process, once the one that serves; the old one never goes on answering."""
    pid = sorted(running.pids("heli.site.server") + running.pids("multiprocessing"))[which]
    os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(pid), 5)
    until(lambda: len(running.pids("heli.site.server")) == 2, 30, "both processes are back")
    until(lambda: len(_listeners(running.port)) == 1, 15, "one socket, no orphan's beside it")
    until(lambda: running.health()[0] == 200, 30, "the server is back")


def _listeners(port):
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"]


def test_a_second_start_does_not_seed_again(running):
    before = running.health()[1]["ledger_size"]
    assert running.stop() == 0
    running.start().up()
    # What the worker notes meanwhile is a handful; a second seeding would be thousands.
    assert before <= running.health()[1]["ledger_size"] < before + 50


def test_terminate_leaves_no_process_and_a_free_port(installation):
    installation.start("--no-seed").up()
    assert installation.stop(signal.SIGTERM) == 0
    assert not _listeners(installation.port)
    assert "Traceback" not in installation.text()
    assert not (installation.home / "ledger" / "running").exists(), "a clean stop"


def test_who_insists_on_a_stop_gets_it_at_once_and_without_a_traceback(installation):
    installation.start("--no-seed").up()
    installation.process.send_signal(signal.SIGTERM)
    until(lambda: "Stopping" in installation.text(), what="the first signal was taken")
    installation.process.send_signal(signal.SIGTERM)
    assert installation.process.wait(25) == 0
    assert not _listeners(installation.port)
    assert "Traceback" not in installation.text()


def test_an_open_live_page_does_not_hold_up_a_stop(running):
    """A cockpit left open on a wall streams for ever; stopping must not wait for it."""
    with httpx.Client(base_url=running.url, timeout=20, follow_redirects=True) as browser:
        page = browser.get("/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        form = {"username": "leader1", "csrfmiddlewaretoken": token}
        assert browser.post("/demo/step-into/", data=form).status_code == 200
        with browser.stream("GET", "/cockpit/stream/") as live:
            assert live.headers["content-type"].startswith("text/event-stream")
            assert running.stop(signal.SIGTERM, 20) == 0
    assert not _listeners(running.port)


def test_killing_heli_run_takes_server_and_worker_along(installation):
    installation.start("--no-seed").up()
    had = children(installation.process.pid)
    assert len(had) >= 3
    installation.process.kill()
    installation.process.wait(5)
    until(lambda: not any(map(alive, had)), 15, "server and worker ended by themselves")
    installation.start("--no-seed").up()
    assert installation.health()[0] == 200


def test_seeding_that_was_killed_is_completed_at_the_next_start(installation):
    installation.start()
    database = installation.home / "registers" / "residents.parquet"
    until(database.exists, 120, "seeding is under way")
    installation.process.kill()
    installation.process.wait(5)
    assert (installation.home / "seeding.json").exists()
    installation.start().up()
    assert not (installation.home / "seeding.json").exists()
    status, body = installation.health()
    assert status == 200
    assert body["ledger_size"] > 1000


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("HELI_PORT", "eighty", "HELI_PORT=eighty"),
        ("HELI_PORT", "99999", "from 1 to 65535"),
        ("HELI_HOST", "203.0.113.9", "203.0.113.9"),
        ("HELI_HOME", "/proc/heli", "HELI_HOME"),
        ("HELI_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none", "HELI_DATABASE_URL"),
    ],
)
def test_what_cannot_work_is_told_in_one_line(installation, setting, value, told):
    installation.settings[setting] = value
    installation.home.mkdir()
    said = installation.run("run", "--no-seed")
    assert said.returncode == 2, said.stderr
    assert told in said.stderr
    assert "Traceback" not in said.stderr


def test_settings_lists_all_with_their_meaning(installation):
    installation.settings["HELI_SECRET_KEY"] = "not-to-be-shown"
    said = installation.run("settings")
    assert said.returncode == 0
    assert "not-to-be-shown" not in said.stdout
    for name, setting in SETTINGS.items():
        assert f"{name}=" in said.stdout
        assert setting.meaning in said.stdout
    rows = json.loads(installation.run("settings", "--json").stdout)
    assert {row["name"] for row in rows} == set(SETTINGS)


def test_every_setting_that_is_read_is_declared():
    read = re.compile(r"[\"'](HELI_[A-Z_]+)[\"']")
    internal = {"HELI_PARENT_PROCESS", "HELI_TEST_HOME"}
    found = {
        name
        for path in (ROOT / "src").rglob("*.py")
        for name in read.findall(path.read_text("utf-8"))
    }
    assert found - internal - {"HELI_DEMO"} <= set(SETTINGS)
