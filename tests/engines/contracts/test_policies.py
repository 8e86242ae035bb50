"""Policies beyond fields: hierarchies, row filters, limits, hours, bindings."""

import datetime as dt
import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.engines.contracts import (
    Binding,
    Condition,
    ConditionError,
    Contract,
    Field,
    Limits,
    LogicalType,
    Mask,
    Op,
    PolicyError,
    all_fit,
    dump_conditions,
    dump_policy,
    explain,
    is_open,
    parse_conditions,
    parse_policy,
    reaches,
    release,
)
from heli.engines.contracts.masks import apply_mask

SHANGHAI = ZoneInfo("Asia/Shanghai")
CONTRACT = Contract(
    id="urn:heli:test:homes",
    version="2.1.0",
    name="homes",
    title_zh="住所",
    title_en="Homes",
    subject_type="person",
    fields=(
        Field("resident_id", "公民身份号码", "Number", LogicalType.STRING, "resident_id",
              subject=True),
        Field("division", "行政区划", "Division", LogicalType.STRING, "division_code"),
        Field("address", "住址", "Address", LogicalType.STRING, "address"),
        Field("moved_in", "迁入日期", "Moved in", LogicalType.DATE),
        Field("age", "年龄", "Age", LogicalType.INTEGER),
        Field("income", "收入", "Income", LogicalType.NUMBER),
        Field("tenure", "产权", "Tenure", LogicalType.STRING, allowed=("owned", "rented")),
        Field("lift", "电梯", "Lift", LogicalType.BOOLEAN),
    ),
)  # fmt: skip
FIELD = {field.name: field for field in CONTRACT.fields}
FULL = {
    "fields": [
        {"field": "resident_id", "mask": "generalise", "digits": 6},
        {"field": "division", "mask": "generalise", "level": "city"},
        {"field": "address", "mask": "generalise", "level": "district"},
        {"field": "moved_in", "mask": "generalise", "level": "month"},
        {"field": "age", "mask": "generalise", "edges": [18, 35, 60]},
        {"field": "income", "mask": "bucket", "width": 1000},
        {"field": "tenure"},
    ],
    "rows": [
        {"field": "division", "op": "prefix", "value": "9901"},
        {"field": "tenure", "op": "in", "value": ["owned", "rented"]},
        {"field": "moved_in", "op": "ge", "value": "2000-01-01"},
    ],
    "limits": {"per_minute": 60, "per_day": 2000, "records_per_day": 1500, "records_total": 9000},
    "hours": [
        {"days": "working", "from": "08:30", "to": "17:30"},
        {"days": [7, 6], "from": "10:00", "to": "24:00"},
    ],
    "binding": "public_task",
    "second_person": True,
    "extract": {"rows": 5000},
}
RECORD = {
    "resident_id": "110105194912310021",
    "division": "990103",
    "address": "临江市江北区滨江路12号3单元",
    "moved_in": dt.date(2014, 7, 9),
    "age": 34,
    "income": 5432.1,
    "tenure": "owned",
    "lift": True,
}


def policy(**changes):
    return parse_policy(CONTRACT, FULL | changes)


def test_digests_never_change():
    simple = parse_policy(
        CONTRACT,
        {"fields": [{"field": "tenure"}, {"field": "income", "mask": "bucket", "width": 100}]},
    )
    assert simple.digest == "95c25fee77f41385f580c9c5eefb1e53e1dfcda448e2c3c02871dd3c48949641"
    assert policy().digest == "263f5f149932fc03e4c015b229c645144bbaad3c955a8b4c3c844d1491fa9179"


def test_what_says_nothing_is_not_written_so_that_older_digests_hold():
    written = dump_policy(parse_policy(CONTRACT, {"fields": [{"field": "tenure"}]}))
    assert set(written) == {"contract", "version", "fields"}
    assert written["fields"] == [{"field": "tenure", "mask": "clear"}]


def test_a_policy_survives_being_written_as_json_and_read():
    given = policy()
    assert parse_policy(CONTRACT, json.loads(json.dumps(dump_policy(given)))) == given
    assert given.limits == Limits(60, 2000, 1500, 9000)
    assert given.binding is Binding.PUBLIC_TASK
    assert (given.second_person, given.extract) == (True, 5000)


