"""Endpoints of three digital projects, as their departments would serve them, with their faults.

``hydrants`` keeps its contract. ``parking`` answers mistakes as plain text. ``charging_piles``
repeats records and gives credit codes that are none. They are called over HTTP like any other
department's system; only while the city is filled, before a server runs, within the process.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import httpx
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from heli.engines.contracts import Contract, SemanticError, parse_contract
from heli.engines.contracts.examples import example_record
from heli.kernel import clock
from heli.kernel.permissions import audience

PROMISES = Path(__file__).parent / "promises"
NAMES = ("hydrants", "parking", "charging_piles")
COUNT = 120
PREFIX = "/demo/interfaces/"

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint says."""

    status: int
    media_type: str
    body: bytes


def contract_document(name: str) -> dict[str, Any]:
    """The contract that a project promises."""
    document: dict[str, Any] = json.loads((PROMISES / f"{name}.json").read_text("utf-8"))
    return document


@cache
def _contract(name: str) -> Contract:
    return parse_contract(contract_document(name))


@cache
def _records(name: str) -> tuple[Record, ...]:
    """Made-up records; the same at every start."""
    contract, rng = _contract(name), Random(name)  # noqa: S311 - invented data
    key = contract.subject_field.name
    rows = [
        example_record(contract, rng) | {key: f"{name[:2].upper()}{number:04d}"}
        for number in range(1, COUNT + 1)
    ]
    if name == "charging_piles":
        for number in range(9, COUNT, 10):
            rows[number] = rows[number - 1]
        for row in rows[::7]:
            row["operator_code"] = "无"
    return tuple(rows)


def answer(name: str, method: str, path: str, query: Mapping[str, str], body: bytes) -> Answer:
    """Answer one call by the interface that every contract promises."""
    try:
        if (method, path) == ("GET", "records"):
            return _said(_page(name, query))
        if (method, path) == ("POST", "lookup"):
            return _said(_found(name, body))
        return _refused(name, 404, "there is nothing here")
    except (ValueError, KeyError, TypeError, SemanticError) as error:
        return _refused(name, 400, type(error).__name__)


def _page(name: str, query: Mapping[str, str]) -> Record:
    limit, start = int(query.get("limit", "100")), 0
    if not 1 <= limit <= 1000:
        raise ValueError(limit)
    if "cursor" in query:
        mark, _dash, number = query["cursor"].partition("-")
        if mark != "after":
            raise ValueError(mark)
        start = int(number)
    rows = _records(name)
    end = start + limit
    as_of = (clock.now() - dt.timedelta(minutes=20)).isoformat()
    following = f"after-{end}" if end < len(rows) else None
    return {"items": rows[start:end], "next": following, "as_of": as_of}


def _found(name: str, body: bytes) -> Record:
    subject = json.loads(body)["subject"]["id"]
    key = _contract(name).subject_field.name
    return {"data": next((row for row in _records(name) if row[key] == subject), None)}


def _said(document: Record) -> Answer:
    return Answer(200, "application/json", json.dumps(document, ensure_ascii=False).encode())


def _refused(name: str, status: int, title: str) -> Answer:
    if name == "parking":
        return Answer(status, "text/plain", title.encode())
    document = {"type": "about:blank", "title": title, "status": status}
    return Answer(status, "application/problem+json", json.dumps(document).encode())


@audience(public=True)
@csrf_exempt
def endpoint(request: HttpRequest, name: str, path: str) -> HttpResponse:
    """One call of one endpoint."""
    if name not in NAMES:
        said = _refused("", 404, "there is no such interface")
    else:
        query = {key: str(value) for key, value in request.GET.items()}
        said = answer(name, request.method or "", path, query, request.body)
    return HttpResponse(said.body, status=said.status, content_type=said.media_type)


class InProcess(httpx.BaseTransport):
    """Carries calls to the endpoints without a server."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        name, _slash, path = request.url.path.removeprefix(PREFIX).partition("/")
        said = answer(name, request.method, path, dict(request.url.params), request.read())
        headers = {"content-type": said.media_type}
        return httpx.Response(said.status, headers=headers, content=said.body)
