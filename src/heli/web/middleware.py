"""Errors of Heli become pages a person can act on."""

from collections.abc import Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

from heli.errors import HeliError
from heli.web.views import heli_error


class HeliErrorMiddleware:
    """Answer a :class:`HeliError` that a view raised with its page, or an alert for htmx.

    Requests under ``/api/`` are left to the API, which answers with problem details.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on; errors come back through ``process_exception``."""
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """The page for one of Heli's errors; anything else is not ours."""
        if not isinstance(exception, HeliError) or request.path.startswith("/api/"):
            return None
        return heli_error(request, exception)
