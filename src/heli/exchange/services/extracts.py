"""Extracts: asked for, made, fetched once, given up, deleted."""

import datetime as dt
import os
import uuid
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, BinaryIO

from django.db import transaction
from django.db.models import Q

from heli.errors import HeliError, NotFoundError
from heli.exchange.calls import bindings, nonces
from heli.exchange.calls.model import Call, Query
from heli.exchange.calls.settling import settle
from heli.exchange.errors import PolicyChangedError
from heli.exchange.extracts.errors import ExtractFormatError, ExtractGoneError
from heli.exchange.extracts.formats import spool
from heli.exchange.facts import (
    ExtractAsked,
    ExtractExpired,
    ExtractFailed,
    ExtractFetched,
    ExtractWithdrawn,
)
from heli.exchange.lookup import check
from heli.exchange.models import OPEN_STATES, Extract, ExtractFormat, ExtractState
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.ledger import services as ledger
from heli.ledger.selectors import Fact
from heli.ledger.verbs import FactData

if TYPE_CHECKING:
    from heli.exchange.extracts.production import Made

KEPT = dt.timedelta(hours=24)
"""How long a file waits to be fetched."""

STALLED = dt.timedelta(minutes=10)
"""After so long without a sign of life, the work on an extract is taken to have ended."""


def ask_extract(
    query: Query, *, attended: bool = False, place: AbstractContextManager[None] | None = None
) -> Extract:
    """Ask for a whole resource as a file; whether the grant opens it is looked at now.

    Args:
        query: Who asks for what, on which ground; ``extract`` names the format.
        attended: Whether the asker waits on the line and makes the file at once.
        place: Entered when the grant opens it; refuses where nobody can make the file now.

    Raises:
        HeliError: The reason of the refusal, which has been recorded.
    """
    call = Call(query)
    if query.extract not in ExtractFormat.values:
        known = ", ".join(ExtractFormat.values)
        call.refuse(ExtractFormatError(
            field="format", format=query.extract[:20], known=known
        ))  # fmt: skip
    check([call])
    if call.error is None:
        try:
            with place or nullcontext():
                return _ask(call, attended=attended)
        except HeliError as error:
            call.error = error
    settle([call])
    call.error.recorded = True
    raise call.error


def _ask(call: Call, *, attended: bool) -> Extract:
    """Note what is asked for.

    Raises:
        ReplayedError: Another request with this nonce came at once and was faster.
    """
    query = call.query
    resource, grant, _policy = call.opened
    now = clock.now()
    with transaction.atomic():
        if query.nonce is not None:
            nonces.use_one(query.nonce)
        row = Extract.objects.create(
            resource_id=resource.id,
            grant_id=grant.id,
            consumer=query.department,
            actor=str(query.actor),
            purpose=grant.purpose,
            project=query.project,
            task=query.task,
            file_format=query.extract,
            attended=attended,
            asked_at=now,
            touched_at=now,
        )
        asked = ExtractAsked(
            extract=str(row.pk),
            resource=resource.address,
            grant=grant.id,
            purpose=grant.purpose,
            format=query.extract,
        )
        _record(row, asked, query.actor, resource.address)
    return row


def make_extract(extract_id: uuid.UUID) -> Extract:
    """Make the file of an extract that was asked for; returns once its fact is durable.

    The grounds are looked at again, for days may have passed. Nothing of a file that could not be
    made in full is left.

    Raises:
        HeliError: Why nothing is released; it has been recorded, and the extract has failed.
    """
    if not _take(extract_id):
        raise ExtractGoneError(state=_extract(extract_id).get_state_display())
    # Here, because a process that makes no files does without their libraries.
    from heli.exchange.extracts import production

    row = _extract(extract_id)
    call = Call(_query(row))
    check([call])
    if call.error is None:
        try:
            made = production.make(call, str(row.pk), lambda rows: _tell(row, rows))
        except HeliError as error:
            call.refuse(error)
        else:
            call.data = made.file
            # Making a file takes its time: what it serves may have ended meanwhile.
            bindings.check([call])
            _settle(call, row, made)
    if call.error is not None:
        _fail(row, call)
        raise call.error
    assert call.fact is not None
    ledger.ensure_durable([call.fact.id])
    return _extract(extract_id)


