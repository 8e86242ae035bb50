"""What pages and the API read: frozen, in the reader's language, free of further queries."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from heli.cases.models import Attachment, CollaborationRequest, Handover, Matter, Supplement, Task
from heli.exchange.selectors import Use
from heli.kernel.permissions import Decision
from heli.organisation.selectors import DepartmentCard
from heli.web.confluence import Block


@dataclass(frozen=True, slots=True)
class ClockView:
    """A clock as shown: fits ``{% clock_badge %}``.

    Attributes:
        state: ``on_time``, ``at_risk``, ``late``, ``suspended`` or ``done``.
        fraction: Elapsed over allowed, 0–1.
        remaining: Time left, negative when late; suspended and done: how long.
        due_at: Present due instant, None where there is none.
        working: Office time left where the limit counts working time, negative when late.
        working_day: Office time of one working day.
        overran: It is done, and was done too late.
    """

    state: str
    fraction: float
    remaining: dt.timedelta | None
    due_at: dt.datetime | None
    working: dt.timedelta | None = None
    working_day: dt.timedelta | None = None
    overran: bool = False


@dataclass(frozen=True, slots=True)
class TaskState:
    """One department's part as everybody may see it: fits ``{% task_list %}``."""

    id: str
    label: str
    department: DepartmentCard
    state: str
    state_label: str
    clock: ClockView | None
    node: str
    opened_at: dt.datetime
    closed_at: dt.datetime | None
    note: str = ""
    url: str = ""

    @property
    def tone(self) -> str:
        """The colour of its state: that of its clock while it is open, quiet once it ended."""
        if self.closed_at is not None:
            return "done"
        return self.clock.state if self.clock is not None else "on_time"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline: fits ``{% timeline %}``."""

    at: dt.datetime
    sentence: str
    verb: str
    fact: str
    department: DepartmentCard | None = None
    receipt_url: str = ""
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A value that the city held already, with its proof.

    Attributes:
        source: The department and resource it came from, in words.
        refused: Why there is no value; empty when there is one.
        missing: The register was asked and has no record of the subject.
        raw: The value as the register gave it, for machines.
    """

    field: str
    label: str
    value: Any
    source: str
    receipt: str = ""
    receipt_url: str = ""
    refused: str = ""
    missing: bool = False
    raw: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A form field with its answer: fits ``{% check_answers %}``."""

    field: str
    label: str
    value: str
    source: str = ""
    receipt_url: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a supplement.

    Attributes:
        correctable: Questions whose answers may be corrected.
        corrected: Those that were: question, answer before, answer after.
    """

    row: Supplement
    correctable: list[str]
    corrected: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class TaskDetail:
    """An officer's detail pane.

    Attributes:
        reason: Why it was assigned to whom it was, in words.
        may: What the reader may do with it, by verb: ``claim release approve refuse return
            ask_supplement request prepare assign``.
        others: The other departments' parts.
    """

    task: Task
    matter: Matter
    procedure_name: str
    clock: ClockView | None
    reason: str
    may: dict[str, Decision]
    answers: list[Answer]
    prepared: list[Prepared]
    subjects: list[tuple[str, str]]
    others: list[TaskState]
    supplements: list[Asked]
    requests: list[CollaborationRequest]
    attachments: list[Attachment]
    documentation: str
    timeline: list[Entry]


@dataclass(frozen=True, slots=True)
class MatterPage:
    """The page of one matter, for its applicant and for officials.

    Attributes:
        tree: Blocks for ``{% confluence %}``.
        waiting_for: Departments, messages, or the applicant, it waits for now, in words.
        messages: Names of the messages that can be delivered to it now.
        parallel_days: Days it takes or took with departments side by side.
        serial_days: Days their own times add up to.
        needs: Supplements the applicant has not answered; none for who may not read them.
        asked: The same as everybody sees them who sees the matter: task and when, without words.
        standing: Tone and words of its state, the most urgent of what is open.
        may: ``withdraw offer_handover answer_handover request deliver_message attach
            see_data``.
    """

    matter: Matter
    procedure_name: str
    accountable: DepartmentCard | None
    received_by: DepartmentCard | None
    tasks: list[TaskState]
    tree: Block
    waiting_for: list[str]
    messages: list[str]
    needs: list[Supplement]
    asked: list[tuple[str, dt.datetime]]
    standing: tuple[str, str]
    answers: list[Answer]
    subjects: list[tuple[str, str]]
    uses: list[Use]
    timeline: list[Entry]
    handovers: list[Handover]
    requests: list[CollaborationRequest]
    attachments: list[Attachment]
    expected_at: dt.datetime | None
    parallel_days: float
    serial_days: float
    may: dict[str, Decision]


@dataclass(frozen=True, slots=True)
class PublicProgress:
    """What anyone with code and secret sees: no people, no answers, no data."""

    code: str
    procedure_name: str
    state: str
    state_label: str
    opened_at: dt.datetime | None
    closed_at: dt.datetime | None
    expected_at: dt.datetime | None
    accountable: DepartmentCard | None
    tasks: list[TaskState]
    tree: Block
    needs_supplement: bool
    standing: tuple[str, str]
    parallel_days: float
    serial_days: float


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A line of the inbox."""

    id: str
    level: str
    sentence: str
    at: dt.datetime
    read: bool
    matter_code: str
    link: str


@dataclass(frozen=True, slots=True)
class Prefill:
    """What the city knows already for a form.

    Attributes:
        draft: The draft it is kept in; start the matter with it.
        values: By field key; such fields are shown, not asked.
        prepared: The same with source and receipt, and what could not be filled with the reason.
    """

    draft: Matter
    values: dict[str, Any] = field(default_factory=dict)
    prepared: list[Prepared] = field(default_factory=list)
