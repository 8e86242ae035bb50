"""Witnesses as processes of their own, and logs as folders behind a web server."""

import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from heli.engines.translog import TILE_WIDTH, tile_width, tiles_of
from heli.ledger.monitor import entries_path

ROOT = Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def heli(*words, **env):
    """Run a command without any setting of the tests; it must not need Heli's database."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HELI_")}
    clean.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.run(
        [sys.executable, "-m", "heli.site", *map(str, words)],
        cwd=ROOT,
        env={**clean, "HELI_HOME": "/nonexistent/heli", **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


class WitnessProcess:
    """``heli witness serve`` in a folder of its own."""

    def __init__(self, home, keys, name="w.example/audit", algorithms=("ed25519",)):
        self.home, self.port = Path(home), free_port()
        words = [each for name_ in algorithms for each in ("--algorithm", name_)]
        done = heli("witness", "init", name, "--log", keys, "--home", self.home, *words)
        assert done.returncode == 0, done.stderr
        self.vkeys = done.stdout.split()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self, **more):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("HELI_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "heli.site", "witness", "serve", "--home", str(self.home),
             "--port", str(self.port)],
            cwd=ROOT, env=clean, stderr=subprocess.PIPE, start_new_session=True, **more,
        )  # fmt: skip
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                if httpx.get(self.address, timeout=2).status_code == 200:
                    return self
            except httpx.HTTPError:
                time.sleep(0.05)
        raise AssertionError(self.process.stderr.read().decode())

    def stop(self, sign=15):
        if self.process is not None:
            os.killpg(self.process.pid, sign)
            self.process.wait(20)
            self.process.stderr.close()
            self.process = None

    def post(self, body):
        data = body if isinstance(body, bytes) else str(body).encode()
        return httpx.post(f"{self.address}/add-checkpoint", content=data, timeout=20)

    def line(self, name):
        return f"witness {name} {self.vkeys[0]} {self.address}\n"


def write_log(folder, log, note, keys=""):
    """Put a log in memory into files, as C2SP tlog-tiles names them."""
    files = {"checkpoint": str(note).encode(), "keys": str(keys).encode()}
    for tile in tiles_of(log.size):
        width = tile_width(tile, log.size)
        files[tile.path(width)] = log.tile(tile)[: width * 32]
    for index in range(-(-log.size // TILE_WIDTH)):
        leaves = log.leaves[index * TILE_WIDTH : (index + 1) * TILE_WIDTH]
        bundle = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)
        files[entries_path(index, len(leaves))] = bundle
    for name, data in files.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def served(folder):
    """A folder over HTTP."""
    handler = partial(_Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
