"""What pages share: who asks, and links that may not be there."""

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from heli.errors import HeliError
from heli.kernel.localise import explain
from heli.organisation.selectors import Person
from heli.twin.errors import BadEntryError


def link(name: str, *arguments: object) -> str:
    """The address of a page; empty where there is no such page."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


def number_of(typed: str) -> int | None:
    """The number of a version in an address; ``None`` where there is none."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


def person_of(request: HttpRequest) -> Person:
    """Who asks; the audience of the page has made sure that it is a person."""
    assert isinstance(request.user, Person)
    return request.user


def department_of(person: Person) -> str:
    """For which department somebody acts."""
    return person.department_id or ""


def said(error: HeliError) -> str:
    """An error as a form says it."""
    told = explain(error)
    return told.detail if isinstance(error, BadEntryError) else f"{told.detail} {told.remedy}"
