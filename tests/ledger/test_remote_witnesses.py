"""A log with witnesses at addresses of their own: real processes, dead ones, slow ones, liars."""

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import override_settings
from django.urls import reverse
from tests.engines.translog.conftest import signer
from tests.ledger import tampering
from tests.ledger.happenings import ACTOR, enter, record
from tests.ledger.outside import WitnessProcess, free_port

from heli.engines.translog import (
    KeysError,
    QuorumError,
    Receipt,
    SignatureType,
    TrustedKeys,
    verify_receipt,
)
from heli.kernel import clock
from heli.ledger import cosigning, custody, selectors, sequencer, services, shown_witnesses, tasks
from heli.ledger.audit import Kind, audit
from heli.ledger.cosigning import Desk
from heli.ledger.models import Cosignature, Evidence, Fact, TrustPolicy

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def fresh_desk(monkeypatch):
    monkeypatch.setattr(sequencer, "_desk", Desk())


@pytest.fixture
def witness(db, tmp_path):
    made = WitnessProcess(tmp_path / "witness", str(custody.log_signer().verifier), name="w.scj")
    yield made.start()
    made.stop()


def policy(*lines, quorum, local=("sfj",)):
    """Put a policy in force: some witnesses here, some elsewhere."""
    here = {name: custody.witness_signer(name).verifier for name in custody.local_witnesses()}
    text = "".join(f"witness {name} {here[name]}\n" for name in local) + "".join(lines)
    names = " ".join(line.split()[1] for line in text.splitlines())
    services.set_policy(f"{text}group all {quorum} {names}\nquorum all\n", actor=ACTOR)


def dead(name="scj", seed=21):
    """A witness at an address where nobody listens."""
    key = signer(f"w.{name}", SignatureType.COSIGNATURE, seed).verifier
    return f"witness {name} {key} http://127.0.0.1:{free_port()}\n"


def answers(size):
    rows = Cosignature.objects.filter(checkpoint=size)
    return {row.department: row.refusal or "signed" for row in rows}


def verbs():
    return list(
        Fact.objects.filter(verb__startswith="ledger.")
        .order_by("id")
        .values_list("verb", flat=True)
    )


def test_a_witness_elsewhere_counts(witness):
    enter(3)
    policy(witness.line("scj"), quorum=2)
    (row,) = record(1)
    services.ensure_durable([row.pk])
    state = selectors.log_state()
    assert (state.size, state.quorum, state.enough) == (5, 2, True)
    assert answers(5) == {"sfj": "signed", "scj": "signed"}
    verified = verify_receipt(selectors.receipt(row.pk), selectors.trusted_keys())
    assert {each.witness.name for each in verified.cosignatures} >= {"w.scj"}
    enter(4)
    assert answers(9) == {"sfj": "signed", "scj": "signed"}
    assert audit().clean


def test_a_dead_witness_does_not_block_and_everybody_is_told(
    db, client, auditor, leader, monkeypatch
):
    """Below quorum the log goes on, and health, page, REST, receipt and cockpit say so."""
    monkeypatch.setattr(shown_witnesses, "PATIENCE", 0.0)
    enter(2)
    policy(dead(), quorum=2)
    began = time.monotonic()
    (row,) = record(1)
    services.ensure_durable([row.pk])
    for n in range(5):
        enter(1, first=n)
    assert time.monotonic() - began < 5
    size = selectors.log_state().size
    assert answers(size) == {"sfj": "signed"}
    receipt = Receipt.from_json(selectors.receipt(row.pk).to_json())
    assert receipt.lacking == ("scj",)
    with pytest.raises(QuorumError) as caught:
        verify_receipt(receipt, selectors.trusted_keys())
    assert caught.value.figures["lacking"] == "scj"
    with override_settings(ALLOWED_HOSTS=["*"]):
        told = client.get("/healthz").json()
        assert "1 witnesses cosigned, 2 are needed" in told["faults"]["ledger"]
        client.force_login(auditor, backend=BACKEND)
        rest = client.get("/api/v1/ledger/state").json()
        assert (rest["enough"], rest["disputed"], rest["needed"]) == (False, False, 2)
        page = client.get(reverse("ledger:state")).text
        assert "签署账本的见证数量不足" in page
        assert "缺少" in client.get(reverse("ledger:receipt", args=[row.pk])).text
        client.force_login(leader, backend=BACKEND)
        assert "见证数量不足" in client.get(reverse("cockpit:home")).text


