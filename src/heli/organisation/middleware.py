"""Knowing the calling system by its signature."""

from collections.abc import Callable

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils.encoding import escape_uri_path
from ninja.utils import check_csrf

from heli.engines import httpsig
from heli.errors import ConflictError, ForbiddenError, HeliError, gettext_noop
from heli.kernel import clock
from heli.kernel.rest import problem_of
from heli.organisation import nonces
from heli.organisation.selectors import RegisteredSystem, system_by_key_id
from heli.organisation.services import note_key_use

# "@path" alone would leave the query open to change.
COVERED: tuple[str | tuple[str, ...], ...] = ("@method", ("@target-uri", "@request-target"))
COVERED_WITH_BODY = (*COVERED, "content-digest")
MAX_AGE = 300
"""Seconds after which a signature is too old."""
MAX_SKEW = 30
"""Seconds that the caller's clock may be ahead."""


class UnknownKeyError(httpsig.SignatureError):
    """No valid key has this id."""

    code = "organisation.unknown_key"
    message = gettext_noop("The key {key_id} is not registered or not valid now.")
    remedy = gettext_noop("Ask the security administrator to register the public key.")


class ReplayedError(ConflictError):
    """The same signature came before."""

    code = "organisation.replayed"
    message = gettext_noop("A request with this nonce was received before.")
    remedy = gettext_noop("Sign each request afresh, with a nonce of its own.")


class ForgedRequestError(ForbiddenError):
    """A write came with a session and without the token that proves where it came from."""

    code = "csrf"
    message = gettext_noop("This write came with a session but without its CSRF token.")
    remedy = gettext_noop("Send the token in the header X-CSRFToken, or sign the request.")


class SystemMiddleware:
    """Authenticate REST requests that a registered system signed (RFC 9421, Ed25519).

    Sets ``request.system`` to a :class:`RegisteredSystem` or None. Only requests under ``/api/``
    that carry ``Signature-Input`` are looked at; a signature that does not hold is refused with a
    problem answer and never treated as an unsigned request.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if iscoroutinefunction(get_response):
            raise TypeError("this middleware runs in Django's synchronous chain")
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on with its system."""
        request.system = None  # type: ignore[attr-defined]
        if request.path.startswith("/api/") and "Signature-Input" in request.headers:
            try:
                request.system = authenticate(request)  # type: ignore[attr-defined]
            except HeliError as error:
                return problem_of(error)
        if _is_forged(request):
            return problem_of(ForgedRequestError())
        return self.get_response(request)


def _is_forged(request: HttpRequest) -> bool:
    """Whether a REST write leans on a browser's session without its CSRF token.

    The API's views are exempt from Django's own check, because systems have no session; a person
    who calls from a browser must be protected all the same.
    """
    if not request.path.startswith("/api/") or request.method in {"GET", "HEAD", "OPTIONS"}:
        return False
    if request.system is not None or not request.user.is_authenticated:  # type: ignore[attr-defined]
        return False
    return check_csrf(request, _checked) is not None


def _checked(request: HttpRequest) -> None:
    """Stands for the view, which is not exempt."""


def authenticate(request: HttpRequest) -> RegisteredSystem:
    """The system that signed a request.

    Raises:
        SignatureError: It is not signed as required, or with a key that is not valid.
        DigestError: The body is not the one that was signed.
        ReplayedError: The signature was used before.
    """
    message = message_of(request)
    required = COVERED_WITH_BODY if request.body else COVERED
    signature = httpsig.read_signature(message)
    httpsig.require_coverage(signature, required)
    httpsig.check_age(
        signature, now=int(clock.now().timestamp()), max_age=MAX_AGE, max_skew=MAX_SKEW
    )
    system = system_by_key_id(signature.key_id)
    if system is None or not system.active:
        raise UnknownKeyError(key_id=signature.key_id)
    httpsig.verify(message, signature, system.public_key)
    if request.body:
        httpsig.check_content_digest(request.headers.get("Content-Digest"), request.body)
    if not nonces.first_use(system.key_id, signature.nonce, MAX_AGE + 2 * MAX_SKEW):
        raise ReplayedError
    note_key_use([system.key_id], clock.now())
    return system


def message_of(request: HttpRequest) -> httpsig.Request:
    """What of a request can be signed."""
    scope = getattr(request, "scope", {})
    raw: bytes | None = scope.get("raw_path")
    return httpsig.Request(
        method=request.method or "",
        scheme=request.scheme or "http",
        authority=request.get_host(),
        path=raw.decode("latin-1") if raw else escape_uri_path(request.path),
        query=request.META.get("QUERY_STRING", ""),
        headers=tuple(request.headers.items()),
    )
