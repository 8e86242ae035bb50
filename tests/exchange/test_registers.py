"""The demo registers: repeatable, valid by their contracts, consistent with each other."""

import duckdb
import pytest

from heli.demo import registers
from heli.engines.contracts import parse_contract, validate_record


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    home = tmp_path_factory.mktemp("city")
    written = registers.seed_registers(home, seed=7, scale="small")
    return home, written


def _rows(home, name):
    with duckdb.connect() as connection:
        cursor = connection.execute(
            "SELECT * FROM read_parquet(?)", [str(home / "registers" / f"{name}.parquet")]
        )
        columns = [column[0] for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.parametrize("name", registers.CATALOGUE)
def test_every_record_keeps_its_contract(city, name):
    home, written = city
    contract = parse_contract(registers.contract_document(name))
    rows = _rows(home, name)
    assert len(rows) == written[name] > 0
    assert set(rows[0]) == set(contract.names)
    for row in rows[:2000]:
        assert [str(problem) for problem in validate_record(contract, row)] == []
    subjects = [row[contract.subject_field.name] for row in rows]
    assert len(set(subjects)) == len(subjects)


def test_the_same_seed_gives_the_same_city(city, tmp_path):
    home, _ = city
    for seed, same in ((7, True), (8, False)):
        registers.seed_registers(tmp_path / str(seed), seed=seed, scale="small")
        assert (_rows(home, "residents") == _rows(tmp_path / str(seed), "residents")) is same


def test_registers_refer_to_each_other(city):
    home, _ = city
    people = {row["resident_id"] for row in _rows(home, "residents")}
    households = {row["household_no"] for row in _rows(home, "households")}
    parcels = {row["parcel_code"] for row in _rows(home, "parcels")}
    firms = _rows(home, "enterprises")
    codes = {row["credit_code"] for row in firms}
    assert {row["representative_id"] for row in firms} <= people
    assert {row["parcel_code"] for row in firms} <= parcels
    assert {row["owner_id"] for row in _rows(home, "real_estate")} <= people
    assert {row["guardian_id"] for row in _rows(home, "pupils")} <= people
    assert {row["employer_code"] for row in _rows(home, "employment")} <= codes
    assert {row["household_no"] for row in _rows(home, "residents")} == households
    assert sum(row["members"] for row in _rows(home, "households")) == len(people) == 20_000


def test_no_identifier_can_belong_to_anybody(city):
    home, _ = city
    assert all(row["resident_id"].startswith("99") for row in _rows(home, "residents"))
    assert all(row["credit_code"][2:4] == "99" for row in _rows(home, "enterprises"))
    assert all("示" in row["name"] for row in _rows(home, "residents"))


def test_personas_own_a_home_and_lead_an_enterprise(city):
    home, _ = city
    personas = registers.personas(home, 10)
    firms = {row["credit_code"]: row for row in _rows(home, "enterprises")}
    assert len(personas) == 10
    for persona in personas:
        assert firms[persona.credit_code]["representative_id"] == persona.resident_id
    assert personas == registers.personas(home, 10)
