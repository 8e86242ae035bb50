"""Schemathesis over the gateway, by the OpenAPI document of a contract, signed by a system's key.

Whatever fits the document, or nearly, is answered as the document says and never with a fault. Half
of the calls that fit name what the caller was granted, so that they come as far as an answer.
"""

import datetime as dt
import json
import warnings
from collections import Counter
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.exchange.conftest import new_system
from tests.exchange.extracts.conftest import duty, give, now  # noqa: F401 - fixtures
from tests.exchange.test_gateway import ADDRESS, Asgi

from heli.client import HeliClient
from heli.engines.contracts import gateway_openapi
from heli.exchange import refusals
from heli.kernel import clock

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    schemathesis = pytest.importorskip("schemathesis")
    from schemathesis import GenerationMode
    from schemathesis.specs.openapi import checks

EXAMPLES = 30
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
fuzzed = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def caller(committed_city, duty, matters, persona, monkeypatch):  # noqa: F811
    """A system of the statistics office, which may look up, list and take a whole file."""
    monkeypatch.setattr(refusals, "PER_SECOND", 10_000)
    monkeypatch.setattr(refusals, "limiter", refusals.Limiter())
    give(committed_city["employment"])
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", persona[0].resident_id)])
    return committed_city


class Signing:
    """Sends a case as the system of a department would: complete, then signed."""

    def __init__(self, department):
        key_id, private = new_system(department)
        self.client = HeliClient(
            ADDRESS, key_id, private, transport=Asgi(),
            clock=lambda: int(clock.now().timestamp()),
        )  # fmt: skip

    def send(self, method, path, query, body):
        content = b"" if body is None else json.dumps(body, default=repr).encode()
        address = ADDRESS + path + (f"?{urlencode(query, doseq=True)}" if query else "")
        request = httpx.Request(method, address, content=content)
        self.client.sign(request, content)
        response = self.client._http.send(request)
        response.elapsed = dt.timedelta()  # It did not travel, and Schemathesis asks.
        return response


def plain(value):
    """What Schemathesis made, without its marks for what is not sent."""
    return None if type(value).__name__ == "NotSet" else value


def name_what_is_granted(case, granted, subject):
    """Name in a case what was granted to its caller, so that it comes as far as an answer."""
    if isinstance(case.body, dict):
        case.body |= granted
        if "subject" in case.body:
            case.body["subject"] = {"type": "person", "id": subject}
        case.body.pop("cursor", None)
    else:
        case.query = {**(plain(case.query) or {}), **granted}
        case.query.pop("cursor", None)


def fuzz(operation, signing, granted, subject):
    """Call one operation in many ways; returns how often each status came."""
    statuses = Counter()
    cases = st.one_of(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)

    @fuzzed
    @given(case=cases, may=st.booleans())
    def run(case, may):
        if may:
            name_what_is_granted(case, granted, subject)
        query, body = plain(case.query), plain(case.body)
        response = signing.send(case.method, case.formatted_path, query, body)
        statuses[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    run()
    return statuses


@pytest.mark.parametrize(
    ("name", "department", "granted", "answered"),
    [
        ("residents", "scjg", {"matter": "LJ-1", "purpose": "restaurant"}, {"lookup"}),
        (
            "employment", "fgw", {"purpose": "statistics", "task": "survey"},
            {"lookup", "list", "search", "extract"},
        ),
    ],
)  # fmt: skip
def test_a_signed_call_is_answered_as_the_document_says(
    caller, persona, name, department, granted, answered
):
    resource, signing = caller[name], Signing(department)
    document = gateway_openapi(resource.parsed_contract, resource.address, ADDRESS)
    came = {}
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = result.ok()
        does = operation.definition.raw["operationId"].partition("_")[0]
        came[does] = fuzz(operation, signing, granted, persona[0].resident_id)
    assert {does for does, statuses in came.items() if statuses[200]} == answered
    assert max(status for statuses in came.values() for status in statuses) < 500


@pytest.mark.parametrize("path", ["/x/v1/sessions", "/x/v1/sessions/close", "/x/v1/gaj/residents"])
def test_no_signed_body_ends_in_a_fault(caller, path):
    signing, statuses = Signing("scjg"), Counter()

    @fuzzed
    @given(body=JSON | st.fixed_dictionaries({"minutes": JSON}))
    def run(body):
        statuses[signing.send("POST", path, None, body).status_code] += 1

    run()
    assert max(statuses) < 500
