"""Webhooks of the demo city: delivered and undeliverable batches, and the receiver itself."""

import socket

import pytest
from django.conf import settings
from django.urls import reverse

from heli.demo import receivers
from heli.exchange.selectors import open_sessions, session_rows
from heli.feeds import sending, services, webhooks
from heli.feeds.errors import BadWebhookError
from heli.feeds.models import Delivery
from heli.kernel.actor import Actor
from heli.ledger.models import Fact


def sent_to(client, department, monkeypatch, change=lambda body: body):
    """A transport that calls the receiver in this process, signed as the worker signs."""
    statuses = []

    def hand_over(row, batch):
        def carried(http, target, headers, body):
            answer = client.post(
                reverse("demo:receiver", args=[department]),
                change(body),
                content_type="application/json",
                headers={key: value for key, value in headers.items() if key != "Content-Type"},
            )
            statuses.append(answer.status_code)
            return answer.status_code

        monkeypatch.setattr(webhooks, "_sent", carried)
        sending._transport(row, batch)

    return hand_over, statuses


def test_deliveries_sessions_and_a_dead_letter_that_can_be_worked(seeded, client, monkeypatch):
    states = sorted(Delivery.objects.values_list("state", flat=True))
    assert "delivered" in states
    assert states.count("dead") == 1
    dead = Delivery.objects.get(state="dead")
    assert dead.subscription.consumer_id == receivers.FAULTY
    assert dead.attempts == sending.FATAL_ATTEMPTS
    assert Fact.objects.filter(verb="feeds.delivery.failed").count() == 1
    assert {row.department for row in session_rows(open_sessions())} == {"scjg", "rsj"}

    # A person sends it again, and now it is taken by the very receiver it is addressed to.
    services.retry(dead, actor=Actor("person", "1", "xfjy"))
    dead.refresh_from_db()
    hand_over, statuses = sent_to(client, "xfjy", monkeypatch)
    sending.attempt(dead, hand_over)
    dead.refresh_from_db()
    assert (dead.state, statuses) == ("delivered", [204])


def test_the_receiver_takes_nothing_but_what_heli_signed(seeded, client, monkeypatch):
    row = Delivery.objects.get(state="dead")
    services.retry(row, actor=Actor("person", "1", "xfjy"))
    row.refresh_from_db()
    hand_over, statuses = sent_to(client, "xfjy", monkeypatch, lambda body: body + b" ")
    sending.attempt(row, hand_over)
    assert statuses == [401]
    where = reverse("demo:receiver", args=["xfjy"])
    assert client.post(where, b"{}", content_type="application/json").status_code == 401
    assert client.get(where).status_code == 404
    assert client.post(reverse("demo:receiver", args=["nobody"])).status_code == 404


def test_webhooks_lead_to_the_citys_own_receivers_and_nowhere_else_here():
    own = receivers.address_of("xfjy")
    assert webhooks.check_address(own).host == "127.0.0.1"
    assert reverse("demo:receiver", args=["xfjy"]) == own.removeprefix(settings.HELI_OWN_URL)


@pytest.mark.parametrize(
    "address",
    [
        "{own}/api/v1/", "{own}/demo/systems/", "http://127.0.0.1:1/demo/systems/xfjy/changes/",
        "{own}/demo/systems/../../x/v1/gaj/residents", "{own}/demo/systems/xfjy/changes/../../",
        "{own}/demo/systems/%2e%2e/changes/", "{own}/demo/systems/xfjy%2fchanges/changes/",
        "{own}/demo/systems/./changes/", "{own}/demo/systems/xfjy/changes/?a=b",
        "{own}/demo/systems/xfjy/changes/x", "{own}/demo/systems/xfjy/changes",
        "{own}/demo/systems/a\\..\\b/changes/", "{own}/demo/systems/xfjy/changes/\n",
        "{own}/demo/systems/xf\tjy/changes/", "{own}/demo/systems/ｘfjy/changes/",
        "https{rest}/demo/systems/xfjy/changes/", "HTTP{rest}/demo/systems/xfjy/changes/",
        "http://user@{at}/demo/systems/xfjy/changes/",
        "http://{at}@10.0.0.1/demo/systems/xfjy/changes/",
        "http://localhost:{port}/demo/systems/xfjy/changes/",
        "http://127.1:{port}/demo/systems/xfjy/changes/",
    ],
)  # fmt: skip
def test_what_only_begins_like_a_receiver_leads_nowhere(address):
    own = settings.HELI_OWN_URL
    at = own.removeprefix("http://")
    given = address.format(own=own, at=at, rest=f"://{at}", port=at.rpartition(":")[2])
    with pytest.raises(BadWebhookError):
        webhooks.check_address(given)


def test_a_receiver_is_open_on_the_loopback_only(monkeypatch):
    found = [(2, 1, 6, "", ("10.0.0.7", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: found)
    with pytest.raises(BadWebhookError):
        webhooks.check_address(receivers.address_of("xfjy"))
