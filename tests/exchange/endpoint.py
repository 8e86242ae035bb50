"""A department's own HTTP endpoint, real and on this machine, with every kind of fault."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from heli.engines.contracts.errors import SemanticError


class Endpoint:
    """What the server serves, and what is wrong with it.

    ``faults`` names what goes wrong; see the methods that ask for it.
    """

    def __init__(self, contract, records, *, as_of="", faults=()):
        self.contract, self.records, self.as_of = contract, list(records), as_of
        self.faults = set(faults)
        self.seen = []
        self.calls = 0

    def list(self, query):
        limit = self._limit(query)
        cursor = query.get("cursor", [""])[0]
        if cursor and not cursor.startswith("after-") and "takes any cursor" not in self.faults:
            raise ValueError("cursor")
        start = int(cursor.removeprefix("after-")) if cursor.startswith("after-") else 0
        rows = self.records
        if "order changes" in self.faults and self.calls % 2:
            rows = rows[::-1]
        if "loses records" in self.faults and limit < 50:
            rows = [row for number, row in enumerate(rows) if number % 37 != 36]
        end = start + (limit + 5 if "ignores the limit" in self.faults else limit)
        items = rows[start:end]
        if "repeats records" in self.faults and start:
            items = [rows[0], *items[1:]]
        following = f"after-{end}" if end < len(rows) else None
        if "circle" in self.faults and following:
            following = "after-0"
        page = {"items": items, "next": following}
        if "no next" in self.faults:
            page.pop("next")
        if self.as_of:
            page["as_of"] = self.as_of
        return page

    def _limit(self, query):
        text = query.get("limit", ["100"])[0]
        if "takes any limit" in self.faults:
            return int(text) if text.isdigit() and text != "0" else 100
        limit = int(text)
        if not 1 <= limit <= 1000:
            raise ValueError("limit")
        return limit

    def lookup(self, body):
        asked = json.loads(body)["subject"]
        field = self.contract.subject_field
        if field.semantic and "takes any identifier" not in self.faults:
            field.semantic_type.parse(asked["id"])
        found = [row for row in self.records if row[field.name] == asked["id"]]
        if "wrong person" in self.faults:
            found = self.records[-1:]
        if "finds nobody" in self.faults:
            found = []
        data = found[0] if found else None
        if data and "other values" in self.faults:
            data = {**data, "name": "别的"}
        return {"data": data}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args):
        pass

    def do_GET(self):
        parts = urlsplit(self.path)
        self._serve(parts.path == "/records", lambda e: e.list(parse_qs(parts.query)))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self._serve(self.path == "/lookup", lambda e: e.lookup(body))

    def _serve(self, known, answer):
        endpoint = self.server.endpoint
        endpoint.calls += 1
        endpoint.seen.append(dict(self.headers))
        if "slow" in endpoint.faults:
            time.sleep(0.15)
        if "hangs" in endpoint.faults:
            time.sleep(3)
        if "redirects" in endpoint.faults:
            return self._say(302, b"", "text/plain", location="http://127.0.0.1:9/records")
        if "endless" in endpoint.faults:
            return self._endless()
        try:
            if not known:
                raise ValueError("path")
            document = answer(endpoint)
        except (ValueError, KeyError, TypeError, SemanticError) as error:
            return self._refuse(endpoint, type(error).__name__)
        kind = "text/html" if "html" in endpoint.faults else "application/json"
        text = "<p>" if "html" in endpoint.faults else json.dumps(document, ensure_ascii=False)
        return self._say(200, text.encode(), kind)

    def _refuse(self, endpoint, reason):
        if "plain errors" in endpoint.faults:
            return self._say(400, b"bad", "text/plain")
        status = 500 if "crashes" in endpoint.faults else 400
        document = {"title": reason, "status": 409 if "other status" in endpoint.faults else status}
        return self._say(status, json.dumps(document).encode(), "application/problem+json")

    def _say(self, status, content, kind, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _endless(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b" " * 65536)
        except OSError:
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


@contextmanager
def serving(endpoint):
    """The address at which an endpoint is served meanwhile."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.endpoint = endpoint
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
