"""The audit names the first fact that was touched, whatever was rewritten with it."""

import datetime as dt
import json

import pytest
from django.db import connection, transaction
from tests.ledger import tampering
from tests.ledger.happenings import enter, record

from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.clock import frozen
from heli.ledger import guard, services
from heli.ledger.audit import Kind, audit
from heli.ledger.facts import FactForgotten
from heli.ledger.models import Cosignature, Fact, Tile
from heli.ledger.services import NotDurableError


@pytest.fixture
def unguarded(log):
    tampering.unguard()
    yield log
    guard.install(connection)


def first():
    """The first finding that is not about the dropped triggers."""
    findings = [each for each in audit().findings if each.kind is not Kind.GUARD]
    assert findings, "nothing was noticed"
    return findings[0]


def test_clean(log):
    steps = []
    report = audit(lambda done, total: steps.append((done, total)))
    assert report.clean
    assert (report.size, report.checkpoints, report.witnesses) == (300, 3, 3)
    assert steps[-1] == (300, 300)


def test_an_empty_ledger_is_clean(db):
    assert audit().clean


def test_facts_without_a_place_are_no_fault(log):
    record(3)
    report = audit()
    assert report.clean
    assert report.pending == 3


@pytest.mark.parametrize("position", [0, 5, 255, 256, 299])
def test_altered(unguarded, position):
    tampering.alter(position)
    found = first()
    assert (found.kind, found.position) == (Kind.ALTERED, position)
    assert found.fact == str(unguarded[position].pk)
    assert str(position) in found.sentence()


@pytest.mark.parametrize("position", [0, 120, 299])
def test_altered_with_its_commitment(unguarded, position):
    tampering.alter_consistently(position)
    found = first()
    assert (found.kind, found.position, found.fact) == (
        Kind.ALTERED, position, str(unguarded[position].pk),
    )  # fmt: skip


