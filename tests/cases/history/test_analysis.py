"""The analysis of matters: figures counted by hand, and properties."""

import datetime as dt
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.cases.history.analysis import HOUR, LIMIT, Analysis, Trace, analyse, goes_back, quantile
from heli.cases.history.selectors import analyse_native
from heli.cases.models import Matter


def trace(*events: tuple[float, str, str], **more: int | None) -> Trace:
    """Events as (hour, activity, group)."""
    return Trace(
        times=[int(hour * HOUR) for hour, _, _ in events],
        activities=[activity for _, activity, _ in events],
        groups=[group for _, _, group in events],
        **more,
    )


def test_nothing_gives_zeros():
    assert analyse([]) == Analysis()


def test_counted_by_hand():
    result = analyse(
        [
            trace((0, "receive", "A"), (10, "check", "B"), (59, "decide", "A"), end=5, deadline=4),
            trace((0, "receive", "A"), (1, "check", "A"), (50, "decide", ""), (51, "send", "C")),
            trace((3, "receive", "B"), end=4, deadline=4),
            trace((3, "receive", "B"), end=4),
        ]
    )
    assert (result.matters, result.events, result.activities, result.departments) == (4, 9, 4, 3)
    # A→B after 10 h, B→A after 49 h; A → unknown → C is no handover.
    assert (result.handovers, result.handovers_over_48h) == (2, 1)
    assert result.matters_multi_department == 2
    assert (result.finished_with_deadline, result.finished_late) == (2, 1)
    assert result.ping_pong_matters == 1
    spent = {row.activity: row for row in result.sojourn}
    assert spent["check"].median_seconds == pytest.approx(5.5 * 3600)
    assert spent["check"].p90_seconds == pytest.approx((1 + 0.9 * 9) * 3600)
    assert spent["receive"].measured == 0
    assert spent["receive"].median_seconds is None
    assert spent["receive"].events == 4
    assert [row.activity for row in result.sojourn] == ["decide", "check", "send", "receive"]


def test_exactly_48_hours_is_not_more_than_48_hours():
    assert analyse([trace((0, "a", "A"), (48, "b", "B"))]).handovers_over_48h == 0
    late = Trace(times=[0, LIMIT + 1], activities=["a", "b"], groups=["A", "B"])
    assert analyse([late]).handovers_over_48h == 1


def test_ties_in_time_keep_the_order_given():
    assert analyse([trace((1, "x", "A"), (1, "y", "B"), (1, "z", "A"))]).ping_pong_matters == 1
    assert analyse([trace((1, "x", "A"), (1, "z", "A"), (1, "y", "B"))]).ping_pong_matters == 0


def test_a_start_is_no_completion():
    started = Trace(
        times=[0, 2 * HOUR, 6 * HOUR],
        activities=["receive", "check", "check"],
        groups=["A"] * 3,
        completions=[True, False, True],
    )
    check = next(row for row in analyse([started]).sojourn if row.activity == "check")
    assert (check.events, check.measured, check.median_seconds) == (2, 1, 6 * 3600)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ("ABA", True),
        ("AABBA", True),
        ("ABCAB", False),
        ("ABCBA", True),
        ("AB", False),
        ("A A", False),
    ],
)
def test_goes_back(groups, expected):
    assert goes_back(group.strip() for group in groups) is expected


GROUPS = st.lists(st.sampled_from(["A", "B", "C", ""]), max_size=12)


@given(GROUPS)
def test_goes_back_agrees_with_the_definition(groups):
    collapsed = [group for group, _ in groupby(group for group in groups if group)]
    windows = zip(collapsed, collapsed[1:], collapsed[2:], strict=False)
    assert goes_back(groups) is any(a == c for a, _, c in windows)


@given(
    st.lists(st.tuples(st.integers(0, 10**9), GROUPS.map(lambda g: (g or ["A"])[0]))), st.randoms()
)
def test_distinct_times_make_the_given_order_irrelevant(events, random):
    events = list({time: (time, group) for time, group in events}.values())
    shuffled = random.sample(events, len(events))
    one, other = (
        analyse([Trace([t for t, _ in given], ["x"] * len(given), [g for _, g in given])])
        for given in (events, shuffled)
    )
    assert one == other


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40), st.floats(0, 1))
def test_a_quantile_lies_between_its_neighbours(values, share):
    values.sort()
    found = quantile(values, share)
    place = (len(values) - 1) * share
    below = values[int(place)]
    above = values[min(int(place) + 1, len(values) - 1)]
    assert below - 1e-6 <= found <= above + 1e-6


def test_heli_s_own_matters_are_due_when_the_last_of_their_tasks_is(matter, now):
    """Withdrawn tasks and the system's own count for nothing; open matters have not ended."""
    assert analyse_native().finished_with_deadline == 0
    latest = max(due for due in matter.tasks.values_list("due_at", flat=True) if due)
    Matter.objects.filter(pk=matter.pk).update(state="completed", closed_at=latest)
    in_time = analyse_native()
    assert (in_time.finished_with_deadline, in_time.finished_late) == (1, 0)
    Matter.objects.filter(pk=matter.pk).update(closed_at=latest + dt.timedelta(seconds=1))
    late = analyse_native()
    assert (late.finished_with_deadline, late.finished_late) == (1, 1)
    # A matter's own deadline goes before its tasks'.
    Matter.objects.filter(pk=matter.pk).update(due_at=latest + dt.timedelta(days=1))
    assert analyse_native().finished_late == 0
    Matter.objects.filter(pk=matter.pk).update(due_at=None)
    matter.tasks.update(state="withdrawn")
    assert analyse_native().finished_with_deadline == 0