def _settle(call: Call, row: Extract, made: "Made") -> None:
    """Record what was made, unless that is refused in the last moment; then it is deleted."""
    from heli.engines.fingerprint import dump_plan

    now = clock.now()
    with transaction.atomic():
        settle([call])
        if call.error is None:
            assert call.fact is not None
            Extract.objects.filter(pk=row.pk, state=ExtractState.RUNNING).update(
                state=ExtractState.READY,
                rows=made.file.rows,
                rows_done=made.file.rows,
                size=made.file.size,
                response_key=made.file.key,
                plan=dump_plan(made.plan),
                policy_hash=call.opened[2].digest,
                fact_id=call.fact.id,
                ready_at=now,
                touched_at=now,
                expires_at=now + KEPT,
            )
    if call.error is not None:
        spool(row.pk).unlink(missing_ok=True)


def _fail(row: Extract, call: Call) -> None:
    assert call.error is not None
    now = clock.now()
    with transaction.atomic():
        if call.fact is None:
            settle([call])
        Extract.objects.filter(pk=row.pk).update(
            state=ExtractState.FAILED, reason=call.error.code, ended_at=now, touched_at=now
        )
        failed = ExtractFailed(
            extract=str(row.pk), resource=row.resource.address, reason=call.error.code
        )
        _record(row, failed, HELI, row.resource.address)


def _take(extract_id: uuid.UUID) -> bool:
    """Begin the work on a waiting extract; only one can."""
    return bool(
        Extract.objects.filter(pk=extract_id, state=ExtractState.WAITING).update(
            state=ExtractState.RUNNING, touched_at=clock.now()
        )
    )


def _tell(row: Extract, rows: int) -> None:
    Extract.objects.filter(pk=row.pk).update(rows_done=rows, touched_at=clock.now())


def _query(row: Extract) -> Query:
    kind, _colon, key = row.actor.partition(":")
    actor = Actor(kind, key, row.consumer)  # type: ignore[arg-type]
    return Query(
        actor=actor,
        department=row.consumer,
        resource=row.resource.address,
        subject_type="",
        subject_id="",
        matter=row.matter,
        purpose=row.purpose,
        project=row.project,
        task=row.task,
        extract=row.file_format,
    )


def fetch_extract(extract_id: uuid.UUID, *, actor: Actor) -> tuple[Extract, BinaryIO]:
    """Hand a file over, once: from here on the open file is the only copy.

    Raises:
        NotFoundError: There is no such extract of the actor's.
        ExtractGoneError: It is not ready, was fetched before, or is deleted.
        NotDurableError: Its fact is not provable yet.
        HeliError: Its grounds do not stand any more; that has been recorded.
    """
    row = _extract(extract_id, actor)
    if row.state != ExtractState.READY or row.fact_id is None:
        raise ExtractGoneError(state=row.get_state_display())
    _require_grounds(row)
    ledger.ensure_durable([row.fact_id])
    now = clock.now()
    with transaction.atomic():
        taken = Extract.objects.filter(
            pk=row.pk, state=ExtractState.READY, expires_at__gt=now
        ).update(state=ExtractState.FETCHED, ended_at=now)
        if not taken:
            raise ExtractGoneError(state=_extract(extract_id).get_state_display())
        fetched = ExtractFetched(
            extract=str(row.pk), resource=row.resource.address, release=str(row.fact_id)
        )
        fact = _record(row, fetched, actor, row.resource.address)
        path = spool(row.pk)
        try:
            file = path.open("rb")
        except OSError as error:
            raise ExtractGoneError(state=str(ExtractState.EXPIRED.label)) from error
    path.unlink(missing_ok=True)
    try:
        ledger.ensure_durable([fact.id])
    except HeliError:
        file.close()
        raise
    return _extract(extract_id), file


