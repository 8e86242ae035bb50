"""Extracts from asking to fetching: what leaves, what is recorded, what is left when it fails."""

import csv
import datetime as dt
import errno
import hmac
import io
import json
import uuid
from dataclasses import replace
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.exchange.extracts.conftest import OFFICER, POLICY, QUERY, give

from heli.demo import registers
from heli.engines.contracts import parse_contract, semantic_type
from heli.engines.fingerprint import PlanError, Tolerance
from heli.errors import HeliError, NotFoundError
from heli.exchange import errors, services
from heli.exchange.connectors.parquet import ParquetConnector
from heli.exchange.errors_applications import GrantSuspendedError
from heli.exchange.extracts import marks, production, writing
from heli.exchange.extracts.errors import (
    ExtractFormatError,
    ExtractGoneError,
    ExtractNotGrantedError,
    ExtractTooLargeError,
    SpoolError,
)
from heli.exchange.extracts.formats import spool
from heli.exchange.models import Access, Extract, ExtractState, SharingClass, UpdateCycle
from heli.kernel.actor import HELI, Actor
from heli.ledger.models import Fact


def spooled():
    return sorted(path.name for path in spool("x").parent.iterdir())


def last_fact(verb):
    return Fact.objects.filter(verb=verb).order_by("id").last()


def source(city):
    return pq.read_table(spool("x").parents[1] / "registers" / "employment.parquet")


def test_an_extract_is_released_by_policy_marked_and_proven(fetched, committed_city):
    row, content = fetched()
    table = pq.read_table(io.BytesIO(content))
    real = source(committed_city)
    decoys = row.plan["decoys"]
    assert decoys > 0
    assert table.num_rows == real.num_rows + decoys == row.rows
    assert table.column_names == [rule["field"] for rule in POLICY["fields"]]
    before = {each["resident_id"]: each for each in real.to_pylist()}
    for each in table.to_pylist():
        semantic_type("resident_id").parse(each["resident_id"])
        was = before.get(each["resident_id"])
        if was is None:
            decoys -= 1
            continue
        assert each["name"] == was["name"][0] + "*" * (len(was["name"]) - 1)
        assert each["employer_code"] == was["employer_code"]
        assert each["insurance"] == was["insurance"]
        assert abs(each["contribution_base"] - was["contribution_base"]) in (0, 100)
        assert abs(each["since"] - was["since"]) in (dt.timedelta(0), dt.timedelta(days=3))
    assert decoys == 0

    fact = Fact.objects.get(pk=row.fact_id)
    assert fact.leaf_index is not None
    assert fact.verb == "exchange.extract.released"
    assert fact.data["rows"] == row.rows
    assert fact.data["size"] == len(content)
    assert fact.data["fields"] == table.column_names
    assert (fact.matter, fact.data["serves"]) == ("", "public_task:survey")
    key = bytes(row.response_key)
    assert fact.data["response_hash"] == hmac.new(key, content, sha256).hexdigest()
    assert str(row.pk) not in json.dumps(fact.data)
    access = Access.objects.get(pk=fact.pk)
    assert (access.rows, access.reason, access.consumer) == (row.rows, "", "fgw")


def test_no_two_extracts_are_alike(fetched):
    one, other = (pq.read_table(io.BytesIO(fetched()[1])) for _ in range(2))
    assert not one.equals(other)
    together = {row["resident_id"]: row for row in one.to_pylist()}
    common = [(together[row["resident_id"]], row) for row in other.to_pylist()
              if row["resident_id"] in together]  # fmt: skip
    differing = sum(a["contribution_base"] != b["contribution_base"] for a, b in common)
    assert differing > 0.3 * len(common)
    total = [sum(pair[n]["contribution_base"] for pair in common) for n in (0, 1)]
    assert total[0] == pytest.approx(total[1], rel=1e-3)


@pytest.mark.parametrize("kind", ["csv", "arrow", "parquet"])
def test_every_format_holds_the_same(fetched, kind):
    row, content = fetched(extract=kind)
    if kind == "csv":
        assert content.startswith("\ufeff".encode())
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        assert dt.date.fromisoformat(rows[0]["since"])
    elif kind == "arrow":
        rows = pa.ipc.open_stream(content).read_all().to_pylist()
    else:
        rows = pq.read_table(io.BytesIO(content)).to_pylist()
    assert len(rows) == row.rows
    assert set(rows[0]) == {rule["field"] for rule in POLICY["fields"]}
    assert row.name.startswith("employment-")


