"""What a chart of an open dataset says."""

import math
from itertools import pairwise
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from heli.openness.portal.charts import charts
from heli.openness.portal.profile import Profiler, round_step


def test_bands_do_not_overlap_and_values_stand_by_their_names():
    measured = {
        "beds": {"bands": [[0, 10, 3], [10, 20, 4], [20, 2_000_000, 5]]},
        "division": {"values": [["990101", 7], ["990102", 5]]},
    }
    edition = SimpleNamespace(profile={"fields": measured}, rows=None)
    names = {"990101": "江北示范区", "990102": "江南示范区"}
    titles = {"division": "行政区划", "beds": "床位"}
    with translation.override("en"):
        division, beds = charts(edition, titles, lambda _name, value: names[value], "records")
    assert [label for label, _n in division.table.rows] == ["江北示范区", "江南示范区"]
    assert [label for label, _n in beds.table.rows] == [
        "0 to under 10",
        "10 to under 20",
        "20 to 2,000,000",
    ]
    with translation.override("zh-hans"):
        beds = charts(edition, {"beds": "床位"}, lambda _name, value: value, "条")[0]
    assert beds.table.rows[0][0] == "0 至不足 10"


def bands_of(values, path):
    pq.write_table(pa.table({"beds": values}), path / "beds.parquet")
    profiler = Profiler(["beds"])
    for value in values:
        profiler.add({"beds": value})
    return profiler.result(str(path / "beds.parquet"))["fields"]["beds"]["bands"]


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([80 + 90 * n for n in range(13)], [0, 200, 400, 600, 800, 1000]),
        ([50 * n for n in range(2, 16)], [100, 200, 300, 400]),
        ([n / 10 for n in range(3, 20)], [0.2, 0.4, 0.6]),
    ],
)
def test_bands_have_round_ends_and_hold_every_value(tmp_path, values, ends):
    bands = bands_of(values, tmp_path)
    assert [low for low, _high, _n in bands][: len(ends)] == ends
    assert sum(n for _low, _high, n in bands) == len(values)
    assert all(high == low for (_, high, _), (low, _, _) in pairwise(bands))
    assert bands[0][0] <= min(values)
    assert bands[-1][1] >= max(values)


@given(st.floats(1e-3, 1e9), st.sampled_from([0, 1, 2, 5, 10, 50, 100, 500]))
def test_a_step_is_round_wide_enough_and_of_the_columns_grain(least, grain):
    step = round_step(least, grain)
    assert step >= least * 0.999
    assert step <= max(least * 5, grain * 4)
    assert grain < 2 or step % grain == 0
    digits = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(digits - each) for each in (1, 2, 5)) < 1e-6
