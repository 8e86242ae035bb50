"""What the API takes and gives."""

from ninja import Field, Schema


class DueQuery(Schema):
    """A time limit to count; exactly one of the four amounts is given."""

    start: str = Field(alias="from", description="2026-02-13T10:00:00+08:00", max_length=64)
    hours: int | None = Field(None, description="Natural hours")
    days: int | None = Field(None, description="Natural days")
    working_days: int | None = None
    working_hours: int | None = None
    suspend: list[str] = Field(
        default_factory=list, description="FROM/TO, or FROM/.. while open", max_length=100
    )
    office_hours: str = Field("09:00-12:00,13:00-18:00", max_length=120)
    until_midnight: bool = Field(False, description="The last day ends at 24:00")


class AllowanceOut(Schema):
    """An allowed time."""

    amount: int
    unit: str


class SuspensionOut(Schema):
    """A time that does not count; ``to`` is null while it is open."""

    begins: str = Field(alias="from")
    ends: str | None = Field(alias="to")
    department: str
    ground: str


class StepOut(Schema):
    """One day or stretch of time, and what counting made of it."""

    day: str
    verdict: str
    counted: float
    total: float
    begins: str | None
    ends: str | None
    make_up: bool
    festival: str | None
    text: str


class DueOut(Schema):
    """A counted time limit; ``due`` is null while a suspension is open."""

    due: str | None
    earliest: str
    last_day: str | None
    start: str = Field(alias="from")
    allowance: AllowanceOut
    timezone: str
    office_hours: str
    suspensions: list[SuspensionOut]
    counted: list[StepOut]
    notices: list[str]


class NoticeOut(Schema):
    """An official notice."""

    number: str
    title: str
    issued: str


class ExceptionOut(Schema):
    """A day that differs from the plain week, or that a notice names."""

    day: str
    kind: str
    working: bool
    festival: str
    notice: str


class CalendarOut(Schema):
    """A year of the official working calendar."""

    year: int
    timezone: str
    known_years: list[int]
    notices: list[NoticeOut]
    working_days: int
    exceptions: list[ExceptionOut]
