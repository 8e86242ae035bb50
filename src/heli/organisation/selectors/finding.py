"""Finding departments and people by what they are called, for the search of the top bar."""

from dataclasses import dataclass

from django.db.models import Q

from heli.kernel.permissions import STAFF, roles_of
from heli.organisation.models import Person
from heli.organisation.selectors.departments import DepartmentCard, departments
from heli.organisation.selectors.people import people

MOST = 8


@dataclass(frozen=True, slots=True)
class Found:
    """What goes by a name; at most eight of each."""

    departments: tuple[DepartmentCard, ...] = ()
    people: tuple[Person, ...] = ()


def find(text: str, reader: object) -> Found:
    """Departments and officials of this name; the directory is open to officials only.

    Args:
        text: Part of a name, in Chinese or English, of a code or of a login name.
        reader: Who searches.
    """
    wanted = text.strip().casefold()
    if not wanted or not roles_of(reader) & set(STAFF):
        return Found()
    units = [card for card in departments().values() if card.is_active and card.goes_by(wanted)]
    named = Q(name_zh__icontains=wanted) | Q(name_en__icontains=wanted)
    officials = people().filter(named | Q(username__iexact=wanted), department__isnull=False)
    return Found(tuple(units[:MOST]), tuple(officials[:MOST]))
