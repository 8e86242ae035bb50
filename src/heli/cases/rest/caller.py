"""Who calls."""

from django.http import HttpRequest

from heli.cases.callers import Caller


def caller(request: HttpRequest) -> Caller:
    """The system that signed the request, else the person who is signed in."""
    system = getattr(request, "system", None)
    return system if system is not None else request.user  # type: ignore[return-value]


def address_of(request: HttpRequest) -> str:
    """Where a request came from."""
    return str(request.META.get("REMOTE_ADDR", ""))
