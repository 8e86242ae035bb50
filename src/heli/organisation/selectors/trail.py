"""Changes to the organisation, told from the facts."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from heli.kernel.localise import bilingual
from heli.ledger.selectors import Fact
from heli.ledger.sentences import tell
from heli.organisation.changes import CHANGE_LABELS, FIELD_LABELS
from heli.organisation.models import Person, Post, System
from heli.organisation.selectors.departments import departments
from heli.web.shapes import Department

# More people than this a name does not stand for; a search then finds the changes of some.
FOUND = 500


@dataclass(frozen=True, slots=True)
class Told:
    """A fact of the organisation room as people read it; also a line of a timeline."""

    pk: str
    at: dt.datetime
    verb: str
    sentence: str
    who: str
    kind: str = ""
    department: Department | None = None
    url: str = ""
    receipt_url: str = ""
    state: str = ""
    state_label: str = ""


TRAIL_KINDS = {
    "role": _("Roles"),
    "person": _("People"),
    "department": _("Departments"),
    "post": _("Posts"),
    "competences": _("Competences"),
    "system": _("Systems and keys"),
    "absence": _("Absences"),
    "account": _("Accounts"),
}
"""What a change is about, by the noun of its verb."""


def kind_of(verb: str) -> str:
    """What a change is about, in words."""
    noun = verb.split(".")[1]
    return str(TRAIL_KINDS.get(noun, noun))


def trail(subject: str = "") -> QuerySet[Fact]:
    """Facts of this room, or those about one subject (``organisation.person:7``), newest first."""
    rows = Fact.objects.filter(verb__startswith="organisation.")
    return (rows.filter(subject=subject) if subject else rows).order_by("-id")


def about(text: str) -> Q:
    """Facts by or about whom or what goes by this name: people, departments, systems."""
    people = Person.objects.filter(
        Q(name_zh__icontains=text) | Q(name_en__icontains=text) | Q(username__icontains=text)
    ).values_list("pk", flat=True)
    ids = list(people[:FOUND])
    units = [card.code for card in departments().values() if card.goes_by(text)]
    systems = System.objects.filter(Q(name_zh__icontains=text) | Q(name_en__icontains=text))
    subjects = [f"organisation.person:{pk}" for pk in ids]
    subjects += [f"organisation.system:{pk}" for pk in systems.values_list("pk", flat=True)]
    actors = [f"person:{pk}" for pk in ids]
    return Q(subject__in=subjects) | Q(actor__in=actors) | Q(department__in=units)


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
    posts = {
        str(post.pk): post.name
        for post in Post.objects.filter(
            pk__in={row.data["post"] for row in rows if "post" in row.data}
        )
    }
    return [_tell(row, people, systems, posts) for row in rows]


def _people(rows: list[Fact]) -> dict[str, str]:
    ids = {str(row.data["person"]) for row in rows if "person" in row.data}
    ids |= {row.actor.removeprefix("person:") for row in rows if row.actor.startswith("person:")}
    found = Person.objects.filter(pk__in={item for item in ids if item.isdecimal()})
    return {
        str(pk): bilingual(zh, en) for pk, zh, en in found.values_list("pk", "name_zh", "name_en")
    }


def _tell(
    row: Fact, people: dict[str, str], systems: dict[str, str], posts: dict[str, str]
) -> Told:
    cards = departments()
    card = cards.get(row.department)
    figures: dict[str, Any] = {}
    if str(row.data.get("person", "")) in people:
        figures["person"] = people[str(row.data["person"])]
    if "system" in row.data:
        figures["system"] = systems.get(row.data["system"], row.data["system"])
    if "change" in row.data:
        figures["change"] = CHANGE_LABELS[row.data["change"]]
    if "fields" in row.data:
        figures["fields"] = "、".join(
            str(FIELD_LABELS.get(name, name)) for name in row.data["fields"]
        )
    if "post" in row.data:
        figures["post"] = posts.get(str(row.data["post"]), row.data.get("name", ""))
    return Told(
        pk=str(row.pk),
        at=row.at,
        verb=row.verb,
        kind=kind_of(row.verb),
        sentence=tell(row.verb, row.data, department=row.department, **figures),
        who=_who(row.actor, people),
        department=Department(card.badge, card.name, card.url) if card else None,
    )


def _who(actor: str, people: dict[str, str]) -> str:
    kind, _colon, identifier = actor.partition(":")
    return people.get(identifier, actor) if kind == "person" else gettext("Heli")
