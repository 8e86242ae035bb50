"""What caches may keep: of what somebody signed in was answered, nothing."""

import pytest
from django.contrib.auth.hashers import make_password

from heli.cases.facts import RequestRung
from heli.kernel.actor import HELI
from heli.ledger.services import integrate, record

NOTHING = "private, no-store"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/account/", 200),
        ("/api/v1/organisation/me", 200),
        ("/api/v1/organisation/people/999999", 404),
        ("/no-such-page/", 404),
        ("/open/", 200),
    ],
)
def test_nothing_that_somebody_signed_in_is_answered_is_kept(client, owner, path, status):
    client.force_login(owner)
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["Cache-Control"] == NOTHING


def test_the_answer_that_signs_in_is_not_kept_either(client, owner):
    owner.password = make_password("eine lange Passphrase")
    owner.save(update_fields=["password"])
    answer = client.post("/sign-in/", {"username": "owner", "password": "eine lange Passphrase"})
    assert "no-store" in answer.headers["Cache-Control"]


def test_an_answer_with_a_rule_of_its_own_keeps_it(client, leader):
    client.force_login(leader)
    assert client.get("/cockpit/stream/").headers["Cache-Control"] == "no-store"
    record(RequestRung(request="r", asker="a", asked="b", rung="remind"), actor=HELI)
    integrate()
    entries = client.get("/api/v1/ledger/tile/entries/000.p/1")
    assert entries.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_public_pages_and_static_files_may_be_kept(client, owner):
    assert "Cache-Control" not in client.get("/open/").headers
    client.force_login(owner)
    style = client.get("/static/web/heli.css")
    assert style.status_code == 200
    assert "no-store" not in style.headers["Cache-Control"]
