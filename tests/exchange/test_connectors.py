"""Every kind of connector reads the same records the same way."""

import datetime as dt

import pyarrow as pa
import pytest
from tests.exchange import sources
from tests.exchange.sources import API, CONTRACT, KINDS, ROWS

from heli.engines.contracts import Condition, Op
from heli.exchange.connectors import CONNECTORS, open_connector

STORES = sources.FILES | sources.DATABASES


@pytest.fixture(params=[*STORES, "http"])
def connector(request, city, settings):
    settings.HELI_SOURCE_HOSTS = ("127.0.0.0/8", "localhost")
    if request.param == "http":
        with sources.api():
            yield open_connector("http", CONTRACT, API | {"paging": sources.PAGINGS["page"]})
        return
    options = STORES[request.param](ROWS[::-1])
    yield open_connector(KINDS.get(request.param, request.param), CONTRACT, options)


def read(connector, columns=("code", "beds"), **asked):
    return [row for batch in connector.scan(list(columns), **asked) for row in batch.to_pylist()]


def test_every_kind_is_tried():
    assert {KINDS.get(kind, kind) for kind in STORES} | {"http"} == set(CONNECTORS)


def test_all_records_come_in_order_with_the_contracts_types(connector):
    batches = list(connector.scan(CONTRACT.names, batch_rows=30))
    assert [row for batch in batches for row in batch.to_pylist()] == ROWS
    assert batches[0].schema.field("beds").type == pa.int64()
    assert all(batch.num_rows <= 30 for batch in batches)


def test_a_list_goes_on_after_the_last_record(connector):
    first = read(connector, limit=7)
    assert [row["code"] for row in first] == [f"F{n:03d}" for n in range(7)]
    assert read(connector, after=first[-1]["code"], limit=1)[0]["code"] == "F007"


def test_one_subject_is_found_with_every_field(connector):
    for row in (ROWS[3], ROWS[35], ROWS[99]):
        found = connector.lookup(row["code"])
        assert found == row
        assert [type(value) for value in found.values()] == [type(value) for value in row.values()]


@pytest.mark.parametrize("subject", ["F100", "f003", "F003 ", "", "' OR 1=1 --", "%", "F00_", "甲"])
def test_nobody_else_is_found(connector, subject):
    assert connector.lookup(subject) is None


@pytest.mark.parametrize(
    "condition",
    [
        Condition("beds", Op.EQ, 4),
        Condition("beds", Op.NE, 4),
        Condition("beds", Op.LT, 4),
        Condition("beds", Op.IN, (1, 2, 500)),
        Condition("share", Op.GE, 10.0),
        Condition("open", Op.EQ, True),
        Condition("since", Op.LE, dt.date(2020, 2, 1)),
        Condition("since", Op.IN, (dt.date(2020, 1, 2), dt.date(2020, 1, 3))),
        Condition("since", Op.ABSENT),
        Condition("code", Op.IN, ("F001", "F050", "none")),
        Condition("code", Op.PREFIX, "F01"),
        Condition("label", Op.EQ, "b house"),
        Condition("label", Op.NE, "b house"),
        Condition("label", Op.LT, "b"),
        Condition("label", Op.IN, ("B house", "b house ")),
        Condition("label", Op.PREFIX, "甲座"),
        Condition("label", Op.PREFIX, "B"),
        Condition("label", Op.ABSENT),
    ],
)
def test_the_source_compares_as_heli_does(connector, condition):
    expected = [row for row in ROWS if condition.fits(row)]
    assert expected
    assert read(connector, CONTRACT.names, where=[condition]) == expected


def test_no_value_is_in_an_empty_list(connector):
    assert read(connector, where=[Condition("code", Op.IN, ())]) == []


def test_several_conditions_and_a_limit_hold_together(connector):
    where = [Condition("open", Op.EQ, True), Condition("beds", Op.GT, 10)]
    found = read(connector, where=where, after="F020", limit=3)
    assert [row["beds"] for row in found] == [22, 24, 26]


def test_a_list_that_is_left_early_leaves_nothing_open(connector):
    scan = connector.scan(CONTRACT.names, batch_rows=10)
    assert next(scan).num_rows == 10
    scan.close()
    assert connector.lookup("F001") == ROWS[1]
