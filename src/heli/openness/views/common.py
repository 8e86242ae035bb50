"""What the pages of openness share."""

from django.http import HttpRequest

from heli.openness import policy
from heli.openness.services import Filer
from heli.organisation.selectors import Person


def person_of(request: HttpRequest) -> Person:
    """Who is signed in."""
    assert isinstance(request.user, Person)
    return request.user


def address_of(request: HttpRequest) -> str:
    """Where a request came from."""
    return str(request.META.get("REMOTE_ADDR", ""))


def base_of(request: HttpRequest) -> str:
    """Address of this installation as the reader reached it, without a slash at its end."""
    return request.build_absolute_uri("/").rstrip("/")


def filer_of(request: HttpRequest, name: str = "", reach: str = "") -> Filer:
    """Who objects: the department of an official, the account of an applicant, or anybody."""
    person = request.user if isinstance(request.user, Person) else None
    acts = person is not None and bool(person.roles & policy.ANSWERERS)
    department = (person.department_id or "") if person is not None and acts else ""
    return Filer(person=person, department=department, name=name, reach=reach)
