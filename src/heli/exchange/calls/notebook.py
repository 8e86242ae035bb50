"""What departments hold of the subjects of many answers, read and written for all of them at once.

Rows are locked in one order, so that two processes never wait for each other.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from heli.exchange.holdings import EVERYBODY, Watched, refuse_parts
from heli.exchange.models import Holding

CHUNK = 1000
"""So many rows are asked for at a time; SQLite alone takes fewer in one insert."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Of whom an answer tells a department.

    Attributes:
        watched: Combinations of which it is a part.
        subjects: Keyed hashes of the subjects, as facts hold them.
    """

    watched: tuple[Watched, ...]
    consumer: str
    subjects: tuple[str, ...]


@dataclass(slots=True)
class _Row:
    """A row as it was read, and the parts that it is to have."""

    key: int
    before: tuple[str, ...]
    parts: set[str]


class Notebook:
    """Parts that departments have received; of rows that are locked, also what is added to them."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, str], _Row] = {}

    def read(self, tellings: Iterable[Telling]) -> None:
        """Read what is known of the subjects of answers, and lock nothing."""
        for rule, consumer, subjects in _groups(tellings):
            self._keep(rule, consumer, subjects, lock=False)

    def lock(self, tellings: Iterable[Telling]) -> None:
        """Have a row for every subject and lock it, until the caller's transaction has ended.

        Rows that were not read before are made first, so that locking finds all of them.
        """
        for rule, consumer, subjects in _groups(tellings):
            missing = [each for each in subjects if (rule, consumer, each) not in self._rows]
            if missing:
                new = (Holding(rule_id=rule, consumer=consumer, subject_hash=s) for s in missing)
                Holding.objects.bulk_create(new, ignore_conflicts=True)
            self._keep(rule, consumer, subjects, lock=True)

    def refuse(self, telling: Telling) -> None:
        """Refuse an answer that would complete a combination of one of its subjects.

        Raises:
            CombinationError: It would; names the combination, its ground and the fields.
        """
        for watched in telling.watched:
            everybody = self._parts(watched.rule, telling.consumer, EVERYBODY)
            for subject in telling.subjects:
                held = everybody | self._parts(watched.rule, telling.consumer, subject)
                refuse_parts(telling.consumer, watched, held)

    def add(self, telling: Telling) -> None:
        """Note what leaves; on locked rows, before :meth:`write`."""
        for watched in telling.watched:
            for subject in telling.subjects:
                self._rows[watched.rule, telling.consumer, subject].parts |= watched.parts

    def write(self) -> None:
        """Write what was added; rows that get the same parts are written together."""
        changed: dict[tuple[str, ...], list[int]] = {}
        for row in self._rows.values():
            parts = tuple(sorted(row.parts))
            if parts != row.before:
                changed.setdefault(parts, []).append(row.key)
        for parts, keys in sorted(changed.items()):
            for chunk in _chunks(sorted(keys)):
                Holding.objects.filter(pk__in=chunk).update(parts=list(parts))

    def _keep(self, rule: str, consumer: str, subjects: Sequence[str], *, lock: bool) -> None:
        rows = Holding.objects.filter(
            rule_id=rule, consumer=consumer, subject_hash__in=[EVERYBODY, *subjects]
        ).order_by("subject_hash")
        if lock:
            rows = rows.select_for_update()
        for key, subject, parts in rows.values_list("pk", "subject_hash", "parts"):
            self._rows[rule, consumer, subject] = _Row(key, tuple(parts), set(parts))

    def _parts(self, rule: str, consumer: str, subject: str) -> set[str]:
        row = self._rows.get((rule, consumer, subject))
        return row.parts if row else set()


def _groups(tellings: Iterable[Telling]) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Rule, department and subjects of the rows that answers are about, in one order."""
    wanted: dict[tuple[str, str], set[str]] = {}
    for telling in tellings:
        for watched in telling.watched:
            wanted.setdefault((watched.rule, telling.consumer), set()).update(telling.subjects)
    for (rule, consumer), subjects in sorted(wanted.items()):
        for chunk in _chunks(sorted(subjects)):
            yield rule, consumer, chunk


def _chunks(found: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(found), CHUNK):
        yield found[start : start + CHUNK]
