"""Refusals that can be objected to, by kind."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from heli.exchange.selectors import Access, Application, Grant, Resource
from heli.openness.errors import UnknownRefusalError
from heli.openness.models import Objection
from heli.organisation.selectors import Person


@dataclass(frozen=True, slots=True)
class Refused:
    """What was refused, and by whom."""

    department: str
    resource: Resource | None


Find = Callable[[str, Person | None, str], Refused | None]


def _access(key: str, person: Person | None, department: str) -> Refused | None:
    """A call that was denied to the department."""
    row = Access.objects.filter(pk=_uuid(key), consumer=department or "-").exclude(reason="")
    found = row.select_related("resource").first()
    if found is None or found.resource is None:
        return None
    return Refused(found.resource.department_id, found.resource)


def _grant(key: str, person: Person | None, department: str) -> Refused | None:
    """A grant of the department that was taken back."""
    rows = Grant.objects.filter(pk=_uuid(key), consumer=department or "-", revoked_at__isnull=False)
    found = rows.select_related("resource").first()
    return Refused(found.resource.department_id, found.resource) if found else None


def _application(key: str, person: Person | None, department: str) -> Refused | None:
    """An application of the department for another's data that was refused."""
    rows = Application.objects.filter(
        pk=_uuid(key), consumer=department or "-", state=Application.State.REFUSED
    )
    found = rows.select_related("resource").first()
    return Refused(found.resource.department_id, found.resource) if found else None


def _opening(key: str, person: Person | None, department: str) -> Refused | None:
    """An application for openness that was refused to the same person or department."""
    rows = Objection.objects.filter(
        code=key.upper(), about=Objection.About.OPENING, state=Objection.State.REJECTED
    )
    found = rows.select_related("resource").first()
    if found is None:
        return None
    own = person is not None and found.objector_id == person.pk
    ours = bool(department) and found.objector_department_id == department
    return Refused(found.department_id, found.resource) if own or ours else None


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


KINDS: dict[str, Find] = {
    "access": _access,
    "application": _application,
    "grant": _grant,
    "opening": _opening,
}


def find(refusal: str, person: Person | None, department: str) -> Refused:
    """What was refused to a person or department.

    Args:
        refusal: Kind and key, ``access:FACT``, ``application:ID``, ``grant:ID``,
            ``opening:CODE``.
        person: Who is signed in.
        department: For which department they act.

    Raises:
        UnknownRefusalError: There is no such refusal of theirs.
    """
    kind, _colon, key = refusal.partition(":")
    found = KINDS[kind](key, person, department) if kind in KINDS else None
    if found is None:
        raise UnknownRefusalError(field="refusal", refusal=refusal[:60])
    return found
