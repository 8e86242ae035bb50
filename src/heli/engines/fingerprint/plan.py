"""What of an extract is marked, within which tolerance, and by what a record is known again.

A plan is plain data and kept with the extract: whoever traces a leaked file needs it and the
secret, and nothing of the data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from heli.engines.fingerprint.errors import PlanError

INTEGER, NUMBER, DATE, TEXT = "integer", "number", "date", "text"
MOST_RELATIVE = 0.1
MOST_IDENTIFIERS, MOST_PAIRS, MOST_LOOSE, MOST_TURNS = 4, 4, 4, 4


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a value of a field may be moved, as its contract declares.

    Attributes:
        absolute: By at most so much, in the field's unit (dates: days); 0 where relative.
        relative: By at most such a part of the value; 0 where absolute.
    """

    absolute: float = 0
    relative: float = 0


@dataclass(frozen=True, slots=True)
class Column:
    """A field as it is released.

    Attributes:
        name: Its name in the contract.
        kind: ``integer``, ``number``, ``date`` or ``text``.
        identifying: Nearly every record has a value of its own, which the marks never alter.
        tolerance: ``None`` where the contract lets nothing be altered.
    """

    name: str
    kind: str
    identifying: bool = False
    tolerance: Tolerance | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How an extract is marked.

    Attributes:
        columns: Every released field that takes part.
        anchors: Virtual keys: groups of fields by any one of which a record is known again
            (Li, Swarup and Jajodia 2003). Of a marked field only what no mark can change counts.
        decoys: How many decoy records were put in.
        turns: By how many of the first virtual keys the order goes, each in turn for a run of
            records, so that the loss of one does not lose the order.
    """

    columns: tuple[Column, ...]
    anchors: tuple[tuple[str, ...], ...]
    decoys: int = 0
    turns: int = 1

    @property
    def ordering(self) -> tuple[tuple[str, ...], ...]:
        """The virtual keys by which the order goes."""
        return self.anchors[: self.turns]

    @property
    def marked(self) -> tuple[Column, ...]:
        """Columns that carry marks."""
        return tuple(column for column in self.columns if column.tolerance is not None)

    def column(self, name: str) -> Column:
        """The column of a name that the plan has."""
        return next(column for column in self.columns if column.name == name)


def make_plan(columns: Sequence[Column], *, decoys: int = 0) -> Plan:
    """Choose the virtual keys of an extract.

    Each identifying field is one; so that the loss of all of them does not lose the marks, so are
    pairs of dates, numbers and what is fixed of marked fields.

    Raises:
        PlanError: A tolerance does not suit its field.
    """
    for column in columns:
        _check(column)
    identifiers = [(column.name,) for column in columns if column.identifying]
    loose = [column for column in columns if not column.identifying and column.kind != TEXT]
    loose.sort(key=lambda column: column.kind != DATE)
    names = [column.name for column in loose[:MOST_LOOSE]]
    pairs = [tuple(sorted(pair)) for pair in combinations(names, 2)][:MOST_PAIRS]
    anchors = (*identifiers[:MOST_IDENTIFIERS], *(pairs or [(name,) for name in names]))
    used = {name for anchor in anchors for name in anchor}
    kept = tuple(c for c in columns if c.tolerance is not None or c.name in used)
    return Plan(columns=kept, anchors=anchors, decoys=decoys, turns=min(len(anchors), MOST_TURNS))


def dump_plan(plan: Plan) -> dict[str, Any]:
    """Write a plan as plain data."""
    return {
        "columns": [_dump_column(column) for column in plan.columns],
        "anchors": [list(anchor) for anchor in plan.anchors],
        "decoys": plan.decoys,
        "turns": plan.turns,
    }


def parse_plan(document: Mapping[str, Any]) -> Plan:
    """Read what :func:`dump_plan` wrote.

    Raises:
        PlanError: It is no such document.
    """
    try:
        columns = tuple(_parse_column(entry) for entry in document["columns"])
        anchors = tuple(tuple(str(name) for name in anchor) for anchor in document["anchors"])
        decoys, turns = int(document["decoys"]), int(document.get("turns", 1))
    except (KeyError, TypeError, ValueError) as error:
        raise PlanError(reason=str(error)) from error
    for column in columns:
        _check(column)
    known = {column.name for column in columns}
    if not {name for anchor in anchors for name in anchor} <= known:
        raise PlanError(reason="a virtual key names a field that the plan has not")
    return Plan(columns, anchors, decoys, turns)


def _dump_column(column: Column) -> dict[str, Any]:
    said: dict[str, Any] = {"name": column.name, "kind": column.kind}
    if column.identifying:
        said["identifying"] = True
    if column.tolerance is not None:
        kind = "relative" if column.tolerance.relative else "absolute"
        said["tolerance"] = {kind: getattr(column.tolerance, kind)}
    return said


def _parse_column(entry: Mapping[str, Any]) -> Column:
    given = entry.get("tolerance")
    return Column(
        name=str(entry["name"]),
        kind=str(entry["kind"]),
        identifying=entry.get("identifying") is True,
        tolerance=None if given is None else Tolerance(**given),
    )


def _check(column: Column) -> None:
    tolerance = column.tolerance
    if tolerance is None:
        return
    if column.identifying or column.kind == TEXT:
        raise PlanError(reason=f"{column.name} is a key or text and cannot be altered")
    exact = column.kind in (INTEGER, DATE) and tolerance.absolute != int(tolerance.absolute)
    if exact or (column.kind == DATE and tolerance.relative):
        raise PlanError(reason=f"the tolerance of {column.name} is not a whole number")
    if (tolerance.absolute > 0) == (tolerance.relative > 0):
        raise PlanError(reason=f"{column.name} needs one tolerance above 0")
    if tolerance.relative > MOST_RELATIVE:
        reason = f"the relative tolerance of {column.name} is above {MOST_RELATIVE}"
        raise PlanError(reason=reason)