def test_a_log_that_goes_on_every_few_seconds_raises_the_alarm_all_the_same(db):
    enter(2)
    with clock.frozen(clock.now()) as time_of:
        policy(dead(), quorum=2)
        for second in range(0, 16, 4):
            enter(1, first=second)
            assert bool(shown_witnesses.alarm()) is (second > shown_witnesses.PATIENCE)
            time_of.advance(seconds=4)


def test_silence_and_return_are_told_once(witness, monkeypatch):
    """Three failures in a row make a witness silent; its first answer ends that."""
    monkeypatch.setattr(cosigning, "LONGEST_PAUSE", 0.0)
    enter(1)
    policy(witness.line("scj"), quorum=1)
    services.integrate()
    time.sleep(0.3)
    services.integrate()
    witness.stop()
    for n in range(30):
        record(1, first=n)
        services.integrate()
        if "ledger.witness.silent" in verbs():
            break
        time.sleep(0.05)
    assert selectors.is_silent("scj")
    silent = Fact.objects.get(verb="ledger.witness.silent")
    assert silent.data == {"witness": "scj", "fault": "unreachable"}
    witness.start()
    for n in range(30):
        record(1, first=n)
        services.integrate()
        if "ledger.witness.returned" in verbs():
            break
        time.sleep(0.1)
    assert verbs().count("ledger.witness.silent") == 1
    assert verbs().count("ledger.witness.returned") == 1
    assert not selectors.is_silent("scj")


def test_a_lost_quorum_is_a_fact_and_so_is_its_return(db, monkeypatch):
    monkeypatch.setattr(tasks, "LOST_AFTER", 0.0)
    enter(1)
    here = tuple(custody.local_witnesses())
    assert tasks.watch_quorum() == 0
    policy(dead(), quorum=2, local=here[:1])
    enter(1)
    assert tasks.watch_quorum() == 1
    enter(1)
    assert tasks.watch_quorum() == 0, "told once"
    policy(dead(seed=22), quorum=2, local=here[:2])
    enter(1)
    assert tasks.watch_quorum() == 1
    assert [verb for verb in verbs() if "quorum" in verb] == [
        "ledger.quorum.lost", "ledger.quorum.restored",
    ]  # fmt: skip
    lost = Fact.objects.get(verb="ledger.quorum.lost")
    assert (lost.data["cosigned"], lost.data["needed"]) == (1, 2)


@pytest.fixture
def hanging():
    """A server that takes a question and never answers."""
    server = socket.create_server(("127.0.0.1", 0))
    held = []
    thread = threading.Thread(
        target=lambda: [held.append(server.accept()) for _ in range(20)], daemon=True
    )
    thread.start()
    yield server.getsockname()[1]
    server.close()


def test_a_hanging_witness_costs_a_round_its_patience_at_most(db, hanging):
    enter(1)
    key = signer("w.scj", SignatureType.COSIGNATURE, 21).verifier
    policy(f"witness scj {key} http://127.0.0.1:{hanging}\n", quorum=2)
    began = time.monotonic()
    (row,) = record(1)
    services.ensure_durable([row.pk])
    assert time.monotonic() - began < cosigning.PATIENCE + 1.5
    began = time.monotonic()
    for n in range(3):
        enter(1, first=n)
    assert time.monotonic() - began < cosigning.PATIENCE + 2.5
    policy(f"witness scj {key} http://127.0.0.1:{hanging}\n", quorum=1)
    began = time.monotonic()
    enter(1)
    assert time.monotonic() - began < 1, "with enough others nobody waits for it"


