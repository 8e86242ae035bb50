"""The other department's end of a webhook: it notes what it got, and does not always answer.

Whatever it notes had its effect. Of the requests it takes, some it refuses for now and forgets,
some have their effect without an answer, some are answered late.
"""

import http.client
import json
import os
import random
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REFUSED, UNANSWERED, LATE = 0.1, 0.08, 0.05


class Handler(BaseHTTPRequestHandler):
    """Takes batches by POST; tells all of them, and forgets them, by GET."""

    server: "Server"

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        if len(body) < size:
            return
        with self.server.lock:
            mood = self.server.chance.random()
            if mood >= REFUSED:
                self.server.got.append([self.path.strip("/"), json.loads(body)])
        if REFUSED <= mood < REFUSED + UNANSWERED:
            self.close_connection = True
            return
        if mood > 1 - LATE:
            time.sleep(0.03)
        self.answer(503 if mood < REFUSED else 204, b"")

    def do_GET(self) -> None:
        with self.server.lock:
            got, self.server.got = self.server.got, []
            self.server.chance = random.Random(int(self.path.strip("/")))
        self.answer(200, json.dumps(got).encode())

    def answer(self, status: int, body: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            return  # The sender was killed meanwhile.

    def log_message(self, *_: Any) -> None:
        return


class Server(ThreadingHTTPServer):
    """What it got, in order."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[Any] = []
        self.lock = threading.Lock()
        self.chance = random.Random(0)
        self.parent = os.getpid()

    def service_actions(self) -> None:
        if os.getpid() != self.parent and os.getppid() != self.parent:
            os._exit(0)  # Nobody is left to end it.

    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # A sender that is killed breaks off.


class Receiver:
    """A receiver in a process of its own, so that no kill reaches what it knows."""

    def __init__(self) -> None:
        server = Server()
        self._address = ("127.0.0.1", server.server_port)
        self.url = f"http://127.0.0.1:{server.server_port}"
        self._pid = os.fork()
        if not self._pid:
            server.serve_forever()
            os._exit(0)
        server.server_close()

    def take(self, seed: int) -> list[tuple[str, dict[str, Any]]]:
        """What it got since it was asked last, as path and document; a seed for what comes."""
        link = http.client.HTTPConnection(*self._address, timeout=20)
        link.request("GET", f"/{seed}")
        got = json.loads(link.getresponse().read())
        link.close()
        return [(path, document) for path, document in got]

    def close(self) -> None:
        """End it."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
