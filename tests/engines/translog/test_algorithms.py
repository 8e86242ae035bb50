"""Ed25519, ML-DSA-44 and SM2 with SM3: published vectors, and what all three must do alike."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from gmssl.sm2 import CryptSM2
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.translog.conftest import ORIGIN, Log

from heli.engines.translog import (
    LOG_KEYS,
    SCHEMES,
    WITNESS_KEYS,
    Algorithm,
    Checkpoint,
    Disclosure,
    Leaf,
    NoteError,
    Receipt,
    SignatureError,
    SignatureType,
    Signer,
    TrustedKeys,
    VerifierKey,
    commit,
    cosign,
    cosignatures,
    open_checkpoint,
    prove_inclusion,
    sign_checkpoint,
    sign_note,
    verify_receipt,
)
from heli.engines.translog.sm2 import SM2PrivateKey, SM2PublicKey, sm3

EVERY = pytest.mark.parametrize("algorithm", list(Algorithm))
SECRET = bytes(range(1, 33))


def made(algorithm: Algorithm, *, witness=False, name=ORIGIN, secret=SECRET) -> Signer:
    kind = (WITNESS_KEYS if witness else LOG_KEYS)[algorithm]
    return Signer(name, kind, SCHEMES[algorithm].load(secret))


# GM/T 0003.5-2012 (GB/T 32918.5-2017), annex A: signature on the recommended curve.
SM2_SECRET = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
SM2_NONCE = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
SM2_PUBLIC = bytes.fromhex(
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
SM2_SIGNATURE = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)


def test_the_example_of_the_sm2_standard():
    key = SM2PrivateKey.from_private_bytes(SM2_SECRET)
    assert key.public_key().public_bytes_raw() == SM2_PUBLIC
    assert key.sign(b"message digest", nonce=SM2_NONCE) == SM2_SIGNATURE
    SM2PublicKey.from_public_bytes(SM2_PUBLIC).verify(SM2_SIGNATURE, b"message digest")
    with pytest.raises(InvalidSignature):
        key.public_key().verify(SM2_SIGNATURE, b"another digest")


def test_the_examples_of_the_sm3_standard():
    """GM/T 0004-2012, annex A."""
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(b"abcd" * 16).hex() == (
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    )


@given(secret=st.integers(1, 2**255), message=st.binary(max_size=200))
@settings(max_examples=12, deadline=None)
def test_sm2_agrees_with_another_implementation(secret, message):
    key = SM2PrivateKey.from_private_bytes(secret.to_bytes(32, "big"))
    public = key.public_key().public_bytes_raw().hex()
    other = CryptSM2(private_key=f"{secret:064x}", public_key=public)
    # It strips leading zeros and fours of the key itself, so it is given the bare point.
    other.public_key = public[2:]
    assert other.verify_with_sm3(key.sign(message).hex(), message)
    theirs = bytes.fromhex(other.sign_with_sm3(message, random_hex_str="59276e27" * 8))
    key.public_key().verify(theirs, message)


@pytest.mark.parametrize(
    "signature",
    [
        bytes(64),
        SM2_SIGNATURE[:63],
        SM2_SIGNATURE + b"\0",
        b"\xff" * 64,
        SM2_SIGNATURE[:32] + bytes(32),
        bytes(32) + SM2_SIGNATURE[32:],
    ],
)
def test_sm2_signatures_out_of_range(signature):
    with pytest.raises(InvalidSignature):
        SM2PublicKey(SM2_PUBLIC).verify(signature, b"message digest")


@pytest.mark.parametrize(
    "public",
    [b"", SM2_PUBLIC[1:], b"\x03" + SM2_PUBLIC[1:], SM2_PUBLIC[:-1] + b"\0", b"\x04" + bytes(64)],
)
def test_points_off_the_sm2_curve(public):
    with pytest.raises(ValueError, match="curve"):
        SM2PublicKey.from_public_bytes(public)


VECTORS = json.loads((Path(__file__).parent / "golden" / "ml-dsa-44.json").read_text())


@pytest.mark.parametrize("case", VECTORS["keys"], ids=lambda case: case["seed"][:8])
def test_published_keys_of_ml_dsa_44(case):
    key = SCHEMES[Algorithm.ML_DSA_44].load(bytes.fromhex(case["seed"]))
    public = key.public_key().public_bytes_raw()
    assert (len(public), sha256(public).hexdigest()) == (1312, case["public_sha256"])


@pytest.mark.parametrize("case", VECTORS["signatures"], ids=lambda case: case["comment"])
def test_published_signatures_of_ml_dsa_44(case):
    given = (bytes.fromhex(case[name]) for name in ("public", "signature", "message"))
    assert SCHEMES[Algorithm.ML_DSA_44].verifies(*given) is case["valid"]


def test_the_message_that_ml_dsa_and_sm2_sign():
    """The structure cosigned_message of C2SP tlog-cosignature, byte by byte."""
    checkpoint = Checkpoint("log.example", 258, bytes(range(32)))
    expected = (
        b"subtree/v1\n\0"
        + b"\x0bw.example/1"
        + (1700000000).to_bytes(8, "big")
        + b"\x0blog.example"
        + bytes(8)
        + (258).to_bytes(8, "big")
        + bytes(range(32))
    )
    log = made(Algorithm.ED25519, name="log.example")
    note = sign_checkpoint(checkpoint, log)
    for algorithm in (Algorithm.ML_DSA_44, Algorithm.SM2_SM3):
        witness = made(algorithm, witness=True, name="w.example/1")
        line = cosign(note, witness, 1_700_000_000)
        assert line.signature[:8] == (1_700_000_000).to_bytes(8, "big")
        witness.verifier.verify(line.signature[8:], expected)


def test_key_ids_and_verifier_keys():
    """C2SP signed-note: type 06 for ML-DSA-44; ff and a longer name where none is assigned."""
    for algorithm, marker in (
        (Algorithm.ML_DSA_44, b"\x06"),
        (Algorithm.SM2_SM3, b"\xffheli/sm2-sm3-cosignature/v1\n"),
    ):
        key = made(algorithm, witness=True, name="w.example/1").verifier
        digest = sha256(b"w.example/1\n" + marker + key.public).digest()
        assert key.key_id == digest[:4]
        assert VerifierKey.parse(str(key)) == key


@EVERY
@given(message=st.binary(max_size=64), place=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(max_examples=15, deadline=None)
def test_every_changed_bit_of_signature_or_message_is_noticed(algorithm, message, place, bit):
    scheme = SCHEMES[algorithm]
    private = scheme.load(SECRET)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert (len(public), len(signature)) == (scheme.public_size, scheme.signature_size)
    assert scheme.verifies(public, signature, message)
    changed = bytearray(signature)
    changed[place % len(changed)] ^= 1 << bit
    assert not scheme.verifies(public, bytes(changed), message)
    assert not scheme.verifies(public, signature, message + b"\0")
    assert not scheme.verifies(public, signature[:-1], message)


@EVERY
def test_a_log_and_its_witnesses_of_one_algorithm(algorithm):
    """Checkpoint, cosignatures, keys file and receipt, all under one algorithm."""
    log = Log()
    log.signer = made(algorithm)
    witnesses = {
        f"w{n}": made(algorithm, witness=True, name=f"w.example/{n}", secret=bytes([n + 9]) * 32)
        for n in range(3)
    }
    leaf = Leaf("fact", commit("fact", {"n": 1}, bytes(32)))
    log.add(b"before", leaf.encode(), b"after")
    note = log.checkpoint()
    note = note.signed(cosign(note, each, 1_700_000_000) for each in witnesses.values())
    public = {name: each.verifier for name, each in witnesses.items()}
    keys = TrustedKeys.parse(str(TrustedKeys.threshold([log.signer.verifier], public, 2)))
    proof = tuple(prove_inclusion(1, log.size, log.node))
    text = Receipt(leaf, 1, proof, note, Disclosure({"n": 1}, bytes(32))).to_json()
    verified = verify_receipt(Receipt.from_json(text), keys)
    assert verified.content == {"n": 1}
    assert len(verified.cosignatures) == 3
    forged = json.loads(text)
    forged["checkpoint"] = forged["checkpoint"].replace("\n3\n", "\n4\n", 1)
    with pytest.raises(SignatureError):
        verify_receipt(Receipt.from_json(json.dumps(forged)), keys)


def test_a_log_with_a_key_of_each_algorithm():
    """Old readers check the key they know; a wrong line of a known key spoils the note."""
    signers = [made(algorithm) for algorithm in Algorithm]
    checkpoint = Checkpoint(ORIGIN, 7, bytes(32))
    note = sign_checkpoint(checkpoint, *signers)
    assert len(note.signatures) == 3
    for signer in signers:
        assert open_checkpoint(note, [signer.verifier]) == checkpoint
    other = sign_checkpoint(Checkpoint(ORIGIN, 8, bytes(32)), *signers)
    for number, signer in enumerate(signers):
        mixed = list(note.signatures)
        mixed[number] = other.signatures[number]
        with pytest.raises(SignatureError):
            open_checkpoint(type(note)(note.text, tuple(mixed)), [signer.verifier])


@EVERY
def test_a_witness_does_not_sign_without_a_time_nor_a_log_with_a_witness_key(algorithm):
    note = sign_checkpoint(Checkpoint(ORIGIN, 7, bytes(32)), made(Algorithm.ED25519))
    witness = made(algorithm, witness=True, name="w.example/1")
    with pytest.raises(NoteError):
        cosign(note, witness, 0)
    assert cosignatures(note.signed([cosign(note, witness, 1)]), [witness.verifier])[0].time == 1
    own = Signer(ORIGIN, SignatureType.COSIGNATURE, SCHEMES[Algorithm.ED25519].load(SECRET))
    with pytest.raises(NoteError):
        sign_checkpoint(Checkpoint(ORIGIN, 7, bytes(32)), own)
    with pytest.raises(NoteError):
        sign_note("text\n", witness)


def test_a_log_signature_without_a_time_is_no_cosignature():
    """The same type of key serves logs and witnesses; only the time tells them apart."""
    key = made(Algorithm.ML_DSA_44)
    note = sign_checkpoint(Checkpoint(ORIGIN, 7, bytes(32)), key)
    assert open_checkpoint(note, [key.verifier]).size == 7
    with pytest.raises(SignatureError):
        cosignatures(note, [key.verifier])
