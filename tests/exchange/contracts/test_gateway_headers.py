"""Calling systems are told by header fields that the version they use ends."""

import json

import jsonschema
import pytest
from tests.exchange.contracts.test_versions import STEWARD, changed, in_days
from tests.exchange.test_gateway import ask, heli, now, wire  # noqa: F401 - fixtures

from heli.client import DeniedError
from heli.engines.contracts import gateway_openapi
from heli.exchange.contracts import deprecation, services
from heli.exchange.models import Resource


def test_answers_say_when_their_version_ends(heli, wire, persona):  # noqa: F811
    deprecation.forget()
    told = []
    handle = wire.handle_request

    def kept(request):
        answer = handle(request)
        told.append(answer.headers)
        return answer

    wire.handle_request = kept
    ask(heli, persona)
    assert "sunset" not in told[0]
    residents = Resource.objects.get(department="gaj", name="residents")
    services.publish_version(
        residents, changed("2.0.0", drop=["born"]), actor=STEWARD, sunset=in_days(40)
    )
    ask(heli, persona)
    assert told[1]["deprecation"].startswith("@")
    assert told[1]["sunset"].endswith("16:00:00 GMT")  # midnight in Shanghai
    assert told[1]["link"] == (
        '</api/v1/exchange/resources/gaj/residents/versions/2.0.0>; rel="successor-version"'
    )
    deprecation.forget()


def test_answers_are_as_the_openapi_document_says(heli, wire, persona):  # noqa: F811
    """What the gateway gives is held against the document made from the contract."""
    residents = Resource.objects.get(department="gaj", name="residents")
    document = gateway_openapi(residents.parsed_contract, residents.address, "http://heli.example")
    given = []
    handle = wire.handle_request

    def kept(request):
        answer = handle(request)
        given.append((answer.status_code, answer.headers["content-type"], answer.read()))
        return answer

    wire.handle_request = kept
    ask(heli, persona)
    with pytest.raises(DeniedError):
        ask(heli, persona, purpose="curiosity")
    schemas = document["components"]["schemas"]
    for (status, kind, body), name in zip(given, ("Answer", "Problem"), strict=True):
        listed = document["paths"]["/x/v1/gaj/residents"]["post"]["responses"][str(status)]
        assert kind in listed["content"]
        shape = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        jsonschema.Draft202012Validator(shape).validate(json.loads(body))
