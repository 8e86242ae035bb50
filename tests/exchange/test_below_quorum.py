"""Too few witnesses sign: the exchange goes on answering, and says so where anybody sees it."""

import json

import pytest
from django.test import override_settings
from django.urls import reverse
from tests.exchange.test_attacks import caller, now  # noqa: F401 - fixtures
from tests.ledger.outside import WitnessProcess
from tests.ledger.test_remote_witnesses import BACKEND, fresh_desk, policy  # noqa: F401

from heli.engines.contracts import gateway_openapi
from heli.engines.translog import QuorumError, Receipt, verify_receipt
from heli.exchange.models import Resource
from heli.ledger import cosigning, custody, selectors, services, shown_witnesses

HEADER = "heli-lacking-witnesses"


@pytest.fixture
def city(committed_city):
    """The personas belong to the city that is there."""
    return committed_city


@pytest.fixture
def kept(caller, monkeypatch):  # noqa: F811
    """The header fields of every answer of the gateway."""
    found, handle = [], caller.wire.handle_request

    def keep(request):
        answer = handle(request)
        found.append(answer.headers)
        return answer

    monkeypatch.setattr(caller.wire, "handle_request", keep)
    return found


@pytest.fixture
def witness(caller, tmp_path, monkeypatch):  # noqa: F811
    """One of two witnesses that must sign; it does not run yet."""
    monkeypatch.setattr(cosigning, "LONGEST_PAUSE", 0.0)
    monkeypatch.setattr(shown_witnesses, "PATIENCE", -1.0)
    made = WitnessProcess(tmp_path / "witness", str(custody.log_signer().verifier), name="w.scj")
    made.start()
    policy(made.line("scj"), quorum=2)
    services.integrate()
    made.stop()
    yield made
    made.stop()


def test_lookups_are_answered_and_say_what_they_lack(
    caller, kept, witness, persona, client, auditor, leader  # noqa: F811
):  # fmt: skip
    for _ in range(3):
        found = caller.look()
        assert found.data["name"] == persona[0].name
        # Who calls sees it at once, who keeps the receipt finds it there, who verifies is refused.
        assert kept[-1][HEADER] == "scj"
        assert found.lacking == tuple(json.loads(found.receipt)["lacking"]) == ("scj",)
        with pytest.raises(QuorumError) as caught:
            found.verify(selectors.trusted_keys())
        assert caught.value.figures["lacking"] == "scj"
    with override_settings(ALLOWED_HOSTS=["*"]):
        told = client.get("/healthz")
        assert told.status_code == 503
        assert "1 witnesses cosigned, 2 are needed" in told.json()["faults"]["ledger"]
        client.force_login(auditor, backend=BACKEND)
        assert "签署账本的见证数量不足" in client.get(reverse("ledger:state")).text
        client.force_login(leader, backend=BACKEND)
        assert "见证数量不足" in client.get(reverse("cockpit:home")).text


def test_enough_again_and_nothing_is_said(caller, kept, witness):  # noqa: F811
    before = caller.look()
    witness.start()
    after = caller.look()
    assert (after.lacking, HEADER in kept[-1]) == ((), False)
    after.verify(selectors.trusted_keys())
    # What was answered before is proven by its receipt as it is given now.
    again = Receipt.from_json(selectors.receipt(before.fact).to_json())
    assert again.lacking == ()
    verify_receipt(again, selectors.trusted_keys())


def test_the_document_of_the_gateway_knows_the_header(caller):  # noqa: F811
    resource = Resource.objects.get(department="gaj", name="residents")
    document = gateway_openapi(resource.parsed_contract, resource.address, "http://heli.example")
    for operations in document["paths"].values():
        for operation in operations.values():
            answer = operation["responses"]["200"]
            if "application/json" in answer["content"]:
                assert HEADER in {name.lower() for name in answer["headers"]}
