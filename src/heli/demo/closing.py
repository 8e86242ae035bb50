"""What was the demo city and is real now: nothing that was published opens it any more."""

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare

from heli.demo.city import APPLICANTS
from heli.organisation.selectors import Person


def opens_nothing(password: str) -> bool:
    """Whether it is the password of everybody in the demo city, and this is none."""
    from heli.demo.organisation import PASSWORD

    return not settings.HELI_DEMO and constant_time_compare(password, PASSWORD)


def close() -> bool:
    """End every session if this was the demo city; whether it was.

    Anybody could step into anybody there, and a session does not tell how it began.
    """
    was_linjiang = Person.objects.filter(username=APPLICANTS[0].username).exists()
    if was_linjiang:
        Session.objects.all().delete()
    return was_linjiang
