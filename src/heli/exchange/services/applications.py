"""Applying for data, and the source department's review and decision."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import pgettext

from heli.engines.contracts import parse_policy, wider_fields, wider_members
from heli.errors import BadInputError, NotFoundError, gettext_noop
from heli.exchange import errors, facts_applications, holdings, notices, statutory
from heli.exchange.errors_applications import (
    ApplicationExistsError,
    ApplicationStateError,
    MoreThanAppliedError,
    NothingToApplyError,
)
from heli.exchange.models import Application, Grant, Resource, SharingClass
from heli.exchange.services.grants import MAX_YEARS, grant, renew
from heli.exchange.services.provisions import binding
from heli.exchange.services.wishes import Wish
from heli.exchange.terms import TERMS
from heli.exchange.words import MEMBER_WORDS
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.ledger import services as ledger
from heli.ledger.verbs import FactData

State = Application.State


@transaction.atomic
def apply(
    resource: Resource,
    wish: Wish,
    *,
    actor: Actor,
    consumer: str,
    renews: Grant | None = None,
) -> Application:
    """Apply for a resource; what is shared without condition is granted at once.

    Args:
        resource: What is applied for.
        wish: For what, by which law, which fields, until when.
        actor: Who applies.
        consumer: Code of the applying department.
        renews: The grant that is to be renewed.

    Raises:
        NothingToApplyError: It is the department's own, not shared, or the grant is not its own.
        GroundError: The basis does not bind.
        PolicyError: The fields or masks do not fit the contract.
        ExpiryError: The last day lies in the past or too far ahead.
        GrantExistsError: There is a grant for this purpose, which could be renewed.
        ApplicationExistsError: There is an open application for this purpose.
        CombinationError: The department would hold a forbidden combination.
    """
    if renews is not None:
        renews.refresh_from_db()
    _check_applicable(resource, consumer, wish.purpose, renews)
    row = Application(
        resource=resource,
        consumer_id=consumer,
        renews=renews,
        submitted_at=clock.now(),
        submitted_by=str(actor),
        **_checked(resource, wish),
    )
    holdings.refuse_grant(consumer, resource, wish.policy, instead_of=renews)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise ApplicationExistsError(resource=resource.address, purpose=wish.purpose) from None
    for step in ("review", "decision"):
        statutory.start(step, statutory.APPLICATION, row.pk,
                        department=resource.department_id, actor=actor)  # fmt: skip
    _tell(
        row,
        facts_applications.ApplicationSubmitted(
            application=str(row.pk),
            resource=resource.address,
            consumer=consumer,
            purpose=wish.purpose,
            basis=str(row.basis),
            fields=_names(wish.policy),
            until=wish.until.isoformat(),
        ),
        actor,
        consumer,
    )
    if resource.sharing == SharingClass.UNCONDITIONAL:
        conclude(row, actor=HELI, outcome=State.GRANTED, policy=wish.policy, until=wish.until)
    else:
        notices.application_waits(row)
    return row


def _check_applicable(
    resource: Resource, consumer: str, purpose: str, renews: Grant | None
) -> None:
    reason = ""
    if consumer == resource.department_id:
        reason = gettext_noop("it is your own department's")
    elif resource.sharing == SharingClass.NOT_SHARED:
        reason = gettext_noop("it is not shared")
    elif renews is not None and (renews.consumer_id, renews.resource_id) != (consumer, resource.pk):
        reason = gettext_noop("the grant to be renewed is another one")
    elif renews is not None and (renews.revoked_at or renews.purpose != purpose):
        reason = gettext_noop("the grant to be renewed was revoked, or is for another purpose")
    if reason:
        raise NothingToApplyError(resource=resource.address, reason=reason)
    standing = resource.grants.filter(consumer=consumer, purpose=purpose, revoked_at=None)
    if renews is None and standing.exists():
        raise errors.GrantExistsError(
            field="purpose", consumer=consumer, resource=resource.address, purpose=purpose
        )


def _checked(resource: Resource, wish: Wish) -> dict[str, Any]:
    """The fields of an application, as the rows keep them."""
    parse_policy(resource.parsed_contract, wish.policy)
    for name, text in (("purpose_zh", wish.purpose_zh), ("need", wish.need)):
        if not text.strip():
            raise BadInputError(field=name, reason=gettext_noop("it is empty"))
    today = clock.today()
    if not today < wish.until <= today + dt.timedelta(days=365 * MAX_YEARS):
        raise errors.ExpiryError(field="until", years=MAX_YEARS)
    return {
        "purpose": wish.purpose,
        "purpose_zh": wish.purpose_zh.strip(),
        "purpose_en": wish.purpose_en.strip(),
        "need": wish.need.strip(),
        "basis": binding(wish.basis, field="basis"),
        "policy": dict(wish.policy),
        "matter_type": wish.matter_type.strip(),
        "until": wish.until,
    }


@transaction.atomic
def return_application(application_id: uuid.UUID, *, actor: Actor, reason: str) -> Application:
    """Return an application for correction; its clocks stand still until it comes back.

    Raises:
        NotFoundError: There is no such application.
        ApplicationStateError: It is not to be decided by the source department now.
        BadInputError: The reason is missing.
    """
    row = _locked(application_id, State.SUBMITTED, State.REVIEWED)
    row.returned_because = _reason(reason)
    row.state = State.RETURNED
    row.save()
    statutory.pause(row.pk, department=row.consumer_id, ground=row.returned_because, actor=actor)
    fact = facts_applications.ApplicationReturned(reason=row.returned_because, **_about(row))
    _tell(row, fact, actor, row.resource.department_id)
    notices.application_returned(row)
    return row


@transaction.atomic
def correct_application(application_id: uuid.UUID, wish: Wish, *, actor: Actor) -> Application:
    """Hand a returned application in again; its clocks go on.

    Raises:
        NotFoundError: There is no such application.
        ApplicationStateError: It was not returned.
        HeliError: As for :func:`apply`.
    """
    row = _locked(application_id, State.RETURNED)
    for name, value in _checked(row.resource, wish).items():
        if name != "purpose":
            setattr(row, name, value)
    holdings.refuse_grant(row.consumer_id, row.resource, wish.policy, instead_of=row.renews)
    row.state = State.REVIEWED if row.reviewed_at else State.SUBMITTED
    row.save()
    statutory.go_on(row.pk, department=row.consumer_id, actor=actor)
    fact = facts_applications.ApplicationCorrected(fields=_names(wish.policy), **_about(row))
    _tell(row, fact, actor, row.consumer_id)
    notices.application_waits(row)
    return row


@transaction.atomic
def review_application(application_id: uuid.UUID, *, actor: Actor, opinion: str) -> Application:
    """Write down what the source department thinks, for whoever decides.

    Raises:
        NotFoundError: There is no such application.
        ApplicationStateError: It is reviewed or decided.
        BadInputError: The opinion is missing.
    """
    row = _locked(application_id, State.SUBMITTED)
    row.opinion = _reason(opinion)
    row.reviewed_at, row.reviewed_by = clock.now(), str(actor)
    row.state = State.REVIEWED
    row.save()
    statutory.stop(statutory.APPLICATION, row.pk, actor=actor, kind=statutory.REVIEW)
    fact = facts_applications.ApplicationReviewed(**_about(row))
    _tell(row, fact, actor, row.resource.department_id)
    notices.application_reviewed(row)
    return row


@transaction.atomic
def grant_application(
    application_id: uuid.UUID,
    *,
    actor: Actor,
    reason: str = "",
    policy: Mapping[str, Any] | None = None,
    until: dt.date | None = None,
) -> Application:
    """Grant what was applied for, or less of it.

    Args:
        application_id: Which.
        actor: Who decides.
        reason: Why; needed where less is granted.
        policy: Fewer fields, tighter masks, fewer records, lower limits or narrower grounds; all
            that was applied for where ``None``.
        until: An earlier last day.

    Raises:
        NotFoundError: There is no such application.
        ApplicationStateError: It is not reviewed, or decided.
        PolicyError: The policy does not fit the contract.
        MoreThanAppliedError: It was not applied for.
        CombinationError: The department would hold a forbidden combination.
    """
    row = _decidable(application_id)
    given = dict(policy or row.policy)
    last = until or row.until
    less = _differs(row, given) or last < row.until
    if less:
        _reason(reason)
    _check_less(row, given, last)
    outcome = State.PARTLY if less else State.GRANTED
    return conclude(
        row, actor=actor, outcome=outcome, policy=given, until=last, reason=reason.strip()
    )


def _differs(row: Application, policy: Mapping[str, Any]) -> bool:
    """Whether another policy is given, however it is written and in whatever order of fields."""
    contract = row.resource.parsed_contract
    given, asked = parse_policy(contract, policy), parse_policy(contract, row.policy)
    return set(given.rules) != set(asked.rules) or replace(given, rules=asked.rules) != asked


def _check_less(row: Application, policy: Mapping[str, Any], until: dt.date) -> None:
    """Refuse to grant anything beyond the application, in whichever of its members."""
    contract = row.resource.parsed_contract
    given, asked = parse_policy(contract, policy), parse_policy(contract, row.policy)
    more = [
        *wider_fields(given, asked),
        *(str(MEMBER_WORDS[name]) for name in wider_members(given, asked)),
    ]
    if until > row.until:
        more.append(until.isoformat())
    if more:
        raise MoreThanAppliedError(field="policy", fields=pgettext("list", ", ").join(more))


@transaction.atomic
def refuse_application(
    application_id: uuid.UUID, *, actor: Actor, reason: str, ground: str
) -> Application:
    """Refuse an application, on a ground of law.

    Raises:
        NotFoundError: There is no such application.
        ApplicationStateError: It is not reviewed, or decided.
        GroundError: The ground does not bind.
        BadInputError: The reason is missing.
    """
    row = _decidable(application_id)
    row.ground = binding(ground)
    return conclude(row, actor=actor, outcome=State.REFUSED, reason=_reason(reason))


@transaction.atomic
def withdraw_application(application_id: uuid.UUID, *, actor: Actor) -> Application:
    """Take an open application back.

    Raises:
        NotFoundError: There is no such application.
        ApplicationStateError: It is decided.
    """
    row = _locked(application_id, *Application.OPEN)
    row.state = State.WITHDRAWN
    row.save()
    statutory.stop(statutory.APPLICATION, row.pk, actor=actor)
    _tell(row, facts_applications.ApplicationWithdrawn(**_about(row)), actor, row.consumer_id)
    notices.application_withdrawn(row)
    return row


@transaction.atomic
def note_silence(application_id: uuid.UUID, *, at: dt.datetime) -> None:
    """The time to decide has run out: said aloud, and passed on as configured."""
    row = Application.objects.select_for_update(of=("self",)).select_related("resource")
    found = row.filter(pk=application_id, state__in=Application.OPEN).first()
    if found is None:
        return
    found.overdue_at = at
    found.save(update_fields=["overdue_at"])
    follows = TERMS.switch("silence")
    fact = facts_applications.ApplicationSilent(
        source=found.resource.department_id, follows=follows, **_about(found)
    )
    _tell(found, fact, HELI, found.resource.department_id)
    notices.application_silent(found, passed_on=follows == "escalate")
    if follows == "grant":
        conclude(found, actor=HELI, outcome=State.GRANTED, policy=found.policy, until=found.until)


def conclude(
    row: Application,
    *,
    actor: Actor,
    outcome: Application.State,
    policy: Mapping[str, Any] | None = None,
    until: dt.date | None = None,
    reason: str = "",
) -> Application:
    """Write a decision down, and give the grant where there is one; in the caller's transaction."""
    row.state, row.decided_at, row.decided_by = outcome, clock.now(), str(actor)
    row.reason = reason
    if policy is not None:
        row.granted = dict(policy)
        row.grant = give(row, actor=actor, policy=policy, until=until or row.until)
    row.save()
    statutory.stop(statutory.APPLICATION, row.pk, actor=actor)
    fact = facts_applications.ApplicationDecided(
        outcome=outcome.value,
        reason=reason,
        ground=str(row.ground) if row.ground else "",
        grant=str(row.grant_id or ""),
        **_about(row),
    )
    _tell(row, fact, actor, actor.department or row.resource.department_id)
    notices.application_decided(row)
    return row


