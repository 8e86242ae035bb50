"""How departments worked together, computed from the events of matters.

Pure: it works on plain sequences, one matter at a time, and keeps nothing of a matter but the
durations that medians need. It serves imported event logs and Heli's own matters alike.

Words, exactly as they are counted:

* The events of a matter are taken by time; events at the same instant keep the order in which
  they were given (the order of the file).
* A **group** is a department. An event whose group is empty has an unknown one.
* A **handover** is a pair of consecutive events of one matter with different known groups. A pair
  in which either group is unknown is none.
* **handovers_over_48h**: handovers with *more* than 48 hours between the two events.
* **matters_multi_department**: matters with events of at least two different known groups.
* **finished_with_deadline**: matters that have both an end and a deadline. A log tells the
  deadline; in Heli's own matters it is when the last of the departments' tasks was due.
* **finished_late**: of these, those whose end is later than the deadline (equal is in time).
* **ping_pong_matters**: matters in whose sequence of known groups, direct repeats collapsed, some
  A → B → A occurs.
* **Sojourn** of an event: the time since the event before it in the same matter, that is how long
  the matter waited for and was in this activity. The first event of a matter has none. Only
  completions count (life-cycle transition ``complete`` in any case, or none given), from one
  completion to the next. Quantiles are interpolated linearly between order statistics (Hyndman
  and Fan 1996, type 7), in seconds.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

HOUR = 3_600_000_000
LIMIT = 48 * HOUR


@dataclass(frozen=True, slots=True)
class Trace:
    """The events of one matter, as parallel sequences of equal length.

    Attributes:
        times: Instants in microseconds since any fixed epoch, in any order.
        activities: What was done.
        groups: Who did it; empty where unknown.
        completions: Whether the event completes its activity; empty: all do.
        deadline: Instant in microseconds, None where there is none.
        end: Instant in microseconds, None while it is open.
    """

    times: Sequence[int]
    activities: Sequence[str]
    groups: Sequence[str]
    completions: Sequence[bool] = ()
    deadline: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Sojourn:
    """How long matters are in an activity.

    Attributes:
        activity: Its name.
        events: Its events, whether they have a sojourn or not.
        measured: Those that have one.
        median_seconds: None when none was measured.
        p90_seconds: None when none was measured.
    """

    activity: str
    events: int
    measured: int
    median_seconds: float | None
    p90_seconds: float | None


@dataclass(frozen=True, slots=True)
class HandoverPair:
    """How often one department passed matters on to another, and how often slowly."""

    giver: str
    taker: str
    count: int
    over_48h: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """The figures; see the module for what each counts.

    ``activities`` and ``departments`` are numbers of different ones; the tables behind the figures
    are in ``sojourn`` (the longest 90 % quantile first) and ``handover_pairs`` (the most frequent
    first).
    """

    matters: int = 0
    events: int = 0
    activities: int = 0
    departments: int = 0
    handovers: int = 0
    handovers_over_48h: int = 0
    matters_multi_department: int = 0
    finished_with_deadline: int = 0
    finished_late: int = 0
    ping_pong_matters: int = 0
    sojourn: Sequence[Sojourn] = ()
    handover_pairs: Sequence[HandoverPair] = ()

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values, seconds rounded to the millisecond."""
        plain = asdict(self)
        for row in plain["sojourn"]:
            for name in ("median_seconds", "p90_seconds"):
                row[name] = None if row[name] is None else round(row[name], 3)
        return plain


@dataclass(slots=True)
class Analyser:
    """Takes matters one after the other; :meth:`result` may be asked at any time."""

    matters: int = 0
    events: int = 0
    multi: int = 0
    finished: int = 0
    late: int = 0
    ping_pong: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    durations: dict[str, "array[float]"] = field(default_factory=dict)
    pairs: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def add(self, trace: Trace) -> None:
        """Count one matter in."""
        order = sorted(range(len(trace.times)), key=trace.times.__getitem__)
        groups = [trace.groups[place] for place in order]
        self.matters += 1
        self.events += len(order)
        known = {group for group in groups if group}
        self.groups |= known
        self.multi += len(known) > 1
        self.ping_pong += goes_back(groups)
        if trace.end is not None and trace.deadline is not None:
            self.finished += 1
            self.late += trace.end > trace.deadline
        self._add_handovers([trace.times[place] for place in order], groups)
        self._add_sojourns(trace, order)

    def _add_handovers(self, times: Sequence[int], groups: Sequence[str]) -> None:
        for here, (before, after) in enumerate(pairwise(groups)):
            if before and after and before != after:
                pair = self.pairs.setdefault((before, after), [0, 0])
                pair[0] += 1
                pair[1] += times[here + 1] - times[here] > LIMIT

    def _add_sojourns(self, trace: Trace, order: Sequence[int]) -> None:
        before: int | None = None
        for place in order:
            activity = trace.activities[place]
            self.counts[activity] = self.counts.get(activity, 0) + 1
            if trace.completions and not trace.completions[place]:
                continue
            if before is not None:
                spent = (trace.times[place] - before) / 1e6
                self.durations.setdefault(activity, array("d")).append(spent)
            before = trace.times[place]

    def result(self) -> Analysis:
        """The figures so far."""
        rows = [self._sojourn(activity, count) for activity, count in self.counts.items()]
        rows.sort(
            key=lambda row: (-(-1.0 if row.p90_seconds is None else row.p90_seconds), row.activity)
        )
        pairs = [HandoverPair(*pair, *numbers) for pair, numbers in self.pairs.items()]
        pairs.sort(key=lambda pair: (-pair.count, pair.giver, pair.taker))
        return Analysis(
            matters=self.matters,
            events=self.events,
            activities=len(self.counts),
            departments=len(self.groups),
            handovers=sum(pair.count for pair in pairs),
            handovers_over_48h=sum(pair.over_48h for pair in pairs),
            matters_multi_department=self.multi,
            finished_with_deadline=self.finished,
            finished_late=self.late,
            ping_pong_matters=self.ping_pong,
            sojourn=tuple(rows),
            handover_pairs=tuple(pairs),
        )

    def _sojourn(self, activity: str, count: int) -> Sojourn:
        spent = sorted(self.durations.get(activity, ()))
        return Sojourn(activity, count, len(spent), quantile(spent, 0.5), quantile(spent, 0.9))


def analyse(traces: Iterable[Trace]) -> Analysis:
    """The figures of all ``traces``."""
    analyser = Analyser()
    for trace in traces:
        analyser.add(trace)
    return analyser.result()


def goes_back(groups: Iterable[str]) -> bool:
    """Whether the sequence, unknown groups left out and repeats collapsed, has A → B → A."""
    collapsed: list[str] = []
    for group in groups:
        if not group or (collapsed and collapsed[-1] == group):
            continue
        if len(collapsed) > 1 and collapsed[-2] == group:
            return True
        collapsed.append(group)
    return False


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The quantile of sorted values, type 7 of Hyndman and Fan; None of no values."""
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
