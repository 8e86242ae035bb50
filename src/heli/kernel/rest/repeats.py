"""Writes that may be sent again: ``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header).

A repeat gets the first answer again and has no second effect. A caller's key belongs to one write,
whichever it is, and is kept for :data:`KEPT`.
"""

import datetime as dt
import functools
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from ninja import Status
from pydantic_core import to_jsonable_python

from heli.errors import BadInputError, ConflictError, HeliError, gettext_noop
from heli.kernel import clock
from heli.kernel.models import IdempotencyRecord

KEPT = dt.timedelta(days=7)
KEY_LENGTH = 120


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
    caller, refusal = caller_of(request), None
    kept = IdempotencyRecord.objects.filter(caller=caller, key=key).first()
    if kept is None:
        try:
            with transaction.atomic():
                kept = IdempotencyRecord.objects.create(
                    caller=caller, key=key, request_hash=_hash(request), created_at=clock.now()
                )
                refusal = _run(kept, run)
        except IntegrityError:
            kept = IdempotencyRecord.objects.filter(caller=caller, key=key).first()
            if kept is None:
                raise
    if refusal is not None:
        raise refusal
    _refuse_other(kept, request)
    if kept.status is None:
        raise StillRunningError(key=key)
    return HttpResponse(kept.body, status=kept.status, content_type="application/json")


def _run(kept: IdempotencyRecord, run: Callable[[], Any]) -> HeliError | None:
    """Run a write and keep its answer; a refusal that is on record stays there, without the key."""
    try:
        kept.status, kept.body = _written(run())
    except HeliError as error:
        if not error.recorded:
            raise
        kept.delete()
        return error
    kept.save(update_fields=["status", "body"])
    return None


def _written(answer: Any) -> tuple[int, str]:
    """Status and JSON text of what an operation returned."""
    status = 200
    if isinstance(answer, Status):
        status, answer = answer.status_code, answer.value
    return status, json.dumps(to_jsonable_python(answer), ensure_ascii=False)
