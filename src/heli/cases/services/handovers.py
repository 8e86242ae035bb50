"""Handing over the accountability for a matter (首接责任): it moves only when accepted."""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from heli.cases import facts, notices, policy
from heli.cases.callers import Caller, actor_of
from heli.cases.errors import (
    AlreadyAnsweredError,
    HandoverOpenError,
    RecordNotFoundError,
    SameDepartmentError,
    TextRequiredError,
    UnknownDepartmentError,
)
from heli.cases.models import Handover, Matter, Notice
from heli.cases.services.matters import locked, refuse_closed
from heli.clocks import services as clocks
from heli.engines.legaltime import Allowance, Unit
from heli.errors import gettext_noop
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.permissions import require
from heli.ledger.services import record
from heli.ledger.verbs import FactData
from heli.organisation.selectors import departments

WHAT = gettext_noop("offer of a handover")
HANDOVER_CLOCK = "cases.handover"
TIME_TO_ANSWER = Allowance(48, Unit.NATURAL_HOURS)


def offer_handover(matter: Matter, taker: str, *, by: Caller, reason: str) -> Handover:
    """Offer a matter to another department; it stays one's own until that accepts.

    Raises:
        DeniedError: The caller's department is not accountable.
        UnknownDepartmentError: There is no such department.
        SameDepartmentError: It is the same department.
        HandoverOpenError: Another offer is unanswered.
    """
    if not reason.strip():
        raise TextRequiredError(field="reason")
    with transaction.atomic():
        row = locked(matter)
        require(policy.may_offer_handover(by, row))
        known = departments()
        if taker not in known or not known[taker].is_active:
            raise UnknownDepartmentError(field="taker", department=taker)
        if taker == row.accountable_id:
            raise SameDepartmentError(field="taker", department=known[taker].name)
        standing = row.handovers.filter(state=Handover.State.OFFERED).first()
        if standing:
            raise HandoverOpenError(taker=known[standing.taker_id].name)
        offer = Handover(
            matter=row,
            giver_id=row.accountable_id or "",
            taker_id=taker,
            reason=reason.strip(),
            offered_by=str(actor_of(by)),
            offered_at=clock.now(),
        )
        request = clocks.ClockRequest(
            HANDOVER_CLOCK, HANDOVER_CLOCK, str(offer.pk), taker, TIME_TO_ANSWER, row.code
        )
        running = clocks.start(request, actor=actor_of(by))
        offer.clock_id = running.pk
        offer.due_at = running.due_at and running.due_at.astimezone(dt.UTC)
        offer.save(force_insert=True)
        _record(offer, facts.HandoverOffered(**_who(offer)), actor_of(by), offer.giver_id)
        Notice.objects.bulk_create(notices.handover_offered(offer))
    return offer


def accept_handover(handover_id: UUID | str, *, by: Caller) -> Handover:
    """Take a matter over: from this instant the taker is accountable, and nobody else.

    Raises:
        RecordNotFoundError: There is no such offer, or it is none of the caller's business.
        DeniedError: It is offered to another department.
        AlreadyAnsweredError: It stands no more.
    """
    with transaction.atomic():
        offer = _standing(handover_id, by)
        require(policy.may_answer_handover(by, offer))
        _close(offer, Handover.State.ACCEPTED, actor_of(by))
        Matter.objects.filter(pk=offer.matter_id).update(accountable=offer.taker_id)
        offer.matter.accountable_id = offer.taker_id
        _record(offer, facts.HandoverAccepted(**_who(offer)), actor_of(by), offer.taker_id)
        Notice.objects.bulk_create(notices.handover_answered(offer))
    return offer


def decline_handover(handover_id: UUID | str, *, by: Caller, reason: str) -> Handover:
    """Decline: the matter bounces back to the giver, and the supervisors learn of it.

    Raises:
        TextRequiredError: No reason is given.
        DeniedError: It is offered to another department.
        AlreadyAnsweredError: It stands no more.
    """
    if not reason.strip():
        raise TextRequiredError(field="reason")
    with transaction.atomic():
        offer = _standing(handover_id, by)
        require(policy.may_answer_handover(by, offer))
        offer.answer = reason.strip()
        _bounce(offer, Handover.State.DECLINED, actor_of(by))
    return offer


def withdraw_handover(handover_id: UUID | str, *, by: Caller) -> Handover:
    """Take an offer back.

    Raises:
        DeniedError: Another department made it.
        AlreadyAnsweredError: It stands no more.
    """
    with transaction.atomic():
        offer = _standing(handover_id, by)
        require(policy.may_offer_handover(by, offer.matter))
        _close(offer, Handover.State.WITHDRAWN, actor_of(by))
        _record(offer, facts.HandoverWithdrawn(**_who(offer)), actor_of(by), offer.giver_id)
    return offer


def expire(handover_id: UUID | str) -> None:
    """Nobody answered in time: the offer bounces back. Called by its clock, in its transaction."""
    offer = Handover.objects.select_related("matter").filter(pk=handover_id).first()
    if offer is not None and offer.state == Handover.State.OFFERED:
        _bounce(offer, Handover.State.EXPIRED, HELI, stop=False)


def _standing(handover_id: UUID | str, by: Caller) -> Handover:
    offer = (
        Handover.objects.select_related("matter")
        .select_for_update(of=("matter", "self"))
        .filter(pk=handover_id)
        .first()
    )
    if offer is None or not policy.may_see_matter(by, offer.matter):
        raise RecordNotFoundError(what=_(WHAT))
    refuse_closed(offer.matter)
    if offer.state != Handover.State.OFFERED:
        raise AlreadyAnsweredError(what=_(WHAT), state=offer.get_state_display())
    return offer


def _close(offer: Handover, state: Handover.State, actor: Actor, *, stop: bool = True) -> None:
    offer.state, offer.answered_by, offer.answered_at = state, str(actor), clock.now()
    offer.save(update_fields=["state", "answer", "answered_by", "answered_at", "escalated_at"])
    if stop and offer.clock_id:
        clocks.stop(offer.clock_id, actor=actor)


def _bounce(offer: Handover, state: Handover.State, actor: Actor, *, stop: bool = True) -> None:
    offer.escalated_at = clock.now()
    _close(offer, state, actor, stop=stop)
    _record(offer, facts.HandoverBounced(how=str(state), **_who(offer)), actor, offer.taker_id)
    Notice.objects.bulk_create(notices.handover_answered(offer))


def _who(offer: Handover) -> dict[str, str]:
    return {"handover": str(offer.pk), "giver": offer.giver_id, "taker": offer.taker_id}


def _record(offer: Handover, data: FactData, actor: Actor, department: str) -> None:
    record(
        data,
        actor=actor,
        subject=f"cases.handover:{offer.pk}",
        matter=offer.matter.code,
        department=department,
    )
