"""The text that a fact commits to, put together at once, is the canonical one."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.engines.translog.canonical import canonical_text
from heli.engines.translog.errors import CanonicalError
from heli.kernel.ids import uuid7
from heli.ledger.content import commitment_of, commitment_with, data_text
from heli.ledger.models import Fact
from heli.ledger.sentences import said as said_in_words
from heli.ledger.verbs import FactData

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
    | st.floats(-(2.0**52), 2.0**52),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=4),
)  # fmt: skip


class Written(FactData, frozen=True, kw_only=True):
    zone: str
    said: str
    agreed: bool


class Numbered(FactData, frozen=True, kw_only=True):
    said: str
    count: int
    agreed: bool


class Counted(FactData, frozen=True, kw_only=True):
    said: str
    share: float


class Reasoned(FactData, frozen=True, kw_only=True):
    why: dict[str, Any]
    said: str


def a_fact(text, data):
    return Fact(
        id=uuid7(), at=dt.datetime(2026, 3, 2, 1, 2, 3, tzinfo=dt.UTC), actor=text,
        department=text, verb=text, subject=text, matter=text, data=data,
    )  # fmt: skip


def canonical_or_refused(data, plain):
    """Typed data is written as RFC 8785 says, and what has no such form is refused."""
    try:
        expected = canonical_text(plain)
    except CanonicalError:
        with pytest.raises(CanonicalError):
            commitment_with(a_fact("x", plain), data_text(data, plain), bytes(32))
    else:
        assert data_text(data, plain) == expected


@given(TEXT, st.dictionaries(TEXT, VALUE, max_size=5))
def test_both_ways_commit_to_the_same(text, data):
    fact, salt = a_fact(text, data), bytes(32)
    assert commitment_with(fact, canonical_text(data), salt) == commitment_of(fact, salt)


@pytest.mark.parametrize("text", ["a\0b", "half \ud800"])
def test_text_without_a_canonical_form_is_refused(text):
    with pytest.raises(CanonicalError):
        commitment_with(a_fact(text, {}), "{}", bytes(32))


@given(st.text(max_size=20), TEXT, st.booleans())
def test_typed_data_is_written_canonically(said, zone, agreed):
    data = Written(said=said, zone=zone, agreed=agreed)
    plain = {"said": said, "zone": zone, "agreed": agreed}
    canonical_or_refused(data, plain)


def test_counts_in_sentences_are_grouped_and_years_are_not():
    assert said_in_words("rows", 8000, "exchange.list.answered") == "8,000"
    assert said_in_words("edition", 2026, "openness.dataset.published") == "2026"


def test_numbers_are_written_as_the_standard_says():
    data = Counted(said="x", share=1.0)
    assert data_text(data, {"said": "x", "share": 1.0}) == canonical_text(
        {"said": "x", "share": 1.0}
    )


@given(TEXT, st.integers() | st.sampled_from([2**53 - 1, 2**53, -(2**53), 1 - 2**53]))
def test_whole_numbers_are_written_canonically(said, count):
    data = Numbered(said=said, count=count, agreed=True)
    plain = {"said": said, "count": count, "agreed": True}
    canonical_or_refused(data, plain)


NAMES = TEXT | st.sampled_from(["b", "a", "a\U0001f600", "a\uff5e"])
LARGE = st.integers() | st.text(max_size=3)


@given(TEXT, st.dictionaries(NAMES, VALUE | LARGE, max_size=4))
def test_objects_are_written_canonically(said, why):
    data = Reasoned(said=said, why=why)
    plain = {"said": said, "why": why}
    canonical_or_refused(data, plain)


@pytest.mark.parametrize("odd", [1.0, -0.0, 2**53, True, None, ["a", 1.0], ["a", "b"]])
def test_a_fact_whose_value_is_not_of_its_type_is_written_canonically_too(odd):
    plain = {"said": odd, "zone": "z", "agreed": True}
    data = Written(**plain)
    canonical_or_refused(data, plain)
