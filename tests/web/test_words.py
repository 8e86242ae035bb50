"""Clocks, durations and instants read as people say them, in both languages."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.utils import translation

from heli.kernel import clock as time
from heli.web import words
from heli.web.shapes import Clock

HOUR = dt.timedelta(hours=1)
NOW = dt.datetime(2026, 11, 23, 2, 42, 8, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("clock", "chinese", "english"),
    [
        (Clock("on_time", 0.4, 50.4 * HOUR), "剩 2.1 天", "2.1 days left"),
        (Clock("on_time", 0.4, 24 * HOUR), "剩 1 天", "1 day left"),
        (Clock("on_time", 0.1, 400 * HOUR), "剩 17 天", "17 days left"),
        (Clock("at_risk", 0.9, HOUR), "剩 1 小时", "1 hour left"),
        (Clock("at_risk", 0.9, HOUR / 5), "剩 12 分钟", "12 minutes left"),
        (Clock("late", 1, -5 * HOUR), "超 5 小时", "5 hours overdue"),
        (Clock("suspended", 0.3, 48 * HOUR), "已中止 2 天", "Suspended for 2 days"),
        (Clock("suspended", 0.3), "已中止", "Suspended"),
        (Clock("done", 1, 48 * HOUR), "用时 2 天", "Took 2 days"),
        (Clock("done", 1), "已办结", "Done"),
        (Clock("done", 1, 48 * HOUR, overran=True), "用时 2 天，已超期", "Took 2 days, too long"),
        (
            Clock("on_time", 0, 336 * HOUR, None, 80 * HOUR, 8 * HOUR),
            "剩 10 个工作日",
            "10 working days left",
        ),
        (
            Clock("on_time", 0, 336 * HOUR, None, 8 * HOUR, 8 * HOUR),
            "剩 1 个工作日",
            "1 working day left",
        ),
        (
            Clock("at_risk", 0, 62 * HOUR, None, 3 * HOUR, 8 * HOUR),
            "剩 3 个工作小时",
            "3 working hours left",
        ),
        (Clock("at_risk", 0, 5 * HOUR, None, 4 * HOUR, 8 * HOUR), "剩 5 小时", "5 hours left"),
        (
            Clock("late", 1, -72 * HOUR, None, -12 * HOUR, 8 * HOUR),
            "超 1.5 个工作日",
            "1.5 working days overdue",
        ),
        (Clock("late", 1, -15 * HOUR, None, 0 * HOUR, 8 * HOUR), "超 15 小时", "15 hours overdue"),
    ],
)
def test_a_clock_says_what_is_left(clock: Clock, chinese: str, english: str) -> None:
    with translation.override("zh-hans"):
        assert words.clock_words(clock) == chinese
    with translation.override("en"):
        assert words.clock_words(clock) == english


def test_a_clock_without_a_due_day_says_which_calendar_it_waits_for() -> None:
    waiting = SimpleNamespace(state="on_time", remaining=None, awaits_year=2027)
    with translation.override("zh-hans"):
        assert words.clock_words(waiting) == "待 2027 年工作日历公布"
    with translation.override("en"):
        assert words.clock_words(waiting) == "Waits for the calendar of 2027"


def test_instants_are_shown_in_shanghai_and_the_readers_format() -> None:
    with translation.override("zh-hans"):
        assert words.absolute(NOW, "seconds") == "2026-11-23 10:42:08"
        assert words.absolute(dt.date(2026, 11, 3), "date") == "2026-11-03"
    with translation.override("en"):
        assert words.absolute(NOW, "seconds") == "23 Nov 2026, 10:42:08"
        assert words.absolute(NOW, "day") == "23 Nov, 10:42"


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (-3 * HOUR, "3 小时前"),
        (49 * HOUR, "2 天后"),
        (HOUR / 600, "刚刚"),
        (2000 * HOUR, "2027-02-14"),
    ],
)
def test_instants_near_now_are_relative(gap: dt.timedelta, said: str) -> None:
    with time.frozen(NOW), translation.override("zh-hans"):
        assert words.relative(NOW + gap) == said


@pytest.mark.parametrize(
    ("value", "options", "shown"),
    [
        (1284331, {}, "1,284,331"),
        (286.4, {}, "286.4"),
        (-3.25, {"digits": 1}, "−3.2"),
        (1.2, {"sign": True}, "+1.2"),
        (0, {}, "0"),
        (None, {}, "—"),
    ],
)
def test_figures_are_grouped_and_never_blank(value, options, shown) -> None:
    assert words.figure(value, **options) == shown
