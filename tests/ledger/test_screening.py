"""No fact keeps a number that names a person."""

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.happenings import ACTOR, Happened

from heli.ledger import services
from heli.ledger.models import Fact
from heli.ledger.screening import _NUMBER, PersonalNumberError, _may_hold_number, screen


@pytest.mark.parametrize(
    "text",
    [
        "身份证11010519491231002X的申请人",
        "no. 11010519491231002x.",
        "身份证号：１１０１０５１９４９１２３１００２Ｘ",
        "电话13912345678",
        "139 1234 5678",
        "139-1234-5678，",
    ],
)
def test_numbers_of_people_are_refused(db, text):
    with pytest.raises(PersonalNumberError), transaction.atomic():
        services.record(Happened(n=1, note=text), actor=ACTOR)
    assert not Fact.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "110105194912310021",  # wrong check character
        "消防法第十五条",
        "91310000MA1FL8XQ3A",
        "12345678901",
        "2026-11-25T10:00:00.123456+08:00",
        "01a207f1-b898-7070-b745-27d7bac083ad",
        "a13912345678b",
        "139123456789",
        "面积 13912345.678 平方米",
    ],
)
def test_other_text_passes(text):
    screen(text)


DIGITS = st.characters(categories=["Nd"])


@given(
    st.text(st.one_of(DIGITS, st.sampled_from("0123456789１ -xＸ，审")), max_size=30),
    st.from_regex(_NUMBER, fullmatch=True),
    st.text(max_size=10),
)
def test_no_number_is_overlooked_by_the_first_look(before, number, after):
    for text in (before, before + number + after):
        assert _may_hold_number(text) or not _NUMBER.search(text)
