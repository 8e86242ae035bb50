"""Every error of the REST interface as problem details (RFC 9457), in the reader's language."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, RawPostDataException
from django.utils.decorators import sync_and_async_middleware
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError

from heli.errors import BadInputError, HeliError, gettext_noop
from heli.kernel.faults import fault_words
from heli.kernel.localise import explain

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"


class UnexpectedError(HeliError):
    """A fault of Heli's own; what it was stands in the log only."""

    code = "unexpected"


class UnkeepableError(BadInputError):
    """The database cannot hold a value: a null or half character, a number out of range."""

    code = "input.unkeepable"
    message = gettext_noop("A value holds characters that cannot be kept, or is out of range.")
    remedy = gettext_noop("Leave out control characters and absurd numbers, and send it again.")


class Problem(Schema):
    """RFC 9457 problem details."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    remedy: str
    errors: list[dict[str, str]] | None = None


def problem(
    status: int,
    code: str,
    detail: str,
    remedy: str = "",
    errors: Sequence[dict[str, str]] | None = None,
) -> HttpResponse:
    """A problem-details answer."""
    body: dict[str, Any] = {
        "type": f"urn:heli:problem:{code}",
        "title": detail,
        "status": status,
        "code": code,
        "detail": detail,
        "remedy": remedy,
    }
    if errors:
        body["errors"] = list(errors)
    return JsonResponse(
        body,
        status=status,
        content_type=PROBLEM_TYPE,
        json_dumps_params={"ensure_ascii": False},
    )


def problem_of(error: HeliError) -> HttpResponse:
    """The problem-details answer for one of Heli's errors."""
    told = explain(error)
    # An error about a whole form names every field that is wrong.
    problems = getattr(error, "problems", None) or (
        [(told.field, told.detail)] if told.field else []
    )
    errors = [{"field": field, "message": message} for field, message in problems]
    return problem(told.status, told.code, told.detail, told.remedy, errors)


def _problem_of_http(error: HttpError) -> HttpResponse:
    if error.status_code != 400:
        return problem(error.status_code, f"http.{error.status_code}", str(error))
    return problem(
        400,
        "http.400",
        _("The body of the request is not JSON."),
        _("Send JSON in UTF-8, as the OpenAPI document shows it for this operation."),
    )


def install_error_handlers(api: NinjaAPI) -> None:
    """Make every error of the API a problem-details answer."""

    @api.exception_handler(HeliError)
    def on_heli(request: HttpRequest, error: HeliError) -> HttpResponse:
        return problem_of(error)

    @api.exception_handler(ValidationError)
    def on_validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors = [
            {"field": ".".join(str(part) for part in item["loc"][1:]), "message": fault_words(item)}
            for item in error.errors
        ]
        return problem(
            422,
            "input.bad",
            _("{count} fields are not acceptable.").format(count=len(errors)),
            _("Correct the named fields and send the request again."),
            errors,
        )

    @api.exception_handler(Exception)
    def on_anything(request: HttpRequest, error: Exception) -> HttpResponse:
        # The log says what it was; the answer gives nothing away.
        logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return problem_of(UnexpectedError())

    _install_framework_handlers(api)


def _install_framework_handlers(api: NinjaAPI) -> None:
    """Errors of Django's and of the database's, which are the request's fault."""

    @api.exception_handler(HttpError)
    def on_http(request: HttpRequest, error: HttpError) -> HttpResponse:
        return _problem_of_http(error)

    @api.exception_handler(Http404)
    def on_missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(404, "http.404", _("There is nothing at {path}.").format(path=request.path))

    @api.exception_handler(RawPostDataException)
    def on_form(request: HttpRequest, error: RawPostDataException) -> HttpResponse:
        return problem(
            415,
            "http.415",
            _("A form is not read here."),
            _("Send the content itself as the body of the request."),
        )

    @api.exception_handler(DataError)
    @api.exception_handler(UnicodeEncodeError)
    def on_unkeepable(request: HttpRequest, error: DataError | UnicodeEncodeError) -> HttpResponse:
        return problem_of(UnkeepableError())

    @api.exception_handler(SuspiciousOperation)
    def on_suspicious(request: HttpRequest, error: SuspiciousOperation) -> HttpResponse:
        status = 413 if isinstance(error, RequestDataTooBig) else 400
        return problem(status, f"http.{status}", _("The request cannot be read."))


@sync_and_async_middleware
def problems_for_methods(get_response: Callable[[HttpRequest], Any]) -> Callable[..., Any]:
    """Middleware: a method that an operation does not have is told as a problem, too."""

    def told(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
        if answer.status_code != 405 or not request.path.startswith("/api/"):
            return answer
        allowed = answer.headers.get("Allow", "")
        found = problem(
            405,
            "http.405",
            _("{method} is not possible here.").format(method=request.method),
            _("Use one of these: {allowed}.").format(allowed=allowed),
        )
        found.headers["Allow"] = allowed
        return found

    if iscoroutinefunction(get_response):

        async def asked(request: HttpRequest) -> HttpResponse:
            return told(request, await get_response(request))

        return asked
    return lambda request: told(request, get_response(request))
