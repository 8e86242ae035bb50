"""Tasks, requests and matters in figures. Every function is one query."""

# ruff: noqa: S608 - queries are put together from constants; values are always parameters
import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from heli.cockpit.selectors import sql
from heli.cockpit.selectors.periods import Span
from heli.kernel.clock import SHANGHAI

COUNTED = "('done', 'refused', 'returned')"
HUMAN = "kind <> 'service'"


@dataclass(frozen=True, slots=True)
class Response:
    """How fast something was answered in a period.

    Attributes:
        count: How many were answered.
        clocked: Of these, those that had a due instant.
        on_time: Of these, those answered by it.
        median: Seconds from opened to closed; None of none.
        p90: The same, nine out of ten were faster.
    """

    count: int = 0
    clocked: int = 0
    on_time: int = 0
    median: float | None = None
    p90: float | None = None

    @property
    def late(self) -> int:
        """Answered after it was due."""
        return self.clocked - self.on_time

    @property
    def rate(self) -> float | None:
        """Share on time in per cent of those that had a due instant."""
        return 100 * self.on_time / self.clocked if self.clocked else None


@dataclass(frozen=True, slots=True)
class Responses:
    """By department, and altogether."""

    by_department: dict[str, Response] = field(default_factory=dict)
    whole: Response = Response()


def completed_tasks(span: Span) -> Responses:
    """Tasks of officers that were approved, refused or returned in the span."""
    return _responses(
        f"SELECT department_id AS d, due_at, closed_at,"
        f" {sql.seconds('opened_at', 'closed_at')} AS s"
        f" FROM cases_task WHERE closed_at >= {sql.instant()} AND closed_at <= {sql.instant()}"
        f" AND state IN {COUNTED} AND {HUMAN}",
        [span.since, span.until],
    )


def answered_requests(span: Span) -> Responses:
    """Requests for collaboration that were answered or refused in the span."""
    return _responses(
        f"SELECT asked_id AS d, due_at, closed_at, {sql.seconds('asked_at', 'closed_at')} AS s"
        " FROM cases_collaborationrequest"
        f" WHERE closed_at >= {sql.instant()} AND closed_at <= {sql.instant()}"
        " AND state IN ('answered', 'refused')",
        [span.since, span.until],
    )


def _responses(source: str, parameters: list[Any]) -> Responses:
    query = (
        f"WITH t AS ({source}), r AS (SELECT *,"
        " ROW_NUMBER() OVER (PARTITION BY d ORDER BY s) AS k, COUNT(*) OVER (PARTITION BY d) AS n,"
        " ROW_NUMBER() OVER (ORDER BY s) AS ka, COUNT(*) OVER () AS na FROM t)"
        " SELECT d, n, na, COUNT(due_at) AS clocked,"
        " SUM(CASE WHEN closed_at <= due_at THEN 1 ELSE 0 END) AS on_time,"
        f" {sql.order_statistics('k', 'n', 's', 'own')},"
        f" {sql.order_statistics('ka', 'na', 's', 'all')} FROM r GROUP BY d, n, na"
    )
    found = sql.rows(query, parameters)
    by_department = {
        row["d"]: Response(
            row["n"], row["clocked"], row["on_time"], *sql.quantiles(row, "own", row["n"])
        )
        for row in found
    }
    if not found:
        return Responses()
    # Each neighbour of an overall quantile lies in one department's rows only.
    merged = {
        name: max((row[name] for row in found if row[name] is not None), default=None)
        for name in found[0]
        if name.startswith("all_")
    }
    total = found[0]["na"]
    return Responses(
        by_department,
        Response(
            total,
            sum(row["clocked"] for row in found),
            sum(row["on_time"] for row in found),
            *sql.quantiles(merged, "all", total),
        ),
    )


