import json
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engines.translog.conftest import ORIGIN, signer

from heli.engines.translog import (
    CanonicalError,
    Disclosure,
    DisclosureError,
    Leaf,
    ProofError,
    QuorumError,
    Receipt,
    ReceiptError,
    SignatureError,
    SignatureType,
    TranslogError,
    TrustedKeys,
    canonical_json,
    commit,
    prove_inclusion,
    verify_receipt,
)

GOLDEN = Path(__file__).parent / "golden"
SALT = bytes(range(32))
CONTENT = {
    "verb": "cases.task.completed",
    "at": "2026-02-13T10:00:00.000000+08:00",
    "matter": "LJ-TEST-0001",
    "data": {"decision": "approve", "days": 3, "名称": "测试事项", "ratio": 0.5, "none": None},
}


@pytest.fixture
def receipt(log, cosigned) -> Receipt:
    leaf = Leaf("fact", commit("fact", CONTENT, SALT))
    log.add(*(f"leaf {n}".encode() for n in range(300)), leaf.encode(), b"after")
    proof = tuple(prove_inclusion(300, log.size, log.node))
    return Receipt(leaf, 300, proof, cosigned(2), Disclosure(CONTENT, SALT))


def golden(name: str, text: str) -> None:
    """Compare with a file whose bytes must never change."""
    assert (GOLDEN / name).read_bytes() == text.encode()


def test_bytes_that_must_never_change(receipt, keys):
    golden("content.canonical.json", canonical_json(CONTENT).decode())
    golden("leaf.txt", receipt.leaf.encode().decode())
    golden("receipt.json", receipt.to_json())
    golden("keys.txt", str(keys))


def test_a_stored_receipt_still_verifies(keys):
    trusted = TrustedKeys.parse((GOLDEN / "keys.txt").read_text())
    verified = verify_receipt(Receipt.from_json((GOLDEN / "receipt.json").read_bytes()), trusted)
    assert verified.index == 300
    assert verified.checkpoint.size == 302
    assert verified.content == CONTENT
    assert sorted(each.time for each in verified.cosignatures) == [1_700_000_000] * 2


def test_a_receipt_without_content_proves_presence_only(receipt, keys):
    bare = Receipt(receipt.leaf, receipt.index, receipt.proof, receipt.checkpoint)
    again = Receipt.from_json(bare.to_json())
    assert again == bare
    assert verify_receipt(again, keys).content is None


@given(data=st.data())
@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_changed_bit_of_a_receipt_is_noticed(data):
    keys = TrustedKeys.parse((GOLDEN / "keys.txt").read_text())
    raw = bytearray((GOLDEN / "receipt.json").read_bytes())
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(TranslogError):
        verify_receipt(Receipt.from_json(bytes(raw)), keys)


def test_each_lie_has_its_own_name(receipt, keys, log, cosigned):
    def lie(**changes):
        parts = {
            name: getattr(receipt, name)
            for name in ("leaf", "index", "proof", "checkpoint", "disclosure")
        }
        return verify_receipt(Receipt(**(parts | changes)), keys)

    with pytest.raises(DisclosureError):
        lie(disclosure=Disclosure(CONTENT | {"matter": "LJ-TEST-0002"}, SALT))
    with pytest.raises(ProofError):
        lie(index=299)
    with pytest.raises(ProofError):
        lie(leaf=Leaf("exchange", receipt.leaf.commitment), disclosure=None)
    with pytest.raises(QuorumError):
        lie(checkpoint=cosigned(1))
    stranger = type(log)()
    stranger.add(*log.leaves)
    stranger.signer = signer(ORIGIN, SignatureType.NOTE, 99)
    with pytest.raises(SignatureError):
        lie(checkpoint=stranger.checkpoint())


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"format": "other"},
        {"extra": 1},
        {"salt": "AAAA=="},
        {"index": "300"},
        {"index": True},
        {"leaf": "nonsense"},
        {"leaf": "heli-leaf/1\nfact\nAAAA\n"},
        {"proof": ["?"]},
        {"proof": None},
        {"checkpoint": 1},
    ],
)
def test_receipts_that_are_no_receipts(receipt, change):
    document = json.loads(receipt.to_json()) | change
    with pytest.raises(ReceiptError):
        Receipt.from_json(json.dumps(document))


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"format": "heli-receipt", "format": "heli-receipt"}', "[" * 100_000]
)
def test_documents_that_are_no_receipts(text):
    with pytest.raises(ReceiptError):
        Receipt.from_json(text)


def test_a_salt_without_content_is_refused(receipt):
    document = json.loads(receipt.to_json())
    del document["content"]
    with pytest.raises(ReceiptError, match="content"):
        Receipt.from_json(json.dumps(document))


# RFC 8785 appendix B: IEEE 754 bits and their text, as far as within 2^53.
NUMBERS = {
    0x0000000000000001: "5e-324",
    0x8000000000000001: "-5e-324",
    0x3EB0C6F7A0B5ED8C: "9.999999999999997e-7",
    0x3EB0C6F7A0B5ED8D: "0.000001",
    0x41B3DE4355555553: "333333333.3333332",
    0xBECBF647612F3696: "-0.0000033333333333333333",
    0x0000000000000000: "0",
    0x8000000000000000: "0",
}


@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_numbers_of_the_specification(bits, text):
    (value,) = struct.unpack(">d", bits.to_bytes(8, "big"))
    assert canonical_json(value).decode() == text


def test_key_order_of_the_specification():
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    want = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(canonical_json(dict.fromkeys(keys)))) == want


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_canonical_text_survives_json_and_means_the_same(value):
    text = canonical_json(value)
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


@given(JSON, JSON)
def test_different_content_never_has_one_text(left, right):
    assert (canonical_json(left) == canonical_json(right)) == (
        json.dumps(json.loads(canonical_json(left)), sort_keys=True)
        == json.dumps(json.loads(canonical_json(right)), sort_keys=True)
    )


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": [1, 2**53]}, r"\$\.a\[1\]"),
        ({"a": float("nan")}, r"\$\.a"),
        ({"a": 1e21}, r"\$\.a"),
        ([object()], r"\$\[0\]"),
        ({1: 2}, r"\$"),
        ("\ud800", r"\$"),
        ("\0", r"\$"),
    ],
)
def test_values_without_canonical_form_are_refused_by_place(value, path):
    with pytest.raises(CanonicalError, match=path):
        canonical_json(value)


def test_commitments_hide_and_bind():
    base = commit("fact", CONTENT, SALT)
    assert commit("fact", dict(reversed(CONTENT.items())), SALT) == base
    assert commit("fact", CONTENT, bytes(32)) != base
    assert commit("exchange", CONTENT, SALT) != base
    with pytest.raises(CanonicalError):
        commit("fact", CONTENT, b"short")