def _require_grounds(row: Extract) -> None:
    """A file may wait for a day: what has been taken back since is not handed over.

    Raises:
        HeliError: The reason of the refusal, which has been recorded.
    """
    call = Call(_query(row))
    check([call])
    if call.error is None and call.opened[2].digest != row.policy_hash:
        call.refuse(PolicyChangedError(resource=row.resource.address))
    if call.error is not None:
        settle([call])
        raise call.error


def withdraw_extract(extract_id: uuid.UUID, *, actor: Actor) -> Extract:
    """Give an extract up that is not fetched yet; its file is deleted.

    Raises:
        NotFoundError: There is no such extract of the actor's.
        ExtractGoneError: It has ended already, or is being made right now.
    """
    row = _extract(extract_id, actor)
    with transaction.atomic():
        ended = Extract.objects.filter(
            pk=row.pk, state__in=(ExtractState.WAITING, ExtractState.READY)
        ).update(state=ExtractState.WITHDRAWN, ended_at=clock.now())
        if not ended:
            raise ExtractGoneError(state=_extract(extract_id).get_state_display())
        told = ExtractWithdrawn(extract=str(row.pk), resource=row.resource.address)
        _record(row, told, actor, row.resource.address)
    spool(row.pk).unlink(missing_ok=True)
    return _extract(extract_id)


def make_next_extract() -> int:
    """Make the file that has waited longest, for who does not wait on the line; returns how many.

    Why one could not be made stands with it and in the ledger.
    """
    waiting = Extract.objects.filter(state=ExtractState.WAITING, attended=False)
    row = waiting.order_by("asked_at", "pk").first()
    if row is None:
        return 0
    try:
        make_extract(row.pk)
    except HeliError:
        return 1
    return 1


def clean_extracts() -> int:
    """Delete what nobody fetched in time and what a crash left; returns how many."""
    now = clock.now()
    ended = 0
    for row in Extract.objects.filter(state=ExtractState.READY, expires_at__lte=now):
        with transaction.atomic():
            expired = Extract.objects.filter(pk=row.pk, state=ExtractState.READY).update(
                state=ExtractState.EXPIRED, ended_at=now
            )
            if expired:
                told = ExtractExpired(extract=str(row.pk), resource=row.resource.address)
                _record(row, told, HELI, row.resource.address)
                ended += 1
    return ended + _restart(now) + _sweep()


def _restart(now: dt.datetime) -> int:
    """Put back what a worker that has ended was at; what somebody waited for has failed."""
    stalled = Q(touched_at__lt=now - STALLED)
    running = Extract.objects.filter(stalled, state=ExtractState.RUNNING)
    put_back = running.filter(attended=False).update(state=ExtractState.WAITING, touched_at=now)
    left = Extract.objects.filter(
        stalled, attended=True, state__in=(ExtractState.RUNNING, ExtractState.WAITING)
    )
    for row in left:
        with transaction.atomic():
            Extract.objects.filter(pk=row.pk).update(
                state=ExtractState.FAILED, reason=HeliError.code, ended_at=now
            )
            failed = ExtractFailed(
                extract=str(row.pk), resource=row.resource.address, reason=HeliError.code
            )
            _record(row, failed, HELI, row.resource.address)
            put_back += 1
    return put_back


def _sweep() -> int:
    """Delete spooled files that belong to no extract which is still open."""
    swept = 0
    for path in spool("x").parent.iterdir():
        try:
            key = uuid.UUID(path.name.removesuffix(".part"))
        except ValueError:
            continue
        if not Extract.objects.filter(pk=key, state__in=OPEN_STATES).exists():
            os.unlink(path)
            swept += 1
    return swept


def _extract(extract_id: uuid.UUID, actor: Actor | None = None) -> Extract:
    row = Extract.objects.select_related("resource", "grant").filter(pk=extract_id).first()
    if row is None or (actor is not None and row.actor != str(actor)):
        raise NotFoundError(what=str(extract_id))
    return row


def _record(row: Extract, data: FactData, actor: Actor, address: str) -> Fact:
    return ledger.record(
        data,
        actor=actor,
        department=row.consumer,
        subject=f"exchange.resource:{address}",
        matter=row.matter,
    )