def test_a_text_that_a_spreadsheet_would_execute_is_made_harmless():
    texts = ["=1+1", "+86", "-x", "@SUM(A1)", "\tx", "plain", None, "'quoted"]
    batch = pa.record_batch({"a": pa.array(texts), "n": pa.array(range(8))})
    safe = writing.without_formulas(batch).column("a").to_pylist()
    assert safe == ["'=1+1", "'+86", "'-x", "'@SUM(A1)", "'\tx", "plain", None, "'quoted"]
    untouched = pa.record_batch({"a": pa.array(["x", None])})
    assert writing.without_formulas(untouched).equals(untouched)


def test_a_file_is_handed_over_once_and_to_who_asked_only(ready):
    row = ready()
    with pytest.raises(NotFoundError):
        services.fetch_extract(row.pk, actor=Actor("person", "12", "fgw"))
    _, file = services.fetch_extract(row.pk, actor=OFFICER)
    assert len(file.read()) == row.size
    file.close()
    assert spooled() == []
    with pytest.raises(ExtractGoneError):
        services.fetch_extract(row.pk, actor=OFFICER)
    fact = last_fact("exchange.extract.fetched")
    assert fact.data["release"] == str(row.fact_id)
    assert fact.leaf_index is not None


def test_nothing_leaves_before_its_fact_is_durable(ready, monkeypatch):
    row = ready()

    def refuse(ids):
        raise services.extracts.ledger.NotDurableError(size=1)

    monkeypatch.setattr(services.extracts.ledger, "ensure_durable", refuse)
    with pytest.raises(HeliError):
        services.fetch_extract(row.pk, actor=OFFICER)
    monkeypatch.undo()
    _, file = services.fetch_extract(row.pk, actor=OFFICER)
    file.close()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"task": "nothing"}, errors.DutyStandingError),
        ({"task": ""}, errors.DutyNeededError),
        ({"department": "jyj"}, errors.NoGrantError),
        ({"resource": "rsj/nothing"}, errors.UnknownResourceError),
        ({"extract": "xlsx"}, ExtractFormatError),
        ({"department": "swj", "purpose": "enterprise_start"}, ExtractNotGrantedError),
    ],
)
def test_a_refusal_is_a_fact(grant, changes, error):
    with pytest.raises(error):
        services.ask_extract(replace(QUERY, **changes))
    assert last_fact("exchange.lookup.denied").data["reason"] == error.code
    assert Access.objects.order_by("-at", "-fact_id").first().reason == error.code
    assert not Extract.objects.exists()


def failed(row, error):
    with pytest.raises(error) as caught:
        services.make_extract(row.pk)
    row.refresh_from_db()
    assert row.state == ExtractState.FAILED
    assert row.reason == caught.value.code
    assert row.fact_id is None
    assert spooled() == []
    assert not Fact.objects.filter(verb="exchange.extract.released").exists()
    assert last_fact("exchange.extract.failed").data["reason"] == caught.value.code
    with pytest.raises(ExtractGoneError):
        services.fetch_extract(row.pk, actor=OFFICER)
    return caught.value


def test_a_matter_opens_no_file_of_everybody(committed_city, now, matters):
    matters.add("LJ-1", departments=["fgw"])
    give(committed_city["employment"], POLICY | {"binding": "matter"})
    with pytest.raises(errors.ListNeedsBindingError):
        services.ask_extract(replace(QUERY, matter="LJ-1"))
    assert last_fact("exchange.lookup.denied").data["reason"] == "exchange.list_binding"
    assert not Extract.objects.exists()


def test_no_matter_is_noted_that_nobody_looked_at(ready):
    row = ready(matter="99010119900101001X")
    assert (row.matter, Fact.objects.get(pk=row.fact_id).matter) == ("", "")
    assert last_fact("exchange.extract.asked").matter == ""


def test_a_duty_that_is_struck_off_meanwhile_stops_it(grant, duty):
    row = services.ask_extract(QUERY)
    services.withdraw_duty(duty.pk, actor=HELI, reason="机构改革")
    failed(row, errors.DutyStandingError)


def test_a_duty_that_is_struck_off_while_the_file_is_made_stops_it(grant, duty, monkeypatch):
    row = services.ask_extract(QUERY)
    make = production.make

    def strike_off_then_make(*arguments):
        made = make(*arguments)
        services.withdraw_duty(duty.pk, actor=HELI, reason="机构改革")
        return made

    monkeypatch.setattr(production, "make", strike_off_then_make)
    failed(row, errors.DutyStandingError)


