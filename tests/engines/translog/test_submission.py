"""Requests and answers of the witness protocol, as C2SP tlog-witness writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.engines.translog import (
    Answer,
    Note,
    NoteError,
    NoteSignature,
    Refusal,
    Refused,
    Submission,
    answer,
    read_signatures,
)

# The example of the specification, section "add-checkpoint".
EXAMPLE = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""  # noqa: E501


def test_the_example_of_the_specification():
    found = Submission.parse(EXAMPLE)
    assert (found.old_size, len(found.proof)) == (20852014, 4)
    assert found.note.text.startswith("example.com/behind-the-sofa\n20852163\n")
    assert len(found.note.signatures) == 2
    assert str(found) == EXAMPLE


@given(
    old=st.integers(0, 2**62),
    proof=st.lists(st.binary(min_size=32, max_size=32), max_size=63),
)
def test_what_is_written_is_read(old, proof):
    note = Note("a\n1\nroot\n", (NoteSignature("a", b"1234", b"5678"),))
    offer = Submission(old, tuple(proof), note)
    assert Submission.parse(str(offer)) == offer


@pytest.mark.parametrize(
    "body",
    [
        "",
        EXAMPLE.replace("old 20852014", "old 020852014"),
        EXAMPLE.replace("old 20852014", "old -1"),
        EXAMPLE.replace("old 20852014", "old  1"),
        EXAMPLE.replace("old 20852014", "new 1"),
        EXAMPLE.replace("old 20852014\n", ""),
        EXAMPLE.replace("PlRN", "!!!!"),
        EXAMPLE.replace("old 20852014\n", "old 20852014\n" + "A" * 43 + "=\n" * 1 + "AAAA\n" * 64),
        EXAMPLE.replace("\n\nexample", "\nexample"),
        EXAMPLE.replace("\u2014 ", "- "),
    ],
)
def test_malformed_requests(body):
    with pytest.raises(NoteError):
        Submission.parse(body)


@pytest.mark.parametrize(
    ("reason", "old", "status"),
    [
        (Refusal.MALFORMED, 1, 400),
        (Refusal.UNKNOWN_LOG, 1, 404),
        (Refusal.BAD_SIGNATURE, 1, 403),
        (Refusal.STALE, 1, 409),
        (Refusal.FORK, 1, 422),
        (Refusal.BAD_PROOF, 1, 422),
        (Refusal.ROLLBACK, 20852163, 409),
        (Refusal.ROLLBACK, 20852164, 400),
    ],
)
def test_the_status_of_every_refusal(reason, old, status):
    found = answer(Submission(old, (), Submission.parse(EXAMPLE).note), Refused(reason, 30))
    assert found.status == status
    expected = Answer(409, "30\n", "text/x.tlog.size")
    assert (found == expected) == (status == 409)


def test_answers_of_a_witness():
    lines = EXAMPLE.split("\n\n")[2]
    assert read_signatures(lines) == Submission.parse(EXAMPLE).note.signatures
    for body in ("", lines[:-1], f"{lines}more\n", f"{lines}\n"):
        with pytest.raises(NoteError):
            read_signatures(body)
