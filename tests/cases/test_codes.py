"""The code: check digits, forgiving input, the secret."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.cases import codes
from heli.cases.errors import MalformedCodeError, WrongCheckDigitError

bodies = st.text(codes.ALPHABET, min_size=codes.LENGTH, max_size=codes.LENGTH)
TYPED = codes.ALPHABET + "01OIL"


def code_of(body):
    return f"LJ-{body}-{codes.check_digits(body)}"


@given(bodies)
def test_a_code_is_read_back(body):
    assert codes.parse(code_of(body)) == code_of(body)


@given(bodies, st.integers(0, 7), st.sampled_from(codes.ALPHABET + "01"))
def test_every_single_wrong_character_is_caught(body, place, wrong):
    plain = body + codes.check_digits(body)
    if plain[place] == wrong:
        return
    text = plain[:place] + wrong + plain[place + 1 :]
    with pytest.raises((WrongCheckDigitError, MalformedCodeError)):
        codes.parse(f"LJ-{text[:-2]}-{text[-2:]}")


@given(bodies, st.integers(0, 6))
def test_every_swap_of_neighbours_is_caught(body, place):
    plain = body + codes.check_digits(body)
    if plain[place] == plain[place + 1]:
        return
    text = plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
    with pytest.raises((WrongCheckDigitError, MalformedCodeError)):
        codes.parse(f"LJ-{text[:-2]}-{text[-2:]}")


@given(bodies)
def test_typing_habits_are_forgiven(body):
    code = code_of(body)
    check = code[-2:].replace("0", "o").replace("1", "l")
    full_width = "".join(chr(ord(c) + 0xFEE0) for c in code)
    for typed in (
        code.lower(),
        code.replace("-", " "),
        code.replace("-", ""),
        f" {body}{code[-2:]} ",
        code.replace("-", "–"),
        full_width,
        code[:-2] + check,
    ):
        assert codes.parse(typed) == code


@pytest.mark.parametrize("typed", ["", "LJ", "LJ-ABC-12", "合力", "LJ-7K3D9Q-4X", "x" * 500])
def test_what_is_no_code_is_told_so(typed):
    with pytest.raises(MalformedCodeError) as caught:
        codes.parse(typed)
    assert len(caught.value.detail()) < 200


def test_codes_differ_and_tell_no_order():
    found = [codes.new_code() for _ in range(2000)]
    assert len(set(found)) == 2000
    assert found != sorted(found)
    assert not set("".join(code[3:9] for code in found)) & set("01OIL")


def test_a_secret_belongs_to_one_matter_and_version():
    key = uuid.uuid4()
    secret = codes.secret_of(key, 1)
    assert len(secret) == 8
    assert codes.secret_of(key, 1) == secret
    assert codes.secret_fits(secret.lower()[:4] + " " + secret[4:], key, 1)
    assert not codes.secret_fits(secret, key, 2)
    assert not codes.secret_fits(secret, uuid.uuid4(), 1)
    assert not codes.secret_fits("", key, 1)
