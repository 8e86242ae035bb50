"""What marks may do to records, and what they may not."""

import datetime as dt
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.fingerprint.records import PLAN, SECRET, marked, register

from heli.engines.fingerprint import (
    DATE,
    INTEGER,
    NUMBER,
    TEXT,
    Column,
    KeyedRandom,
    Marker,
    PlanError,
    Tolerance,
    dump_plan,
    make_plan,
    parse_plan,
)
from heli.engines.fingerprint.code import biases, codeword
from heli.engines.fingerprint.prf import Prf

# FIPS 197, appendix B and C.1: key, plain text, cipher text.
VECTORS = [
    ("2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734",
     "3925841d02dc09fbdc118597196a0b32"),
    ("000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff",
     "69c4e0d86a7b0430d8cdb78070b4c55a"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "plain", "cipher"), VECTORS)
def test_the_keyed_function_is_aes(key, plain, cipher):
    one, other = np.frombuffer(bytes.fromhex(plain), dtype="<u8")
    found = Prf(bytes.fromhex(key))._encipher(
        np.array([one, 7], np.uint64), np.array([other, 8], np.uint64)
    )
    assert found[0].tobytes() == bytes.fromhex(cipher)


def test_longer_messages_are_chained_and_none_begins_another():
    key = Prf(bytes(16))
    words = [np.array([value], np.uint64) for value in range(5)]
    found = {int(key.words(words[:count])[0][0]) for count in range(1, 6)}
    zero = np.zeros(1, np.uint64)
    found |= {int(key.words([zero] * count)[0][0]) for count in range(2, 6)}
    assert len(found) == 9
    first = key._encipher(np.array([3], np.uint64), words[0])
    second = key._encipher(first[:, 0] ^ words[1], first[:, 1] ^ words[2])
    assert int(key.words(words[:3])[0][0]) == int(second[0, 0])


@given(st.lists(st.one_of(st.none(), st.text(max_size=40)), max_size=20), st.integers(0, 5))
def test_a_column_of_texts_is_hashed_value_by_value(texts, start):
    whole = pa.array(texts, pa.string())
    key = Prf(bytes(range(16)))
    one_by_one = [int(key.texts(pa.array([text], pa.string()))[0]) for text in texts]
    assert [int(word) for word in key.texts(whole[start:])] == one_by_one[start:]
    different = {text or "" for text in texts}
    assert len(set(one_by_one)) == len(different)


def values(batch, name):
    return batch.column(name).to_pylist()


def by_number(batch):
    return {row["number"]: row for row in batch.to_pylist()}


def test_values_move_within_their_tolerance_and_nothing_else_changes():
    before = register(5_000)
    after = marked(before, "one")
    old, new = by_number(before), by_number(after)
    assert old.keys() == new.keys()
    for key, row in new.items():
        was = old[key]
        assert {name: row[name] for name in ("name", "district")} == {
            name: was[name] for name in ("name", "district")
        }
        assert abs(row["wage"] - was["wage"]) in (0, 10)
        assert abs(row["area"] - was["area"]) <= 0.01 * was["area"] + 1e-9
        assert round(row["area"], 2) == row["area"]
        assert abs(row["since"] - was["since"]) in (dt.timedelta(0), dt.timedelta(days=2))
    moved = sum(new[key]["wage"] != old[key]["wage"] for key in old)
    assert 0.45 < moved / len(old) < 0.55
    assert values(after, "number") != values(before, "number")


numbers = st.one_of(
    st.none(),
    st.just(0.0),
    st.floats(-1e12, 1e12, allow_subnormal=False),
    st.sampled_from([float("nan"), float("inf"), float("-inf"), 5e-324, 1e300, -0.0]),
)


@settings(deadline=None)
@given(
    st.lists(numbers, max_size=60),
    st.one_of(
        st.sampled_from([0.01, 0.5, 1.0, 10.0, 1000.0]).map(lambda v: Tolerance(absolute=v)),
        st.floats(1e-4, 0.1).map(lambda v: Tolerance(relative=v)),
    ),
    st.text(max_size=5),
)
def test_no_number_leaves_its_tolerance_its_sign_or_its_place(given_values, tolerance, recipient):
    plan = make_plan(
        [Column("key", TEXT, identifying=True), Column("value", NUMBER, tolerance=tolerance)]
    )
    keys = [f"k{number}" for number in range(len(given_values))]
    batch = pa.record_batch({"key": keys, "value": pa.array(given_values, pa.float64())})
    marker = Marker(plan, SECRET, recipient)
    after = dict(zip(*marker.mark(batch).to_pydict().values(), strict=True))
    assert sorted(after) == sorted(keys)
    for key, was in zip(keys, given_values, strict=True):
        now = after[key]
        if was is None or not np.isfinite(was) or was == 0:
            assert now == was or (now is not None and np.isnan(now))
            continue
        most = tolerance.absolute or tolerance.relative * abs(was)
        assert abs(now - was) <= most * (1 + 1e-6) + 1e-9
        assert np.sign(now) == np.sign(was)


whole = st.one_of(st.none(), st.integers(-(2**40), 2**40), st.integers(-30, 30))


