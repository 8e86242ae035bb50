"""Public event logs: Heli's figures against an independent count over the raw file.

The independent count is SQL over the CSV as it lies on disk (DuckDB); it shares no code with Heli.
"""

import csv
import gzip
from itertools import groupby
from operator import itemgetter
from xml.sax.saxutils import quoteattr

import duckdb
import pytest
from django.db import transaction

from heli.cases.history.importer import import_log
from heli.cases.history.selectors import analyse_matters, analyse_source
from heli.cases.models import Matter
from heli.ledger.models import Fact
from heli.organisation.models import Department, Person

pytestmark = [pytest.mark.reference, pytest.mark.django_db]

LOGS = ["receipt.csv", "running-example.csv", "roadtraffic100traces.csv"]


@pytest.fixture
def permits(reference_data):
    return reference_data / "permits"


def count(path):
    """The same figures by SQL windows."""
    base = duckdb.connect()
    base.execute("SET TimeZone = 'UTC'")
    base.execute(
        "CREATE TABLE raw AS SELECT row_number() OVER () AS n, * "
        f"FROM read_csv('{path}', all_varchar=true)"
    )
    have = {row[0] for row in base.execute("DESCRIBE raw").fetchall()}

    def column(name):
        return f"NULLIF(\"{name}\", '')" if name in have else "NULL::VARCHAR"

    base.execute(
        f"""CREATE TABLE e AS SELECT n, "case:concept:name" AS c, "concept:name" AS a,
        "time:timestamp"::TIMESTAMPTZ AS t, {column("org:group")} AS g,
        {column("case:deadline")}::TIMESTAMPTZ AS d, {column("case:enddate")}::TIMESTAMPTZ AS f
        FROM raw"""
    )
    base.execute(
        """CREATE TABLE p AS SELECT *, lag(t) OVER w AS bt, lag(g) OVER w AS bg FROM e
        WINDOW w AS (PARTITION BY c ORDER BY t, n)"""
    )
    # The sequence of known groups, repeats collapsed, then each against the one before the last.
    base.execute(
        """CREATE TABLE q AS SELECT *, lag(g, 2) OVER (PARTITION BY c ORDER BY t, n) AS g2 FROM (
          SELECT *, lag(g) OVER (PARTITION BY c ORDER BY t, n) AS g1 FROM e WHERE g IS NOT NULL
        ) WHERE g1 IS NULL OR g1 <> g"""
    )

    def one(sql):
        return base.execute(sql).fetchone()[0]

    figures = {
        "matters": one("SELECT count(DISTINCT c) FROM e"),
        "events": one("SELECT count(*) FROM e"),
        "activities": one("SELECT count(DISTINCT a) FROM e"),
        "departments": one("SELECT count(DISTINCT g) FROM e"),
        "handovers": one("SELECT count(*) FROM p WHERE g <> bg"),
        "handovers_over_48h": one(
            "SELECT count(*) FROM p WHERE g <> bg AND epoch_us(t) - epoch_us(bt) > 172800000000"
        ),
        "matters_multi_department": one(
            "SELECT count(*) FROM (SELECT c FROM e GROUP BY c HAVING count(DISTINCT g) > 1)"
        ),
        "finished_with_deadline": one(
            "SELECT count(DISTINCT c) FROM e WHERE d IS NOT NULL AND f IS NOT NULL"
        ),
        "finished_late": one("SELECT count(DISTINCT c) FROM e WHERE f > d"),
        "ping_pong_matters": one("SELECT count(DISTINCT c) FROM q WHERE g = g2"),
    }
    sojourn = base.execute(
        """SELECT a, count(*), count(bt),
        quantile_cont((epoch_us(t) - epoch_us(bt)) / 1e6, 0.5),
        quantile_cont((epoch_us(t) - epoch_us(bt)) / 1e6, 0.9) FROM p GROUP BY a"""
    ).fetchall()
    return figures, {row[0]: row[1:] for row in sojourn}


@pytest.mark.parametrize("name", LOGS)
def test_every_figure_agrees_with_an_independent_count(permits, name):
    path = permits / name
    import_log(path, source="log")
    found = analyse_source("log")
    figures, sojourn = count(path)
    assert {key: getattr(found, key) for key in figures} == figures
    assert {row.activity for row in found.sojourn} == set(sojourn)
    for row in found.sojourn:
        events, measured, median, p90 = sojourn[row.activity]
        assert (row.events, row.measured) == (events, measured)
        assert row.median_seconds == (None if median is None else pytest.approx(median, abs=1e-5))
        assert row.p90_seconds == (None if p90 is None else pytest.approx(p90, abs=1e-5))


def as_xes(table, path):
    """The same log as XES; what has no value is left out, as XES wants it."""

    def attributes(row, of_trace):
        for column, value in row.items():
            if column and value and column.startswith("case:") is of_trace:
                kind = "date" if value[4:5] == "-" and value[10:11] == " " else "string"
                key = quoteattr(column.removeprefix("case:"))
                yield f"<{kind} key={key} value={quoteattr(value)}/>"

    with table.open(encoding="utf-8", newline="") as file, gzip.open(path, "wt") as out:
        out.write('<log xmlns="http://www.xes-standard.org/">')
        for _, rows in groupby(csv.DictReader(file), itemgetter("case:concept:name")):
            trace = list(rows)
            out.write("<trace>" + "".join(attributes(trace[0], True)))
            out.writelines(f"<event>{''.join(attributes(row, False))}</event>" for row in trace)
            out.write("</trace>")
        out.write("</log>")


@pytest.mark.parametrize("name", LOGS)
def test_a_log_gives_the_same_figures_as_csv_and_as_xes(permits, tmp_path, name):
    as_xes(permits / name, tmp_path / "log.xes.gz")
    figures = []
    for path in (permits / name, tmp_path / "log.xes.gz"):
        # One after the other, since departments of two logs have different codes.
        with transaction.atomic():
            import_log(path, source="log")
            figures.append(analyse_source("log").as_dict())
            transaction.set_rollback(True)
    assert figures[0] == figures[1]


def test_receipt_is_what_its_publisher_says(permits):
    result, _ = import_log(permits / "receipt.csv")
    figures = analyse_source("receipt")
    assert (figures.matters, figures.events, figures.activities, figures.departments) == (
        1434,
        8577,
        27,
        10,
    )
    assert (figures.finished_with_deadline, figures.finished_late) == (1329, 377)
    assert (result.refused, result.departments_added, result.people_added) == (0, 10, 48)
    # Twelve events of the log are earlier than the start of their case: loaded, and said so.
    assert result.notes == {"before_start": 12}
    assert Department.objects.filter(is_active=False, code__startswith="log-").count() == 10
    assert Person.objects.filter(is_active=False).count() == 48
    closed = Matter.objects.filter(source="receipt", state="completed")
    assert closed.count() == closed.filter(closed_at__isnull=False).count() == 1329


def test_a_second_import_adds_nothing(permits):
    import_log(permits / "roadtraffic100traces.csv")
    facts = Fact.objects.count()
    again, _ = import_log(permits / "roadtraffic100traces.csv")
    assert (again.events_added, again.events_known, again.matters_changed) == (0, 390, 0)
    assert Fact.objects.count() == facts


def test_one_matter_by_its_number_in_the_log_or_its_code(permits):
    import_log(permits / "receipt.csv")
    matter = Matter.objects.get(external_id="case-9289")
    by_number, by_code = analyse_matters(["case-9289"]), analyse_matters([matter.code])
    assert by_number == by_code
    assert (by_number.matters, by_number.events) == (1, 25)
