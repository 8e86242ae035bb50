"""Importing event logs as history."""

import csv
import datetime as dt
import gzip
import random

import pytest
from django.db import transaction

from heli.cases.history.importer import SourceNameError, default_source, import_log
from heli.cases.history.mapping import MissingColumnsError, UnknownColumnError
from heli.cases.history.readers import UnreadableLogError
from heli.cases.history.selectors import (
    SeveralSourcesError,
    UnknownMatterError,
    UnknownSourceError,
    analyse_matters,
    analyse_only,
    analyse_source,
    sources,
)
from heli.cases.models import Matter
from heli.ledger.models import Fact
from heli.ledger.screening import PersonalNumberError
from heli.organisation.models import Department, Person

pytestmark = pytest.mark.django_db

COLUMNS = [
    "case:concept:name",
    "concept:name",
    "time:timestamp",
    "org:group",
    "org:resource",
    "case:startdate",
    "case:deadline",
    "case:enddate",
]
ROWS = [
    ["c1", "receive", "2026-01-01T09:00:00+08:00", "Hall", "R1", "", "2026-01-09", ""],
    ["c2", "receive", "2026-01-01T10:00:00+08:00", "Hall", "R1", "2025-12-31", "", "2026-01-03"],
    ["c1", "check", "2026-01-04T09:00:00+08:00", "消防支队", "R2", "", "2026-01-09", ""],
    ["c1", "decide", "2026-01-05T09:00:00+08:00", "Hall", "", "", "2026-01-09", ""],
]


@pytest.fixture
def write(tmp_path):
    def write(rows, name="log.csv", columns=COLUMNS):
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([columns, *rows])
        return path

    return write


def state():
    """All that an import leaves behind, but for what is drawn at random."""
    matters = {
        (
            matter.source,
            matter.external_id,
            matter.title,
            matter.state,
            matter.opened_at,
            matter.due_at,
            matter.closed_at,
            matter.received_by_id,
            matter.accountable_id,
        )
        for matter in Matter.objects.all()
    }
    cases = dict(Matter.objects.values_list("code", "external_id"))
    people = {f"person:{person.pk}": person.name_zh for person in Person.objects.all()}
    facts = sorted(
        (
            cases[fact.matter],
            fact.at,
            fact.verb,
            fact.department,
            people.get(fact.actor, ""),
            str(fact.data),
        )
        for fact in Fact.objects.exclude(matter="")
    )
    return matters, facts


def instant(text):
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def test_cases_become_matters_and_events_facts(write):
    result, report = import_log(write(ROWS))
    assert (result.rows, result.events_added, result.matters_added, result.refused) == (4, 4, 2, 0)
    assert (result.departments_added, result.people_added, result.unsorted) == (2, 2, 0)
    assert report.first == []
    one, two = Matter.objects.order_by("external_id")
    assert one.code != two.code
    assert one.code.startswith("LJ-")
    assert (one.origin, one.source, one.state) == ("imported", "log", "running")
    assert one.opened_at == instant("2026-01-01T09:00:00+08:00")
    assert one.due_at == instant("2026-01-09T00:00:00+08:00")
    assert (two.state, two.closed_at) == ("completed", instant("2026-01-03T00:00:00+08:00"))
    assert two.opened_at == instant("2025-12-31T00:00:00+08:00")
    fire = Department.objects.get(name_zh="消防支队")
    assert (fire.badge, fire.is_active) == ("消", False)
    check = Fact.objects.get(matter=one.code, department=fire.code)
    assert check.verb == "cases.history.performed"
    assert check.at == instant("2026-01-04T09:00:00+08:00")
    assert check.data == {"source": "log", "activity": "check", "lifecycle": ""}
    person = Person.objects.get(name_zh="R2")
    assert check.actor == f"person:{person.pk}"
    assert person.department == fire
    assert not person.is_active
    assert not person.has_usable_password()
    kinds = list(Fact.objects.filter(matter=two.code).order_by("at").values_list("verb", flat=True))
    assert kinds == [f"cases.history.{kind}" for kind in ("opened", "performed", "closed")]


