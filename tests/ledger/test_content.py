"""The text that a fact commits to, put together at once, is the canonical one."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.engines.translog.canonical import canonical_text
from heli.engines.translog.errors import CanonicalError
from heli.kernel.ids import uuid7
from heli.ledger.content import commitment_of, commitment_with
from heli.ledger.models import Fact

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
    | st.floats(-(2.0**52), 2.0**52),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=4),
)  # fmt: skip


def a_fact(text, data):
    return Fact(
        id=uuid7(), at=dt.datetime(2026, 3, 2, 1, 2, 3, tzinfo=dt.UTC), actor=text,
        department=text, verb=text, subject=text, matter=text, data=data,
    )  # fmt: skip


@given(TEXT, st.dictionaries(TEXT, VALUE, max_size=5))
def test_both_ways_commit_to_the_same(text, data):
    fact, salt = a_fact(text, data), bytes(32)
    assert commitment_with(fact, canonical_text(data), salt) == commitment_of(fact, salt)


@pytest.mark.parametrize("text", ["a\0b", "half \ud800"])
def test_text_without_a_canonical_form_is_refused(text):
    with pytest.raises(CanonicalError):
        commitment_with(a_fact(text, {}), "{}", bytes(32))
