"""Whether one policy lets out no more than another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engines.contracts.test_policies import CONTRACT

from heli.engines.contracts import (
    Condition,
    Limits,
    Op,
    ReleasePolicy,
    parse_policy,
    wider_fields,
    wider_members,
)


def policy(**members):
    return parse_policy(CONTRACT, {"fields": [{"field": CONTRACT.fields[0].name}]} | members)


def rows(*conditions):
    return ReleasePolicy("x", "1", (), rows=conditions)


values = st.integers(-5, 5)
conditions = st.one_of(
    st.builds(
        Condition, st.sampled_from("ab"), st.sampled_from([Op.EQ, Op.NE, Op.LT, Op.GE]), values
    ),
    st.builds(
        Condition,
        st.sampled_from("ab"),
        st.just(Op.IN),
        st.lists(values, min_size=1, max_size=3).map(tuple),
    ),
    st.builds(Condition, st.sampled_from("ab"), st.just(Op.ABSENT)),
)
filters = st.lists(conditions, max_size=3)
records = st.fixed_dictionaries({"a": st.none() | values, "b": st.none() | values})


@given(filters, filters, st.lists(records, max_size=30))
def test_what_is_called_no_wider_lets_no_other_record_through(one, other, some):
    if "rows" in wider_members(rows(*one), rows(*other)):
        return
    for record in some:
        if all(each.fits(record) for each in one):
            assert all(each.fits(record) for each in other)


@given(filters)
def test_a_policy_is_no_wider_than_itself(some):
    assert wider_members(rows(*some), rows(*some)) == ()


@given(st.builds(Limits, *[st.integers(0, 3)] * 4), st.builds(Limits, *[st.integers(0, 3)] * 4))
def test_limits_are_wider_where_any_lets_out_more(one, other):
    def most(limits):
        return [
            number or 99
            for number in (
                limits.per_minute,
                limits.per_day,
                limits.records_per_day,
                limits.records_total,
            )
        ]

    more = any(a > b for a, b in zip(most(one), most(other), strict=True))
    pair = (ReleasePolicy("x", "1", (), limits=one), ReleasePolicy("x", "1", (), limits=other))
    assert ("limits" in wider_members(*pair)) == more


@pytest.mark.parametrize(
    ("one", "other", "wider"),
    [
        ([], [], False),
        ([{"days": "working", "from": "09:00", "to": "17:00"}], [], False),
        ([], [{"days": "working", "from": "09:00", "to": "17:00"}], True),
        ([{"days": [1], "from": "09:00", "to": "17:00"}],
         [{"days": "working", "from": "08:00", "to": "18:00"}], True),
        ([{"days": [1, 2], "from": "09:00", "to": "17:00"}],
         [{"days": [1, 2, 3], "from": "08:00", "to": "18:00"}], False),
        ([{"days": [1, 7], "from": "09:00", "to": "17:00"}],
         [{"days": [1, 2, 3], "from": "08:00", "to": "18:00"}], True),
    ],
)  # fmt: skip
def test_hours(one, other, wider):
    assert ("hours" in wider_members(policy(hours=one), policy(hours=other))) == wider


def test_a_binding_to_matters_is_the_narrowest():
    assert wider_members(policy(), policy(binding="project")) == ()
    assert wider_members(policy(binding="project"), policy()) == ("binding",)
    assert wider_members(policy(binding="project"), policy(binding="public_task")) == ("binding",)


def test_a_field_shown_in_another_mask_is_wider_unless_it_was_in_full():
    name = CONTRACT.fields[0].name
    masked = {"fields": [{"field": name, "mask": "redact"}]}
    assert wider_fields(parse_policy(CONTRACT, masked), policy()) == ()
    assert wider_fields(policy(), parse_policy(CONTRACT, masked)) == (name,)