def test_no_fact_holds_the_number_of_the_case(write):
    import_log(write([["330102199001011234", *ROWS[0][1:]]]))
    assert not [fact for fact in Fact.objects.all() if "3301021990" in f"{fact.data}{fact.subject}"]


def test_the_end_of_an_import_is_a_fact_once(write):
    path = write(ROWS)
    import_log(path)
    import_log(path)
    told = Fact.objects.get(verb="cases.history.imported")
    assert told.data == {"source": "log", "matters": 2, "events": 4, "refused": 0}


def test_a_second_run_adds_nothing(write):
    path = write(ROWS)
    import_log(path)
    before = state(), Fact.objects.count()
    result, _ = import_log(path)
    assert (result.events_added, result.events_known, result.matters_added) == (0, 4, 0)
    assert (result.matters_changed, result.departments_added, result.people_added) == (0, 0, 0)
    assert (state(), Fact.objects.count()) == before


def test_rows_that_say_the_same_are_events_of_their_own(write):
    path = write([ROWS[0], ROWS[0], ROWS[1], ROWS[0]])
    assert import_log(path, batch=2)[0].events_added == 4
    assert import_log(path, batch=3)[0].events_added == 0
    assert analyse_source("log").events == 4


def test_a_longer_export_adds_what_is_new(write):
    import_log(write(ROWS))
    ended = [*ROWS[3][:7], "2026-01-10"]
    longer = [*ROWS[:3], ended, ["c3", "receive", "2026-01-06", "Hall", "R1", "", "", ""]]
    result, _ = import_log(write(longer))
    assert (result.events_added, result.matters_added, result.matters_changed) == (1, 1, 1)
    assert Matter.objects.get(external_id="c1").state == "completed"
    assert Fact.objects.filter(verb="cases.history.closed").count() == 2
    figures = analyse_source("log")
    assert (figures.events, figures.finished_with_deadline, figures.finished_late) == (5, 1, 1)


XES = """<log><trace><string key="concept:name" value="c1"/>
<event><string key="concept:name" value="receive"/>
<date key="time:timestamp" value="2026-01-01T09:00:00+08:00"/></event>
<event><string key="concept:name" value="check"/><string key="org:group" value="Hall"/>
<date key="time:timestamp" value="2026-01-02T09:00:00+08:00"/></event>
<event><string key="concept:name" value="decide"/><string key="org:group" value="Fire"/>
<date key="time:timestamp" value="2026-01-03T09:00:00+08:00"/></event></trace>
<trace><string key="concept:name" value="c2"/>
<date key="deadline" value="2026-01-04"/><date key="enddate" value="2026-01-05"/>
<event><string key="concept:name" value="receive"/>
<date key="time:timestamp" value="2026-01-03T09:00:00+08:00"/></event></trace></log>"""


@pytest.mark.parametrize("given", [[], ["group=org:group", "deadline=case:deadline"]])
def test_what_the_first_event_of_xes_leaves_out_is_read_all_the_same(tmp_path, given):
    path = tmp_path / "log.xes.gz"
    path.write_bytes(gzip.compress(XES.encode()))
    import_log(path, given=given)
    figures = analyse_source("log")
    assert (figures.events, figures.departments, figures.handovers) == (4, 2, 1)
    assert (figures.finished_with_deadline, figures.finished_late) == (1, 1)


def test_a_column_that_no_event_of_xes_has_is_refused(tmp_path):
    path = tmp_path / "log.xes"
    path.write_text(XES)
    with pytest.raises(UnknownColumnError) as caught:
        import_log(path, given=["group=org:grup"])
    assert caught.value.figures["nearest"] == "org:group"


