"""The matters of a log: created, and kept in step with what later rows say about the case."""

import datetime as dt
import uuid
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from heli.cases.codes import new_code
from heli.cases.history.rows import LogEvent
from heli.cases.models import Matter
from heli.kernel.ids import uuid7

# Cases kept in memory; a log lists the events of one case near each other more often than not.
REMEMBERED = 20_000


@dataclass(slots=True)
class Case:
    """What is known of a case.

    Attributes:
        opened: Its start, or its earliest event where the log gives no start.
        started: Whether the log gave the start.
        last: Time of the latest event in file order, to see rows that are out of order.
    """

    external_id: str
    id: uuid.UUID
    code: str = ""
    opened: dt.datetime | None = None
    started: bool = False
    deadline: dt.datetime | None = None
    closed: dt.datetime | None = None
    received_by: str = ""
    accountable: str = ""
    last: dt.datetime | None = None
    title: str = ""

    @property
    def deadline_text(self) -> str:
        """The deadline as ISO 8601, empty where there is none."""
        return self.deadline.isoformat() if self.deadline else ""


@dataclass(slots=True)
class Changes:
    """What a batch changed about cases."""

    opened: list[Case] = field(default_factory=list)
    closed: list[Case] = field(default_factory=list)
    changed: int = 0
    unsorted: int = 0


class Matters:
    """The matters of one source, remembered as long as rows of them keep coming.

    Args:
        source: Name of the import.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._cases: OrderedDict[str, Case] = OrderedDict()

    def code(self, case: str) -> str:
        """The matter code of a case of the present batch."""
        return self._cases[case].code

    def take(
        self,
        events: Sequence[LogEvent],
        new: Collection[int],
        departments: Mapping[str, str],
    ) -> Changes:
        """Create and change matters as ``events`` say, inside the caller's transaction.

        Args:
            events: A batch, in the order of the file.
            new: Row numbers of those not recorded before.
            departments: Group to department code.
        """
        self._remember({event.case for event in events})
        changes = Changes()
        before: dict[str, tuple[object, ...]] = {}
        for event in events:
            case = self._cases.get(event.case)
            if case is None:
                case = self._cases[event.case] = Case(event.case, uuid7())
                changes.opened.append(case)
            elif case.code:
                before.setdefault(event.case, _state(case))
            department = departments[event.group] if event.row in new else ""
            changes.unsorted += _learn(case, event, department) and event.row in new
        self._create(changes.opened)
        changed = [name for name, state in before.items() if _state(self._cases[name]) != state]
        self._change([self._cases[name] for name in changed])
        changes.changed = len(changed)
        changes.closed = [case for case in changes.opened if case.closed]
        changes.closed += [
            self._cases[name]
            for name in changed
            if self._cases[name].closed and self._cases[name].closed != before[name][2]
        ]
        return changes

    def _remember(self, names: set[str]) -> None:
        """Have the known cases of a batch at hand, and let go of those long unseen."""
        for name in names & self._cases.keys():
            self._cases.move_to_end(name)
        unknown = names - self._cases.keys()
        for matter in Matter.objects.filter(source=self._source, external_id__in=unknown):
            self._cases[matter.external_id] = Case(
                matter.external_id,
                matter.id,
                matter.code,
                matter.opened_at,
                bool(matter.form.get("started")),
                matter.due_at,
                matter.closed_at,
                matter.received_by_id or "",
                matter.accountable_id or "",
            )
        while len(self._cases) > max(REMEMBERED, len(names)):
            self._cases.popitem(last=False)

    def _create(self, cases: Sequence[Case]) -> None:
        for case, code in zip(cases, new_codes(len(cases)), strict=True):
            case.code = code
        Matter.objects.bulk_create(
            Matter(
                id=case.id,
                code=case.code,
                title=case.title,
                origin=Matter.Origin.IMPORTED,
                source=self._source,
                external_id=case.external_id,
                **_columns(case),
            )
            for case in cases
        )

    def _change(self, cases: Sequence[Case]) -> None:
        matters = [Matter(id=case.id, **_columns(case)) for case in cases]
        if matters:
            Matter.objects.bulk_update(matters, list(_columns(cases[0])), batch_size=200)


def new_codes(count: int) -> list[str]:
    """So many codes that no matter has."""
    codes: set[str] = set()
    while len(codes) < count:
        codes |= {new_code() for _ in range(count - len(codes))}
        codes -= set(Matter.objects.filter(code__in=codes).values_list("code", flat=True))
    return sorted(codes)


def _learn(case: Case, event: LogEvent, department: str) -> bool:
    """Take in what a row says of its case; tell whether the row is out of order."""
    if event.start is not None:
        case.opened, case.started = event.start, True
    elif not case.started and (case.opened is None or event.at < case.opened):
        case.opened = event.at
        case.received_by = department or case.received_by
    case.deadline = event.deadline or case.deadline
    case.closed = event.end or case.closed
    case.title = case.title or event.activity
    case.received_by = case.received_by or department
    late = case.last is not None and event.at < case.last
    if not late:
        case.last = event.at
        case.accountable = department or case.accountable
    return late


def _state(case: Case) -> tuple[object, ...]:
    return case.opened, case.deadline, case.closed, case.received_by, case.accountable


def _columns(case: Case) -> dict[str, object]:
    return {
        "state": Matter.State.COMPLETED if case.closed else Matter.State.RUNNING,
        "opened_at": case.opened,
        "due_at": case.deadline,
        "closed_at": case.closed,
        "received_by_id": case.received_by or None,
        "accountable_id": case.accountable or None,
        "form": {"started": case.started},
    }
