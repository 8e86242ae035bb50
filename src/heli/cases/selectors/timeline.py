"""A matter's timeline: its facts, in words."""

import re
from typing import Any

from django.utils.translation import gettext as _

from heli.cases.selectors.shapes import Entry
from heli.exchange.selectors import receipt_url
from heli.ledger.models import Fact
from heli.ledger.verbs import verbs
from heli.organisation.models import bilingual
from heli.organisation.selectors import DepartmentCard, departments

# Facts of lower rooms that say the same as one of ours, or are of no interest to readers.
HIDDEN = ("clocks.clock.",)
SHOWN = 200
_DEPARTMENTS = ("taker", "giver", "asker", "asked", "accountable", "source", "consumer")


def timeline(code: str, limit: int = SHOWN) -> list[Entry]:
    """What happened in a matter, newest first."""
    rows = Fact.objects.filter(matter=code).order_by("-at", "-id")
    for prefix in HIDDEN:
        rows = rows.exclude(verb__startswith=prefix)
    return [_entry(row) for row in rows[:limit]]


def _entry(row: Fact) -> Entry:
    cards = departments()
    return Entry(
        at=row.at,
        sentence=sentence(row, cards),
        verb=row.verb,
        fact=str(row.pk),
        department=cards.get(row.department),
        receipt_url=receipt_url(row.pk),
    )


def sentence(row: Fact, cards: dict[str, DepartmentCard]) -> str:
    """A fact in the reader's language."""
    known = verbs().get(row.verb)
    if known is None or not known.sentence:
        return row.verb
    card = cards.get(row.department)
    figures: dict[str, Any] = {
        **row.data,
        "department": card.name if card else row.department or _("Heli"),
        "actor": row.actor,
        "matter": row.matter,
        "name": bilingual(str(row.data.get("name_zh", "")), str(row.data.get("name_en", ""))),
    }
    for key in _DEPARTMENTS:
        other = cards.get(str(row.data.get(key, "")))
        if other:
            figures[key] = other.name
    if "rung" in figures:
        figures["rung"] = _rung(str(figures["rung"]))
    return re.sub(r"\s+", " ", _(known.sentence).format_map(_Known(figures)))


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "—"


def _rung(name: str) -> str:
    return {
        "remind": _("reminder"),
        "warn": _("warning"),
        "overdue": _("overdue"),
        "escalate": _("escalation"),
    }.get(name, name)