@settings(deadline=None)
@given(st.lists(whole, max_size=60), st.integers(1, 100))
def test_no_whole_number_leaves_its_tolerance(given_values, most):
    plan = make_plan(
        [
            Column("key", TEXT, identifying=True),
            Column("value", INTEGER, tolerance=Tolerance(absolute=most)),
        ]
    )
    keys = [f"k{number}" for number in range(len(given_values))]
    batch = pa.record_batch({"key": keys, "value": pa.array(given_values, pa.int64())})
    after = dict(zip(*Marker(plan, SECRET, "one").mark(batch).to_pydict().values(), strict=True))
    for key, was in zip(keys, given_values, strict=True):
        if not was:
            assert after[key] == was
        else:
            assert abs(after[key] - was) in (0, most)
            assert after[key] * was > 0
            # The block of ten steps, and with it every digit before the last ones, stays.
            assert after[key] // (10 * most) == was // (10 * most)


@pytest.mark.parametrize("seed", range(5))
def test_sums_are_kept_and_means_nearly(seed):
    marker = Marker(PLAN, SECRET, f"r{seed}")
    batches = [register(3_000, seed=10 * seed + part) for part in range(4)]
    after = pa.Table.from_batches([marker.mark(batch) for batch in batches])
    before = pa.Table.from_batches(batches)
    for name, most in (("wage", 10), ("area", 5.0)):
        off = sum(values(after, name)) - sum(values(before, name))
        assert abs(off) <= most
        assert marker.drift[name] == pytest.approx(off, abs=1e-3)
        assert abs(off) / before.num_rows <= most / before.num_rows
        # Nobody's part of the whole is moved much either: every district's mean stays near.
        assert np.std(values(after, name)) == pytest.approx(np.std(values(before, name)), rel=1e-3)


def test_marks_depend_on_secret_recipient_and_record_alone():
    batch = register(2_000)
    one = by_number(marked(batch, "one"))
    halves = pa.Table.from_batches(
        [Marker(PLAN, SECRET, "one").mark(batch.slice(start, 1_000)) for start in (0, 1_000)]
    )
    steps = {"wage": 10, "since": dt.timedelta(days=2)}
    again = by_number(halves)
    # Which way a value moves may differ, whether it moves does not.
    for name, step in steps.items():
        for row in batch.to_pylist():
            key = row["number"]
            moved = [each[key][name] != row[name] for each in (one, again)]
            assert moved[0] == moved[1]
            assert abs(again[key][name] - row[name]) in (0 * step, step)
    assert marked(batch, "one").equals(marked(batch, "one"))
    other = by_number(marked(batch, "two"))
    differ = sum(other[key]["wage"] != one[key]["wage"] for key in one)
    assert differ > 0.3 * len(one)


def test_the_bytes_of_marks_never_change():
    """Files that were given out years ago must still be traced."""
    levels = biases(SECRET)
    assert sha256(levels.tobytes()).hexdigest()[:16] == GOLDEN["biases"]
    assert sha256(codeword(SECRET, "one", levels).tobytes()).hexdigest()[:16] == GOLDEN["word"]
    plain = pa.record_batch(
        {
            "number": [f"{n * 7919 % 10_007:06d}" for n in range(300)],
            "name": [f"示例{n}" for n in range(300)],
            "wage": [3_000 + n * 37 for n in range(300)],
            "area": [20 + n * 1.25 for n in range(300)],
            "since": pa.array(range(9_000, 9_300), pa.int32()).cast(pa.date32()),
        }
    )
    for turns in (1, 4):
        plan = replace(PLAN, turns=turns)
        rows = marked(plain, "one", plan).to_pylist()
        assert sha256(repr(rows).encode()).hexdigest()[:16] == GOLDEN["rows"][turns]
    random = KeyedRandom(SECRET)
    assert [random.randrange(1000) for _ in range(6)] == GOLDEN["draws"]


GOLDEN = {
    "biases": "9d0111faa2199ecb",
    "word": "ac327f1dc5a06c96",
    "rows": {1: "9d48475db241e3cc", 4: "85440c30195fe9ac"},
    "draws": [355, 66, 573, 184, 526, 423],
}


def test_random_numbers_of_a_key_are_evenly_spread():
    random = KeyedRandom(b"a key")
    counts = np.bincount([random.randrange(7) for _ in range(7_000)], minlength=7)
    assert counts.min() > 850
    assert counts.max() < 1150


def test_plans_are_plain_data():
    assert parse_plan(dump_plan(PLAN)) == PLAN
    older = {key: value for key, value in dump_plan(PLAN).items() if key != "turns"}
    assert parse_plan(older).ordering == PLAN.anchors[:1]
    assert PLAN.anchors[:2] == (("number",), ("name",))
    assert ("since", "wage") in PLAN.anchors


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (Column("a", TEXT, tolerance=Tolerance(absolute=1)), "text"),
        (Column("a", INTEGER, identifying=True, tolerance=Tolerance(absolute=1)), "key"),
        (Column("a", INTEGER, tolerance=Tolerance(absolute=0.5)), "whole"),
        (Column("a", DATE, tolerance=Tolerance(relative=0.01)), "whole"),
        (Column("a", NUMBER, tolerance=Tolerance()), "one tolerance"),
        (Column("a", NUMBER, tolerance=Tolerance(1, 0.01)), "one tolerance"),
        (Column("a", NUMBER, tolerance=Tolerance(relative=0.5)), "above"),
    ],
)
def test_a_tolerance_that_does_not_suit_its_field_is_refused(column, reason):
    with pytest.raises(PlanError) as caught:
        make_plan([column])
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "document",
    [{}, {"columns": [{}], "anchors": [], "decoys": 0},
     {"columns": [], "anchors": [["x"]], "decoys": 0},
     {"columns": [{"name": "a", "kind": "number", "tolerance": {"odd": 1}}], "anchors": [],
      "decoys": 0}],
)  # fmt: skip
def test_a_document_that_is_no_plan_is_refused(document):
    with pytest.raises(PlanError):
        parse_plan(document)
