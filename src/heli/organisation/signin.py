"""The steps of signing in: password, then a one-time code or a new password where one is due.

Until every step is done the person is only noted in the session, not signed in.
"""

import datetime as dt
from dataclasses import dataclass

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.contrib.auth import authenticate, login
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django_otp import login as otp_login
from django_otp import user_has_device
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from heli.errors import ForbiddenError, gettext_noop
from heli.kernel import clock
from heli.organisation import failures
from heli.organisation.models import Person
from heli.organisation.questions import is_published_password

PENDING = "heli_sign_in"
PATIENCE = dt.timedelta(minutes=10)
BACKEND = "django.contrib.auth.backends.ModelBackend"


class WrongPasswordError(ForbiddenError):
    """Login name and password do not go together."""

    code = "organisation.wrong_password"
    message = gettext_noop("The login name and the password do not go together.")
    remedy = gettext_noop("Check both; after five failures sign-in is closed for half an hour.")


class LockedOutError(ForbiddenError):
    """Too many failures; the figure says until when."""

    code = "organisation.locked_out"
    status = 429
    message = gettext_noop("Too many failed attempts: sign-in is closed until {until}.")
    remedy = gettext_noop("Wait until then, or ask the system administrator for a new password.")


class AddressClosedError(ForbiddenError):
    """Too many failures from one address, whatever the names."""

    code = "organisation.address_closed"
    status = 429
    message = gettext_noop(
        "Too many failed attempts from your address: sign-in is closed there until {until}."
    )
    remedy = gettext_noop(
        "Wait until then; who is signed in stays so. If nobody near you mistyped, tell the system"
        " administrator."
    )


class PublishedPasswordError(ForbiddenError):
    """The account still has the demo city's password, and this is no demo city any more."""

    code = "organisation.published_password"
    message = gettext_noop(
        "This account still has the demo city's password, which anybody can read; it opens nothing"
        " while HELI_DEMO is off."
    )
    remedy = gettext_noop(
        "Ask the system administrator for a new password; who runs the server can set one with"
        " `heli manage changepassword LOGIN`."
    )


class TooManyCodesError(ForbiddenError):
    """Too many wrong codes; each further one doubles the wait."""

    code = "organisation.too_many_codes"
    status = 429
    message = gettext_noop("Too many wrong codes: the next is looked at from {until}.")
    remedy = gettext_noop("Wait until then; each further wrong code doubles the wait.")


class WrongCodeError(ForbiddenError):
    """The one-time code is wrong or was used."""

    code = "organisation.wrong_code"
    message = gettext_noop("This code is wrong or was used already.")
    remedy = gettext_noop("Enter the code your device shows now, or a recovery code.")


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody whose password was right and who is not signed in yet."""

    person: Person
    next: str


def check_password(request: HttpRequest, username: str, password: str) -> Person:
    """The person of a login name and password.

    Raises:
        AddressClosedError: Too many failures of this address, with other names, too.
        LockedOutError: Too many failures before or with this one.
        PublishedPasswordError: They do, but the password is the demo city's.
        WrongPasswordError: They do not go together.
    """
    if closed := failures.closed_until(failures.address_of(request)):
        raise AddressClosedError(until=_minute(closed))
    credentials = {"username": username}
    person = authenticate(request, username=username, password=password)
    if isinstance(person, Person):
        if is_published_password(password):
            raise PublishedPasswordError
        return person
    locked = not AxesProxyHandler.is_allowed(request, credentials)
    # The page says it in words; without this the middleware would put its own answer in place.
    request.axes_locked_out = False  # type: ignore[attr-defined]
    if locked:
        raise LockedOutError(until=_minute(_locked_until(request, username)))
    raise WrongPasswordError


def _locked_until(request: HttpRequest, username: str) -> dt.datetime:
    attempt = (
        AccessAttempt.objects.filter(
            username=username,
            ip_address=getattr(request, "axes_ip_address", None),
        )
        .order_by("-attempt_time")
        .first()
    )
    cool_off = get_cool_off(request) or dt.timedelta()
    since = attempt.attempt_time if attempt is not None else clock.now()
    return since + cool_off


def _minute(moment: dt.datetime) -> str:
    # Rounded up, so that the minute shown is not too early.
    return f"{moment.astimezone(clock.SHANGHAI) + dt.timedelta(minutes=1):%H:%M}"


def needs_code(person: Person) -> bool:
    """Whether a one-time code is asked for after the password."""
    return bool(user_has_device(person))


def keep_pending(request: HttpRequest, person: Person, target: str) -> None:
    """Note whose password was right, for ten minutes, in a session with a new key."""
    request.session.cycle_key()
    request.session[PENDING] = {
        "person": person.pk,
        "standing": _standing(person),
        "at": clock.now().isoformat(),
        "next": target,
        "verified": False,
    }


def _standing(person: Person) -> str:
    """What the step before rested on: changes with the password and with the second step."""
    devices = TOTPDevice.objects.filter(user=person, confirmed=True).order_by("pk")
    keys = ",".join(str(key) for key in devices.values_list("pk", flat=True))
    return f"{person.get_session_auth_hash()} {keys}"


def pending(request: HttpRequest) -> Pending | None:
    """Who is between two steps, or None.

    Nobody is when it took too long, and when a password was set or the second step was set up or
    removed meanwhile: what was shown before that is worth nothing any more.
    """
    kept = request.session.get(PENDING)
    if not kept:
        return None
    if clock.now() - dt.datetime.fromisoformat(kept["at"]) > PATIENCE:
        del request.session[PENDING]
        return None
    person = Person.objects.filter(pk=kept["person"], is_active=True).first()
    if person is None or not constant_time_compare(kept.get("standing", ""), _standing(person)):
        del request.session[PENDING]
        return None
    return Pending(person, kept["next"])


def code_is_due(request: HttpRequest, person: Person) -> bool:
    """Whether the one-time code is the next step."""
    kept = request.session.get(PENDING) or {}
    return needs_code(person) and not kept.get("verified")


def password_is_due(request: HttpRequest, person: Person) -> bool:
    """Whether a password of one's own is the next step."""
    return person.must_change_password and not code_is_due(request, person)


def check_code(person: Person, code: str) -> Device:
    """The device that accepts a one-time or recovery code.

    Raises:
        TooManyCodesError: Too many wrong codes.
        WrongCodeError: No device accepts it.
    """
    code = code.replace(" ", "").lower()
    kind = TOTPDevice if code.isdecimal() and len(code) == 6 else StaticDevice
    for device in kind.objects.filter(user=person, confirmed=True):
        allowed, why = device.verify_is_allowed()
        if not allowed:
            until = (why or {}).get("locked_until") or clock.now()
            raise TooManyCodesError(until=f"{until.astimezone(clock.SHANGHAI):%H:%M:%S}")
        if device.verify_token(code):
            return device
    raise WrongCodeError(field="code")


def mark_verified(request: HttpRequest, device: Device) -> None:
    """Note that the code was right, when a further step follows."""
    kept = request.session.get(PENDING)
    if kept:
        request.session[PENDING] = {**kept, "verified": True, "device": device.persistent_id}


def finish(request: HttpRequest, person: Person) -> None:
    """Sign the person in; the session gets a new key."""
    kept = request.session.pop(PENDING, None) or {}
    login(request, person, backend=BACKEND)
    device = Device.from_persistent_id(kept["device"]) if kept.get("device") else None
    if device is not None:
        otp_login(request, device)


def safe_target(request: HttpRequest, target: str) -> str:
    """Where to go afterwards, if it is a page of this installation; else empty."""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else ""
