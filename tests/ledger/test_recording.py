"""Recording, places, durability, salts, witnesses, health."""

import datetime as dt
import threading
import time
import uuid

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from tests.ledger.happenings import ACTOR, Happened, enter, record

from heli.engines import translog
from heli.engines.translog import Cosigned, Note, Refusal, Refused
from heli.errors import BadInputError, NotFoundError
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.ledger import custody, selectors, sequencer, services
from heli.ledger.durability import GroupCommit
from heli.ledger.models import Checkpoint, Fact
from heli.ledger.running import RunMarker
from heli.ledger.verbs import FactData, UnknownVerbError, fact
from heli.ledger.witnesses import local_memory


@pytest.mark.django_db(transaction=True)
def test_a_fact_needs_the_transaction_of_its_change():
    with pytest.raises(services.OutsideTransactionError):
        services.record(Happened(n=1), actor=ACTOR)
    assert not Fact.objects.exists()

    def change_that_fails():
        with transaction.atomic():
            services.record(Happened(n=1), actor=ACTOR)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_that_fails()
    assert not Fact.objects.exists()


def test_a_verb_nobody_registered_is_refused(db):
    class Unheard(FactData, frozen=True, kw_only=True):
        n: int

    Unheard.verb = "tests.never.registered"
    with pytest.raises(UnknownVerbError):
        services.record(Unheard(n=1), actor=ACTOR)


@pytest.mark.parametrize("verb", ["tests.thing.happened", "nodot", "Tests.Upper.case"])
def test_a_verb_is_registered_once_and_well_formed(verb):
    with pytest.raises(ValueError, match=verb):

        @fact(verb, "…")
        class Another(FactData, frozen=True, kw_only=True):
            pass


def test_what_a_fact_holds(db):
    told = dt.datetime(2020, 1, 2, 3, 4, 5, 678901, tzinfo=dt.UTC)
    row = services.record(Happened(n=4, note="è 合力"), actor=ACTOR, matter="LJ-9", at=told)
    row.refresh_from_db()
    assert (row.actor, row.department, row.verb) == ("person:7", "xfjy", Happened.verb)
    assert (row.at, row.matter, row.data) == (told, "LJ-9", {"n": 4, "note": "è 合力"})
    assert row.leaf_index is None
    assert selectors.recorded_at(row.pk) > told


def test_places_follow_one_another_and_receipts_hold(db):
    rows = [*enter(3), *enter(5)]
    assert [row.leaf_index for row in rows] == list(range(8))
    assert selectors.tree_size() == 8
    keys = selectors.trusted_keys()
    for row in rows:
        proven = translog.verify_receipt(selectors.receipt(row.pk), keys)
        assert proven.content["data"]["n"] == row.data["n"]
        assert proven.checkpoint.size == 8
    assert [row.leaf_index for row in selectors.facts_since(4, 10)] == [5, 6, 7]
    assert services.integrate_pending() == 0


def test_more_facts_than_a_round_takes(db, monkeypatch):
    monkeypatch.setattr(sequencer, "BATCH", 7)
    enter(40)
    assert list(Checkpoint.objects.order_by("size").values_list("size", flat=True)) == [
        7, 14, 21, 28, 35, 40,
    ]  # fmt: skip
    assert selectors.log_state().cosigned_size == 40


def test_a_round_does_not_wait_for_what_comes_while_it_runs(db, monkeypatch):
    placed = sequencer._place

    def place(keys, first):
        placed(keys, first)
        record(1)  # and so on for ever, were they all for this round

    monkeypatch.setattr(sequencer, "_place", place)
    record(3)
    assert services.integrate() == 3
    assert selectors.log_state().cosigned_size == 3
    assert services.integrate() == 1


def test_no_receipt_before_the_witnesses_signed(db):
    (row,) = record(1)
    with pytest.raises(services.NotDurableError):
        selectors.receipt(row.pk)
    services.ensure_durable([row.pk])
    assert selectors.receipt(row.pk).index == 0


def test_ensure_durable_refuses_what_does_not_exist(db):
    (row,) = record(1)
    with pytest.raises(services.NotDurableError):
        services.ensure_durable([row.pk, uuid.uuid4()])


def test_without_a_quorum_nothing_is_durable(db, monkeypatch, fresh_home):
    """Two of three witnesses have lost their memory to somebody else's history."""
    enter(2)
    for path in sorted((fresh_home / "witnesses").glob("*/state.json"))[:2]:
        path.write_text(path.read_text().replace('"size": 2', '"size": 1'))
    (row,) = record(1)
    with pytest.raises(services.NotDurableError) as caught:
        services.ensure_durable([row.pk])
    assert caught.value.figures["size"] == 2
    state = selectors.log_state()
    assert (len(state.cosigned), state.quorum, state.enough) == (1, 2, False)


def test_a_forgotten_fact(db):
    rows = enter(2)
    with pytest.raises(BadInputError), transaction.atomic():
        services.forget(rows[0].pk, actor=HELI, ground="  ")
    with transaction.atomic():
        services.forget(rows[0].pk, actor=HELI, ground="个人信息保护法第四十七条")
    with pytest.raises(NotFoundError):
        services.forget(rows[0].pk, actor=HELI, ground="again")
    services.integrate()
    receipt = selectors.receipt(rows[0].pk)
    assert receipt.disclosure is None
    assert translog.verify_receipt(receipt, selectors.trusted_keys()).content is None
    told = Fact.objects.get(verb="ledger.fact.forgotten")
    assert told.data == {
        "fact": str(rows[0].pk),
        "told": "tests.thing.happened",
        "commitment": bytes(rows[0].commitment).hex(),
        "ground": "个人信息保护法第四十七条",
    }


