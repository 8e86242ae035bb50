"""Changes to the organisation, told from the facts."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext

from heli.kernel.permissions import ROLE_LABELS, Role
from heli.ledger.models import Fact
from heli.ledger.sentences import tell
from heli.organisation import competences
from heli.organisation.changes import CHANGE_LABELS, FIELD_LABELS
from heli.organisation.models import Person, System
from heli.organisation.models.departments import bilingual
from heli.organisation.selectors.departments import departments
from heli.web.shapes import Department


@dataclass(frozen=True, slots=True)
class Told:
    """A fact of the organisation room as people read it; also a line of a timeline."""

    pk: str
    at: dt.datetime
    verb: str
    sentence: str
    who: str
    department: Department | None = None
    url: str = ""
    receipt_url: str = ""
    state: str = ""
    state_label: str = ""


def trail(subject: str = "") -> QuerySet[Fact]:
    """Facts of this room, or those about one subject (``organisation.person:7``), newest first."""
    rows = Fact.objects.filter(verb__startswith="organisation.")
    return (rows.filter(subject=subject) if subject else rows).order_by("-id")


def told(facts: Iterable[Fact]) -> list[Told]:
    """Facts with their sentences and names filled in, in a few queries whatever their number."""
    rows = list(facts)
    people = _people(rows)
    systems = {
        str(system.pk): system.name
        for system in System.objects.filter(
            pk__in={row.data["system"] for row in rows if "system" in row.data}
        )
    }
    return [_tell(row, people, systems) for row in rows]


def _people(rows: list[Fact]) -> dict[str, str]:
    ids = {str(row.data["person"]) for row in rows if "person" in row.data}
    ids |= {row.actor.removeprefix("person:") for row in rows if row.actor.startswith("person:")}
    found = Person.objects.filter(pk__in={item for item in ids if item.isdecimal()})
    return {
        str(pk): bilingual(zh, en) for pk, zh, en in found.values_list("pk", "name_zh", "name_en")
    }


def _tell(row: Fact, people: dict[str, str], systems: dict[str, str]) -> Told:
    cards = departments()
    card = cards.get(row.department)
    figures: dict[str, Any] = {}
    if "person" in row.data:
        figures["person"] = people.get(str(row.data["person"]), row.data["person"])
    if "system" in row.data:
        figures["system"] = systems.get(row.data["system"], row.data["system"])
    if "role" in row.data:
        figures["role"] = ROLE_LABELS[Role(row.data["role"])]
    if "change" in row.data:
        figures["change"] = CHANGE_LABELS[row.data["change"]]
    if "fields" in row.data:
        figures["fields"] = "、".join(
            str(FIELD_LABELS.get(name, name)) for name in row.data["fields"]
        )
    if "names" in row.data:
        figures["names"] = "、".join(competences.label(name) for name in row.data["names"]) or "—"
    return Told(
        pk=str(row.pk),
        at=row.at,
        verb=row.verb,
        sentence=tell(row.verb, row.data, department=row.department, **figures),
        who=_who(row.actor, people),
        department=Department(card.badge, card.name, card.url) if card else None,
    )


def _who(actor: str, people: dict[str, str]) -> str:
    kind, _, identifier = actor.partition(":")
    return people.get(identifier, actor) if kind == "person" else gettext("Heli")
