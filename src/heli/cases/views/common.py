"""What the pages of the cases room share."""

import datetime as dt
from collections.abc import Iterable
from typing import cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.cases import codes
from heli.cases.models import Matter
from heli.cases.selectors import TaskState
from heli.kernel import clock
from heli.organisation.selectors import Person
from heli.web.shapes import STATE_LABELS
from heli.web.words import absolute

SLIPS = "cases_slips"
SLIP_SECONDS = 15 * 60


def person_of(request: HttpRequest) -> Person:
    """Who is signed in."""
    return cast(Person, request.user)


def grant_slip(request: HttpRequest, matter: Matter) -> None:
    """Let this session see the secret of a matter for a quarter of an hour."""
    slips = _slips(request)
    slips[matter.code] = clock.now().timestamp()
    request.session[SLIPS] = slips


def slip_secret(request: HttpRequest, matter: Matter) -> str:
    """The secret, if this session was just given it; else empty."""
    if matter.code not in _slips(request):
        return ""
    return codes.secret_of(matter.pk, matter.secret_version)


def _slips(request: HttpRequest) -> dict[str, float]:
    since = clock.now().timestamp() - SLIP_SECONDS
    kept = request.session.get(SLIPS, {})
    return {code: at for code, at in kept.items() if at > since}


def progress_url(request: HttpRequest, matter: Matter) -> str:
    """Where the QR code of a matter leads: public progress with the code filled in."""
    return request.build_absolute_uri(f"{reverse('cases:progress')}?code={matter.code}")


def short_time(instant: dt.datetime | None) -> str:
    """Month, day and time, as the drawing writes it."""
    return absolute(instant, "day") if instant else ""


def expected_words(expected_at: dt.datetime | None, tasks: Iterable[TaskState]) -> str:
    """When the end is expected, as the drawing writes it; that it is overdue once that passed."""
    if expected_at is not None:
        return _("by %(day)s") % {"day": short_day(expected_at)}
    late = any(task.tone == "late" for task in tasks)
    return str(STATE_LABELS["late"]) if late else ""


def short_day(instant: dt.datetime | None) -> str:
    """Month and day, as the drawing writes it."""
    return absolute(instant, "month_day") if instant else ""
