"""Forbidden combinations: which parts fields reach, and what a rule must look like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.engines.contracts.combinations import parse_combination, revealed
from heli.engines.contracts.errors import CombinationRuleError

PARTS = {
    "health": ["wjw/certificates.*"],
    "employer": ["rsj/employment.employer*", "*/work.place"],
    "address": ["gaj/residents.address"],
}


def test_fields_reach_the_parts_whose_patterns_they_fit():
    rule = parse_combination(PARTS)
    assert rule.names == {"health", "employer", "address"}
    assert rule.reached("wjw/certificates", ["trade"]) == {"health"}
    assert rule.reached("rsj/employment", ["employer_code", "since"]) == {"employer"}
    assert rule.reached("jtj/work", ["place"]) == {"employer"}
    assert rule.reached("gaj/residents", ["name"]) == set()
    assert rule.reached("gaj/residents_old", ["address"]) == set()


@given(
    st.sets(st.sampled_from(["name", "address", "employer", "place", "trade"])),
    st.sets(st.sampled_from(["name", "address", "employer", "place", "trade"])),
    st.sampled_from(["gaj/residents", "rsj/employment", "wjw/certificates", "x/work"]),
)
def test_more_fields_never_reach_less(some, more, resource):
    rule = parse_combination(PARTS)
    both = rule.reached(resource, some | more)
    assert both == rule.reached(resource, some) | rule.reached(resource, more)


@pytest.mark.parametrize(
    "parts",
    [
        None, [], {}, {"one": ["a/b.c"]}, {"one": ["a/b.c"], "two": []},
        {"one": ["a/b.c"], "two": ["nothing"]}, {"one": ["a/b.c"], "two": "a/b.c"},
        {"one": ["a/b.c"], "Two": ["a/b.c"]}, {"one": ["a/b.c"], "two": ["a/../b.c"]},
        {"one": ["a/b.c"], "two": [7]},
    ],
)  # fmt: skip
def test_what_is_no_combination_is_refused(parts):
    with pytest.raises(CombinationRuleError):
        parse_combination(parts)


def test_what_is_starred_out_or_a_pseudonym_is_not_held():
    masks = {"a": "clear", "b": "redact", "c": "hash", "d": "year"}
    policy = {"fields": [{"field": name, "mask": mask} for name, mask in masks.items()]}
    assert revealed(policy) == {"a", "d"}
    assert revealed({}) == frozenset()