def test_a_row_replaced_past_the_trigger(log):
    """On SQLite ``INSERT OR REPLACE`` deletes without asking the trigger on deletion."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL knows no such statement")
    tampering.sql(
        "INSERT OR REPLACE INTO ledger_fact SELECT id, at, 'person:1', department, verb, subject, "
        "matter, data, salt, commitment, leaf_index FROM ledger_fact WHERE leaf_index = 61"
    )
    assert (first().kind, first().position) == (Kind.ALTERED, 61)


def test_only_the_first_of_several_is_named(unguarded):
    tampering.alter(200)
    tampering.alter_consistently(40)
    tampering.remove(150)
    assert (first().kind, first().position) == (Kind.ALTERED, 40)


@pytest.mark.parametrize("nonsense", ["never", "2026-13-45 00:00:00"])
def test_an_instant_that_is_none(unguarded, nonsense):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps nothing but instants there")
    tampering.sql("UPDATE ledger_fact SET at = %s WHERE leaf_index = 77", nonsense)
    assert (first().kind, first().position) == (Kind.ALTERED, 77)


@pytest.mark.parametrize("column", ["at", "actor", "matter"])
def test_text_that_is_none(unguarded, column):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps nothing but text there")
    tampering.sql(f"UPDATE ledger_fact SET {column} = CAST(x'ff' AS TEXT) WHERE leaf_index = 77")
    assert (first().kind, first().position) == (Kind.ALTERED, 77)


def test_a_salt_taken_away_without_a_word(unguarded):
    tampering.sql("UPDATE ledger_fact SET salt = NULL WHERE leaf_index = 9")
    assert (first().kind, first().position) == (Kind.ALTERED, 9)


def test_a_fact_forgotten_lawfully(log):
    with transaction.atomic():
        services.forget(log[9].pk, actor=HELI, ground="个人信息保护法第四十七条")
    services.integrate()
    report = audit()
    assert report.clean
    assert report.forgotten == ((str(log[9].pk), "个人信息保护法第四十七条"),)
    row = Fact.objects.get(pk=log[9].pk)
    assert (row.salt, row.actor, row.subject, row.data) == (None, "", "", {})


def test_a_fact_altered_under_the_pretext_of_forgetting(unguarded):
    """With a well-formed fact that says so, added by SQL: content may go, not change."""
    row = unguarded[9]
    told = FactForgotten(
        fact=str(row.pk), told=row.verb, commitment=bytes(row.commitment).hex(), ground="x"
    )
    with transaction.atomic():
        services.record(told, actor=HELI, subject=f"ledger.fact:{row.pk}")
    tampering.sql("UPDATE ledger_fact SET salt = NULL WHERE leaf_index = 9")
    assert (first().kind, first().position) == (Kind.ALTERED, 9)
    services.integrate()
    assert (first().kind, first().position) == (Kind.ALTERED, 9)


@pytest.mark.parametrize("change", [{"told": "tests.other.thing"}, {"commitment": "00"}])
def test_a_forgetting_that_tells_of_another_fact(unguarded, change):
    row = unguarded[9]
    said = {"fact": str(row.pk), "told": row.verb, "commitment": bytes(row.commitment).hex()}
    with transaction.atomic():
        services.record(
            FactForgotten(**(said | change), ground="x"),
            actor=HELI,
            subject=f"ledger.fact:{row.pk}",
        )
    tampering.sql(
        "UPDATE ledger_fact SET salt = NULL, actor = '', department = '', subject = '', "
        "matter = '', data = '{}' WHERE leaf_index = 9"
    )
    assert (first().kind, first().position) == (Kind.ALTERED, 9)


def test_an_id_that_is_none(unguarded):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps nothing but ids there")
    tampering.sql("UPDATE ledger_fact SET id = 'zzz' WHERE leaf_index = 90")
    assert (first().kind, first().position, first().fact) == (Kind.ALTERED, 90, "zzz")


def test_a_pending_fact_with_an_id_that_is_none(unguarded):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps nothing but ids there")
    (row,) = record(1)
    tampering.sql("UPDATE ledger_fact SET id = 'zzz' WHERE id = %s", row.pk.hex)
    assert (first().kind, first().fact) == (Kind.ALTERED, "zzz")


def test_a_tile_that_is_none(unguarded):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps nothing but bytes there")
    tampering.sql("UPDATE ledger_tile SET hashes = 'x' WHERE level = 0 AND position = 0")
    assert first().kind is Kind.TILE


def test_tiles_beyond_the_log(unguarded):
    Tile.objects.create(level=0, position=7, hashes=bytes(32))
    assert first().kind is Kind.SURPLUS
    assert "tile/0/007" in first().sentence()
    assert first().position == 300
    assert "facts were removed there" in first().sentence()


def test_a_tile_longer_than_its_entries(unguarded):
    tile = Tile.objects.get(level=0, position=1)
    tile.hashes = bytes(tile.hashes) + bytes(32)
    tile.save()
    assert first().kind is Kind.SURPLUS


def test_cosignatures_taken_away(unguarded):
    tampering.sql("DELETE FROM ledger_cosignature")
    with frozen(clock.now() + dt.timedelta(hours=1)):
        found = first()
    assert (found.kind, found.figures["count"]) == (Kind.QUORUM, 0)


def test_a_checkpoint_on_its_way_to_the_witnesses_is_no_fault(unguarded):
    tampering.sql("DELETE FROM ledger_cosignature WHERE checkpoint_id = 300")
    assert [each.kind for each in audit().findings] == [Kind.GUARD]


@pytest.mark.parametrize("act", [tampering.remove, tampering.remove_and_close])
@pytest.mark.parametrize("position", [0, 130, 299])
def test_removed(unguarded, act, position):
    act(position)
    found = first()
    assert (found.kind, found.position) == (Kind.REMOVED, position)
    if position:
        assert str(unguarded[position - 1].pk) in found.sentence()


@pytest.mark.parametrize("position", [1, 130, 300])
def test_inserted(unguarded, position):
    slipped = tampering.insert(position) if position < 300 else tampering.add(position)
    found = first()
    assert (found.kind, found.position, found.fact) == (Kind.INSERTED, position, str(slipped.pk))


@pytest.mark.parametrize("position", [1, 130, 299])
def test_inserted_with_the_commitment_of_another(unguarded, position):
    slipped = tampering.copy(position)
    found = first()
    assert (found.kind, found.position, found.fact) == (Kind.INSERTED, position, str(slipped.pk))


def test_reordered(unguarded):
    tampering.swap(20, 260)
    found = first()
    assert (found.kind, found.position) == (Kind.REORDERED, 20)
    assert found.fact == str(unguarded[260].pk)


def test_a_fact_that_lost_its_place(unguarded):
    tampering.sql("UPDATE ledger_fact SET leaf_index = NULL WHERE leaf_index = 33")
    found = first()
    assert (found.kind, found.position, found.fact) == (
        Kind.REORDERED, 33, str(unguarded[33].pk),
    )  # fmt: skip


def test_altered_before_it_got_its_place(unguarded):
    (waiting,) = record(1)
    tampering.sql(
        "UPDATE ledger_fact SET actor = 'person:1' WHERE leaf_index IS NULL",
    )
    found = first()
    assert (found.kind, found.position, found.fact) == (Kind.ALTERED, None, str(waiting.pk))


def test_facts_and_tiles_rewritten_together(unguarded):
    """The checkpoint of 250 entries was signed before: the change lies in 100 to 249."""
    tampering.alter_consistently(130)
    tampering.rebuild_tiles()
    found = first()
    assert (found.kind, found.position, found.figures["last"]) == (Kind.REWRITTEN, 100, 249)
    assert found.fact == str(unguarded[100].pk)


def test_everything_rewritten_and_signed_anew_by_the_log(unguarded):
    """Even with the log's key: the witnesses remember what they signed."""
    tampering.alter_consistently(130)
    tampering.rebuild_tiles()
    tampering.resign_checkpoints()
    found = first()
    assert found.kind is Kind.REWRITTEN
    assert found.figures["source"].startswith("the witness of")