FORBIDDEN = [
    "UPDATE ledger_fact SET data = '{}'",
    "UPDATE ledger_fact SET at = '2020-01-01 00:00:00'",
    "UPDATE ledger_fact SET actor = 'person:1'",
    "UPDATE ledger_fact SET verb = 'tests.other.thing'",
    "UPDATE ledger_fact SET matter = 'LJ-2'",
    "UPDATE ledger_fact SET leaf_index = 99",
    "UPDATE ledger_fact SET leaf_index = NULL",
    "UPDATE ledger_fact SET salt = commitment",
    "UPDATE ledger_fact SET salt = NULL",
    "UPDATE ledger_fact SET salt = NULL, actor = '', subject = '', matter = '', data = '{}'",
    "DELETE FROM ledger_fact",
    "UPDATE ledger_checkpoint SET note = ''",
    "DELETE FROM ledger_checkpoint",
    "UPDATE ledger_cosignature SET refusal = 'fork'",
    "DELETE FROM ledger_cosignature",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_database_itself_refuses(db, statement):
    enter(1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():  # noqa: SIM117
        with connection.cursor() as cursor:
            cursor.execute(statement)


def test_callers_share_rounds():
    """Of ten who come while a round runs, all ten share the next one."""
    rounds, entered, go = [], threading.Event(), threading.Event()

    def work():
        rounds.append(1)
        if len(rounds) == 1:
            entered.set()
            assert go.wait(10)
        return len(rounds)

    group = GroupCommit(work)
    results = []
    first = threading.Thread(target=lambda: results.append(group.join()))
    first.start()
    assert entered.wait(10)
    others = [threading.Thread(target=lambda: results.append(group.join())) for _ in range(10)]
    for each in others:
        each.start()
    until = time.monotonic() + 10
    while len(group._changed._waiters) < 10 and time.monotonic() < until:
        time.sleep(0.001)
    go.set()
    for each in [first, *others]:
        each.join(10)
    assert sorted(results) == [1] + [2] * 10
    assert len(rounds) == 2


def test_a_failed_round_fails_for_all_who_waited_and_the_next_one_works():
    answers = iter([ValueError("disk"), 5])

    def work():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    group = GroupCommit(work)
    with pytest.raises(ValueError, match="disk"):
        group.join()
    assert group.join() == 5


@pytest.fixture
def offer(db):
    """Offers a witness a checkpoint of its log with any size and root."""
    enter(3)
    log = custody.log_signer()

    def submit(size, root, *, old=3, proof=()):
        note = translog.sign_checkpoint(translog.Checkpoint(log.name, size, root), log)
        offer = translog.Submission(old, tuple(proof), Note.parse(str(note)))
        return local_memory("sfj").submit(
            offer,
            logs=[log.verifier],
            signers=[custody.witness_signer("sfj")],
            time=1_800_000_000,
        )

    return submit


def test_a_witness_refuses_fork_and_rollback_and_remembers(offer):
    root = bytes(Checkpoint.objects.get(size=3).root)
    before = local_memory("sfj").state()
    assert (before.size, before.root) == (3, root)
    for answer, reason in (
        (offer(3, bytes(32)), Refusal.FORK),
        (offer(2, bytes(32)), Refusal.ROLLBACK),
        (offer(9, bytes(32)), Refusal.BAD_PROOF),
        (offer(9, bytes(32), old=0), Refusal.STALE),
    ):
        assert isinstance(answer, Refused)
        assert answer.reason is reason
    assert local_memory("sfj").state() == before
    assert isinstance(offer(3, root), Cosigned)


def test_a_witness_does_not_start_afresh_when_its_memory_is_damaged(offer, fresh_home):
    (fresh_home / "witnesses" / "sfj" / "state.json").write_text("{")
    with pytest.raises(custody.KeyFileError):
        offer(3, bytes(32))


def test_keys_are_private_and_checked(db, fresh_home):
    enter(1)
    path = fresh_home / "keys" / "ledger-log"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    custody._loaded.clear()
    with pytest.raises(custody.KeyFileError):
        custody.log_signer()
    path.chmod(0o600)
    path.write_text("PRIVATE+KEY+nonsense\n")
    with pytest.raises(custody.KeyFileError):
        custody.log_signer()


def test_a_clean_stop_needs_no_repair(db, monkeypatch):
    marker = RunMarker()
    monkeypatch.setattr(services, "_marker", marker)
    record(2)
    assert services.repair() == 0
    marker.end()
    again = RunMarker()
    assert again.begin() is False
    again.end()
    assert not Fact.objects.filter(verb="ledger.repaired").exists()


@override_settings(ALLOWED_HOSTS=["*"])
def test_health_tells_what_is_wrong_with_the_ledger(db, client, fresh_home):
    with clock.frozen(dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)) as frozen:
        enter(2)
        assert client.get("/healthz").json()["ledger"] == "ok"
        assert client.get("/healthz").json()["ledger_size"] == 2
        record(3)
        frozen.advance(seconds=31)
        answer = client.get("/healthz")
        assert (answer.status_code, answer.json()["ledger"]) == (503, "failing")
        assert "3 facts wait" in answer.json()["faults"]["ledger"]
        services.integrate()
        assert client.get("/healthz").json()["ledger"] == "ok"
        for path in (fresh_home / "witnesses").glob("*/state.json"):
            path.write_text(path.read_text().replace('"size": 5', '"size": 4'))
        enter(1)
        assert "0 witnesses cosigned" in client.get("/healthz").json()["faults"]["ledger"]
