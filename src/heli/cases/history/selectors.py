"""Reading imported history, and the traces that the analysis works on."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import (
    Count,
    DateTimeField,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from heli.cases.history.analysis import Analysis, Trace, analyse
from heli.cases.models import Matter, Task
from heli.errors import BadInputError, NotFoundError, gettext_noop
from heli.ledger.selectors import Fact

PERFORMED = "cases.history.performed"
# What a department does in one of Heli's own matters, and how the act is called.
NATIVE = {
    "cases.matter.received": "intake",
    "cases.task.completed": "",
    "cases.task.refused": "",
    "cases.task.returned": "",
}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


class UnknownSourceError(NotFoundError):
    """No log was imported under that name."""

    code = "cases.history.unknown_source"
    message = gettext_noop("No event log was imported under the name “{source}”.")
    remedy = gettext_noop("Imported so far: {known}.")


class SeveralSourcesError(BadInputError):
    """There are several imported logs, and their figures are never mixed."""

    code = "cases.history.several_sources"
    message = gettext_noop("Several event logs were imported: {known}.")
    remedy = gettext_noop("Choose one with --source, or Heli's own matters with --native.")


class UnknownMatterError(NotFoundError):
    """There is no such matter."""

    code = "cases.history.unknown_matter"
    message = gettext_noop("There is no matter {codes}.")
    remedy = gettext_noop(
        "Check the code for a typing mistake; imported cases keep their own number."
    )


@dataclass(frozen=True, slots=True)
class ImportedLog:
    """A source of imported history.

    Attributes:
        name: Name of the import.
        matters: Matters in it.
        closed: Of these, ended ones.
        first: Start of its first matter.
    """

    name: str
    matters: int
    closed: int
    first: dt.datetime | None


def sources() -> list[ImportedLog]:
    """The imported logs, by name."""
    rows = (
        Matter.objects.filter(origin=Matter.Origin.IMPORTED)
        .values("source")
        .annotate(
            matters=Count("pk"),
            closed=Count("closed_at"),
            first=Min("opened_at"),
        )
        .order_by("source")
    )
    return [ImportedLog(row["source"], row["matters"], row["closed"], row["first"]) for row in rows]


def last_event(source: str) -> dt.datetime | None:
    """When the latest event of an imported log happened; None where it has none."""
    last: dt.datetime | None = Fact.objects.filter(_events_of(source)).aggregate(at=Max("at"))["at"]
    return last


def require_source(name: str) -> None:
    """Go on only when a log was imported under ``name``.

    Raises:
        UnknownSourceError: None was.
    """
    if not Matter.objects.filter(source=name).exclude(external_id="").exists():
        known = ", ".join(log.name for log in sources()) or "—"
        raise UnknownSourceError(source=name, known=known, field="source")


def size_of(source: str) -> tuple[int, int]:
    """Matters and events recorded from a source."""
    matters = Matter.objects.filter(source=source).exclude(external_id="")
    return matters.count(), Fact.objects.filter(_events_of(source)).count()


def _events_of(source: str) -> Q:
    # Not by the codes of its matters: with a list of thousands, a database without fresh
    # statistics falls into a plan that looks every event up for every matter.
    return Q(verb=PERFORMED, data__source=source)


def imported_before(source: str) -> tuple[int, int]:
    """Matters and events that the facts of finished imports of a source tell of."""
    told = Fact.objects.filter(
        subject=f"cases.source:{source}", verb="cases.history.imported"
    ).aggregate(matters=Sum(_number("matters")), events=Sum(_number("events")))
    return told["matters"] or 0, told["events"] or 0


def _number(key: str) -> Cast:
    return Cast(KeyTextTransform(key, "data"), IntegerField())


def analyse_source(source: str) -> Analysis:
    """The figures of an imported log.

    Raises:
        UnknownSourceError: No log was imported under that name.
    """
    require_source(source)
    matters = Matter.objects.filter(source=source).exclude(external_id="")
    return analyse(traces(matters, _events_of(source)))


def analyse_matters(codes: Sequence[str]) -> Analysis:
    """The figures of some matters, Heli's own or imported.

    Args:
        codes: Matter codes, or identifiers that cases had in their log.

    Raises:
        UnknownMatterError: One of them is nowhere.
    """
    wanted = set(codes)
    matters = Matter.objects.filter(Q(code__in=wanted) | Q(external_id__in=wanted))
    names = dict(matters.values_list("code", "external_id"))
    if missing := sorted(wanted - names.keys() - set(names.values())):
        raise UnknownMatterError(codes=", ".join(missing), field="matters")
    return analyse(traces(matters, Q(verb__in=[PERFORMED, *NATIVE], matter__in=list(names))))


def analyse_only() -> Analysis:
    """The figures of the one imported log there is; of Heli's own matters where there is none.

    Raises:
        SeveralSourcesError: There are several.
    """
    known = sources()
    if len(known) > 1:
        raise SeveralSourcesError(known=", ".join(log.name for log in known), field="source")
    return analyse_source(known[0].name) if known else analyse_native()


def analyse_native() -> Analysis:
    """The figures of all of Heli's own matters that were filed."""
    own = Matter.objects.filter(origin=Matter.Origin.NATIVE).exclude(state=Matter.State.DRAFT)
    return analyse(traces(own, Q(verb__in=list(NATIVE))))


