"""Errors of Heli become pages a person can act on; static files leave beside them."""

from collections.abc import Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.db import DataError
from django.http import FileResponse, HttpRequest, HttpResponseBase  # noqa: TID251 - as it is served
from django.utils.deprecation import MiddlewareMixin
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from heli.errors import HeliError
from heli.kernel.downloads import PIECE, pieces
from heli.kernel.rest import UnkeepableError
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
        if isinstance(exception, (DataError, UnicodeEncodeError)):
            exception = UnkeepableError()
        if not isinstance(exception, HeliError) or request.path.startswith("/api/"):
            return None
        return heli_error(request, exception)


class NothingStored(MiddlewareMixin):
    """No cache keeps what somebody signed in was answered, unless the answer says otherwise.

    Told by the session's cookie or the signature of a system, not by who it is: to ask that would
    open the session of every visitor of a public page. Static files leave before this.
    """

    @staticmethod
    def process_response(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The answer, with ``Cache-Control`` where it has none of its own."""
        cookie = settings.SESSION_COOKIE_NAME
        in_session = cookie in request.COOKIES or cookie in response.cookies
        if in_session or getattr(request, "system", None) is not None:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Style sheets, scripts and pictures, sent in the way the server passes them on."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponseBase:
        """The answer with a file."""
        answer: FileResponse = WhiteNoiseMiddleware.serve(static_file, request)
        answer.block_size = PIECE
        if isinstance(request, ASGIRequest):
            answer.streaming_content = pieces(iter(answer))
        return answer
