"""The figures of the cockpit, counted by hand on a small known city."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from tests.cockpit.conftest import NOW, ago

from heli.cases.models import Task
from heli.cockpit import shown
from heli.cockpit.capacity import one_more_officer
from heli.cockpit.selectors.periods import Period, period_of, span_of
from heli.cockpit.selectors.summary import summary
from heli.cockpit.shown import suggestion


def test_an_empty_city_has_empty_figures(departments):
    found = summary(Period.ALL)
    assert (found.tasks.count, found.tasks.rate, found.overdue) == (0, None, 0)
    assert found.departments == []
    assert found.saving.saved is None
    assert found.suggestion is None


def test_tasks_by_department(known):
    found = summary(Period.WEEK)
    fire = next(row for row in found.departments if row.department.code == "fire")
    assert (fire.tasks.count, fire.tasks.clocked, fire.tasks.on_time) == (5, 4, 3)
    assert fire.tasks.rate == 75
    assert fire.tasks.median == pytest.approx(3 * 3600, abs=0.1)
    # Order statistics 4 and 10 h, 0.6 of the way.
    assert fire.tasks.p90 == pytest.approx(7.6 * 3600, abs=0.1)
    env = next(row for row in found.departments if row.department.code == "env")
    assert (env.tasks.count, env.tasks.rate) == (1, None)


def test_tasks_altogether(known):
    week = summary(Period.WEEK).tasks
    assert (week.count, week.clocked, week.late) == (6, 4, 1)
    assert week.median == pytest.approx(3.5 * 3600, abs=0.1)
    assert week.p90 == pytest.approx(8 * 3600, abs=0.1)
    month = summary(Period.MONTH).tasks
    assert (month.count, month.clocked, month.late) == (7, 5, 2)


def test_today_begins_at_midnight_in_shanghai(known):
    # Only what was decided within the last twelve hours: 10 h after 20 h ago.
    today = summary(Period.TODAY).tasks
    assert (today.count, today.late) == (1, 1)


def test_the_period_before(known):
    found = summary(Period.WEEK)
    # The one decided ten days ago, late.
    assert found.before == 0
    assert found.delta == 75
    assert summary(Period.ALL).before is None


def test_requests(known):
    found = summary(Period.WEEK).requests
    assert (found.count, found.on_time, found.late) == (3, 2, 1)
    assert found.median == pytest.approx(20 * 3600, abs=0.1)


def test_where_matters_wait(known):
    first, second = summary(Period.WEEK).waiting
    assert (first.department, first.name_zh, first.count) == ("fire", "核查", 4)
    assert (first.late, first.at_risk, first.suspended, first.on_time) == (2, 1, 1, 0)
    assert first.late_days == pytest.approx(6, abs=1e-4)
    assert first.at_risk_days == pytest.approx(1, abs=1e-4)
    assert first.suspended_days == pytest.approx(3, abs=1e-4)
    assert (second.name_zh, second.count, second.on_time, second.days) == ("受理", 2, 1, 0)
    assert (first.unclocked, second.unclocked) == (0, 1)


def test_who_owes_it_to_whom(known):
    found = summary(Period.WEEK)
    owed = {(debt.debtor, debt.creditor): (debt.tasks, debt.requests) for debt in found.debts}
    assert owed == {("fire", "hall"): (1, 0), ("fire", "env"): (1, 1)}
    assert (found.overdue, found.debtors) == (3, 1)
    fire = next(row for row in found.departments if row.department.code == "fire")
    env = next(row for row in found.departments if row.department.code == "env")
    assert (fire.waiting, fire.late, fire.owes, fire.owed) == (4, 2, 3, 0)
    assert (env.owes, env.owed) == (0, 2)


def test_time_saved_by_working_in_parallel(known):
    saving = summary(Period.WEEK).saving
    assert saving.matters == 2
    days = [seconds / 86_400 for seconds in (saving.parallel, saving.serial, saving.saved)]
    assert days == pytest.approx([7, 15.5, 8.5], abs=1e-4)


def test_by_day_is_the_day_in_shanghai(known):
    found = {day: counts for day, *counts in summary(Period.WEEK).by_day}
    assert found["2026-11-22"] == [3, 0, 2]
    assert found["2026-11-23"] == [0, 1, 0]


def test_tile_and_chart_count_on_time_alike(known):
    found = summary(Period.WEEK)
    on_time, late, unclocked = (sum(row[place] for row in found.by_day) for place in (1, 2, 3))
    assert (on_time, late) == (found.tasks.on_time, found.tasks.late)
    assert on_time + late + unclocked == found.tasks.count
    with translation.override("en"):
        (tile, *_), (option, table) = shown.tiles(found), shown.chart(found)
    assert tile.note.endswith("6 completed, 4 of them with a clock")
    assert [series["name"] for series in option["series"]] == list(table.columns[1:])


def test_the_number_of_queries_does_not_grow(known, task):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            summary(Period.MONTH)
        return len(queries)

    before = count()
    for number in range(30):
        task("env", name=f"n{number}", due_at=ago(days=1))
    assert count() == before <= 16


def test_periods():
    assert period_of("30d") is Period.MONTH
    assert period_of("century") is Period.WEEK
    span = span_of(Period.WEEK, NOW)
    assert span.since == dt.datetime(2026, 11, 16, 16, tzinfo=dt.UTC)
    assert span.since - span.before == NOW - span.since


def test_littles_law():
    estimate = one_more_officer(queue=40, completions=100, officers=4, days=28)
    assert estimate.now == pytest.approx(11.2)
    assert estimate.now_error == pytest.approx(11.2 * 0.196)
    assert estimate.then == pytest.approx(8.96)
    assert one_more_officer(40, 19, 4, 28) is None
    assert one_more_officer(0, 100, 4, 28) is None


def test_advice_rests_on_counted_completions(known, task):
    assert summary(Period.WEEK).suggestion is None
    for number in range(20):
        task(closed_at=ago(days=2), state="done", closed_by=f"person:{number % 3}")
    found = summary(Period.WEEK)
    assert found.suggestion.waiting.name_zh == "核查"
    assert found.suggestion.estimate.completions == 25
    assert found.suggestion.estimate.officers == 3
    assert "核查" in suggestion(found)


def test_imported_history_is_not_mixed_in(known, matter):
    before = summary(Period.ALL)
    matter(
        state="completed", origin="imported", source="log", external_id="c1",
        opened_at=ago(days=9), closed_at=ago(days=1), serial_seconds=1,
    )  # fmt: skip
    after = summary(Period.ALL)
    assert (after.saving, after.tasks, after.debts) == (before.saving, before.tasks, before.debts)
    assert Task.objects.exists()


def test_days_without_completions_are_days_too(known):
    """A week is seven bars, in the reader's format, however little was done."""
    found = summary(Period.WEEK)
    assert [day for day, *_ in found.by_day] == [f"2026-11-{day}" for day in range(17, 24)]
    assert (0, 0) in {(on_time, late) for _, on_time, late, _ in found.by_day}
    with translation.override("zh-hans"):
        option, table = shown.chart(found)
        assert option["xAxis"]["data"][0] == "11月17日"
        assert table.rows[0][0] == "2026-11-17"
    with translation.override("en"):
        option, table = shown.chart(found)
        assert option["xAxis"]["data"][0] == "17 Nov"
        assert table.rows[0][0] == "17 Nov 2026"
