"""Loading an event log as history: matters, and a fact for everything that happened.

The file is read once, a batch at a time; a batch is one transaction. An event is known again by
what it says (source, case, activity, instant, group, resource, life cycle) and by its place among
events that say the same, so a second run adds only what is new, and a run that was cut off is
simply run again.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import transaction

from heli.cases.history import facts, rows
from heli.cases.history.lock import only_import_of
from heli.cases.history.mapping import parse_map, resolve
from heli.cases.history.matters import Case, Matters
from heli.cases.history.problems import RowReport
from heli.cases.history.readers import LogReader, open_log
from heli.cases.history.selectors import imported_before, size_of
from heli.cases.history.units import Units
from heli.cases.models import Matter
from heli.errors import BadInputError, gettext_noop
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.ledger.selectors import Fact
from heli.ledger.services import NewFact, record, record_many, screen

BATCH = 2000
SOURCE_LENGTH = 60

Progress = Callable[[int, int], None]


class SourceNameError(BadInputError):
    """The name of a source is empty or too long."""

    code = "cases.history.source_name"
    message = gettext_noop("The name of a source has 1 to {limit} characters, not {length}.")
    remedy = gettext_noop("Give it one with --source.")


@dataclass(slots=True)
class ImportResult:
    """What one run of an import did.

    Attributes:
        source: Name of the import.
        rows: Rows read.
        events_added: Events recorded by this run.
        events_known: Rows whose event was recorded before.
        matters_added: Matters created.
        matters_changed: Matters whose start, deadline or end was learnt or changed.
        departments_added: Departments created.
        people_added: People created.
        unsorted: Rows that came later in the file than a later event of their case; they were put
            in their place by time.
        refused: Rows left out.
        reasons: Problems by reason, of rows left out.
        notes: Problems by reason, of rows imported all the same.
    """

    source: str
    rows: int = 0
    events_added: int = 0
    events_known: int = 0
    matters_added: int = 0
    matters_changed: int = 0
    departments_added: int = 0
    people_added: int = 0
    unsorted: int = 0
    refused: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)


def default_source(path: Path) -> str:
    """The name of an import: the file's name without its endings."""
    name = path.name
    for ending in (".gz", ".csv", ".xes"):
        name = name.removesuffix(ending)
    return name[:SOURCE_LENGTH]


def import_log(
    path: Path,
    *,
    given: Sequence[str] = (),
    source: str = "",
    report: Path | None = None,
    progress: Progress | None = None,
    batch: int = BATCH,
    by: Actor = HELI,
) -> tuple[ImportResult, RowReport]:
    """Import an event log; running it again adds nothing, running it after a cut goes on.

    Args:
        path: CSV or XES, plain or gzip.
        given: ``role=column`` pairs for columns that do not bear their standard name.
        source: Name of the import; the file's own when empty.
        report: Where to write one line per problem (CSV).
        progress: Called with bytes read and bytes in all after every batch.
        batch: Rows per transaction.
        by: Who imports.

    Raises:
        MissingColumnsError: Case, activity or time cannot be told.
        UnreadableLogError: The file breaks off; what stands before is imported.
        ImportRunningError: Another process imports the same source.
        SourceNameError: The source's name is not acceptable.
        PersonalNumberError: The source's name holds a number that names somebody.
    """
    source = source or default_source(path)
    if not 0 < len(source) <= SOURCE_LENGTH:
        raise SourceNameError(limit=SOURCE_LENGTH, length=len(source), field="source")
    screen(source)
    with open_log(path) as log:
        names = resolve(log.columns, parse_map(given)).names
        with only_import_of(source), RowReport(report) as problems, Run(source, by) as run:
            parser = rows.RowParser(names, clock.now())
            for events in _batches(_chunks(log, names, batch), parser, problems, run.result):
                run.add(events)
                if progress:
                    progress(log.position(), log.size)
            return run.finish(problems), problems


def _batches(
    chunks: Iterable[list[tuple[int, list[str]]]],
    parser: "rows.RowParser",
    problems: RowReport,
    result: ImportResult,
) -> Iterator[list["rows.LogEvent"]]:
    for chunk in chunks:
        events = []
        for number, values in chunk:
            event, found = parser.parse(number, values)
            if found:
                problems.add(found)
            if event is not None:
                events.append(event)
        result.rows += len(chunk)
        yield events


def _chunks(
    log: LogReader, names: Sequence[str], size: int
) -> Iterator[list[tuple[int, list[str]]]]:
    # Cut by rows read, not by events found, so that a second run cuts at the same places.
    source = log.rows(names)
    while chunk := list(islice(source, size)):
        yield chunk


