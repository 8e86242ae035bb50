"""Times are read for real: what passes can be counted, and nothing else passes."""

import datetime as dt

from hypothesis import example, given
from hypothesis import strategies as st

from heli.engines.bpmn import durations

TEN_YEARS = dt.timedelta(days=3650)
ISO = st.builds(
    "P{}{}".format,
    st.lists(st.builds("{}{}".format, st.integers(0), st.sampled_from("YMWD")), max_size=3).map(
        "".join
    ),
    st.lists(st.builds("{}{}".format, st.integers(0), st.sampled_from("HMS")), max_size=3).map(
        lambda parts: "T" + "".join(parts) if parts else ""
    ),
)
COUNTED = st.builds("{}{}".format, st.sampled_from(["WD", "WH", "H", "P", "PT"]), st.integers(0))


@given(text=st.one_of(ISO, COUNTED, COUNTED.map("{}D".format), COUNTED.map("{}H".format)))
@example("P99999999999Y")
@example("P" + "9" * 5000 + "Y")
@example("PT1.5S")
def test_what_is_a_duration_has_a_length_of_at_most_ten_years(text):
    if durations.is_duration(text):
        if durations.is_allowance(text):
            amount, unit = durations.counted(text)
            assert 1 <= amount <= (3650 if unit in ("WD", "D") else 87_600)
        else:
            assert dt.timedelta(0) <= durations.natural(text) <= TEN_YEARS


@given(
    at=st.datetimes(dt.datetime(1900, 1, 2), dt.datetime(9998, 12, 30)),  # noqa: DTZ001
    hours=st.integers(-14, 14),
)
def test_every_instant_of_the_calendar_is_one(at, hours):
    zoned = at.replace(tzinfo=dt.timezone(dt.timedelta(hours=hours)))
    text = zoned.isoformat().replace("+00:00", "Z")
    assert durations.instant(text) == zoned


@given(
    st.builds(
        "{:04}-{:02}-{:02}T{:02}:{:02}{}".format,
        st.integers(0, 9999),
        st.integers(0, 13),
        st.integers(0, 32),
        st.integers(0, 26),
        st.integers(0, 61),
        st.sampled_from(["Z", "+08:00", "-25:00", "", "+08:61"]),
    )
)
@example("2026-02-30T25:61Z")
def test_what_is_an_instant_can_be_counted_with(text):
    found = durations.instant(text)
    assert (found is not None) == durations.is_instant(text)
    if found is not None:
        assert (found - dt.timedelta(hours=1)).astimezone(dt.UTC) < found
