"""What the cockpit's operations answer."""

import datetime as dt
from uuid import UUID

from ninja import Field, Schema

STATES = "on_time, at_risk, late, suspended, done, or unclocked: open without a clock."


class ResponseOut(Schema):
    """How fast something was answered; times in seconds."""

    count: int
    clocked: int
    on_time: int
    late: int
    rate: float | None
    median: float | None
    p90: float | None


class DepartmentOut(Schema):
    """One department."""

    code: str
    name: str
    tasks: ResponseOut
    requests: ResponseOut
    waiting: int
    late: int
    owes: int
    owed: int


class WaitingOut(Schema):
    """Open tasks of one activity at one department; days added up over them."""

    department: str
    activity: str
    count: int
    late: int
    at_risk: int
    suspended: int
    unclocked: int
    late_days: float
    at_risk_days: float
    suspended_days: float


class DebtOut(Schema):
    """Overdue tasks and requests that one department owes another."""

    debtor: str
    creditor: str
    tasks: int
    requests: int


class SavingOut(Schema):
    """Time saved by handling in parallel; seconds."""

    matters: int
    parallel: float | None
    serial: float | None
    saved: float | None


class ExchangeOut(Schema):
    """Calls to the exchange."""

    answered: int
    denied: int


class LedgerOut(Schema):
    """State of the ledger."""

    size: int
    at: dt.datetime | None
    witnesses: int
    of: int


class SummaryOut(Schema):
    """All figures of the cockpit at one instant."""

    at: dt.datetime
    period: str
    since: dt.datetime
    tasks: ResponseOut
    rate_before: float | None
    requests: ResponseOut
    overdue: int
    departments: list[DepartmentOut]
    waiting: list[WaitingOut]
    debts: list[DebtOut]
    saving: SavingOut
    exchange: ExchangeOut
    ledger: LedgerOut


class TaskBehindOut(Schema):
    """A task behind a figure."""

    id: UUID
    matter: str
    name: str
    department: str
    opened_at: dt.datetime
    due_at: dt.datetime | None
    closed_at: dt.datetime | None
    state: str = Field(description=STATES)


class RequestBehindOut(Schema):
    """A request for collaboration behind a figure."""

    id: UUID
    matter: str
    asker: str
    asked: str
    asked_at: dt.datetime
    due_at: dt.datetime | None
    closed_at: dt.datetime | None
    state: str = Field(description=STATES)


class MatterBehindOut(Schema):
    """A matter that ended; seconds from intake to end, and those of the departments added up."""

    code: str
    title: str
    opened_at: dt.datetime
    closed_at: dt.datetime
    parallel: float
    serial: float


class FactBehindOut(Schema):
    """A fact; `position` is its place in the ledger, null until it has one."""

    id: UUID
    position: int | None
    at: dt.datetime
    verb: str
    sentence: str
    department: str
    matter: str
