"""What every REST operation shares: problem details, cursors, idempotency.

Errors are RFC 9457 problem details with a stable ``code``, a title in the reader's language and a
remedy. Lists are paged by opaque cursors. Writes take ``Idempotency-Key`` (draft-ietf-httpapi-
idempotency-key-header): a repeat gets the first answer again and has no second effect. A caller's
key belongs to one write, whichever it is, and is kept for :data:`KEPT`.
"""

import base64
import datetime as dt
import functools
import json
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, RawPostDataException
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError
from pydantic import BaseModel, Field

from heli.errors import BadInputError, ConflictError, HeliError, gettext_noop
from heli.kernel import clock
from heli.kernel.localise import explain
from heli.kernel.models import IdempotencyRecord

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
KEPT = dt.timedelta(days=7)
KEY_LENGTH = 120
CURSOR_LENGTH = 1000

T = TypeVar("T")
Limit = Annotated[int, Field(ge=1, le=200)]


class BadCursorError(BadInputError):
    """A paging cursor was not one that Heli gave out."""

    code = "input.cursor"
    message = gettext_noop("The cursor is not one that this list gave out.")
    remedy = gettext_noop("Start again without a cursor and follow the «next» value of each page.")


class KeyReusedError(ConflictError):
    """One idempotency key was sent with two different contents or to two operations."""

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

    @api.exception_handler(RawPostDataException)
    def on_form(request: HttpRequest, error: RawPostDataException) -> HttpResponse:
        return problem(
            415,
            "http.415",
            _("A form is not read here."),
            _("Send the content itself as the body of the request."),
        )

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


def decode_cursor(cursor: str | None, *kinds: type[Any]) -> list[Any] | None:
    """The values of a cursor, or None where there is none.

    Args:
        cursor: As it came from the caller.
        kinds: What each value is: ``str``, ``int``, ``UUID`` or ``datetime``.

    Raises:
        BadCursorError: It holds other values than these, or one that no row can have.
    """
    if not cursor:
        return None
    try:
        values = _packed(cursor)
        if len(values) != len(kinds):
            raise ValueError(len(values))
        return [_READ[kind](value) for kind, value in zip(kinds, values, strict=True)]
    except (ValueError, OverflowError, RecursionError) as error:
        raise BadCursorError(field="cursor") from error


def _packed(cursor: str) -> list[str]:
    if len(cursor) > CURSOR_LENGTH:
        raise ValueError(len(cursor))
    values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(values)
    return values


def _read_text(value: str) -> str:
    # Neither database takes a NUL or half a character.
    if "\0" in value:
        raise ValueError(value)
    return value.encode().decode()


def _read_number(value: str) -> int:
    number = int(value)
    if not 0 <= number < 2**63:
        raise ValueError(value)
    return number


def _read_instant(value: str) -> dt.datetime:
    instant = dt.datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError(value)
    return instant.astimezone(dt.UTC)


_READ: dict[type[Any], Callable[[str], Any]] = {
    str: _read_text,
    int: _read_number,
    UUID: UUID,
    dt.datetime: _read_instant,
}