def give(row: Application, *, actor: Actor, policy: Mapping[str, Any], until: dt.date) -> Grant:
    """The grant that a decision brings: a new one, or the old one renewed."""
    expires_at = statutory.end_of_day(until)
    if row.renews is not None:
        return renew(row.renews.pk, actor=actor, policy=policy, expires_at=expires_at)
    return grant(
        actor=actor,
        resource=row.resource,
        consumer=row.consumer_id,
        purpose=row.purpose,
        purpose_zh=row.purpose_zh,
        purpose_en=row.purpose_en,
        legal_basis=str(row.basis),
        policy=policy,
        expires_at=expires_at,
    )


def _locked(application_id: uuid.UUID, *states: Application.State) -> Application:
    rows = Application.objects.select_for_update(of=("self",))
    row = rows.select_related("resource", "basis", "renews").filter(pk=application_id).first()
    if row is None:
        raise NotFoundError(what=str(application_id))
    if row.state not in states:
        raise ApplicationStateError(state=str(State(row.state).label))
    return row


def _decidable(application_id: uuid.UUID) -> Application:
    """An application that is reviewed, or whose time has run out before it was."""
    row = _locked(application_id, State.SUBMITTED, State.REVIEWED)
    if not row.is_decidable:
        raise ApplicationStateError(state=str(State(row.state).label))
    return row


def _about(row: Application) -> dict[str, str]:
    return {
        "application": str(row.pk),
        "resource": row.resource.address,
        "consumer": row.consumer_id,
    }


def _tell(row: Application, fact: FactData, actor: Actor, department: str) -> None:
    ledger.record(
        fact, actor=actor, department=department, subject=f"{statutory.APPLICATION}:{row.pk}"
    )


def _names(policy: Mapping[str, Any]) -> list[str]:
    return [str(rule["field"]) for rule in policy["fields"]]


def _reason(text: str) -> str:
    if not text.strip():
        raise BadInputError(field="reason", reason=gettext_noop("a reason is required"))
    return text.strip()[:600]