def deadline() -> Coalesce:
    """When a matter should have ended.

    Its own deadline, as a log tells it; Heli's own matters have none and are due when the last of
    their departments' tasks is. Tasks that were taken away, and Heli's own, do not count.
    """
    tasks = (
        Task.objects.filter(matter=OuterRef("pk"), due_at__isnull=False)
        .exclude(state=Task.State.WITHDRAWN)
        .exclude(kind=Task.Kind.SERVICE)
        .order_by("-due_at")
    )
    latest = Subquery(tasks.values("due_at")[:1], output_field=DateTimeField())
    return Coalesce(F("due_at"), latest, output_field=DateTimeField())


def traces(matters: QuerySet[Matter], facts: Q) -> Iterator[Trace]:
    """The events of matters, one matter after the other, from their facts.

    Imported matters: the events of the log. Heli's own: intake, and every task that a department
    completed, refused or returned. At no time is more than one matter in memory.

    Args:
        matters: Which matters.
        facts: Their events; those of other matters are passed over.
    """
    ends = matters.order_by("code").values_list("code", deadline(), "closed_at")
    events = (
        Fact.objects.filter(facts)
        .annotate(text=Cast(F("data"), TextField()))
        .order_by("matter", "at", "id")
        .values_list("matter", "at", "verb", "department", "text")
    )
    yield from _joined(ends.iterator(5000), events.iterator(5000))


def _joined(
    ends: Iterable[tuple[str, dt.datetime | None, dt.datetime | None]],
    events: Iterable[tuple[Any, ...]],
) -> Iterator[Trace]:
    """Walk matters and their events side by side, both in the order of the code."""
    grouped = ((code, list(rows)) for code, rows in groupby(events, key=itemgetter(0)))
    code, rows = next(grouped, ("", []))
    for matter, deadline, end in ends:
        mine: list[tuple[Any, ...]] = []
        while code and code < matter:
            code, rows = next(grouped, ("", []))
        if code == matter:
            mine = rows
            code, rows = next(grouped, ("", []))
        yield _trace(mine, deadline, end)


def _trace(
    rows: list[tuple[Any, ...]], deadline: dt.datetime | None, end: dt.datetime | None
) -> Trace:
    data = [json.loads(row[4]) for row in rows]
    return Trace(
        times=[_microseconds(row[1]) for row in rows],
        activities=[
            said.get("activity") or NATIVE.get(row[2]) or said.get("name_zh", "")
            for said, row in zip(data, rows, strict=True)
        ],
        groups=[row[3] for row in rows],
        completions=[said.get("lifecycle", "").lower() in {"", "complete"} for said in data],
        deadline=_microseconds(deadline) if deadline else None,
        end=_microseconds(end) if end else None,
    )


def _microseconds(instant: dt.datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND
