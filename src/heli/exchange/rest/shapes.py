"""What the operations of the exchange share."""

from django.http import HttpRequest

from heli.organisation.selectors import Person


def person_of(request: HttpRequest) -> Person:
    """The signed-in person."""
    assert isinstance(request.user, Person)
    return request.user