def test_generalised_values_keep_what_the_hierarchy_says_and_no_more():
    data = release(CONTRACT, RECORD, policy(), salt=b"s").data
    assert data == {
        "resident_id": "110105" + "*" * 12,
        "division": "990100",
        "address": "临江市江北区",
        "moved_in": "2014-07",
        "age": "18-34",
        "income": 5000,
        "tenure": "owned",
    }


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("江苏省临江市江北区滨江路12号", "江苏省临江市江北区"),
        ("江北区滨江路12号", "江北区"),
        ("临江市滨江县城关镇1号", "临江市滨江县"),
        ("滨江小区3栋", "***"),
        ("12 Riverside Road", "***"),
        ("***", "***"),
    ],
)
def test_the_district_of_an_address(address, shown):
    assert (
        apply_mask(FIELD["address"], Mask.GENERALISE, address, salt=b"", level="district") == shown
    )


@pytest.mark.parametrize(
    ("field", "value", "given", "shown"),
    [
        ("division", "990103", {"level": "province"}, "990000"),
        ("moved_in", dt.date(1987, 3, 4), {"level": "decade"}, "1980s"),
        ("age", 17, {"edges": (18, 35)}, "<18"),
        ("age", 35, {"edges": (18, 35)}, "35+"),
        ("age", 18, {"edges": (18, 19, 35)}, "18"),
        ("income", 18.5, {"edges": (18, 19)}, "18-<19"),
        ("income", float("nan"), {"edges": (18, 19)}, "***"),
        ("tenure", "owned", {"digits": 4}, "ow***"),
    ],
)
def test_levels_bands_and_heads(field, value, given, shown):
    assert apply_mask(FIELD[field], Mask.GENERALISE, value, salt=b"", **given) == shown


@given(
    value=st.integers(-2000, 2000),
    edges=st.lists(st.integers(-1000, 1000), min_size=1, max_size=8, unique=True).map(sorted),
)
def test_a_band_names_the_edges_around_its_value(value, edges):
    shown = apply_mask(FIELD["age"], Mask.GENERALISE, value, salt=b"", edges=tuple(edges))
    mates = [
        other
        for other in range(-2001, 2002)
        if sum(edge <= other for edge in edges) == sum(edge <= value for edge in edges)
    ]
    others = {
        apply_mask(FIELD["age"], Mask.GENERALISE, m, salt=b"", edges=tuple(edges)) for m in mates
    }
    assert others == {shown}


def test_rows_outside_the_filter_are_out_of_reach():
    assert reaches(policy(), RECORD)
    assert not reaches(policy(), RECORD | {"division": "990203"})
    assert not reaches(policy(), RECORD | {"moved_in": None})
    assert not reaches(policy(), RECORD | {"moved_in": dt.date(1999, 12, 31)})


