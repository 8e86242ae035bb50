"""REST requests signed by a system (RFC 9421)."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.http import JsonResponse
from django.test import RequestFactory

from heli.engines import httpsig
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.organisation import nonces, services
from heli.organisation.middleware import SystemMiddleware
from heli.organisation.models import SpentNonce

PATH = "/api/v1/organisation/departments?limit=3"


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def registered(city, key):
    octets = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return services.register_system("scjg", "审批系统", octets, actor=HELI)


def call(key, key_id, *, body=b"", signed_path=PATH, path=PATH, sent=None, **changes):
    """What a request signed in this way meets: status, and the body or the system's id."""
    created = changes.pop("created", int(clock.now().timestamp()))
    nonce = changes.pop("nonce", "n-1")
    components = changes.pop("components", ["@method", "@target-uri"])
    headers = {"Content-Digest": httpsig.content_digest(body)} if body else {}
    if body:
        components = [*components, "content-digest"]
    target, _, query = signed_path.partition("?")
    message = httpsig.Request(
        method="POST" if body else "GET",
        scheme="http",
        authority="testserver",
        path=target,
        query=query,
        headers=tuple(headers.items()),
    )
    parameters = [("created", created), ("nonce", nonce), ("keyid", key_id), ("alg", "ed25519")]
    headers |= httpsig.sign(message, components, key=key, parameters=parameters)
    factory = RequestFactory(headers=headers)
    request = (
        factory.post(path, sent if sent is not None else body, content_type="application/json")
        if body
        else factory.get(path)
    )
    answer = SystemMiddleware(lambda found: JsonResponse({"system": found.system.id}))(request)
    return answer.status_code, json.loads(answer.content)


def test_a_signed_request_is_known(key, registered):
    system, public = registered
    assert call(key, public.key_id) == (200, {"system": str(system.pk)})
    assert call(key, public.key_id, body=b'{"a":1}', nonce="n-2")[0] == 200


def test_the_same_signature_is_accepted_once(key, registered):
    _system, public = registered
    assert call(key, public.key_id)[0] == 200
    status, problem = call(key, public.key_id)
    assert (status, problem["code"]) == (409, "organisation.replayed")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"path": "/api/v1/organisation/people"}, "httpsig.invalid"),
        ({"path": PATH + "0"}, "httpsig.invalid"),
        ({"created": 0}, "httpsig.stale"),
        ({"components": ["@method", "@path"]}, "httpsig.uncovered"),
        ({"body": b"{}", "sent": b'{"x":1}'}, "httpsig.digest"),
    ],
)
def test_what_does_not_hold_is_refused(key, registered, changes, code):
    status, problem = call(key, registered[1].key_id, **changes)
    assert status in {400, 401}
    assert problem["code"] == code
    assert not SpentNonce.objects.exists()


def test_another_key_an_unknown_key_and_a_withdrawn_key_are_refused(key, registered):
    _system, public = registered
    other = Ed25519PrivateKey.generate()
    assert call(other, public.key_id)[1]["code"] == "httpsig.invalid"
    assert call(key, "scjg-unknown")[1]["code"] == "organisation.unknown_key"
    services.revoke_key(public, actor=HELI)
    assert call(key, public.key_id)[1]["code"] == "organisation.unknown_key"


def test_an_unsigned_request_and_a_page_have_no_system(rf, db):
    seen = []
    middleware = SystemMiddleware(lambda found: seen.append(found.system) or JsonResponse({}))
    middleware(rf.get(PATH))
    middleware(rf.get("/organisation/", headers={"signature-input": "nonsense"}))
    assert seen == [None, None]


def test_spent_nonces_are_forgotten_when_they_are_too_old_anyway(db):
    with clock.frozen(clock.now()) as time:
        assert nonces.first_use("key", "one", 60)
        assert nonces.forget() == 0
        time.advance(seconds=61)
        assert nonces.forget() == 1


def test_a_system_reaches_the_rest_interface_and_no_page(client, key, registered):
    system, public = registered
    path = "/api/v1/organisation/me"
    message = httpsig.Request("GET", "http", "testserver", path)
    parameters = [
        ("created", int(clock.now().timestamp())),
        ("nonce", "n-9"),
        ("keyid", public.key_id),
    ]
    headers = httpsig.sign(message, ["@method", "@target-uri"], key=key, parameters=parameters)
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    assert (answer.json()["kind"], answer.json()["id"]) == ("system", str(system.pk))
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert client.get("/organisation/", headers=headers).status_code == 302
