"""All figures of the cockpit at one instant, in a constant number of queries."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Max

from heli.cockpit.capacity import Estimate, one_more_officer
from heli.cockpit.selectors import work
from heli.cockpit.selectors.periods import Period, Span, span_of
from heli.kernel import clock
from heli.ledger.selectors import Checkpoint, Cosignature, Fact
from heli.organisation.selectors import Department

CAPACITY_DAYS = 28


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """One department in the table of departments.

    Attributes:
        tasks: Its completed tasks in the period.
        requests: Requests for collaboration it answered in the period.
        waiting: Its open tasks.
        late: Its overdue tasks.
        owes: Overdue tasks and requests that it owes others.
        owed: Overdue tasks and requests that others owe it.
    """

    department: Department
    tasks: work.Response
    requests: work.Response
    waiting: int
    late: int
    owes: int
    owed: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """Data exchanged in the period.

    Attributes:
        answered: Calls answered, each with its receipt.
        denied: Calls refused, each with its reason.
    """

    answered: int = 0
    denied: int = 0


@dataclass(frozen=True, slots=True)
class Ledger:
    """State of the ledger.

    Attributes:
        size: Entries under the latest checkpoint.
        at: When it was signed; None before the first.
        witnesses: Departments whose witness cosigned it.
        of: Departments whose witness ever answered.
    """

    size: int = 0
    at: dt.datetime | None = None
    witnesses: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Where one more officer would help most, with the estimate it rests on."""

    waiting: work.Waiting
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything the cockpit shows but the news.

    Attributes:
        at: Instant it stands for.
        before: Share on time in the preceding period, in per cent; None where there is none.
        names: Departments by code.
    """

    period: Period
    span: Span
    at: dt.datetime
    tasks: work.Response
    requests: work.Response
    before: float | None
    departments: Sequence[DepartmentRow]
    waiting: Sequence[work.Waiting]
    debts: Sequence[work.Debt]
    saving: work.Saving
    exchange: Exchange
    ledger: Ledger
    by_day: Sequence[tuple[str, int, int, int]]
    suggestion: Suggestion | None
    names: Mapping[str, Department] = field(default_factory=dict)

    @property
    def overdue(self) -> int:
        """Overdue tasks and requests."""
        return sum(debt.count for debt in self.debts)

    @property
    def debtors(self) -> int:
        """Departments that owe something overdue."""
        return len({debt.debtor for debt in self.debts})

    @property
    def delta(self) -> float | None:
        """Change of the share on time against the preceding period, in points."""
        if self.before is None or self.tasks.rate is None:
            return None
        return self.tasks.rate - self.before


def summary(period: Period) -> Summary:
    """The figures of a period that ends now."""
    now = clock.now()
    span = span_of(period, now)
    names = {department.code: department for department in Department.objects.all()}
    tasks, requests = work.completed_tasks(span), work.answered_requests(span)
    waiting, debts = work.waiting(now), work.debts(now)
    return Summary(
        period=period,
        span=span,
        at=now,
        tasks=tasks.whole,
        requests=requests.whole,
        before=work.on_time_before(span),
        departments=_departments(names, tasks, requests, waiting, debts),
        waiting=waiting,
        debts=debts,
        saving=work.saving(span),
        exchange=exchange(span),
        ledger=ledger_state(),
        by_day=work.by_day(span, now),
        suggestion=_suggestion(waiting, now),
        names=names,
    )


def _departments(
    names: Mapping[str, Department],
    tasks: work.Responses,
    requests: work.Responses,
    waiting: Sequence[work.Waiting],
    debts: Sequence[work.Debt],
) -> list[DepartmentRow]:
    """A row for every department that did, waits for, owes or is owed something."""
    none = work.Response()
    rows = [
        DepartmentRow(
            department,
            tasks.by_department.get(code, none),
            requests.by_department.get(code, none),
            sum(item.count for item in waiting if item.department == code),
            sum(item.late for item in waiting if item.department == code),
            sum(debt.count for debt in debts if debt.debtor == code),
            sum(debt.count for debt in debts if debt.creditor == code),
        )
        for code, department in names.items()
    ]
    return [
        row
        for row in rows
        if row.tasks.count or row.requests.count or row.waiting or row.owes or row.owed
    ]


def exchange(span: Span) -> Exchange:
    """Calls answered and denied in a span."""
    counts = dict(
        Fact.objects.filter(
            verb__in=["exchange.lookup.answered", "exchange.lookup.denied"],
            at__gte=span.since,
            at__lte=span.until,
        )
        .order_by()
        .values_list("verb")
        .annotate(Count("pk"))
    )
    return Exchange(
        counts.get("exchange.lookup.answered", 0), counts.get("exchange.lookup.denied", 0)
    )


def ledger_state() -> Ledger:
    """The latest checkpoint and who cosigned it."""
    latest = Checkpoint.objects.order_by("-size").values("size", "at").first()
    if latest is None:
        return Ledger()
    # The latest checkpoint is asked about while it is signed: the last one with an answer counts.
    asked = Cosignature.objects.aggregate(size=Max("checkpoint"))["size"]
    answers = Cosignature.objects.filter(checkpoint=asked).values_list("line", flat=True)
    lines = list(answers)
    return Ledger(latest["size"], latest["at"], sum(1 for line in lines if line), len(lines))


def _suggestion(waiting: Sequence[work.Waiting], now: dt.datetime) -> Suggestion | None:
    """The queue that costs most days, where the counts allow an estimate."""
    worst = [item for item in waiting if item.late]
    if not worst:
        return None
    paces = work.officers_at_work(now, CAPACITY_DAYS)
    completions, officers = paces.get((worst[0].department, worst[0].name_zh), (0, 0))
    estimate = one_more_officer(worst[0].count, completions, officers, CAPACITY_DAYS)
    return Suggestion(worst[0], estimate) if estimate else None
