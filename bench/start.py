"""The demo city from nothing: seconds to fill it, and memory of server and worker at work.

Limits, not peers: Linjiang is filled in under 20 s, and server and worker together stay under
500 MB. Memory is the proportional set size (PSS) of every process of ``heli run``, which counts
shared pages once, after each kind of user has opened their pages. The demo's simulation is left
out of both: the processes that compute one come on top while they stay, two of about 200 MB
(docs/adr/0177).
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

FILLED, MEMORY, PATIENCE = 20, 500, 120
HELI = [sys.executable, "-m", "heli.site"]
PLAIN = {"HELI_DEMO_SIMULATION": "0"}


def run() -> list[dict[str, object]]:
    """Measure on the database that the environment names, in this process's home."""
    from heli.site.startup import migrate

    migrate()
    began = time.perf_counter()
    subprocess.run([*HELI, "seed"], env=os.environ | PLAIN, check=True, capture_output=True)
    filled = time.perf_counter() - began
    return [
        {
            "what": "fill Linjiang, registers and four weeks of work",
            "heli": f"{filled:.1f} s",
            "peer": f"limit {FILLED} s",
            "ratio": FILLED / filled,
        },
        memory(),
    ]


def memory() -> dict[str, object]:
    """Of ``heli run`` after it has been used."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryFile() as said:
        given = os.environ | PLAIN | {"HELI_PORT": str(port)}
        process = subprocess.Popen([*HELI, "run"], env=given, stdout=said, stderr=said)
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", process)
            pages = use(port)
            used = sum(pss(pid) for pid in family(process.pid))
        finally:
            process.terminate()
            process.wait(30)
    return {
        "what": f"memory of server and worker after {pages} pages",
        "heli": f"{used:.0f} MB",
        "peer": f"limit {MEMORY} MB",
        "ratio": MEMORY / used,
    }


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Until the city says that it is well."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.3)
    raise RuntimeError(f"the city did not come up within {PATIENCE} s")


def use(port: int) -> int:
    """Open each kind of user's first pages as a browser does; returns how many."""
    import httpx

    from heli.demo.personas import GROUPS

    opened = 0
    for persona in (persona for group in GROUPS for persona in group.personas):
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True) as browser:
            browser.get("/").raise_for_status()
            token = browser.cookies["csrftoken"]
            browser.post(
                "/demo/step-into/",
                data={"username": persona.username, "csrfmiddlewaretoken": token},
            ).raise_for_status()
            opened += 2
    return opened


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        if parent == pid:
            found += family(int(path.parent.name))
    return found


def pss(pid: int) -> float:
    """Proportional set size in MB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0