@pytest.mark.parametrize(
    "changes",
    [
        {"row": []},
        {"fields": "resident_id"},
        {"fields": [{"field": "division", "mask": "generalise"}]},
        {"fields": [{"field": "division", "mask": "generalise", "level": "street"}]},
        {"fields": [{"field": "age", "mask": "generalise", "edges": [60, 18]}]},
        {"fields": [{"field": "age", "mask": "generalise", "edges": []}]},
        {"fields": [{"field": "tenure", "mask": "generalise", "digits": 0}]},
        {"fields": [{"field": "lift", "mask": "generalise"}]},
        {"rows": {"field": "age"}},
        {"rows": [{"field": "nothing", "value": 1}]},
        {"rows": [{"field": "age", "op": "eq", "value": "18"}]},
        {"rows": [{"field": "age", "op": "eq", "value": True}]},
        {"rows": [{"field": "tenure", "op": "lt", "value": "owned"}]},
        {"rows": [{"field": "tenure", "value": "squatted"}]},
        {"rows": [{"field": "moved_in", "op": "le", "value": "yesterday"}]},
        {"rows": [{"field": "income", "op": "gt", "value": float("inf")}]},
        {"rows": [{"field": "age", "op": "in", "value": []}]},
        {"rows": [{"field": "age", "op": "in", "value": list(range(101))}]},
        {"rows": [{"field": "age", "op": "~", "value": 1}]},
        {"rows": [{"field": "age", "value": 1, "or": []}]},
        {"limits": {"per_hour": 3}},
        {"limits": {"per_day": 0}},
        {"limits": {"per_day": 1.5}},
        {"limits": []},
        {"hours": [{"days": "working", "from": "17:30", "to": "08:30"}]},
        {"hours": [{"days": [0], "from": "08:30", "to": "09:00"}]},
        {"hours": [{"days": "working", "from": "8:30", "to": "09:00"}]},
        {"hours": [{"days": "working", "from": "08:30"}]},
        {"binding": "friendship"},
        {"binding": ["matter"]},
        {"second_person": "yes"},
        {"extract": {"rows": 0}},
        {"extract": True},
    ],
)
def test_what_does_not_fit_is_refused_with_a_reason(changes):
    with pytest.raises(PolicyError) as caught:
        policy(**changes)
    assert caught.value.figures["reason"]
    assert "{" not in str(caught.value)


def test_hours_on_the_clock_of_shanghai():
    hours = policy().hours
    working = {dt.date(2026, 11, 27), dt.date(2026, 11, 28)}.__contains__

    def at(day, hour, minute):
        return is_open(hours, dt.datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI), working)

    assert at(27, 8, 30)
    assert not at(27, 8, 29)
    assert at(27, 17, 29)
    assert not at(27, 17, 30)
    assert at(28, 9, 0)  # a Saturday that is worked
    assert at(29, 23, 59)
    assert not at(29, 9, 59)
    assert is_open((), dt.datetime(2026, 11, 29, 3, 0, tzinfo=SHANGHAI), working)


def test_everything_is_said_in_words():
    said = [sentence for sentence in explain(CONTRACT, policy()) if not sentence.field]
    messages = [sentence.message for sentence in said]
    assert "only records in which {title} begins with {value}" in messages
    assert "at most {n} calls a minute" in messages
    assert "on working days from {start} to {end}" in messages
    assert "only for a registered statutory duty" in messages
    assert "only after another officer of the department has confirmed" in messages
    assert len(said) == 3 + 4 + 2 + 3


OPS = {
    "age": ([*Op], st.integers(-5, 5)),
    "moved_in": ([*Op], st.dates(dt.date(2020, 1, 1), dt.date(2020, 1, 9))),
    "tenure": ([Op.EQ, Op.NE, Op.IN, Op.ABSENT], st.sampled_from(["owned", "rented"])),
}


@st.composite
def conditions(draw):
    name = draw(st.sampled_from(sorted(OPS)))
    ops, values = OPS[name]
    op = draw(st.sampled_from([each for each in ops if each is not Op.PREFIX]))
    if op is Op.ABSENT:
        return Condition(name, op)
    if op is Op.IN:
        return Condition(name, op, tuple(draw(st.lists(values, min_size=1, max_size=4))))
    return Condition(name, op, draw(values))


@given(st.lists(conditions(), max_size=4))
def test_conditions_survive_being_written_and_read(given):
    plain = json.loads(json.dumps(dump_conditions(given)))
    assert parse_conditions(CONTRACT, plain) == tuple(given)


@given(given=st.lists(conditions(), max_size=3), age=st.none() | st.integers(-5, 5))
def test_a_record_without_a_value_fits_only_absent(given, age):
    asked = [each for each in given if each.field == "age"]
    fits = all_fit(asked, {"age": age})
    if age is None:
        assert fits == all(each.op is Op.ABSENT for each in asked)
    elif any(each.op is Op.ABSENT for each in asked):
        assert not fits


@pytest.mark.parametrize("document", ["age", {"field": "age"}, [1], None])
def test_conditions_that_are_no_list_are_refused(document):
    with pytest.raises(ConditionError):
        parse_conditions(CONTRACT, document)
