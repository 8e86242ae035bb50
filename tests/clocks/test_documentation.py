"""What the explanation shows is what the command prints."""

import shlex
from pathlib import Path

import pytest
from tests.clocks.test_commands import heli

from heli.clocks.calendars import official_calendar

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "legal-time.md"


def examples():
    for block in PAGE.read_text("utf-8").split("```console\n")[1:]:
        command, *lines = block.split("```")[0].strip().splitlines()
        yield command.removeprefix("$ heli clock "), lines


@pytest.mark.parametrize(("command", "lines"), list(examples()))
def test_examples(command, lines):
    assert heli(*shlex.split(command)).stdout.splitlines() == lines


def test_the_table_of_years_is_the_calendar():
    calendar = official_calendar()
    text = PAGE.read_text("utf-8")
    for year in calendar.years:
        (row,) = [line for line in text.splitlines() if line.startswith(f"| {year} |")]
        assert all(notice.number in row for notice in calendar.notices(year))
        assert row.endswith(f" {sum(day.working for day in calendar.days(year))} |")