def on_time_before(span: Span) -> float | None:
    """Share of tasks on time, in per cent, in the span before; None where there was none."""
    if span.before is None:
        return None
    row = sql.rows(
        "SELECT COUNT(due_at) AS n, SUM(CASE WHEN closed_at <= due_at THEN 1 ELSE 0 END) AS k"
        f" FROM cases_task WHERE closed_at >= {sql.instant()} AND closed_at < {sql.instant()}"
        f" AND state IN {COUNTED} AND {HUMAN}",
        [span.before, span.since],
    )[0]
    return 100 * row["k"] / row["n"] if row["n"] else None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open tasks of one kind at one department.

    ``late``, ``at_risk``, ``suspended`` and ``on_time`` are tasks; the ``…_days`` are the days
    that they have been in that state so far, added up over the tasks.
    """

    department: str
    name_zh: str
    name_en: str
    count: int
    late: int
    at_risk: int
    suspended: int
    unclocked: int
    late_days: float
    at_risk_days: float
    suspended_days: float

    @property
    def on_time(self) -> int:
        """Tasks in time; one without a clock is neither in time nor late."""
        return self.count - self.late - self.at_risk - self.suspended - self.unclocked

    @property
    def days(self) -> float:
        """Days lost to lateness, risk and suspension, added up."""
        return self.late_days + self.at_risk_days + self.suspended_days


def waiting(now: dt.datetime) -> list[Waiting]:
    """Open tasks by activity and department, the most days first."""
    late = f"suspended_at IS NULL AND due_at < {sql.instant()}"
    risk = f"suspended_at IS NULL AND due_at >= {sql.instant()} AND at_risk_at <= {sql.instant()}"

    def total(condition: str, start: str) -> str:
        spent = sql.seconds(start, sql.instant())
        return f"SUM(CASE WHEN {condition} THEN {spent} ELSE 0 END) / {sql.DAY}"

    def tasks(condition: str) -> str:
        return f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END)"

    query = (
        "SELECT department_id AS department, name_zh, name_en, COUNT(*) AS count,"
        f" {tasks(late)} AS late, {tasks(risk)} AS at_risk,"
        " COUNT(suspended_at) AS suspended,"
        f" {tasks('suspended_at IS NULL AND due_at IS NULL')} AS unclocked,"
        f" {total(late, 'due_at')} AS late_days, {total(risk, 'at_risk_at')} AS at_risk_days,"
        f" {total('suspended_at IS NOT NULL', 'suspended_at')} AS suspended_days"
        f" FROM cases_task WHERE closed_at IS NULL AND {HUMAN}"
        " GROUP BY department_id, name_zh, name_en"
    )
    found = [Waiting(**row) for row in sql.rows(query, [now] * query.count("%s"))]
    return sorted(found, key=lambda row: (-row.days, -row.count, row.department, row.name_zh))


@dataclass(frozen=True, slots=True)
class Debt:
    """What one department owes another and has not done in time.

    Attributes:
        debtor: Department whose turn it is.
        creditor: Department that asked, or that is accountable for the matter.
        tasks: Overdue tasks.
        requests: Overdue requests for collaboration.
    """

    debtor: str
    creditor: str
    tasks: int = 0
    requests: int = 0

    @property
    def count(self) -> int:
        """Tasks and requests."""
        return self.tasks + self.requests


def debts(now: dt.datetime) -> list[Debt]:
    """What is overdue, by who owes it to whom, the most first."""
    found = sql.rows(
        "SELECT t.department_id AS debtor, m.accountable_id AS creditor, COUNT(*) AS tasks,"
        " 0 AS requests FROM cases_task t JOIN cases_matter m ON m.id = t.matter_id"
        " WHERE t.closed_at IS NULL AND t.suspended_at IS NULL"
        f" AND t.order_at < {sql.instant()} AND t.due_at < {sql.instant()} AND t.{HUMAN}"
        " GROUP BY t.department_id, m.accountable_id"
        " UNION ALL SELECT asked_id, asker_id, 0, COUNT(*) FROM cases_collaborationrequest"
        f" WHERE closed_at IS NULL AND due_at < {sql.instant()} GROUP BY asked_id, asker_id",
        [now, now, now],
    )
    sums: dict[tuple[str, str], list[int]] = {}
    for row in found:
        pair = sums.setdefault((row["debtor"], row["creditor"] or ""), [0, 0])
        pair[0] += row["tasks"]
        pair[1] += row["requests"]
    owed = [Debt(*pair, *numbers) for pair, numbers in sums.items()]
    return sorted(owed, key=lambda debt: (-debt.count, debt.debtor, debt.creditor))


@dataclass(frozen=True, slots=True)
class Saving:
    """Time saved by handling in parallel, of matters that ended in a period.

    Attributes:
        matters: Matters that ended with a time for every department.
        parallel: Median seconds from intake to end.
        serial: Median of the seconds the departments' own handling adds up to.
        saved: Median of the difference by matter, which is not the difference of the medians.
    """

    matters: int = 0
    parallel: float | None = None
    serial: float | None = None
    saved: float | None = None


def saving(span: Span) -> Saving:
    """Time saved by matters that ended in the span."""
    taken = sql.seconds("opened_at", "closed_at")
    ranks = ", ".join(f"ROW_NUMBER() OVER (ORDER BY {name}) AS k{name}" for name in ("p", "s", "d"))
    middles = ", ".join(
        sql.order_statistics(f"k{name}", "n", name, name) for name in ("p", "s", "d")
    )
    row = sql.rows(
        f"WITH t AS (SELECT {taken} AS p, serial_seconds * 1.0 AS s, serial_seconds - {taken} AS d"
        f" FROM cases_matter WHERE closed_at >= {sql.instant()} AND closed_at <= {sql.instant()}"
        " AND state = 'completed' AND origin = 'native' AND serial_seconds > 0),"
        f" r AS (SELECT *, COUNT(*) OVER () AS n, {ranks} FROM t)"
        f" SELECT COUNT(*) AS matters, {middles} FROM r",
        [span.since, span.until],
    )[0]
    count = row["matters"]
    medians = [sql.quantiles(row, name, count)[0] for name in ("p", "s", "d")]
    return Saving(count, *medians)


def by_day(span: Span, now: dt.datetime) -> list[tuple[str, int, int, int]]:
    """Completed tasks a day, on time, late and without a clock; at most the last 30 days.

    Days on which nothing was completed are there, too, so that the axis runs evenly.
    """
    since = max(span.since, now - dt.timedelta(days=30))
    late = "SUM(CASE WHEN closed_at > due_at THEN 1 ELSE 0 END)"
    found = sql.rows(
        f"SELECT {sql.day('closed_at')} AS day, COUNT(*) AS n, COUNT(due_at) AS clocked,"
        f" {late} AS late FROM cases_task"
        f" WHERE closed_at >= {sql.instant()} AND closed_at <= {sql.instant()}"
        f" AND state IN {COUNTED} AND {HUMAN} GROUP BY 1 ORDER BY 1",
        [since, span.until],
    )
    counts = {
        row["day"]: (row["clocked"] - row["late"], row["late"], row["n"] - row["clocked"])
        for row in found
    }
    if not counts:
        return []
    first, last = (each.astimezone(SHANGHAI).date() for each in (since, span.until))
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    return [(day.isoformat(), *counts.get(day.isoformat(), (0, 0, 0))) for day in days]


def officers_at_work(now: dt.datetime, days: int = 28) -> dict[tuple[str, str], tuple[int, int]]:
    """Completions and officers who made them in the last days, by department and activity."""
    found = sql.rows(
        "SELECT department_id AS d, name_zh, COUNT(*) AS n, COUNT(DISTINCT closed_by) AS officers"
        f" FROM cases_task WHERE closed_at >= {sql.instant()} AND closed_at <= {sql.instant()}"
        f" AND state IN {COUNTED} AND {HUMAN} GROUP BY department_id, name_zh",
        [now - dt.timedelta(days=days), now],
    )
    return {(row["d"], row["name_zh"]): (row["n"], row["officers"]) for row in found}