def narrow(grant):
    fewer = POLICY | {"fields": POLICY["fields"][3:]}
    services.renew(grant.pk, actor=OFFICER, policy=fewer, expires_at=grant.expires_at)


def test_a_grant_that_is_narrowed_while_the_file_is_made_stops_it(grant, monkeypatch):
    row = services.ask_extract(QUERY)
    make = production.make

    def make_then_narrow(*arguments):
        made = make(*arguments)
        narrow(grant)
        return made

    monkeypatch.setattr(production, "make", make_then_narrow)
    failed(row, errors.PolicyChangedError)


@pytest.mark.parametrize(
    ("happens", "error"),
    [
        (lambda g, d: services.revoke(g.pk, actor=OFFICER, reason="x"), errors.GrantRevokedError),
        (lambda g, d: services.suspend(g.pk, actor=OFFICER, reason="x"), GrantSuspendedError),
        (lambda g, d: services.withdraw_duty(d.pk, actor=HELI, reason="x"),
         errors.DutyStandingError),
        (lambda g, d: narrow(g), errors.PolicyChangedError),
    ],
    ids=["revoked", "suspended", "struck off", "narrowed"],
)  # fmt: skip
def test_a_file_that_waits_is_not_handed_over_when_its_ground_is_gone(
    ready, grant, duty, happens, error
):
    row = ready()
    happens(grant, duty)
    with pytest.raises(error):
        services.fetch_extract(row.pk, actor=OFFICER)
    assert last_fact("exchange.lookup.denied").data["reason"] == error.code
    assert last_fact("exchange.extract.fetched") is None
    row.refresh_from_db()
    assert row.state == ExtractState.READY


def test_a_file_is_handed_over_when_a_suspension_is_lifted(ready, grant):
    row = ready()
    services.suspend(grant.pk, actor=OFFICER, reason="x")
    services.resume(grant.pk, actor=OFFICER, reason="x")
    services.fetch_extract(row.pk, actor=OFFICER)[1].close()


def test_a_grant_that_is_revoked_while_the_file_is_made_stops_it(grant, monkeypatch):
    row = services.ask_extract(QUERY)
    make = production.make

    def revoke_then_make(*arguments):
        made = make(*arguments)
        services.revoke(grant.pk, actor=OFFICER, reason="不再需要")
        return made

    monkeypatch.setattr(production, "make", revoke_then_make)
    failed(row, errors.GrantRevokedError)


def test_more_records_than_the_grant_lets_out_are_refused(committed_city, duty):
    give(committed_city["employment"], POLICY | {"extract": {"rows": 10}})
    error = failed(services.ask_extract(QUERY), ExtractTooLargeError)
    assert error.figures["most"] == 10


def test_the_volume_limit_counts_every_record(committed_city, duty):
    give(committed_city["employment"], POLICY | {"limits": {"records_per_day": 50}})
    failed(services.ask_extract(QUERY), errors.LimitError)


def test_rows_outside_the_filter_stay(committed_city, duty):
    rows = [{"field": "contribution_base", "op": "ge", "value": 20_000}]
    give(committed_city["employment"], POLICY | {"rows": rows})
    row = services.make_extract(services.ask_extract(QUERY).pk)
    expected = sum(base.as_py() >= 20_000 for base in source(committed_city)["contribution_base"])
    assert row.rows == expected + row.plan["decoys"]
    _, file = services.fetch_extract(row.pk, actor=OFFICER)
    with file:
        values = pq.read_table(file)["contribution_base"].to_pylist()
    assert min(values) >= 20_000 - 100


def test_a_source_that_dies_midway_leaves_nothing(grant, monkeypatch):
    sweep = ParquetConnector.sweep

    def dying(self, *arguments, **more):
        yield from sweep(self, *arguments, **(more | {"limit": 100}))
        raise OSError("gone")

    monkeypatch.setattr(ParquetConnector, "sweep", dying)
    failed(services.ask_extract(QUERY), errors.SourceUnavailableError)


