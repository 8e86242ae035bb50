"""Reading event logs: formats, columns, and rows that are no events."""

import datetime as dt
import gzip
import random
import tracemalloc

import pytest

from heli.cases.history.mapping import (
    ROLES,
    AmbiguousColumnError,
    MissingColumnsError,
    UnknownColumnError,
    UnknownRoleError,
    parse_map,
    resolve,
)
from heli.cases.history.readers import UnreadableLogError, open_log
from heli.cases.history.readers.common import LogNotFoundError, UnknownLogFormatError
from heli.cases.history.rows import RowParser, parse_time

NOW = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
HEADER = "case:concept:name,concept:name,time:timestamp,org:group\n"
XES = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE log [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<log xmlns="http://www.xes-standard.org/" xes.version="1.0">
  <global scope="event"><string key="concept:name" value="default"/></global>
  <string key="concept:name" value="the log"/>
  <trace>
    <string key="concept:name" value="c1"/>
    <date key="deadline" value="2026-03-01T00:00:00+08:00"/>
    <event>
      <string key="concept:name" value="receive"><string key="org:group" value="nested"/></string>
      <date key="time:timestamp" value="2026-02-01T09:00:00.000+08:00"/>
      <string key="org:group" value="Hall"/>
    </event>
    <event>
      <string key="concept:name" value="decide &amp; send"/>
      <date key="time:timestamp" value="2026-02-02T09:00:00.000+08:00"/>
    </event>
  </trace>
  <trace/>
  <trace>
    <string key="concept:name" value="c2"/>
    <event><date key="time:timestamp" value="2026-02-03T09:00:00Z"/></event>
  </trace>
</log>
"""


def read(path, names=("case:concept:name", "concept:name", "time:timestamp", "org:group")):
    with open_log(path) as log:
        return list(log.rows(names))


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_csv_and_its_line_numbers(write):
    path = write("log.csv", HEADER + 'c1,"two\nlines",2026-01-01,A\n\nc1,b,2026-01-02\n')
    assert read(path) == [
        (3, ["c1", "two\nlines", "2026-01-01", "A"]),
        (5, ["c1", "b", "2026-01-02", ""]),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_as_offices_save_it(write, encoding, delimiter):
    text = (HEADER + "一,受理,2026-01-01,市场监督管理局\n").replace(",", delimiter)
    assert read(write("log.csv", text.encode(encoding))) == [
        (2, ["一", "受理", "2026-01-01", "市场监督管理局"])
    ]


def test_gzip_gives_the_same(write):
    plain = write("log.csv", HEADER + "c1,a,2026-01-01,A\n")
    packed = write("log.csv.gz", gzip.compress(plain.read_bytes()))
    assert read(packed) == read(plain)


def test_xes(write):
    expected = [
        (1, ["c1", "receive", "2026-02-01T09:00:00.000+08:00", "Hall"]),
        (2, ["c1", "decide & send", "2026-02-02T09:00:00.000+08:00", ""]),
        (3, ["c2", "", "2026-02-03T09:00:00Z", ""]),
    ]
    assert read(write("log.xes", XES)) == expected
    assert read(write("log.xes.gz", gzip.compress(XES.encode()))) == expected
    deadlines = read(write("log.xes", XES), ["case:deadline"])
    assert [values for _, values in deadlines] == [["2026-03-01T00:00:00+08:00"]] * 2 + [[""]]


def test_xes_names_what_any_event_or_trace_has(write):
    # As of the second event and the second trace, one only declared, none of what is nested.
    text = XES.replace(
        "<trace/>", '<trace><date key="enddate" value="2026-03-02"/><event/></trace>'
    )
    text = text.replace(
        "<global scope=",
        '<global scope="trace"><string key="concept:name" value="x"/><int key="fee" value="0"/>'
        "</global><global scope=",
    ).replace("decide &amp; send", 'decide"/><string key="org:resource" value="R')
    with open_log(write("log.xes", text)) as log:
        assert sorted(log.columns) == [
            "case:concept:name",
            "case:deadline",
            "case:enddate",
            "case:fee",
            "concept:name",
            "org:group",
            "org:resource",
            "time:timestamp",
        ]


def test_a_global_attribute_of_xes_stands_for_no_missing_value(write):
    rows = read(write("log.xes", XES), ["concept:name"])
    assert [values for _, values in rows] == [["receive"], ["decide & send"], [""]]


def test_xes_keeps_a_list_and_what_is_nested_apart(write):
    text = XES.replace(
        '<string key="org:group" value="Hall"/>',
        '<list key="org:group"><string key="org:resource" value="R"/>'
        '<values><string key="org:group" value="nested"/></values></list>',
    )
    rows = read(write("log.xes", text), ["org:group", "org:resource"])
    assert [values for _, values in rows] == [["", ""]] * 3


def test_a_trace_without_a_name_takes_none_from_the_one_before(write):
    text = XES.replace('<string key="concept:name" value="c2"/>', "")
    assert [values[0] for _, values in read(write("log.xes", text))] == ["c1", "c1", ""]
    text = XES.replace('<string key="concept:name" value="c1"/>', "")
    assert [values[0] for _, values in read(write("log.xes", text))] == ["", "", "c2"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_cut_xes_is_read_up_to_the_cut(write, packed):
    # Different names, so that the file is read in several pieces when it is packed, too.
    draw = random.Random(1)
    events = "".join(
        f'<event><string key="concept:name" value="{draw.randbytes(60).hex()}"/></event>'
        for _ in range(4000)
    )
    whole = f"<log><trace>{events}</trace></log>".encode()
    content = gzip.compress(whole)[:-20_000] if packed else whole[:-20_000]
    found = []
    with open_log(write("log.xes.gz" if packed else "log.xes", content)) as log:
        assert log.columns == ["concept:name"]
        with pytest.raises(UnreadableLogError) as caught:
            found.extend(log.rows(["concept:name"]))
    assert 2000 < len(found) < 4000
    assert caught.value.figures["row"] == len(found) + 1


def test_xes_resolves_no_entities(write):
    text = XES.replace('value="Hall"', 'value="&secret;"')
    with pytest.raises(UnreadableLogError):
        read(write("log.xes", text))


def test_a_broken_xes_names_the_event_it_was_read_to(write):
    with pytest.raises(UnreadableLogError) as caught:
        read(write("log.xes", XES[: XES.index("decide")]))
    assert caught.value.figures["row"] == 2


def test_a_cut_gzip_is_told(write):
    packed = gzip.compress((HEADER + "c1,a,2026-01-01,A\n" * 50_000).encode())
    with pytest.raises(UnreadableLogError):
        read(write("log.csv.gz", packed[:-20]))


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("log.csv", "", UnreadableLogError),
        ("log.csv", b"PK\x03\x04rest", UnknownLogFormatError),
        ("log.csv", b"\x00\x01\x02", UnknownLogFormatError),
        ("log.xes", "<html><body/></html>", UnknownLogFormatError),
        ("log.xes", "<?xml version='1.0'?><html><event/></html>", UnknownLogFormatError),
        ("log.xes", "<log/>", UnreadableLogError),
    ],
)
def test_what_is_no_log_is_refused_by_name(write, name, content, error):
    with pytest.raises(error):
        read(write(name, content))


def test_a_missing_file_names_its_neighbours(write):
    beside = write("there.csv", HEADER)
    with pytest.raises(LogNotFoundError, match="no file"):
        open_log(beside.with_name("their.csv"))


def test_memory_does_not_grow_with_the_file(write):
    row = "".join(f'<event><string key="concept:name" value="a{n}"/></event>' for n in range(10))
    trace = f'<trace><string key="concept:name" value="c"/>{row}</trace>'

    def peak(count):
        path = write("log.xes", f"<log>{trace * count}</log>")
        tracemalloc.start()
        try:
            with open_log(path) as log:
                assert sum(1 for _ in log.rows(["concept:name"])) == 10 * count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small = peak(100)
    # Whatever other threads of the process take meanwhile is counted, too, but not twice alike.
    assert min(peak(10_000) for _ in range(3)) < small + 200_000


def test_standard_columns_need_no_map():
    assert resolve(list(ROLES.values()), {}).columns == ROLES


def test_a_map_wins_over_the_standard_name():
    chosen = resolve(["ID", "case:concept:name", "concept:name", "time:timestamp"], {"case": "ID"})
    assert chosen.columns["case"] == "ID"
    assert chosen.names[:4] == ["ID", "concept:name", "time:timestamp", ""]


def test_missing_columns_are_named_with_the_remedy():
    with pytest.raises(MissingColumnsError) as caught:
        resolve(["ID", "concept:name"], {"case": "ID"})
    assert "time (time:timestamp)" in caught.value.detail()
    assert "activity" not in caught.value.figures["missing"]
    assert caught.value.advice().endswith("--map time=COLUMN")


def test_a_map_may_use_xes_names_and_equals_signs():
    assert parse_map(["org:group=Team", "case=a=b"]) == {"group": "Team", "case": "a=b"}


@pytest.mark.parametrize("given", ["case", "colour=Red", "case=", "=x"])
def test_a_wrong_map_is_refused(given):
    with pytest.raises(UnknownRoleError):
        parse_map([given])


def test_a_mistyped_column_is_refused_with_the_nearest():
    with pytest.raises(UnknownColumnError) as caught:
        resolve(["Case ID", "Time"], {"case": "CaseID"})
    assert caught.value.figures["nearest"] == "Case ID"


def test_a_column_that_stands_twice_is_refused():
    with pytest.raises(AmbiguousColumnError):
        resolve(["case:concept:name", "concept:name", "concept:name", "time:timestamp"], {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2011-10-11 13:45:40.276000+02:00", dt.datetime(2011, 10, 11, 11, 45, 40, 276000, dt.UTC)),
        ("2026-02-01T09:00:00Z", dt.datetime(2026, 2, 1, 9, tzinfo=dt.UTC)),
        ("2026-02-01 09:00", dt.datetime(2026, 2, 1, 1, tzinfo=dt.UTC)),
        ("2026/2/1 9:00", dt.datetime(2026, 2, 1, 1, tzinfo=dt.UTC)),
        ("2026年2月1日 9:00:30", dt.datetime(2026, 2, 1, 1, 0, 30, tzinfo=dt.UTC)),
        ("01/02/2026 09:00", None),
        ("tomorrow", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_times(text, expected):
    assert parse_time(text) == expected


def parse(*values):
    return RowParser(list(ROLES.values()), NOW).parse(7, [*values, *[""] * (9 - len(values))])


def test_a_good_row():
    event, problems = parse("c1", " check ", "2026-01-02", "A", "R", "complete", "2026-01-01")
    assert problems == []
    assert (event.case, event.activity, event.group, event.resource) == ("c1", "check", "A", "R")
    assert event.deadline is None


@pytest.mark.parametrize(
    ("values", "column", "reason"),
    [
        (("", "a", "2026-01-01"), "case:concept:name", "missing"),
        (("c", "", "2026-01-01"), "concept:name", "missing"),
        (("c", "a", ""), "time:timestamp", "missing"),
        (("c", "a", "soon"), "time:timestamp", "unreadable_time"),
        (("c", "a", "2026-12-24"), "time:timestamp", "future_time"),
        (("c" * 121, "a", "2026-01-01"), "case:concept:name", "too_long"),
    ],
)
def test_a_bad_row_is_refused_with_its_column_and_reason(values, column, reason):
    event, problems = parse(*values)
    assert event is None
    assert [(p.row, p.column, p.reason, p.refused) for p in problems] == [(7, column, reason, True)]


def test_an_event_before_the_start_of_its_case_is_kept_and_noted():
    event, problems = parse("c", "a", "2026-01-01", "", "", "", "2026-01-02")
    assert event is not None
    assert [(p.reason, p.refused) for p in problems] == [("before_start", False)]


def test_an_unreadable_deadline_costs_the_deadline_not_the_event():
    event, problems = parse("c", "a", "2026-01-01", "", "", "", "", "never")
    assert event is not None
    assert event.deadline is None
    assert [(p.column, p.refused) for p in problems] == [("case:deadline", False)]


def test_a_row_with_too_many_values_is_refused(write):
    rows = read(write("log.csv", HEADER + "c1,a,b,2026-01-01,A\n"))
    assert parse(*rows[0][1])[1][0].reason == "too_many_values"


def test_an_unnamed_column_plays_no_role(write):
    # Tables saved with their row numbers have a first column without a name.
    path = write("log.csv", ",case:concept:name\n0,c1\n")
    assert read(path, ["case:concept:name", ""]) == [(2, ["c1", ""])]