class Run:
    """One run of an import over one source.

    Args:
        source: Name of the import.
        by: Who imports.
    """

    def __init__(self, source: str, by: Actor) -> None:
        self.result = ImportResult(source)
        self._source = source
        self._by = by
        self._units = Units(source, by)
        self._matters = Matters(source)
        self._occurrences = Occurrences()
        # Nothing of a source that has no matter can have been recorded before.
        self._fresh = not Matter.objects.filter(source=source).exclude(external_id="").exists()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._occurrences.close()

    def add(self, events: Sequence["rows.LogEvent"]) -> None:
        """Record what is new among ``events``, in one transaction."""
        if not events:
            return
        subjects = [self._subject(event) for event in events]
        with transaction.atomic():
            known = set() if self._fresh else _recorded(subjects)
            new = [
                (event, subject)
                for event, subject in zip(events, subjects, strict=True)
                if subject not in known
            ]
            self._units.ensure(
                {event.resource: event.group for event, _ in reversed(new) if event.resource},
                {event.group for event, _ in new},
            )
            rows_new = {event.row for event, _ in new}
            changes = self._matters.take(events, rows_new, self._units.departments)
            record_many(self._openings(changes.opened))
            record_many(self._performed(new))
            record_many(self._closings(changes.closed))
        self.result.events_added += len(new)
        self.result.events_known += len(events) - len(new)
        self.result.matters_added += len(changes.opened)
        self.result.matters_changed += changes.changed
        self.result.unsorted += changes.unsorted

    def finish(self, problems: RowReport) -> ImportResult:
        """Record that the import came to its end, where anything was added since the last time."""
        result = self.result
        result.departments_added = self._units.added_departments
        result.people_added = self._units.added_people
        result.refused = problems.refused_rows
        result.reasons, result.notes = dict(problems.refused), dict(problems.noted)
        matters, events = size_of(self._source)
        before = imported_before(self._source)
        if (matters, events) != before:
            with transaction.atomic():
                record(
                    facts.HistoryImported(
                        source=self._source,
                        matters=matters - before[0],
                        events=events - before[1],
                        refused=result.refused,
                    ),
                    actor=self._by,
                    subject=f"cases.source:{self._source}",
                )
        return result

    def _subject(self, event: "rows.LogEvent") -> str:
        said = (
            self._source,
            event.case,
            event.activity,
            event.at.isoformat(),
            event.group,
            event.resource,
            event.lifecycle,
        )
        digest = hashlib.blake2b("\0".join(said).encode(), digest_size=16).digest()
        return f"cases.event:{digest.hex()}.{self._occurrences.next(digest)}"

    def _openings(self, cases: Iterable[Case]) -> Iterator[NewFact]:
        for case in cases:
            data = facts.HistoryOpened(source=self._source, deadline=case.deadline_text)
            yield NewFact(data, HELI, f"cases.matter:{case.id}", case.code, "", case.opened)

    def _performed(self, events: Iterable[tuple["rows.LogEvent", str]]) -> Iterator[NewFact]:
        departments, people = self._units.departments, self._units.people
        for event, subject in events:
            person = people[event.resource]
            department = departments[event.group]
            yield NewFact(
                facts.HistoryPerformed(
                    source=self._source, activity=event.activity, lifecycle=event.lifecycle
                ),
                Actor("person", person, department) if person else HELI,
                subject,
                self._matters.code(event.case),
                department,
                event.at,
            )

    def _closings(self, cases: Iterable[Case]) -> Iterator[NewFact]:
        for case in cases:
            data = facts.HistoryClosed(source=self._source, deadline=case.deadline_text)
            yield NewFact(data, HELI, f"cases.matter:{case.id}", case.code, "", case.closed)


def _recorded(subjects: Sequence[str]) -> set[str]:
    return set(Fact.objects.filter(subject__in=subjects).values_list("subject", flat=True))


class Occurrences:
    """How often each event was met in this file.

    Kept on disk, since a file may be larger than memory.
    """

    def __init__(self) -> None:
        # An empty name is a private database that SQLite spills to disk and removes by itself.
        self._kept = sqlite3.connect("", isolation_level=None)
        self._kept.execute("CREATE TABLE met (digest BLOB PRIMARY KEY, n INTEGER) WITHOUT ROWID")
        self._kept.execute("BEGIN")

    def next(self, digest: bytes) -> int:
        """0 the first time ``digest`` is met, 1 the second time, and so on."""
        row = self._kept.execute(
            "INSERT INTO met VALUES (?, 0) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n",
            (digest,),
        ).fetchone()
        return int(row[0])

    def close(self) -> None:
        """Forget everything."""
        self._kept.close()