def test_the_end_of_the_log_forgotten(unguarded):
    tampering.cut(100)
    found = first()
    assert found.kind is Kind.WITNESS
    assert "300" in found.sentence()


def test_witnesses_sign_nothing_after_a_rewritten_past(unguarded):
    tampering.alter_consistently(130)
    tampering.rebuild_tiles()
    tampering.resign_checkpoints()
    (row,) = record(1)
    with pytest.raises(NotDurableError):
        services.ensure_durable([row.pk])
    latest = Cosignature.objects.filter(checkpoint=301)
    assert {each.refusal for each in latest} == {"bad_proof"}
    assert not any(each.line for each in latest)


def test_witnesses_refuse_a_shrunken_log(unguarded):
    tampering.cut(100)
    (row,) = record(1)
    with pytest.raises(NotDurableError):
        services.ensure_durable([row.pk])
    refusals = Cosignature.objects.filter(checkpoint=101).values_list("refusal", flat=True)
    assert set(refusals) == {"rollback"}


@pytest.mark.parametrize(("level", "position"), [(0, 0), (0, 1), (1, 0)])
def test_a_damaged_tile_is_told_from_damaged_facts(log, level, position):
    tile = Tile.objects.get(level=level, position=position)
    damaged = bytearray(bytes(tile.hashes))
    damaged[3] ^= 1
    tile.hashes = bytes(damaged)
    tile.save()
    found = first()
    assert found.kind is Kind.TILE
    assert f"tile/{level}/00{position}" in found.sentence()


def test_a_checkpoint_not_signed_by_the_log(unguarded):
    tampering.sql("UPDATE ledger_checkpoint SET root = %s WHERE size = 250", bytes(32))
    assert first().kind is Kind.CHECKPOINT
    assert "250" in first().sentence()


def test_a_witness_whose_memory_was_changed(log, fresh_home):
    path = next((fresh_home / "witnesses").glob("*/state.json"))
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "size": 250}))
    assert first().kind in {Kind.WITNESS, Kind.REWRITTEN}


def test_missing_triggers_are_told(unguarded):
    (found,) = audit().findings
    assert found.kind is Kind.GUARD


def test_triggers_that_do_nothing_are_told(unguarded):
    guard.install(connection)
    assert audit().clean
    if connection.vendor == "postgresql":
        tampering.sql(
            "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN NEW; END $$"
        )
    else:
        tampering.sql("DROP TRIGGER ledger_fact_no_delete")
        tampering.sql(
            "CREATE TRIGGER ledger_fact_no_delete BEFORE DELETE ON ledger_fact BEGIN SELECT 1; END"
        )
    (found,) = audit().findings
    assert found.kind is Kind.GUARD


def test_a_trigger_with_another_condition_is_told(unguarded):
    guard.install(connection)
    act = "FOR EACH ROW WHEN (NEW.actor = 'x') EXECUTE FUNCTION ledger_refuse()"
    if connection.vendor == "sqlite":
        act = "WHEN NEW.actor = 'x' BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    table = " ON ledger_fact" if connection.vendor == "postgresql" else ""
    tampering.sql(f"DROP TRIGGER ledger_fact_no_update{table}")
    tampering.sql(f"CREATE TRIGGER ledger_fact_no_update BEFORE UPDATE ON ledger_fact {act}")
    (found,) = audit().findings
    assert found.kind is Kind.GUARD


def test_the_log_goes_on_after_an_audit(log):
    audit()
    rows = enter(1)
    services.ensure_durable([rows[0].pk])
    assert Fact.objects.get(pk=rows[0].pk).leaf_index == 300
