"""Who received it: from parts of a file, after attacks, and never somebody innocent.

Trials are seeded. The bound that is stated for a false accusation (one in a million) is far below
what trials can measure; they check that nobody innocent ever comes near it.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.engines.fingerprint.records import (
    PLAN,
    SECRET,
    columns_of,
    marked,
    register,
    sample,
)

from heli.engines.fingerprint import accuse, error_bound, read, score, score_decoys

LIMIT = 1e-6
RECIPIENTS = [f"extract-{number}" for number in range(40)]


@pytest.fixture(scope="module")
def given_out():
    batch = register(20_000)
    return {name: marked(batch, name) for name in RECIPIENTS[:6]}


def named(columns, recipients=RECIPIENTS):
    reading = read(PLAN, SECRET, columns)
    scores = score(SECRET, reading, recipients)
    return [each.score.recipient for each in accuse(scores, suspects=len(scores), limit=LIMIT)]


@pytest.mark.parametrize(
    ("kept", "rows"),
    [
        (("number", "name", "wage", "area", "since"), 40),
        (("number", "wage", "area", "since"), 200),
        (("name", "wage"), 2_000),
        (("number", "since"), 2_000),
        (("wage", "area", "since"), 1_000),
        (("area", "since"), 2_000),
    ],
)
def test_a_shuffled_sample_names_its_recipient(given_out, kept, rows):
    rng = np.random.default_rng(rows)
    for _ in range(8):
        recipient = RECIPIENTS[int(rng.integers(6))]
        found = sample(given_out[recipient], rows, rng)
        assert named(columns_of(found, *kept)) == [recipient]


def test_five_per_cent_with_columns_dropped_suffice_in_every_trial(given_out):
    """5 % of 20,000 records, one identifying field and two of three marked fields left."""
    rng = np.random.default_rng(5)
    misses = 0
    for _ in range(60):
        recipient = RECIPIENTS[int(rng.integers(6))]
        found = sample(given_out[recipient], 1_000, rng)
        kept = [str(rng.choice(["number", "name"])), *rng.choice(["wage", "area", "since"], 2,
                                                                  replace=False)]  # fmt: skip
        misses += named(columns_of(found, *kept)) != [recipient]
    assert misses == 0


@pytest.mark.parametrize(
    "kept", [("number", "district"), ("name", "district"), ("number", "name"), ("wage", "since")]
)
def test_the_order_alone_names_the_recipient(given_out, kept):
    """Whoever keeps the order, of whichever key, is found as well; 5 % of 20,000 records."""
    rng = np.random.default_rng(1)
    part = np.sort(rng.permutation(20_000)[:1_000])
    found = given_out["extract-3"].take(pa.array(part))
    assert order_of(columns_of(found, *kept)) == ["extract-3"]
    assert order_of(columns_of(sample(found, 1_000, rng), *kept)) == []


def test_the_order_of_an_older_extract_is_read_as_it_was_made():
    """It went by one key alone."""
    plan = replace(PLAN, turns=1)
    found = marked(register(3_000), "extract-3", plan)
    assert order_of(columns_of(found, "number"), plan) == ["extract-3"]
    assert order_of(columns_of(found, "name"), plan) == []


@pytest.mark.parametrize("rows", [160, 600])
def test_the_order_of_a_short_file_goes_by_all_its_keys(rows):
    found = marked(register(rows), "extract-3")
    for kept in ("number", "name") if rows > 500 else ("number name",):
        assert order_of(columns_of(found, *kept.split())) == ["extract-3"]


def order_of(columns, plan=PLAN):
    """Who is named by the order alone."""
    scores = score(SECRET, read(plan, SECRET, columns), RECIPIENTS)
    alone = [replace(each, code=0.0) for each in scores]
    found = accuse(alone, suspects=len(alone), limit=LIMIT)
    return [each.score.recipient for each in found]


def test_the_evidence_of_an_order_is_worth_nothing_against_the_innocent(given_out):
    """Its mean over those who have nothing to do with the file is at most 1."""
    found = columns_of(given_out["extract-3"].slice(0, 700), "number", "name")
    others = [f"other-{number}" for number in range(2_000)]
    values = np.exp([each.order for each in score(SECRET, read(PLAN, SECRET, found), others)])
    assert np.mean(values) < 1
    assert np.max(values) < 1e4


def test_too_little_names_nobody(given_out):
    rng = np.random.default_rng(1)
    found = sample(given_out["extract-1"], 8, rng)
    assert named(columns_of(found)) == []
    assert named({}) == []


def test_nobody_innocent_is_named_in_hundreds_of_trials(given_out):
    """Files of others, of nobody, and made up: 200 trials × 30 suspects."""
    rng = np.random.default_rng(7)
    unmarked = register(20_000)
    sources = [unmarked, *given_out.values()]
    innocent = [f"innocent-{number}" for number in range(30)]
    most, wrong = 0.0, 0
    for trial in range(200):
        source = sources[trial % len(sources)]
        rows = int(rng.choice([30, 300, 3_000]))
        reading = read(PLAN, SECRET, columns_of(sample(source, rows, rng)))
        scores = score(SECRET, reading, innocent)
        wrong += len(accuse(scores, suspects=len(scores), limit=LIMIT))
        most = max(most, *(each.total for each in scores))
    assert wrong == 0
    # By Markov, of 6,000 scores about one at most exceeds ln 6,000 = 8.7.
    assert most < np.log(6_000) + 5


def test_the_stated_error_holds_where_it_can_be_measured(given_out):
    """Evidence of 1/a or more comes up in at most a part a of innocent scores."""
    rng = np.random.default_rng(11)
    totals = []
    for trial in range(25):
        reading = read(PLAN, SECRET, columns_of(sample(given_out["extract-0"], 400, rng)))
        suspects = [f"i{trial}-{number}" for number in range(100)]
        totals += [each.total for each in score(SECRET, reading, suspects)]
    for part in (0.1, 0.01):
        assert np.mean(np.array(totals) >= -np.log(part)) <= part
    assert error_bound(np.log(1e9), 1_000) == pytest.approx(1e-6)
    assert error_bound(-5.0, 1_000) == 1


def test_two_who_mix_their_copies_are_both_named(given_out):
    rng = np.random.default_rng(3)
    one, two = (given_out[name].sort_by("number") for name in RECIPIENTS[:2])
    for kind in ("cells", "mean", "rows"):
        mixed = {}
        lot = rng.random(one.num_rows) < 0.5
        for name in one.schema.names:
            a, b = one.column(name), two.column(name)
            if kind == "cells":
                lot = rng.random(one.num_rows) < 0.5
            if kind == "mean" and name in ("wage", "area"):
                mean = np.floor((a.to_numpy() + b.to_numpy()) / 2)
                mixed[name] = pa.array(mean).cast(a.type)
            else:
                mixed[name] = pc.if_else(pa.array(lot), a, b)
        batch = sample(pa.record_batch(mixed), 4_000, rng)
        found = named(columns_of(batch))
        assert set(found) <= {RECIPIENTS[0], RECIPIENTS[1]}, kind
        assert found, kind
        if kind != "mean":
            assert set(found) == {RECIPIENTS[0], RECIPIENTS[1]}


def test_four_who_always_take_the_rarest_value_name_nobody_else(given_out):
    """The minority attack, against which plain random bits are helpless."""
    four = [given_out[name].sort_by("number") for name in RECIPIENTS[:4]]
    mixed = {name: four[0].column(name) for name in ("number", "name", "since")}
    for name in ("wage", "area"):
        values = np.stack([batch.column(name).to_numpy() for batch in four])
        counts = np.array([(values == row).sum(axis=0) for row in values])
        rare = np.take_along_axis(values, counts.argmin(axis=0)[None], 0)[0]
        mixed[name] = pa.array(rare).cast(four[0].column(name).type)
    found = named(mixed)
    assert found
    assert set(found) <= set(RECIPIENTS[:4])


def test_rounding_below_the_step_does_not_help(given_out):
    rng = np.random.default_rng(9)
    found = columns_of(sample(given_out["extract-2"], 2_000, rng), "number", "wage", "area")
    found["wage"] = pa.array(np.round(found["wage"].to_numpy() / 5) * 5).cast(pa.int64())
    found["area"] = pa.array(np.round(found["area"].to_numpy(), 1))
    assert named(found) == ["extract-2"]


def test_what_rounding_above_the_step_destroys_is_not_guessed(given_out):
    rng = np.random.default_rng(9)
    found = columns_of(sample(given_out["extract-2"], 2_000, rng), "number", "wage")
    found["wage"] = pa.array(np.round(found["wage"].to_numpy() / 100) * 100).cast(pa.int64())
    assert named(found) == []


def test_noise_half_as_large_as_the_marks_is_overcome(given_out):
    rng = np.random.default_rng(2)
    found = columns_of(sample(given_out["extract-4"], 8_000, rng), "number", "name", "wage")
    noise = rng.integers(-5, 6, 8_000)
    found["wage"] = pa.array(found["wage"].to_numpy() + noise)
    assert named(found) == ["extract-4"]


def test_rows_of_elsewhere_and_missing_values_do_not_hide_it(given_out):
    rng = np.random.default_rng(4)
    own = sample(given_out["extract-5"], 1_000, rng)
    foreign = register(3_000, seed=77)
    both = pa.Table.from_batches([own, foreign]).combine_chunks().to_batches()[0]
    both = sample(both, 4_000, rng)
    columns = columns_of(both)
    gone = pa.array(rng.random(4_000) < 0.2)
    columns["number"] = pc.if_else(gone, pa.scalar(None, pa.string()), columns["number"])
    assert named(columns) == ["extract-5"]


def test_decoys_convict_and_chance_does_not():
    assert score_decoys(4, 50, 1e-4) > np.log(1e6)
    assert score_decoys(50, 50, 1e-3) > 100
    assert score_decoys(0, 50, 1e-3) < 0
    assert score_decoys(0, 0, 1e-3) == 0
    # Its mean over innocents is at most 1: for one decoy, by hand.
    chance = 0.01
    mean = chance * np.exp(score_decoys(1, 1, chance)) + (1 - chance) * np.exp(
        score_decoys(0, 1, chance)
    )
    assert mean <= 1 + 1e-9