def test_events_of_xes_without_their_name_or_their_matters_are_reported(tmp_path):
    path = tmp_path / "log.xes"
    path.write_text(
        XES.replace('<string key="concept:name" value="c1"/>', "").replace(
            '<string key="concept:name" value="receive"/>\n', ""
        )
    )
    result, problems = import_log(path)
    assert (result.events_added, result.refused) == (0, 4)
    assert {(problem.column, problem.reason) for problem in problems.first} == {
        ("case:concept:name", "missing"),
        ("concept:name", "missing"),
    }


def test_rows_out_of_order_are_put_in_their_place(write):
    rows = [
        [f"c{n % 7}", f"a{n}", f"2026-01-{n + 1:02d}", f"G{n % 3}", "", "", "", ""]
        for n in range(28)
    ]
    import_log(write(rows), source="sorted")
    shuffled = random.Random(4).sample(rows, len(rows))
    result, _ = import_log(write(shuffled), source="shuffled", batch=5)
    assert result.unsorted > 0
    assert result.refused == 0
    assert analyse_source("shuffled") == _renamed(analyse_source("sorted"))
    ends = [
        Matter.objects.filter(source=source).order_by("external_id").values_list(
            "external_id", "opened_at", "received_by__name_zh", "accountable__name_zh"
        )
        for source in ("sorted", "shuffled")
    ]  # fmt: skip
    assert list(ends[0]) == list(ends[1])


def _renamed(figures):
    from dataclasses import replace

    # Departments of different logs are different ones, so only their codes may differ.
    names = dict(Department.objects.values_list("code", "name_zh"))
    codes = {
        names[code]: code
        for code in Fact.objects.filter(data__source="shuffled")
        .exclude(department="")
        .values_list("department", flat=True)
    }
    pairs = [
        replace(pair, giver=codes[names[pair.giver]], taker=codes[names[pair.taker]])
        for pair in figures.handover_pairs
    ]
    pairs.sort(key=lambda pair: (-pair.count, pair.giver, pair.taker))
    return replace(figures, handover_pairs=tuple(pairs))


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_run_cut_off_and_run_again_gives_the_same(write, cut):
    path = write(ROWS)
    with transaction.atomic():
        import_log(path, batch=1)
        whole = state()
        transaction.set_rollback(True)
    assert not Matter.objects.exists()

    class CutError(Exception):
        pass

    seen = []

    def stop(done, total):
        seen.append(done)
        if len(seen) == cut:
            raise CutError

    with pytest.raises(CutError):
        import_log(path, batch=1, progress=stop)
    assert Fact.objects.filter(verb="cases.history.performed").count() == cut
    result, _ = import_log(path, batch=1)
    assert (result.events_added, result.events_known) == (4 - cut, cut)
    assert state() == whole
    told = Fact.objects.get(verb="cases.history.imported")
    assert (told.data["matters"], told.data["events"]) == (2, 4)


def test_bad_rows_are_reported_and_the_rest_is_loaded(write, tmp_path):
    bad = [
        ["", "receive", "2026-01-01", "", "", "", "", ""],
        ["c1", "receive", "sometime", "", "", "", "", ""],
        ["c9", "receive", "2026-01-02", "", "", "2026-01-03", "=never()", ""],
    ]
    report = tmp_path / "report.csv"
    result, problems = import_log(write([*ROWS, *bad]), report=report)
    assert (result.events_added, result.refused) == (5, 2)
    assert result.reasons == {"missing": 1, "unreadable_time": 1}
    assert result.notes == {"unreadable_time": 1, "before_start": 1}
    assert [problem.row for problem in problems.first] == [6, 7, 8, 8]
    with report.open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.DictReader(file))
    assert [(row["row"], row["column"], row["reason"], row["refused"]) for row in written] == [
        ("6", "case:concept:name", "missing", "yes"),
        ("7", "time:timestamp", "unreadable_time", "yes"),
        ("8", "case:deadline", "unreadable_time", "no"),
        ("8", "time:timestamp", "before_start", "no"),
    ]
    assert written[2]["value"] == "'=never()"


