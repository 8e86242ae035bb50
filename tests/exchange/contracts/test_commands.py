"""``heli exchange contract`` and ``conform``, as a steward types them."""

import csv
import io
import json

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.exchange.contracts.test_conformance import CONTRACT, DOCUMENT, fresh, records
from tests.exchange.endpoint import Endpoint, serving
from typer.testing import CliRunner

from heli.engines.contracts import parse_contract, read_text, write_yaml
from heli.errors import HeliError
from heli.exchange.commands import app


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments], catch_exceptions=True)


@pytest.fixture
def contract(tmp_path):
    path = tmp_path / "owners.yaml"
    path.write_text(write_yaml(DOCUMENT), "utf-8")
    return path


def changed(path, *, drop=(), **changes):
    document = read_text(path.read_text("utf-8"))
    other = path.with_name("other.yaml")
    fields = document["schema"][0]["properties"]
    document["schema"][0]["properties"] = [f for f in fields if f["name"] not in drop]
    other.write_text(write_yaml(document | changes), "utf-8")
    return other


def test_a_contract_is_checked(contract, tmp_path):
    good = run("contract", "check", contract)
    assert good.exit_code == 0
    assert "wjw/owners 1.0.0: 6 fields" in good.output
    told = json.loads(run("contract", "check", contract, "--json").output)
    assert (told["valid"], told["key"]) == (True, ["resident_id"])
    bad = changed(contract, version="1")
    refused = run("contract", "check", bad)
    assert refused.exit_code == 1
    assert "version" in refused.output
    told = json.loads(run("contract", "check", bad, "--json").output)
    assert (told["valid"], told["field"], told["code"]) == (False, "version", "contracts.document")
    absent = run("contract", "check", tmp_path / "none.yaml")
    assert absent.exit_code == 1
    assert "cannot be read" in absent.output


def test_versions_are_compared(contract):
    dropped = changed(contract, version="1.1.0", drop=("rooms",))
    verdict = run("contract", "diff", contract, dropped)
    assert verdict.exit_code == 1
    assert "“rooms” (rooms) is no longer delivered" in verdict.output
    assert "must be numbered 2.0.0 or higher" in verdict.output
    major = changed(contract, version="2.0.0", drop=("rooms",))
    assert run("contract", "diff", contract, major).exit_code == 1
    forward = run("contract", "diff", contract, major, "--mode", "forward", "--json")
    assert forward.exit_code == 0
    told = json.loads(forward.output)
    assert (told["compatible"], told["needed"]) == (True, "major")
    assert told["changes"][0]["affected"] == "callers"


@pytest.mark.parametrize("kind", ["openapi", "jsonschema", "odcs-json"])
def test_a_contract_is_exported_as_json(contract, kind):
    told = json.loads(run("contract", "export", contract, "--as", kind).output)
    assert isinstance(told, dict)


def test_a_contract_is_exported_as_itself_and_as_a_table_to_fill_in(contract):
    text = run("contract", "export", contract, "--as", "odcs").output
    assert parse_contract(read_text(text)) == CONTRACT
    table = run("contract", "export", contract, "--as", "csv-template").output
    rows = list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"))))
    assert list(rows[0]) == list(CONTRACT.names)
    assert len(rows) == 3
    unknown = run("contract", "export", contract, "--as", "xml")
    assert isinstance(unknown.exception, HeliError)
    assert "csv-template" in unknown.exception.advice()


ROWS = [["身份证号", "姓名", "面积"], *([r["resident_id"], r["name"], 80 + n]
        for n, r in enumerate(records(30)))]  # fmt: skip


def _csv(path, encoding="utf-8-sig", delimiter=","):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(ROWS)
    return path


def _xlsx(path):
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.save(path)
    return path


def _parquet(path):
    columns = list(zip(*ROWS[1:], strict=True))
    pq.write_table(pa.table(dict(zip(ROWS[0], map(list, columns), strict=True))), path)
    return path


@pytest.mark.parametrize(
    "made",
    [
        lambda folder: _csv(folder / "owners.csv"),
        lambda folder: _csv(folder / "owners.csv", "gb18030"),
        lambda folder: _csv(folder / "owners.csv", "utf-8", ";"),
        lambda folder: _csv(folder / "owners.tsv", "utf-8", "\t"),
        lambda folder: _xlsx(folder / "owners.xlsx"),
        lambda folder: _parquet(folder / "owners.parquet"),
    ],
)
def test_a_contract_is_drafted_from_a_table_of_every_kind(tmp_path, made):
    path = made(tmp_path)
    told = run("contract", "describe", path, "--department", "zjj")
    assert told.exit_code == 0, told.exception
    draft = parse_contract(read_text(told.stdout))
    assert [(f.name, f.type.value, f.semantic) for f in draft.fields] == [
        ("resident_id", "string", "resident_id"),
        ("name", "string", "person_name"),
        ("area", "integer", ""),
    ]
    assert (draft.id, draft.status, draft.subject_type) == ("zjj/owners", "draft", "person")
    assert "Before you publish it" in told.stderr
    (tmp_path / "draft.yaml").write_text(told.stdout, "utf-8")
    assert run("contract", "check", tmp_path / "draft.yaml").exit_code == 0


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x.csv", b"", "contracts.nothing_to_describe"),
        ("x.csv", b"a,b\n1,2,3\n", "exchange.unreadable_file"),
        ("x.csv", b"a\n\xff\xff\n", "exchange.unreadable_file"),
        ("x.xlsx", b"not excel", "exchange.unreadable_file"),
        ("x.parquet", b"not parquet", "exchange.unreadable_file"),
        ("x.doc", b"", "exchange.unknown_table"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, name, content, code):
    (tmp_path / name).write_bytes(content)
    told = run("contract", "describe", tmp_path / name)
    assert isinstance(told.exception, HeliError)
    assert told.exception.code == code


def test_an_endpoint_is_tested_from_the_command_line(contract, tmp_path):
    (tmp_path / "key").write_text("s3cret\n", "utf-8")
    endpoint = Endpoint(CONTRACT, records(), as_of=fresh(hours=1))
    with serving(endpoint) as url:
        good = run("conform", contract, url, "--key", f"@{tmp_path / 'key'}")
        assert good.exit_code == 0, good.output
        assert "CONFORMS: 120 records" in good.output
        assert endpoint.seen[0]["Authorization"] == "Bearer s3cret"
        endpoint.faults = {"repeats records"}
        bad = run("conform", contract, url, "--json")
    assert bad.exit_code == 1
    told = json.loads(bad.stdout)
    assert not told["passed"]
    assert {c["check"] for c in told["checks"] if c["state"] == "failed"} >= {"keys"}
    assert len(told["digest"]) == 64
