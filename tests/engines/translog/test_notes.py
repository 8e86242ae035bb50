import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engines.translog.conftest import ORIGIN, signer

from heli.engines.translog import (
    Checkpoint,
    KeysError,
    Note,
    NoteError,
    QuorumError,
    SignatureError,
    SignatureType,
    TrustedKeys,
    VerifierKey,
    cosign,
    cosignatures,
    open_checkpoint,
    sign_checkpoint,
    sign_note,
)

SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXpp"
    "zi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)


def test_the_example_of_the_specification_verifies():
    key = VerifierKey.parse(SPEC_KEY)
    note = Note.parse(SPEC_NOTE)
    assert str(key) == SPEC_KEY
    assert str(note) == SPEC_NOTE
    assert note.verify([key]) == key


def test_an_altered_text_does_not_verify():
    with pytest.raises(SignatureError):
        Note.parse(SPEC_NOTE.replace("an example", "no example")).verify(
            [VerifierKey.parse(SPEC_KEY)]
        )


def test_unknown_signatures_are_ignored_but_one_must_be_known():
    stranger = signer("example.com/other", SignatureType.NOTE, 9)
    note = Note.parse(SPEC_NOTE)
    more = note.signed([sign_note(note.text, stranger)])
    assert more.verify([VerifierKey.parse(SPEC_KEY)]).name == "example.com/foo"
    with pytest.raises(SignatureError):
        note.verify([stranger.verifier])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "no signature\n",
        "text\n\nno dash\n",
        "text\n\n\u2014 name !!!\n",
        "text\n\n\u2014 name AAAA\n",
        "te\txt\n\n\u2014 name AAAAAAA=\n",
        "text\n\n\u2014 name AAAAAAB=\n",
        "text\n\n\u2014 name AAAAAAA=",
        "text\n\n\u2014  AAAAAAA=\n",
        "text\n\n" + "\u2014 name AAAAAAA=\n" * 65,
    ],
)
def test_malformed_notes(note):
    with pytest.raises(NoteError):
        Note.parse(note)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        SPEC_KEY.replace("530d903a", "530d903b"),
        SPEC_KEY.replace("530d903a", "530D903A"),
        SPEC_KEY.replace("+Aeky", "+Beky"),
        "bad name" + SPEC_KEY,
        "x+00000000+AQ==",
    ],
)
def test_malformed_verifier_keys(vkey):
    with pytest.raises(NoteError):
        VerifierKey.parse(vkey)


@pytest.mark.parametrize(
    "text",
    ["a\n1\n", "a\n01\nx\n", "a\n-1\n" + "A" * 43 + "=\n",
     "\n1\n" + "A" * 43 + "=\n", "a\n1\nAAAA\n", "a\n1\n?\n", "a\n1\n" + "A" * 43 + "=\n\n"],
)  # fmt: skip
def test_malformed_checkpoints(text):
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "checkpoint",
    [Checkpoint(ORIGIN, 0, bytes(32)), Checkpoint(ORIGIN, 1, bytes(32), ("an extension",))],
)
def test_what_no_log_of_ours_signs_is_not_taken(log, checkpoint):
    note = sign_checkpoint(checkpoint, log.signer)
    assert Checkpoint.parse(note.text) == checkpoint
    with pytest.raises(NoteError):
        open_checkpoint(note, [log.signer.verifier])


def test_a_log_signs_only_for_its_own_origin(log):
    log.add(b"a")
    checkpoint = Checkpoint("heli.example/elsewhere", 1, log.root())
    with pytest.raises(NoteError):
        sign_checkpoint(checkpoint, log.signer)
    forged = Note(checkpoint.text(), (sign_note(checkpoint.text(), log.signer),))
    with pytest.raises(SignatureError):
        open_checkpoint(forged, [log.signer.verifier])


def test_cosignatures_carry_their_time_and_the_latest_counts(log, witnesses):
    log.add(b"a")
    note, witness = log.checkpoint(), witnesses["w0"]
    note = note.signed(
        [cosign(note, witness, 5), cosign(note, witness, 9), cosign(note, witness, 7)]
    )
    found = cosignatures(note, [witness.verifier])
    assert [(each.witness, each.time) for each in found] == [(witness.verifier, 9)]


def test_a_wrong_cosignature_of_a_known_witness_is_refused(log, witnesses):
    log.add(b"a")
    good = cosign(log.checkpoint(), witnesses["w0"], 5)
    log.add(b"b")
    with pytest.raises(SignatureError):
        cosignatures(log.checkpoint().signed([good]), [witnesses["w0"].verifier])


def test_a_plain_signature_is_no_cosignature(log, witnesses):
    log.add(b"a")
    with pytest.raises(NoteError):
        sign_note(log.checkpoint().text, witnesses["w0"])
    with pytest.raises(NoteError):
        cosign(log.checkpoint(), log.signer, 5)
    with pytest.raises(NoteError):
        cosign(log.checkpoint(), witnesses["w0"], 0)


def test_keys_file_round_trip_and_quorum(keys, cosigned, log):
    log.add(b"a")
    again = TrustedKeys.parse("# trusted\n\n" + str(keys))
    assert again == keys
    checkpoint, found = again.check(cosigned(2))
    assert (checkpoint.size, len(found)) == (1, 2)
    with pytest.raises(QuorumError) as caught:
        again.check(cosigned(1))
    assert caught.value.figures == {"count": 1, "total": 3, "lacking": "w1, w2"}


def test_groups_of_groups(keys, cosigned, log):
    log.add(b"a")
    lines = str(keys).split("group")[0]
    nested = TrustedKeys.parse(lines + "group a all w0 w1\ngroup b any a w2\nquorum b\n")
    nested.check(cosigned(2))
    with pytest.raises(QuorumError):
        nested.check(cosigned(1))
    TrustedKeys.parse(lines + "quorum none\n").check(log.checkpoint())


@pytest.mark.parametrize(
    ("extra", "line"),
    [
        ("", 6),
        ("quorum nobody\n", 6),
        ("group g 4 w0 w1 w2\nquorum g\n", 6),
        ("group g 0 w0\nquorum g\n", 6),
        ("group w0 1 w0\nquorum w0\n", 6),
        ("quorum witnesses\nquorum witnesses\n", 7),
        ("trust me\n", 6),
        ("group g any w0 w0\n", 6),
        ("witness again VKEY\n", 6),
        ("log VKEY\n", 6),
        ("log nonsense\n", 6),
    ],
)
def test_keys_files_that_are_refused_name_their_line(keys, extra, line):
    vkey = str(keys.witnesses["w0"])
    text = str(keys).rpartition("quorum")[0] + extra.replace("VKEY", vkey)
    with pytest.raises(KeysError) as caught:
        TrustedKeys.parse(text)
    assert caught.value.figures["line"] == line


@given(data=st.data())
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_changed_bit_of_a_cosigned_checkpoint_is_noticed(data, witnesses, keys):
    from tests.engines.translog.conftest import Log

    log = Log()
    log.add(b"a", b"b", b"c")
    note = log.checkpoint()
    note = note.signed([cosign(note, each, 99) for each in list(witnesses.values())[:2]])
    raw = bytearray(str(note).encode())
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises((NoteError, SignatureError, UnicodeDecodeError)):
        keys.check(Note.parse(raw.decode()))