@pytest.mark.parametrize("number", ["13812345678", "138 1234 5678", "330102199001011234"])
@pytest.mark.parametrize("place", [1, 3, 4])
def test_a_row_that_would_keep_a_number_of_somebody_is_left_out_by_name(
    write, tmp_path, number, place
):
    bad = list(ROWS[0])
    bad[place] = f"Called {number} back"
    bad[6] = f"ask {number}"
    report = tmp_path / "report.csv"
    result, problems = import_log(write([ROWS[0], bad, *ROWS[1:]]), report=report)
    assert (result.events_added, result.refused) == (4, 1)
    assert result.reasons == {"personal_number": 1}
    assert [(each.row, each.column, each.value) for each in problems.first] == [
        (3, COLUMNS[place], "")
    ]
    assert number not in report.read_text(encoding="utf-8-sig")


def test_an_unreadable_time_that_names_somebody_is_not_shown(write):
    row = ["c1", "receive", "ask 13812345678", "", "", "", "13812345678", ""]
    _, problems = import_log(write([row]))
    assert [(each.reason, each.value) for each in problems.first] == [("unreadable_time", "")]


def test_a_source_is_not_called_by_a_number_of_somebody(write):
    with pytest.raises(PersonalNumberError):
        import_log(write(ROWS), source="Calls of 13812345678")
    assert not Fact.objects.exists()


def test_missing_columns_leave_nothing_behind(write):
    path = write([["1", "x"]], columns=["ID", "concept:name"])
    with pytest.raises(MissingColumnsError):
        import_log(path)
    assert not Matter.objects.exists()
    assert not Fact.objects.exists()


def test_columns_by_map(write):
    columns = ["ID", "step", "when", "who"]
    result, _ = import_log(
        write([["1", "x", "2026-01-01", "Hall"]], columns=columns),
        given=["case=ID", "activity=step", "time=when", "org:group=who"],
    )
    assert result.events_added == 1
    assert analyse_source("log").departments == 1


def test_a_file_that_breaks_off_keeps_what_came_before(write):
    path = write(ROWS)
    path.write_bytes(path.read_bytes() + b'c1,"' + b"x" * 200_000)
    with pytest.raises(UnreadableLogError) as caught:
        import_log(path, batch=2)
    assert caught.value.figures["row"] > 5
    assert Fact.objects.filter(verb="cases.history.performed").count() == 4


def test_a_group_called_like_a_department_of_the_city_is_that_department(write):
    city = Department.objects.create(code="fire", name_zh="消防支队", name_en="Fire", badge="消")
    result, _ = import_log(write(ROWS))
    assert result.departments_added == 1
    performed = Fact.objects.filter(verb="cases.history.performed", department=city.code)
    assert performed.count() == 1


def test_logs_of_different_sources_do_not_mix(write):
    import_log(write(ROWS), source="one")
    import_log(write(ROWS[:1]), source="two")
    assert (analyse_source("one").events, analyse_source("two").events) == (4, 1)
    assert [(log.name, log.matters, log.closed) for log in sources()] == [
        ("one", 2, 1),
        ("two", 1, 0),
    ]
    with pytest.raises(SeveralSourcesError):
        analyse_only()


def test_the_only_log_is_the_default(write):
    assert analyse_only().matters == 0
    import_log(write(ROWS))
    assert analyse_only() == analyse_source("log")


def test_unknown_sources_and_matters_are_named(write):
    import_log(write(ROWS))
    with pytest.raises(UnknownSourceError) as caught:
        analyse_source("lag")
    assert caught.value.figures["known"] == "log"
    with pytest.raises(UnknownMatterError, match="c7"):
        analyse_matters(["c1", "c7"])


def test_names_of_sources(tmp_path, write):
    assert default_source(tmp_path / "receipt.xes.gz") == "receipt"
    with pytest.raises(SourceNameError):
        import_log(write(ROWS), source="x" * 61)
