"""Whole columns are released value by value as single records are."""

import datetime as dt

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from heli.engines.contracts import (
    Contract,
    Field,
    FieldRule,
    LogicalType,
    Mask,
    ReleasePolicy,
    all_fit,
    levels_for,
    masks_for,
    release,
)
from heli.engines.contracts.columns import fitting, masked_type, release_batch
from heli.engines.contracts.conditions import Condition, Op

SALT = bytes(range(32))


def field(name, kind, semantic="", subject=False):
    return Field(name, name, name, LogicalType(kind), semantic=semantic, subject=subject)


FIELDS = (
    field("id", "string", "resident_id", subject=True),
    field("name", "string", "person_name"),
    field("code", "string", "division_code"),
    field("address", "string", "address"),
    field("note", "string"),
    field("amount", "integer"),
    field("area", "number"),
    field("flag", "boolean"),
    field("born", "date"),
)
CONTRACT = Contract("gaj/x", "1.0.0", "x", "样例", "Sample", "person", FIELDS)
TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
VALUES = {
    "string": st.one_of(
        st.text(max_size=24),
        st.sampled_from(["江苏省临江市滨江区示例路1号", "临江市示例县", "990101", "𠮷野家"]),
    ),
    "integer": st.one_of(st.integers(-(2**62), 2**62), st.integers(-100, 100)),
    "number": st.one_of(
        st.floats(-1e9, 1e9), st.integers(-100, 100).map(float), st.just(0.1 + 0.2)
    ),
    "boolean": st.booleans(),
    "date": st.dates(dt.date(1800, 1, 1), dt.date(2200, 1, 1)),
}  # fmt: skip
# Bytes that cannot be written as UTF-8 are no text to Arrow.
VALUES["string"] = VALUES["string"].filter(lambda text: text.isprintable())


@st.composite
def records(draw):
    return [
        {each.name: draw(st.one_of(st.none(), VALUES[each.type.value])) for each in FIELDS}
        for _ in range(draw(st.integers(0, 8)))
    ]


@st.composite
def rules(draw):
    chosen = draw(st.lists(st.sampled_from(FIELDS), min_size=1, unique=True))
    return tuple(draw(rule_of(each)) for each in chosen)


@st.composite
def rule_of(draw, of):
    mask = draw(st.sampled_from(masks_for(of)))
    if mask is Mask.BUCKET:
        return FieldRule(of.name, mask, width=draw(st.integers(1, 1000)))
    if mask is not Mask.GENERALISE:
        return FieldRule(of.name, mask)
    if levels := levels_for(of):
        return FieldRule(of.name, mask, level=draw(st.sampled_from(levels)))
    if of.type is LogicalType.STRING:
        return FieldRule(of.name, mask, digits=draw(st.integers(1, 10)))
    edges = draw(st.lists(st.integers(-100, 100), min_size=1, max_size=6, unique=True))
    return FieldRule(of.name, mask, edges=tuple(sorted(edges)))


@st.composite
def conditions(draw):
    of = draw(st.sampled_from(FIELDS))
    ops = {Op.EQ, Op.NE, Op.IN, Op.ABSENT}
    if of.type is LogicalType.STRING:
        ops |= {Op.PREFIX}
    elif of.type is not LogicalType.BOOLEAN:
        ops |= {Op.LT, Op.LE, Op.GT, Op.GE}
    op = draw(st.sampled_from(sorted(ops)))
    value = VALUES[of.type.value]
    if of.type is LogicalType.NUMBER:
        value = st.one_of(value, st.integers(-100, 100))
    if op is Op.ABSENT:
        return Condition(of.name, op)
    if op is Op.IN:
        return Condition(of.name, op, tuple(draw(st.lists(value, min_size=1, max_size=3))))
    return Condition(of.name, op, draw(value))


def batch_of(rows):
    return pa.record_batch(
        {
            each.name: pa.array([row[each.name] for row in rows], TYPES[each.type.value])
            for each in FIELDS
        }
    )


def plain(value):
    return value.isoformat() if isinstance(value, dt.date) else value


@settings(max_examples=300, deadline=None)
@given(records(), rules(), st.lists(conditions(), max_size=2))
def test_columns_are_released_as_single_records_are(rows, chosen, filters):
    policy = ReleasePolicy("gaj/x", "1.0.0", chosen, rows=tuple(filters))
    batch = batch_of(rows)
    found = release_batch(CONTRACT, batch, policy, salt=SALT)
    expected = [
        release(CONTRACT, row, policy, salt=SALT).data for row in rows if all_fit(filters, row)
    ]
    told = [{name: plain(value) for name, value in row.items()} for row in found.to_pylist()]
    assert told == expected
    by_name = {rule.field: rule for rule in chosen}
    for each in FIELDS:
        if each.name in by_name:
            kind = masked_type(each, by_name[each.name], TYPES[each.type.value])
            assert found.schema.field(each.name).type == kind


@settings(max_examples=200, deadline=None)
@given(records(), st.lists(conditions(), max_size=3))
def test_rows_fit_as_single_records_do(rows, filters):
    assert fitting(filters, batch_of(rows)).to_pylist() == [all_fit(filters, row) for row in rows]


def test_a_part_of_a_batch_is_released_alike():
    rows = [{each.name: None for each in FIELDS} | {"name": f"示例{n}", "amount": n - 5}
            for n in range(12)]  # fmt: skip
    policy = ReleasePolicy(
        "gaj/x", "1.0.0", (FieldRule("name", Mask.PARTIAL), FieldRule("amount", Mask.BUCKET, 4))
    )
    whole = release_batch(CONTRACT, batch_of(rows), policy, salt=SALT)
    part = release_batch(CONTRACT, batch_of(rows).slice(3, 6), policy, salt=SALT)
    assert part.to_pylist() == whole.to_pylist()[3:9]