class Lying(BaseHTTPRequestHandler):
    """Answers whatever the test says."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("Content-Type", "text/x.tlog.size" if status == 409 else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(
    "answer",
    [
        (200, b""),
        (200, b"nonsense\n"),
        (200, "\u2014 w.scj AAAAAAAAAAAA\n".encode()),
        (200, b"x" * 400_000),
        (500, b"broken\n"),
        (302, b""),
        (409, b"many\n"),
        (200, b"\xff\xfe\n"),
    ],
)
def test_nonsense_from_a_witness_is_no_signature_and_no_refusal(db, answer):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Lying)
    server.answer = answer
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        enter(1)
        key = signer("w.scj", SignatureType.COSIGNATURE, 21).verifier
        policy(f"witness scj {key} http://127.0.0.1:{server.server_port}\n", quorum=2)
        enter(1)
        state = selectors.log_state()
        assert answers(state.size) == {"sfj": "signed"}
        assert not state.enough
    finally:
        server.shutdown()
        server.server_close()


def test_a_rewritten_past_is_refused_elsewhere_and_proven(witness, client, auditor, leader):
    """The operator rewrites facts, tiles and checkpoints, and every witness here forgets."""
    policy(witness.line("scj"), quorum=2)
    enter(100)
    enter(50)
    size = selectors.log_state().size
    assert answers(size)["scj"] == "signed"
    tampering.unguard()
    tampering.alter_consistently(30)
    tampering.rebuild_tiles()
    tampering.resign_checkpoints()
    (custody.witness_folder("sfj") / "state.json").unlink()
    (row,) = record(1)
    with pytest.raises(services.NotDurableError):
        services.ensure_durable([row.pk])
    newest = selectors.log_state()
    assert answers(size + 1) == {"sfj": "signed", "scj": "bad_proof"}
    assert (newest.disputed, newest.enough) == (True, False)
    (found,) = Evidence.objects.all()
    assert (found.department, found.refusal, found.size) == ("scj", "bad_proof", size + 1)
    assert selectors.proven(found), "the log signed both, so nobody need trust the witness"
    told = Fact.objects.get(verb="ledger.checkpoint.refused")
    assert told.data["remembered"] == size
    services.integrate()
    services.integrate()
    assert Evidence.objects.count() == 1, "told once, not at every checkpoint"
    assert Kind.REWRITTEN in {each.kind for each in audit().findings}
    client.force_login(auditor, backend=BACKEND)
    page = client.get(reverse("ledger:state")).text
    assert "与其此前所签" in page
    assert reverse("ledger:evidence_list") in page
    listed = client.get(reverse("ledger:evidence_list")).text
    assert reverse("ledger:evidence", args=[found.pk]) in listed
    page = client.get(reverse("ledger:evidence", args=[found.pk])).text
    for part in (found.offered, found.remembered):
        assert part.split("\n")[2] in page
    assert all(each in page for each in found.proof)
    assert "已证明" in page
    (rest,) = client.get("/api/v1/ledger/evidence").json()["items"]
    assert (rest["proven"], rest["remembered"]) == (True, found.remembered)
    client.force_login(leader, backend=BACKEND)
    assert "与其此前所签" in client.get(reverse("cockpit:home")).text


def test_a_shrunken_log_is_refused_elsewhere(witness):
    policy(witness.line("scj"), quorum=2)
    enter(100)
    before = selectors.log_state().size
    enter(50)
    tampering.unguard()
    tampering.cut(before)
    (custody.witness_folder("sfj") / "state.json").unlink()
    (row,) = record(1)
    with pytest.raises(services.NotDurableError):
        services.ensure_durable([row.pk])
    (found,) = Evidence.objects.all()
    assert (found.refusal, found.size) == ("rollback", before + 1)
    assert found.remembered.split("\n")[1] == str(before + 50)
    assert selectors.proven(found)


def test_a_damaged_tile_is_refused_elsewhere(witness):
    """A proof from a damaged tile does not hold; the witness's evidence says so."""
    policy(witness.line("scj"), quorum=2)
    enter(300)
    from heli.ledger.models import Tile

    tile = Tile.objects.get(level=0, position=1)
    damaged = bytearray(bytes(tile.hashes))
    damaged[3] ^= 1
    tile.hashes = bytes(damaged)
    tile.save()
    (row,) = record(1)
    with pytest.raises(services.NotDurableError):
        services.ensure_durable([row.pk])
    assert set(Evidence.objects.values_list("refusal", flat=True)) == {"bad_proof"}
    assert Evidence.objects.count() == 2