def page_of(
    rows: "QuerySet[Any]",
    key: str,
    cursor: str | None,
    limit: int,
    show: Callable[[list[Any]], list[T]],
    *,
    newest_first: bool = False,
) -> "Page[T]":
    """One page of rows in the order of an instant that none lacks, and of their ids.

    Args:
        rows: All of them.
        key: The field of the instant.
        cursor: From the page before.
        limit: How many at most.
        show: Makes what is answered of the rows of one page.
        newest_first: Whether the latest instant comes first.

    Raises:
        BadCursorError: The cursor is none that this list gave out.
    """
    sign, way = ("-", "lt") if newest_first else ("", "gt")
    rows = rows.order_by(f"{sign}{key}", f"{sign}pk")
    values = decode_cursor(cursor, dt.datetime, UUID)
    if values is not None:
        at, last = values
        rows = rows.filter(Q(**{f"{key}__{way}": at}) | Q(**{key: at, f"pk__{way}": last}))
    found = list(rows[: limit + 1])
    following = None
    if len(found) > limit:
        found = found[:limit]
        following = encode_cursor(getattr(found[-1], key).isoformat(), found[-1].pk)
    return Page(items=show(found), next=following)


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
        KeyReusedError: The key was used with other content, or for another operation.
        StillRunningError: Another request with this key is running.
    """

    @functools.wraps(function)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        key = _key_of(request)
        if not key:
            return function(request, *args, **kwargs)
        return _once(request, key, lambda: function(request, *args, **kwargs))

    wrapper.heli_takes_key = True  # type: ignore[attr-defined]
    return wrapper


def keyed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse an ``Idempotency-Key`` that was used for something else, and keep no answer.

    For a write that is repeatable by itself, or asks :func:`is_repeat`, and whose answer must not
    lie in the database in the clear: a secret, data of a register. A write that fails leaves the
    key free.

    Raises:
        KeyReusedError: The key was used with other content, or for another operation.
    """

    @functools.wraps(function)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        key = _key_of(request)
        if not key:
            return function(request, *args, **kwargs)
        kept, fresh = IdempotencyRecord.objects.get_or_create(
            caller=caller_of(request),
            key=key,
            defaults={"request_hash": _hash(request), "created_at": clock.now()},
        )
        _refuse_other(kept, request)
        request.heli_repeat = not fresh  # type: ignore[attr-defined]
        try:
            return function(request, *args, **kwargs)
        except Exception:
            if fresh:
                # Where the transaction is broken, it takes the key back itself.
                with suppress(DatabaseError):
                    kept.delete()
            raise

    wrapper.heli_takes_key = True  # type: ignore[attr-defined]
    return wrapper


def is_repeat(request: HttpRequest) -> bool:
    """Whether a ``keyed`` write came with a key under which it was sent before."""
    return bool(getattr(request, "heli_repeat", False))


def forget_keys(limit: int = 2000) -> int:
    """Delete what was kept for longer than :data:`KEPT`; returns how many."""
    old = IdempotencyRecord.objects.filter(created_at__lt=clock.now() - KEPT)
    first = list(old.order_by("created_at").values_list("pk", flat=True)[:limit])
    return IdempotencyRecord.objects.filter(pk__in=first).delete()[0]


def _key_of(request: HttpRequest) -> str:
    key: str = request.headers.get("Idempotency-Key", "")
    if len(key) > KEY_LENGTH:
        reason = _("the key is over {limit} characters").format(limit=KEY_LENGTH)
        raise BadInputError(field="Idempotency-Key", reason=reason)
    return key


def _hash(request: HttpRequest) -> str:
    """What was sent, and where to; keyed, because what is sent can hold identity numbers."""
    sent = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    return salted_hmac("heli.kernel.idempotency", sent, algorithm="sha256").hexdigest()


def _refuse_other(kept: IdempotencyRecord, request: HttpRequest) -> None:
    if kept.request_hash != _hash(request):
        raise KeyReusedError(key=kept.key, field="Idempotency-Key")


def _once(request: HttpRequest, key: str, run: Callable[[], Any]) -> Any:
    caller = caller_of(request)
    kept = IdempotencyRecord.objects.filter(caller=caller, key=key).first()
    if kept is None:
        try:
            with transaction.atomic():
                kept = IdempotencyRecord.objects.create(
                    caller=caller, key=key, request_hash=_hash(request), created_at=clock.now()
                )
                kept.status, kept.body = _written(run())
                kept.save(update_fields=["status", "body"])
        except IntegrityError:
            kept = IdempotencyRecord.objects.filter(caller=caller, key=key).first()
            if kept is None:
                raise
    _refuse_other(kept, request)
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
