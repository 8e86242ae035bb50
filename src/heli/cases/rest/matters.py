"""Matters over REST."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Status

from heli.cases import policy, services
from heli.cases.codes import secret_of
from heli.cases.models import Matter
from heli.cases.rest.caller import address_of, caller
from heli.cases.schemas.matters import (
    DiscardedOut,
    EntryOut,
    MatterDetailOut,
    MatterIn,
    MatterOut,
    PrefillIn,
    PrefillOut,
    PreparedOut,
    ProgressOut,
    SecretOut,
    StartedOut,
    TaskStateOut,
    WithdrawIn,
)
from heli.cases.selectors import matter_page, matters, public_progress
from heli.cases.selectors.matters import visible_matter
from heli.cases.selectors.timeline import timeline
from heli.kernel.permissions import Role, audience, require
from heli.kernel.rest import Limit, Page, idempotent, is_repeat, keyed, page_of
from heli.organisation.selectors import Person

router = Router(tags=["matters"])


@router.post("", response={201: StartedOut, 200: StartedOut}, summary="Start a matter")
@audience(Role.APPLICANT, Role.AMBASSADOR, systems=True)
@keyed
def start(request: HttpRequest, body: MatterIn) -> Status[StartedOut]:
    """Take a matter in; with an ``Idempotency-Key`` a repeat gets the same matter and no second.

    201 for a new matter, 200 for one that the same key had started before.
    """
    started = services.start_matter(
        body.procedure,
        body.form,
        by=caller(request),
        on_behalf=body.on_behalf,
        title=body.title,
        draft=_draft(body.draft, request),
        idempotency_key=request.headers.get("Idempotency-Key", ""),
    )
    matter = started.matter
    assert matter.opened_at is not None
    shown = StartedOut(
        code=matter.code,
        secret=started.secret,
        title=matter.title,
        state=matter.state,
        accountable=matter.accountable_id or "",
        waiting_for=matter.waiting_for,
        opened_at=matter.opened_at,
    )
    return Status(200 if started.repeated else 201, shown)


def _draft(code: str, request: HttpRequest) -> Matter | None:
    return visible_matter(code, caller(request)) if code else None


@router.post("/prefill", response=PrefillOut, summary="Fill a form with what the city holds")
@audience(Role.APPLICANT, Role.AMBASSADOR)
@keyed
def prefill(request: HttpRequest, body: PrefillIn) -> PrefillOut:
    """Look up under receipt what the city holds, within a draft; start the matter with it."""
    person: Any = request.user
    assert isinstance(person, Person)
    found = services.prefill(
        body.procedure,
        person,
        draft=_draft(body.draft, request),
        given=body.form,
        on_behalf=body.on_behalf,
    )
    return PrefillOut(
        draft=found.draft.code,
        values=found.values,
        prepared=[PreparedOut.of(item) for item in found.prepared],
    )


@router.get("", response=Page[MatterOut], summary="Matters the caller may see")
@audience(systems=True)
def list_matters(
    request: HttpRequest,
    search: str = "",
    state: str = "",
    cursor: str | None = None,
    limit: Limit = 50,
) -> Page[MatterOut]:
    """Newest first."""
    rows = matters(caller(request), search, state).filter(opened_at__isnull=False)

    def show(found: list[Matter]) -> list[MatterOut]:
        return [MatterOut.of(row) for row in found]

    return page_of(rows, "opened_at", cursor, limit, show, newest_first=True)


@router.get("/{code}", response=MatterDetailOut, summary="A matter")
@audience(systems=True)
def read_matter(request: HttpRequest, code: str) -> MatterDetailOut:
    """A matter as far as the caller may see it; the applicant's answers only where allowed."""
    shown = matter_page(code, caller(request))
    return MatterDetailOut(
        **MatterOut.of(shown.matter).model_dump(),
        messages=shown.messages,
        received_by=shown.matter.received_by_id,
        tasks=[TaskStateOut.of(task) for task in shown.tasks],
        answers={item.field: item.value for item in shown.answers},
        expected_at=shown.expected_at,
        parallel_days=shown.parallel_days,
        serial_days=shown.serial_days,
        may={name: bool(decision) for name, decision in shown.may.items()},
    )


@router.get("/{code}/timeline", response=list[EntryOut], summary="What happened in a matter")
@audience(systems=True)
def read_timeline(request: HttpRequest, code: str) -> list[EntryOut]:
    """The matter's facts, newest first."""
    by = caller(request)
    matter = visible_matter(code, by)
    return [EntryOut.of(entry) for entry in timeline(matter.code, by)]


@router.get("/{code}/progress", response=ProgressOut, summary="Public progress")
@audience(public=True)
def read_progress(request: HttpRequest, code: str, secret: str = "") -> ProgressOut:
    """Progress for whoever has code and secret."""
    shown = public_progress(code, secret, address_of(request))
    return ProgressOut(
        code=shown.code,
        procedure=shown.procedure_name,
        state=shown.state,
        state_label=shown.state_label,
        opened_at=shown.opened_at,
        closed_at=shown.closed_at,
        expected_at=shown.expected_at,
        accountable=shown.accountable.code if shown.accountable else None,
        tasks=[TaskStateOut.of(task) for task in shown.tasks],
        needs_supplement=shown.needs_supplement,
    )


@router.post("/{code}/withdraw", response=MatterOut, summary="Take a matter back")
@audience(systems=True)
@idempotent
def withdraw(request: HttpRequest, code: str, body: WithdrawIn) -> MatterOut:
    """End a matter at its applicant's wish."""
    by = caller(request)
    matter = visible_matter(code, by)
    return MatterOut.of(services.withdraw_matter(matter, by=by, reason=body.reason))


@router.delete("/{code}", response=DiscardedOut, summary="Discard a draft")
@audience(Role.APPLICANT, Role.AMBASSADOR)
@idempotent
def discard(request: HttpRequest, code: str) -> DiscardedOut:
    """Throw a draft of one's own away, with its answers and files; a matter is withdrawn."""
    by: Any = request.user
    draft = visible_matter(code, by)
    services.discard_draft(draft, by=by)
    return DiscardedOut(code=draft.code)


@router.post("/{code}/secret", response=SecretOut, summary="Renew the secret of a matter")
@audience(Role.APPLICANT, Role.AMBASSADOR, systems=True)
@transaction.atomic
@keyed
def renew(request: HttpRequest, code: str) -> SecretOut:
    """Give out a new secret for public progress; a repeat under one key gives the same again."""
    by = caller(request)
    matter = visible_matter(code, by)
    if is_repeat(request):
        require(policy.may_withdraw(by, matter))
        return SecretOut(code=matter.code, secret=secret_of(matter.pk, matter.secret_version))
    return SecretOut(code=matter.code, secret=services.renew_secret(matter, by=by))