def test_policies(db):
    enter(1)
    here = selectors.trusted_keys().witnesses
    key = signer("w.scj", SignatureType.COSIGNATURE, 21).verifier
    good = f"witness scj {key} https://w.example/scj\nquorum scj\n"
    services.set_policy(good, actor=ACTOR)
    keys = selectors.trusted_keys()
    assert (keys.needed, keys.addresses) == (1, {"scj": "https://w.example/scj"})
    assert TrustedKeys.parse(str(keys)) == keys
    assert verbs() == ["ledger.policy.changed"]
    for bad, why in (
        (f"witness scj {key}\nquorum scj\n", "no address"),
        (f"witness scj {key} ftp://w.example\nquorum scj\n", "no http"),
        (good.replace("quorum scj", "quorum none"), "prove nothing"),
        (f"witness sfj {here['sfj']}\nquorum czj\n", "not defined"),
        (good + f"log {signer('x.example', SignatureType.NOTE, 4).verifier}\n", "this log is"),
        (good.replace("witness scj", "witness bad/name").replace("quorum scj", "quorum bad/name"),
         "no name"),
        ("nonsense\n", "unexpected"),
    ):  # fmt: skip
        with pytest.raises(KeysError, match=why):
            services.set_policy(bad, actor=ACTOR)
    assert TrustPolicy.objects.count() == 1


def test_an_address_serves_a_key_that_is_being_replaced(witness):
    """Old and new key at one address, either of them enough: one question, two signatures."""
    from tests.ledger.outside import heli

    new = heli("witness", "rotate", "--home", witness.home, "--algorithm", "sm2-sm3").stdout.strip()
    old = witness.vkeys[0]
    here = selectors.trusted_keys().witnesses["sfj"]
    services.set_policy(
        f"witness sfj {here}\nwitness scj {old} {witness.address}\n"
        f"witness scj.2 {new} {witness.address}\ngroup scj-keys any scj scj.2\n"
        "group both all sfj scj-keys\nquorum both\n",
        actor=ACTOR,
    )
    (row,) = record(1)
    services.ensure_durable([row.pk])
    size = selectors.log_state().size
    assert answers(size) == {"sfj": "signed", "scj": "signed", "scj.2": "signed"}
    assert selectors.log_state().quorum == 2
    verify_receipt(selectors.receipt(row.pk), selectors.trusted_keys())


WRONG_TILES = (
    "entries/001", "entries/001.p/45", "entries/001.p/0", "entries/2", "entries/x000/001.p/44",
    "64/000", "entries/002.p/1", "0/000.p/256",
)  # fmt: skip


def test_the_log_is_served_as_static_tiles(db, client):
    enter(300)
    with override_settings(ALLOWED_HOSTS=["*"]):
        checkpoint = client.get("/api/v1/ledger/checkpoint")
        assert checkpoint.headers["Cache-Control"] == "public, max-age=1"
        assert checkpoint.headers["Content-Type"] == "text/plain; charset=utf-8"
        bundle = client.get("/api/v1/ledger/tile/entries/001.p/44")
        assert "immutable" in bundle.headers["Cache-Control"]
        assert bundle.headers["Content-Type"] == "application/octet-stream"
        size = int.from_bytes(bundle.content[:2], "big")
        row = Fact.objects.get(leaf_index=256)
        assert bundle.content[2 : 2 + size] == selectors.leaf_of(row.commitment).encode()
        assert row.verb.encode() not in bundle.content
        for wrong in WRONG_TILES:
            assert client.get(f"/api/v1/ledger/tile/{wrong}").status_code == 404, wrong
        policy_ = client.get("/api/v1/ledger/policy").json()
        assert policy_["needed"] == 2
        assert {each["algorithm"] for each in policy_["witnesses"]} == {"ed25519"}
