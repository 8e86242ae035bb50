"""Who gets a task: competent, present, with the least work; and why, in words.

The reason is kept in structured form so that it reads in either language and can be checked:

``{"rule": "least_loaded", "competence": …, "open": n, "considered": n, "stands_in_for": [ids]}``,
``{"rule": "only_one", …}``, ``{"rule": "nobody", "competence": …}``,
``{"rule": "head", "by": id}``, ``{"rule": "claimed"}``, ``{"rule": "department"}``.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from heli.cases.models import Task
from heli.kernel import clock, prepared
from heli.organisation import competences
from heli.organisation.selectors import Officer, names_of, officers_of

# Seconds for which a roster (who is competent and present today) is kept in memory.
FRESH = 2.0


@dataclass(frozen=True, slots=True)
class Assignment:
    """Whom a task is proposed to (None: nobody), and why."""

    person: int | None
    reason: dict[str, Any]


class _Rosters:
    kept: dict[tuple[str, str, Any], tuple[float, tuple[Officer, ...]]] = {}


def forget_rosters() -> None:
    """Read rosters afresh next time."""
    _Rosters.kept.clear()


def roster(department: str, competence: str) -> tuple[Officer, ...]:
    """Who is competent and present today; kept for two seconds."""
    key = (department, competence, clock.today())
    until, officers = _Rosters.kept.get(key, (0.0, ()))
    if time.monotonic() > until:
        officers = officers_of(department, competence)
        if len(_Rosters.kept) > 5000:
            forget_rosters()
        _Rosters.kept[key] = (time.monotonic() + FRESH, officers)
    return officers


_LOAD = (
    f"SELECT assignee_id, COUNT(*) FROM {Task._meta.db_table} WHERE closed_at IS NULL"  # noqa: S608
    " AND assignee_id IN ({places}) GROUP BY assignee_id"
)


def assign(needs: Iterable[tuple[str, str]]) -> list[Assignment]:
    """Propose an officer for each of several tasks at once.

    Args:
        needs: Department and competence of each task.

    Returns:
        One assignment per need, in order; the workload is counted with one query for all.
    """
    rosters = [(roster(department, competence), competence) for department, competence in needs]
    candidates = {
        officer.id for officers, _ in rosters if len(officers) > 1 for officer in officers
    }
    load: Counter[int] = Counter()
    if candidates:
        places = ", ".join(["%s"] * len(candidates))
        rows = prepared.run(connection, _LOAD.format(places=places), sorted(candidates))
        load.update(dict(rows.fetchall()))
    return [_choose(officers, competence, load) for officers, competence in rosters]


def _choose(officers: tuple[Officer, ...], competence: str, load: Counter[int]) -> Assignment:
    if not officers:
        return Assignment(None, {"rule": "nobody", "competence": competence})
    best = min(officers, key=lambda officer: (load[officer.id], officer.id))
    reason: dict[str, Any] = {"rule": "only_one", "competence": competence}
    if len(officers) > 1:
        reason = {
            "rule": "least_loaded",
            "competence": competence,
            "open": load[best.id],
            "considered": len(officers),
        }
    if best.stands_in_for and competence not in best.competences:
        reason["stands_in_for"] = list(best.stands_in_for)
    load[best.id] += 1
    return Assignment(best.id, reason)


def explain(reason: dict[str, Any]) -> str:
    """A reason in the reader's language."""
    rule = _RULES.get(str(reason.get("rule", "")))
    words = rule(reason) if rule else ""
    away = reason.get("stands_in_for")
    if away:
        names = "、".join(names_of(set(away)).values())
        words = _("{why}; stands in for {names}, who is absent").format(why=words, names=names)
    return words


def _least_loaded(reason: dict[str, Any]) -> str:
    count = int(reason["open"])
    return ngettext(
        "competent in “{competence}”, least work of {considered} people ({open} open task)",
        "competent in “{competence}”, least work of {considered} people ({open} open tasks)",
        count,
    ).format(
        competence=competences.label(reason["competence"]) or _("all matters"),
        considered=reason["considered"],
        open=count,
    )


def _only_one(reason: dict[str, Any]) -> str:
    return _("the only one present who is competent in “{competence}”").format(
        competence=competences.label(reason["competence"]) or _("all matters")
    )


def _nobody(reason: dict[str, Any]) -> str:
    return _("nobody competent in “{competence}” is present; the department head decides").format(
        competence=competences.label(reason["competence"]) or _("all matters")
    )


_RULES: dict[str, Callable[[dict[str, Any]], str]] = {
    "least_loaded": _least_loaded,
    "only_one": _only_one,
    "nobody": _nobody,
    "head": lambda _reason: _("given by the head of the department"),
    "claimed": lambda _reason: _("it was claimed from the department's queue"),
    "department": lambda _reason: _("handled by the department's own system"),
}
