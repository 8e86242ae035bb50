"""Checks of the semantic types against the examples the standards publish."""

import re
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
    OutOfRangeError,
    UnknownSemanticTypeError,
    WrongCharacterError,
    WrongLengthError,
    WrongShapeError,
)
from heli.engines.contracts.semantics.coordinates import DATUMS, check_coordinate, convert
from heli.engines.contracts.semantics.credit import parse_credit_code
from heli.engines.contracts.semantics.division import (
    division_above,
    division_level,
    is_fictitious,
)
from heli.engines.contracts.semantics.identity import (
    identity_check_character,
    make_identity_number,
    read_identity_number,
)
from heli.engines.contracts.semantics.numbers import is_new_energy, parse_plate

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


# Plates of the shapes that GA 36 draws: ordinary, new energy (small and large), trailer, learner,
# police, Hong Kong and Macao, consulate.
@pytest.mark.parametrize(
    ("text", "normal", "energy"),
    [
        ("京A12345", "京A12345", False),
        ("沪b·8C123", "沪B8C123", False),
        ("粤B D12345", "粤BD12345", True),
        ("粤BF12345", "粤BF12345", True),
        ("苏E12345D", "苏E12345D", True),
        ("京A1234挂", "京A1234挂", False),
        ("浙A1234学", "浙A1234学", False),
        ("京A1234警", "京A1234警", False),
        ("粤Z1234港", "粤Z1234港", False),
        ("沪A1234领", "沪A1234领", False),
        ("使014578", "使014578", False),
    ],
)
def test_plates_of_every_kind(text, normal, energy):
    assert parse_plate(text) == normal
    assert is_new_energy(normal) is energy


@pytest.mark.parametrize(
    "text",
    ["京A1234", "京A123456", "京A1234567", "京O1234I", "外A12345", "京112345", "粤BL12345",
     "粤B12345L", "使12345", "京A12345挂", "京I12345"],
)  # fmt: skip
def test_what_no_plate_is_written_like(text):
    with pytest.raises(WrongShapeError):
        parse_plate(text)


@pytest.mark.parametrize(
    ("text", "normal"),
    [("+86 139-0000-0000", "13900000000"), ("008613900000000", "13900000000"),
     ("139 0000 0000", "13900000000"), ("19900000000", "19900000000")],
)  # fmt: skip
def test_mobile_numbers_are_read_as_people_write_them(text, normal):
    assert semantic_type("mobile").parse(text) == normal


def test_levels_of_divisions():
    assert division_level("440000") == "province"
    assert division_level("440300") == "prefecture"
    assert division_level("440305") == "county"
    assert division_above("440305", "prefecture") == "440300"
    assert division_above("440305", "province") == "440000"
    assert division_above("440000", "county") == "440000"
    with pytest.raises(WrongCharacterError):
        semantic_type("division_code").parse("440005")


# Positions of Tiananmen in the three systems, as published by the makers of map services: the
# shift between WGS-84 and GCJ-02 is about 550 m there and BD-09 lies some 900 m further.
def test_coordinates_are_shifted_as_map_services_do():
    gcj = convert(116.391305, 39.907375, "WGS84", "GCJ02")
    assert gcj == pytest.approx((116.397545, 39.908776), abs=2e-5)
    baidu = convert(*gcj, "GCJ02", "BD09")
    assert baidu == pytest.approx((116.403919, 39.915119), abs=5e-5)
    assert convert(2.35, 48.85, "WGS84", "GCJ02") == (2.35, 48.85)
    assert convert(116.4, 39.9, "CGCS2000", "WGS84") == (116.4, 39.9)
    with pytest.raises(ValueError, match="datum"):
        convert(1, 1, "WGS84", "NAD27")


@given(
    longitude=st.floats(74, 135),
    latitude=st.floats(4, 53),
    source=st.sampled_from(DATUMS),
    target=st.sampled_from(DATUMS),
)
def test_a_conversion_and_back_ends_where_it_began(longitude, latitude, source, target):
    there = convert(longitude, latitude, source, target)
    back = convert(*there, target, source)
    assert back == pytest.approx((longitude, latitude), abs=1e-8)  # about a millimetre
    assert abs(there[0] - longitude) < 0.03
    assert abs(there[1] - latitude) < 0.03


@pytest.mark.parametrize(
    ("kind", "text", "error"),
    [
        ("longitude", "180.1", OutOfRangeError),
        ("latitude", "-91", OutOfRangeError),
        ("longitude", "1e2", WrongShapeError),
        ("longitude", "nan", WrongShapeError),
        ("longitude", "１２", WrongShapeError),
        ("latitude", "39°54′", WrongShapeError),
        ("position", "116.4", WrongShapeError),
        ("position", "39.9,116.4", OutOfRangeError),
        ("month", "2026-13", WrongShapeError),
        ("instant", "2026-03-05T09:30:00", WrongShapeError),
        ("instant", "2026-03-05", WrongShapeError),
    ],
)
def test_coordinates_months_and_instants_that_are_none(kind, text, error):
    with pytest.raises(error) as caught:
        semantic_type(kind).parse(text)
    assert "{" not in caught.value.detail() + caught.value.advice()


@pytest.mark.parametrize(
    ("kind", "text", "datum", "good"),
    [
        ("longitude", "-0.12", "WGS84", True),
        ("longitude", "-0.12", "GCJ02", False),
        ("latitude", "56.5", "BD09", False),
        ("latitude", "39.9", "BD09", True),
        ("position", "116.4,39.9", "GCJ02", True),
        ("position", "116.4,60.0", "GCJ02", False),
    ],
)
def test_a_shifted_datum_covers_china_only(kind, text, datum, good):
    if good:
        check_coordinate(kind, text, datum)
    else:
        with pytest.raises(OutOfRangeError):
            check_coordinate(kind, text, datum)


def test_every_semantic_type_makes_examples_that_fit_its_pattern():
    assert set(GENERATED) == set(SEMANTIC_TYPES)
    for kind in SEMANTIC_TYPES.values():
        for seed in range(50):
            value = kind.generate(Random(seed))
            assert not kind.pattern or re.fullmatch(kind.pattern, value), kind.code


def test_a_wrong_check_character_is_told_as_a_sentence():
    with pytest.raises(CheckCharacterError) as caught:
        semantic_type("resident_id").parse("110105194912310021")
    assert caught.value.detail() == (
        "A resident identity number ends with a character that does not agree with the others."
    )