class FullDisk:
    """A file on a disk that is full after so many bytes."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, data):
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.file.write(data)

    def __getattr__(self, name):
        return getattr(self.file, name)


@pytest.mark.parametrize("kind", ["csv", "arrow", "parquet"])
def test_a_full_disk_leaves_nothing(grant, monkeypatch, kind):
    fdopen = writing.os.fdopen
    monkeypatch.setattr(writing.os, "fdopen", lambda *a: FullDisk(fdopen(*a), 500))
    error = failed(services.ask_extract(replace(QUERY, extract=kind)), SpoolError)
    assert error.figures["reason"] == "No space left on device"


def test_an_empty_resource_gives_an_empty_file(committed_city, duty):
    rows = [{"field": "contribution_base", "op": "gt", "value": 10_000_000}]
    give(committed_city["employment"], POLICY | {"rows": rows})
    row = services.make_extract(services.ask_extract(QUERY).pk)
    _, file = services.fetch_extract(row.pk, actor=OFFICER)
    with file:
        table = pq.read_table(file)
    assert (row.rows, table.num_rows, table.num_columns) == (0, 0, 6)


def test_the_worker_makes_what_waits_and_tells_how_far_it_is(grant):
    row = services.ask_extract(QUERY)
    attended = services.ask_extract(QUERY, attended=True)
    assert services.make_next_extract() == 1
    assert services.make_next_extract() == 0
    row.refresh_from_db()
    attended.refresh_from_db()
    assert (row.state, attended.state) == (ExtractState.READY, ExtractState.WAITING)
    assert row.rows_done == row.rows > 0


def test_what_nobody_fetches_is_deleted(ready, now):
    row = ready()
    assert spooled() == [str(row.pk)]
    now.advance(hours=25)
    assert services.clean_extracts() == 2
    row.refresh_from_db()
    assert row.state == ExtractState.EXPIRED
    assert spooled() == []
    assert last_fact("exchange.extract.expired").data["extract"] == str(row.pk)
    with pytest.raises(ExtractGoneError):
        services.fetch_extract(row.pk, actor=OFFICER)


def test_an_extract_can_be_given_up(ready):
    row = ready()
    assert services.withdraw_extract(row.pk, actor=OFFICER).state == ExtractState.WITHDRAWN
    assert spooled() == []
    with pytest.raises(ExtractGoneError):
        services.withdraw_extract(row.pk, actor=OFFICER)


def test_work_that_a_crash_left_is_taken_up_again(grant, now):
    row = services.ask_extract(QUERY)
    Extract.objects.filter(pk=row.pk).update(state=ExtractState.RUNNING)
    line = services.ask_extract(QUERY, attended=True)
    spool(f"{row.pk}.part").write_bytes(b"half")
    spool(f"{uuid.uuid4()}.part").write_bytes(b"nobody's")
    services.clean_extracts()
    assert spooled() == [f"{row.pk}.part"]
    now.advance(minutes=11)
    services.clean_extracts()
    row.refresh_from_db()
    line.refresh_from_db()
    assert (row.state, line.state) == (ExtractState.WAITING, ExtractState.FAILED)
    assert services.make_next_extract() == 1
    assert spooled() == [str(row.pk)]


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("contribution_base", {"absolute": -1}),
        ("contribution_base", {"days": 3}),
        ("contribution_base", {"digits": 12}),
        ("contribution_base", 100),
        ("since", {"relative": 0.01}),
        ("resident_id", {"absolute": 1}),
        ("insurance", {"absolute": 1}),
    ],
)
def test_a_contract_with_a_senseless_tolerance_is_not_published(
    committed_city, now, name, tolerance
):
    document = registers.contract_document("employment")
    document["version"] = "1.9.0"
    (field,) = [f for f in document["schema"][0]["properties"] if f["name"] == name]
    field["customProperties"] = [
        each for each in field["customProperties"] if each["property"] != "tolerance"
    ] + [{"property": "tolerance", "value": tolerance}]
    with pytest.raises(PlanError):
        services.publish(
            actor=HELI, department="rsj", contract=document, connector="parquet",
            options={"file": "employment.parquet"}, sharing=SharingClass.CONDITIONAL,
            update_cycle=UpdateCycle.MONTHLY,
        )  # fmt: skip


def test_last_digits_are_a_tolerance(committed_city):
    document = registers.contract_document("employment")
    (field,) = [f for f in document["schema"][0]["properties"] if f["name"] == "contribution_base"]
    field["customProperties"][-1]["value"] = {"digits": 3}
    parsed = parse_contract(document).field("contribution_base")
    assert marks.tolerance_of(parsed) == Tolerance(absolute=100)
