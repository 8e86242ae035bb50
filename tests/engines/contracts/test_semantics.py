"""Checks of the semantic types against the examples the standards publish."""

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.engines.contracts import SEMANTIC_TYPES, SemanticError, semantic_type
from heli.engines.contracts.errors import (
    BirthDateError,
    CheckCharacterError,
    DivisionCodeError,
    FutureBirthError,
    UnknownSemanticTypeError,
    WrongCharacterError,
    WrongLengthError,
    WrongShapeError,
)
from heli.engines.contracts.semantics.credit import parse_credit_code
from heli.engines.contracts.semantics.division import is_fictitious
from heli.engines.contracts.semantics.identity import (
    identity_check_character,
    make_identity_number,
    read_identity_number,
)

GENERATED = sorted(code for code, kind in SEMANTIC_TYPES.items() if kind.generate)


# The two numbers printed as examples in GB 11643-1999.
@pytest.mark.parametrize(
    ("number", "born", "sex"),
    [
        ("11010519491231002X", "1949-12-31", "female"),
        ("440524188001010014", "1880-01-01", "male"),
    ],
)
def test_identity_numbers_printed_in_the_standard(number, born, sex):
    read = read_identity_number(number)
    assert (read.number, read.born.isoformat(), read.sex) == (number, born, sex)
    assert read.division == number[:6]


# The code used as the worked example for GB 32100-2015, and codes of well-known listed companies
# from the public register of enterprises.
@pytest.mark.parametrize("code", ["91350100M000100Y43", "914403001922038216", "9144030071526726XG"])
def test_published_credit_codes(code):
    assert parse_credit_code(code.lower()) == code


@pytest.mark.parametrize(
    ("kind", "value", "error"),
    [
        ("resident_id", "11010519491231002", WrongLengthError),
        ("resident_id", "1101051949123100２X", WrongCharacterError),
        ("resident_id", "110105194912310O2X", WrongCharacterError),
        ("resident_id", "11010519491231002Y", WrongCharacterError),
        ("resident_id", "110105194902300021", BirthDateError),
        ("resident_id", "000105194912310021", DivisionCodeError),
        ("resident_id", "110105194912310021", CheckCharacterError),
        ("credit_code", "91350100M000100Y4", WrongLengthError),
        ("credit_code", "91350100M000100O43", WrongCharacterError),
        ("credit_code", "91350100M000100Y34", CheckCharacterError),
        ("credit_code", "91005100M000100Y43", DivisionCodeError),
        ("division_code", "3501", WrongLengthError),
        ("division_code", "010000", DivisionCodeError),
        ("mobile", "12800000000", WrongShapeError),
        ("date", "2026-02-29", WrongShapeError),
        ("date", "20260228", WrongShapeError),
        ("plate", "京I12345", WrongShapeError),
        ("parcel_code", "990101001001XB00001", WrongShapeError),
        ("parcel_code", "000101001001GB00001", DivisionCodeError),
        ("person_name", "   ", WrongShapeError),
    ],
)
def test_malformed_values_are_refused_without_repeating_them(kind, value, error):
    with pytest.raises(error) as caught:
        semantic_type(kind).parse(value)
    assert value.strip() == "" or value not in str(caught.value)
    assert "{" not in caught.value.detail()
    assert "{" not in caught.value.advice()


def test_nobody_is_born_after_the_day_on_which_a_number_is_given():
    kind = semantic_type("resident_id")
    number = make_identity_number("110105", date(2026, 11, 25), 1)
    assert kind.read(number, latest=date(2026, 11, 25)) == number
    with pytest.raises(FutureBirthError) as caught:
        kind.read(number, latest=date(2026, 11, 24))
    assert "2026-11-24" in caught.value.detail()
    assert number not in str(caught.value)
    assert semantic_type("mobile").read("13900000000", latest=date(1900, 1, 1)) == "13900000000"


@pytest.mark.parametrize("code", GENERATED)
@given(seed=st.integers(0, 2**32))
def test_generated_values_are_valid_normal_and_repeatable(code, seed):
    kind = semantic_type(code)
    value = kind.generate(Random(seed))
    assert kind.parse(value) == value
    assert kind.generate(Random(seed)) == value


@given(seed=st.integers(0, 2**32))
def test_generated_identifiers_belong_to_nobody(seed):
    assert is_fictitious(semantic_type("resident_id").generate(Random(seed)))
    assert is_fictitious(semantic_type("credit_code").generate(Random(seed))[2:])


@given(seed=st.integers(0, 2**32), at=st.integers(0, 17), step=st.integers(1, 9))
def test_every_single_wrong_digit_of_an_identity_number_is_found(seed, at, step):
    number = semantic_type("resident_id").generate(Random(seed))
    old = 10 if number[at] == "X" else int(number[at])
    wrong = number[:at] + str((old + step) % 10) + number[at + 1 :]
    if wrong == number:
        return
    with pytest.raises(SemanticError):
        read_identity_number(wrong)


@given(seed=st.integers(0, 2**32), at=st.integers(0, 15))
def test_swapped_neighbours_of_an_identity_number_are_found(seed, at):
    number = semantic_type("resident_id").generate(Random(seed))
    body = number[:at] + number[at + 1] + number[at] + number[at + 2 : 17]
    if body == number[:17]:
        return
    assert identity_check_character(body) != number[17]


@given(seed=st.integers(0, 2**32), at=st.integers(8, 16), step=st.integers(1, 30))
def test_every_single_wrong_character_of_a_credit_code_is_found(seed, at, step):
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    code = semantic_type("credit_code").generate(Random(seed))
    wrong = code[:at] + alphabet[(alphabet.index(code[at]) + step) % 31] + code[at + 1 :]
    with pytest.raises(CheckCharacterError):
        parse_credit_code(wrong)


def test_an_unknown_semantic_type_is_refused_by_name():
    with pytest.raises(UnknownSemanticTypeError, match="iris_scan"):
        semantic_type("iris_scan")
