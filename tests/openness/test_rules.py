"""What may leave, and what never does."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.demo.registers import CATALOGUE, contract_document
from heli.engines.contracts import Contract, Field, LogicalType, Mask, Sensitivity, parse_contract
from heli.openness.errors import OpeningRefusedError
from heli.openness.rules import (
    ABOUT_PEOPLE,
    PERSONAL,
    counted_rows,
    masks_open_to,
    parse_opening,
    shown_rows,
)

CONTRACTS = {name: parse_contract(contract_document(name)) for name in CATALOGUE}
MASKS = [mask.value for mask in Mask]


def contract_of(*fields, subject_type="facility"):
    key = Field("no", "编号", "Number", LogicalType.STRING, subject=True, key=True,
                sensitivity=Sensitivity.PUBLIC)  # fmt: skip
    return Contract("a/b", "1.0.0", "b", "测试", "Test", subject_type, (key, *fields))


def field(name, sensitivity, kind=LogicalType.STRING, semantic=""):
    return Field(name, name, name, kind, semantic, sensitivity=sensitivity)


@given(
    st.sampled_from(sorted(CONTRACTS)),
    st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from(MASKS), st.integers(-5, 500)), max_size=4
    ),
    st.sampled_from(["records", "statistics"]),
)
def test_no_choice_opens_a_person_or_what_is_too_sensitive(name, chosen, kind):
    contract = CONTRACTS[name]
    rules = {
        "fields": [
            {"field": contract.names[n % len(contract.names)], "mask": mask, "width": width}
            for n, mask, width in chosen
        ]
    }
    try:
        opening = parse_opening(contract, kind, rules)
    except OpeningRefusedError:
        return
    assert kind == "statistics" or contract.subject_type not in ABOUT_PEOPLE
    for each in opening.fields:
        assert each.mask is not Mask.HASH
        assert each.field.sensitivity < Sensitivity.HIGHLY_SENSITIVE
        if each.field.semantic in PERSONAL:
            assert each.mask is Mask.REDACT
        if each.mask is Mask.CLEAR:
            assert each.field.sensitivity is Sensitivity.PUBLIC
        if kind == "statistics":
            assert not each.field.subject
            assert opening.least >= 3


@pytest.mark.parametrize(
    ("sensitivity", "kind", "semantic", "open_to"),
    [
        (Sensitivity.PUBLIC, LogicalType.STRING, "", {"clear", "partial", "redact"}),
        (Sensitivity.INTERNAL, LogicalType.STRING, "", {"partial", "redact"}),
        (Sensitivity.INTERNAL, LogicalType.INTEGER, "", {"bucket", "redact"}),
        (Sensitivity.SENSITIVE, LogicalType.STRING, "", {"redact"}),
        (Sensitivity.SENSITIVE, LogicalType.DATE, "", {"year", "redact"}),
        (Sensitivity.HIGHLY_SENSITIVE, LogicalType.DATE, "", set()),
        (Sensitivity.PUBLIC, LogicalType.STRING, "person_name", {"redact"}),
    ],
)
def test_each_level_has_its_masks(sensitivity, kind, semantic, open_to):
    found = masks_open_to(field("x", sensitivity, kind, semantic), "facility")
    assert {mask.value for mask in found} == open_to


@pytest.mark.parametrize(
    ("name", "kind", "rules", "reason"),
    [
        ("residents", "records", {"fields": [{"field": "sex"}]}, "about a person"),
        ("enterprises", "records", {"fields": [{"field": "representative"}]}, "person"),
        ("enterprises", "records", {"fields": [{"field": "nothing"}]}, "no such field"),
        ("enterprises", "records", {"fields": []}, "no field"),
        ("enterprises", "records", {"fields": "credit_code"}, "no field"),
        ("enterprises", "statistics", {"fields": [{"field": "credit_code"}]}, "records apart"),
        ("enterprises", "statistics", {"fields": [{"field": "trade"}], "least": 1}, "three"),
        ("enterprises", "statistics", {"fields": [{"field": "trade"}], "least": True}, "three"),
        ("enterprises", "statistics",
         {"fields": [{"field": "trade"}], "measures": [{"field": "name", "how": "sum"}]}, "number"),
        ("hospital_beds", "records", {"fields": [{"field": "occupied"}]}, "internal"),
        ("hospital_beds", "records",
         {"fields": [{"field": "occupied", "mask": "bucket"}]}, "width"),
        ("hospital_beds", "records", {"fields": [{"field": "beds"}, {"field": "beds"}]}, "twice"),
    ],
)  # fmt: skip
def test_a_refusal_says_why(name, kind, rules, reason):
    with pytest.raises(OpeningRefusedError, match=reason):
        parse_opening(CONTRACTS[name], kind, rules)


KIND = field("kind", Sensitivity.PUBLIC)
AMOUNT = field("amount", Sensitivity.INTERNAL, LogicalType.NUMBER)
COUNTED = {"fields": [{"field": "kind"}], "measures": [{"field": "amount", "how": "sum"}]}
records = st.lists(
    st.fixed_dictionaries(
        {
            "no": st.text(max_size=3),
            "kind": st.none() | st.sampled_from("abcde"),
            "amount": st.none() | st.floats(-1e6, 1e6),
        }
    ),
    max_size=60,
)


@given(records, st.integers(3, 8))
def test_a_group_is_told_only_when_it_is_large_enough(rows, least):
    opening = parse_opening(contract_of(KIND, AMOUNT), "statistics", COUNTED | {"least": least})
    counted = counted_rows(opening, rows)
    for told in counted.rows:
        members = [row for row in rows if row["kind"] == told["kind"]]
        assert told["count"] == len(members) >= least
        known = [row["amount"] for row in members if row["amount"] is not None]
        if told["sum_amount"] is not None:
            assert len(known) >= least
            assert math.isclose(told["sum_amount"], sum(known), abs_tol=0.02)
            assert max(map(abs, known)) <= 0.8 * abs(sum(known)) + 1e-6
    groups = {row["kind"] for row in rows}
    assert len(counted.rows) + counted.suppressed == len(groups)
    assert counted.suppressed != 1 or len(groups) == 1


def test_a_sum_that_is_nearly_one_record_is_not_told():
    opening = parse_opening(contract_of(KIND, AMOUNT), "statistics", COUNTED)
    rows = [{"kind": "a", "amount": 1.0}] * 9 + [{"kind": "a", "amount": 1000.0}]
    assert counted_rows(opening, rows).rows == [{"kind": "a", "count": 10, "sum_amount": None}]


@given(records)
def test_a_row_has_only_the_columns_that_leave(rows):
    opening = parse_opening(
        contract_of(KIND, AMOUNT), "records",
        {"fields": [{"field": "amount", "mask": "bucket", "width": 100}]},
    )  # fmt: skip
    assert opening.source_columns == ("amount",)
    for shown in shown_rows(opening, rows):
        assert set(shown) == {"amount"}
        assert shown["amount"] is None or shown["amount"] % 100 == 0


def test_a_subject_of_a_person_is_personal_whatever_the_contract_calls_it():
    contract = contract_of(subject_type="person")
    subject = replace(contract.fields[0], semantic="")
    assert [mask.value for mask in masks_open_to(subject, "person")] == ["redact"]
