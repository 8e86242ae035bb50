"""What the pages of the cases room share."""

from typing import cast

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from heli.cases import codes
from heli.cases.models import Matter
from heli.kernel import clock
from heli.organisation.models import Person

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


def short_time(instant: object) -> str:
    """Month, day and time, as the drawing writes it."""
    return f"{timezone.localtime(instant):%m-%d %H:%M}" if instant else ""  # type: ignore[arg-type]


def short_day(instant: object) -> str:
    """Month and day, as the drawing writes it."""
    return f"{timezone.localtime(instant):%m-%d}" if instant else ""  # type: ignore[arg-type]
