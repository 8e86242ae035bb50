"""What every REST operation shares: problem details, cursors, idempotency.

Errors are RFC 9457 problem details with a stable ``code``, a title in the reader's language and a
remedy. Lists are paged by opaque cursors. Writes take ``Idempotency-Key`` (draft-ietf-httpapi-
idempotency-key-header): a repeat gets the first answer again and has no second effect.
"""

import base64
import functools
import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError
from pydantic import BaseModel

from heli.errors import BadInputError, ConflictError, HeliError, gettext_noop
from heli.kernel import clock
from heli.kernel.localise import explain
from heli.kernel.models import IdempotencyRecord

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"

T = TypeVar("T")


class BadCursorError(BadInputError):
    """A paging cursor was not one that Heli gave out."""

    code = "input.cursor"
    status = 400
    message = gettext_noop("The cursor is not one that this list gave out.")
    remedy = gettext_noop("Start again without a cursor and follow the «next» value of each page.")


class KeyReusedError(ConflictError):
    """One idempotency key was sent with two different contents."""

    code = "idempotency.reused"
    message = gettext_noop("The idempotency key {key} was used before with other content.")
    remedy = gettext_noop("Send a new key with new content, or the old content with the old key.")


class StillRunningError(ConflictError):
    """The first request with this key has not ended yet."""

    code = "idempotency.running"
    message = gettext_noop("The first request with the idempotency key {key} is still running.")
    remedy = gettext_noop("Wait a moment and send the same request again.")


class UnexpectedError(HeliError):
    """A fault of Heli's own; what it was stands in the log only."""

    code = "unexpected"


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


def install_error_handlers(api: NinjaAPI) -> None:
    """Make every error of the API a problem-details answer."""

    @api.exception_handler(HeliError)
    def on_heli(request: HttpRequest, error: HeliError) -> HttpResponse:
        return problem_of(error)

    @api.exception_handler(ValidationError)
    def on_validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors = [
            {"field": ".".join(str(part) for part in item["loc"][1:]), "message": item["msg"]}
            for item in error.errors
        ]
        return problem(
            422,
            "input.bad",
            _("{count} fields are not acceptable.").format(count=len(errors)),
            _("Correct the named fields and send the request again."),
            errors,
        )

    @api.exception_handler(HttpError)
    def on_http(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, f"http.{error.status_code}", str(error))

    @api.exception_handler(Http404)
    def on_missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(404, "http.404", _("There is nothing at {path}.").format(path=request.path))

    @api.exception_handler(SuspiciousOperation)
    def on_suspicious(request: HttpRequest, error: SuspiciousOperation) -> HttpResponse:
        status = 413 if isinstance(error, RequestDataTooBig) else 400
        return problem(status, f"http.{status}", _("The request cannot be read."))

    @api.exception_handler(Exception)
    def on_anything(request: HttpRequest, error: Exception) -> HttpResponse:
        # The log says what it was; the answer gives nothing away.
        logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return problem_of(UnexpectedError())


class Page(Schema, Generic[T]):
    """One page of a list; ``next`` is the cursor of the following one, or null at the end."""

    items: list[T]
    next: str | None = None


def encode_cursor(*values: object) -> str:
    """An opaque cursor holding the sort key of the last row shown."""
    text = json.dumps([str(value) for value in values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, length: int) -> list[str] | None:
    """The values of a cursor, or None where there is none.

    Raises:
        BadCursorError: It is not a cursor with ``length`` values.
    """
    if not cursor:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise BadCursorError(field="cursor") from error
    if not isinstance(values, list) or len(values) != length:
        raise BadCursorError(field="cursor")
    return [str(value) for value in values]


def caller_of(request: HttpRequest) -> str:
    """A stable name for who calls, to keep idempotency keys apart."""
    system = getattr(request, "system", None)
    if system is not None:
        return f"system:{system.id}"
    return f"person:{request.user.pk}" if request.user.is_authenticated else "public"


def idempotent(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a write repeatable under an ``Idempotency-Key`` header.

    The answer is stored in the same transaction as the effect, so a crash leaves either both or
    neither. Without the header the write simply runs.

    Raises:
        KeyReusedError: The key was used with other content.
        StillRunningError: Another request with this key is running.
    """

    @functools.wraps(function)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return function(request, *args, **kwargs)
        if len(key) > 120:
            raise BadInputError(field="Idempotency-Key", reason=_("the key is over 120 characters"))
        return _once(request, key, lambda: function(request, *args, **kwargs))

    return wrapper


def _once(request: HttpRequest, key: str, run: Callable[[], Any]) -> Any:
    caller = caller_of(request)
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body)
    kept = IdempotencyRecord.objects.filter(caller=caller, key=key).first()
    if kept is None:
        try:
            with transaction.atomic():
                kept = IdempotencyRecord.objects.create(
                    caller=caller, key=key, request_hash=digest.hexdigest(), created_at=clock.now()
                )
                kept.status, kept.body = _written(run())
                kept.save(update_fields=["status", "body"])
        except IntegrityError:
            kept = IdempotencyRecord.objects.filter(caller=caller, key=key).first()
            if kept is None:
                raise
    if kept.request_hash != digest.hexdigest():
        raise KeyReusedError(key=key, field="Idempotency-Key")
    if kept.status is None:
        raise StillRunningError(key=key)
    return HttpResponse(kept.body, status=kept.status, content_type="application/json")


def _written(answer: Any) -> tuple[int, str]:
    """Status and JSON text of what an operation returned."""
    status = 200
    if isinstance(answer, tuple):
        status, answer = answer
    if isinstance(answer, BaseModel):
        answer = answer.model_dump(mode="json", by_alias=True)
    return status, json.dumps(answer, ensure_ascii=False)
