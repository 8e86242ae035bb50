"""Emergency override (破窗): works within its rule, tells at once, and is answered for."""

import logging
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from heli.clocks import services as clocks
from heli.clocks.kinds import OVERDUE, RungEvent
from heli.clocks.services import ClockRequest
from heli.engines.contracts import (
    ReleasePolicy,
    parse_policy,
    parse_subject,
    release,
    withheld_by,
)
from heli.engines.legaltime import Allowance, Unit
from heli.errors import HeliError, NotFoundError
from heli.exchange import errors, notices, policy
from heli.exchange.calls.hashes import KEY_LENGTH, response_hash, subject_hash
from heli.exchange.calls.model import LookupAnswer
from heli.exchange.compiled import keep_policy, touch
from heli.exchange.connectors import open_connector
from heli.exchange.facts import (
    EmergencyRuleEnded,
    EmergencyRuleMade,
    OverrideJustified,
    OverrideOverdue,
    OverrideReviewed,
    OverrideUsed,
)
from heli.exchange.lookup import Query, deny
from heli.exchange.models import Access, EmergencyRule, Override, Resource
from heli.exchange.models.overrides import EMERGENCY
from heli.exchange.services.holdings import look_back
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.permissions import require
from heli.ledger import services as ledger
from heli.organisation.selectors import Person

logger = logging.getLogger(__name__)

OVERRIDE_CLOCK = "exchange.override"
JUSTIFY_WITHIN = Allowance(24, Unit.NATURAL_HOURS)


@transaction.atomic
def allow_emergency(
    *,
    actor: Actor,
    resource: Resource,
    department: str,
    document: Mapping[str, Any],
    legal_basis: str,
) -> EmergencyRule:
    """Say what officers of a department may see of a resource in an emergency.

    Args:
        actor: Who allows it, for the source department.
        resource: What may be seen.
        department: Code of the department whose officers may.
        document: Fields and masks; limits, hours and bindings have no place here.
        legal_basis: The provision that foresees it.

    Raises:
        PolicyError: The policy does not fit the contract, or holds more than fields.
        GrantExistsError: There is a rule for this department.
    """
    parsed = parse_policy(resource.parsed_contract, {"fields": document.get("fields", ())})
    row = EmergencyRule(
        resource=resource,
        department_id=department,
        policy={"fields": list(document["fields"])},
        legal_basis=legal_basis,
        salt=secrets.token_bytes(32),
        made_at=clock.now(),
        made_by=str(actor),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise errors.GrantExistsError(
            consumer=department, resource=resource.address, purpose=EMERGENCY
        ) from None
    keep_policy(resource.parsed_contract, parsed)
    ledger.record(
        EmergencyRuleMade(
            rule=str(row.pk),
            resource=resource.address,
            consumer=department,
            legal_basis=legal_basis,
            fields=list(parsed.fields),
            policy_hash=parsed.digest,
        ),
        actor=actor,
        department=resource.department_id,
        subject=f"exchange.emergency:{row.pk}",
    )
    return row


@transaction.atomic
def end_emergency(rule_id: uuid.UUID, *, actor: Actor) -> EmergencyRule:
    """Take an emergency rule back.

    Raises:
        NotFoundError: There is none, or it ended before.
    """
    standing = EmergencyRule.objects.filter(pk=rule_id, withdrawn_at=None)
    if not standing.update(withdrawn_at=clock.now()):
        raise NotFoundError(what=str(rule_id))
    row = EmergencyRule.objects.select_related("resource").get(pk=rule_id)
    ledger.record(
        EmergencyRuleEnded(
            rule=str(row.pk), resource=row.resource.address, consumer=row.department_id
        ),
        actor=actor,
        department=row.resource.department_id,
        subject=f"exchange.emergency:{row.pk}",
    )
    return row


def break_glass(*, by: Person, resource: Resource, subject: str, reason: str) -> LookupAnswer:
    """Look one subject up in an emergency, without grant, matter or limit.

    The answer is durable on return. Source department and supervision see it at once; a clock of
    24 hours runs until it is justified.

    Args:
        by: The officer.
        resource: What is looked up.
        subject: The identifier.
        reason: Why, before anything was seen.

    Raises:
        HeliError: As follows; that it was refused has been recorded.
        DeniedError: No rule lets this person.
        ReasonNeededError: The reason is too short to be one.
        SourceUnavailableError: The register cannot be read.
    """
    try:
        answer = _answer(by, resource, subject, reason)
    except HeliError as error:
        kind, department = resource.subject_type, str(by.department_id or "")
        query = Query(by.actor, department, resource.address, kind, subject, "", EMERGENCY)
        deny(query, error)
        raise
    if not transaction.get_connection().in_atomic_block:
        ledger.ensure_durable([answer.fact_id])
    return answer


def _answer(by: Person, resource: Resource, subject: str, reason: str) -> LookupAnswer:
    rule = EmergencyRule.objects.filter(
        resource=resource, department=by.department_id, withdrawn_at=None
    ).first()
    require(policy.may_break_glass(by, rule))
    assert rule is not None
    if len(reason.strip()) < policy.LEAST_REASON:
        raise errors.ReasonNeededError(field="reason", least=policy.LEAST_REASON)
    contract = resource.parsed_contract
    parsed = parse_policy(contract, rule.policy)
    normal = parse_subject(contract, subject, latest=clock.today())
    record = _read(resource, normal)
    data = None
    if record is not None:
        data = release(contract, record, parsed, salt=bytes(rule.salt)).data
    keep_policy(contract, parsed)
    return _record(by, rule, resource, parsed, normal, data, reason.strip())


def _read(resource: Resource, subject: str) -> dict[str, Any] | None:
    """The record; whatever goes wrong in a source, who asks is told no more than that."""
    connector = open_connector(resource.connector, resource.parsed_contract, resource.options)
    try:
        return connector.lookup(subject)
    except OSError as error:
        raise errors.SourceUnavailableError(resource=resource.address) from error
    except Exception as error:
        logger.exception("the connector of %s failed", resource.address)
        raise errors.SourceUnavailableError(resource=resource.address) from error


@transaction.atomic
def _record(  # noqa: PLR0917 - what was done, each part of it
    by: Person,
    rule: EmergencyRule,
    resource: Resource,
    parsed: ReleasePolicy,
    subject: str,
    data: dict[str, Any] | None,
    reason: str,
) -> LookupAnswer:
    contract, key = resource.parsed_contract, secrets.token_bytes(KEY_LENGTH)
    department = str(by.department_id)
    if data is not None:
        touch()  # First, as everywhere: whoever else changes the catalogue waits here.
    fact = ledger.record(
        OverrideUsed(
            resource=resource.address,
            source=resource.department_id,
            rule=str(rule.pk),
            reason=reason,
            legal_basis=rule.legal_basis,
            fields=list(parsed.fields),
            rows=int(data is not None),
            contract_version=contract.version,
            policy_hash=parsed.digest,
            response_hash=response_hash(data, key),
            subject_hash=subject_hash(contract.subject_type, subject),
        ),
        actor=by.actor,
        department=department,
        subject=f"exchange.resource:{resource.address}",
    )
    row = Override(
        rule=rule, fact_id=fact.id, person=by, at=fact.at, reason=reason, found=data is not None
    )
    started = clocks.start(
        ClockRequest(OVERRIDE_CLOCK, "exchange.override", str(row.pk), department, JUSTIFY_WITHIN),
        actor=by.actor,
    )
    row.clock_id, row.due_at = started.pk, started.due_at
    row.save(force_insert=True)
    notices.glass_broken(row)
    Access.objects.create(
        fact_id=fact.id,
        at=fact.at,
        resource=resource,
        address=resource.address,
        consumer=department,
        actor=str(by.actor),
        purpose=EMERGENCY,
        fields=list(parsed.fields),
        rows=int(data is not None),
        response_key=key,
    )
    if data is not None:
        look_back(department)
    return LookupAnswer(
        data=data,
        withheld=withheld_by(contract, parsed),
        fact_id=fact.id,
        at=fact.at,
        resource=resource.address,
        title_zh=resource.title_zh,
        title_en=resource.title_en,
        source=resource.department_id,
        contract_version=contract.version,
        grant_id="",
        purpose=EMERGENCY,
        response_hash=response_hash(data, key),
        response_key=key,
    )


@transaction.atomic
def justify_override(override_id: uuid.UUID, *, by: Person, text: str) -> Override:
    """Say afterwards what the emergency was; stops the clock.

    Raises:
        NotFoundError: There is no such override, or it was justified.
        DeniedError: Somebody else broke the glass.
        ReasonNeededError: The text is too short.
    """
    row = _override(override_id)
    require(policy.may_justify(by, row))
    if len(text.strip()) < policy.LEAST_REASON:
        raise errors.ReasonNeededError(field="text", least=policy.LEAST_REASON)
    waiting = Override.objects.filter(pk=row.pk, justified_at=None)
    if not waiting.update(justification=text.strip(), justified_at=clock.now()):
        raise NotFoundError(what=str(override_id))
    ledger.record(
        OverrideJustified(override=str(row.pk), resource=row.rule.resource.address, text=text),
        actor=by.actor,
        department=str(by.department_id),
        subject=f"exchange.override:{row.pk}",
    )
    if row.clock_id:
        clocks.stop(row.clock_id, actor=by.actor)
    row.refresh_from_db()
    return row


@transaction.atomic
def review_override(override_id: uuid.UUID, *, by: Person, verdict: str, finding: str) -> Override:
    """Judge an override: justified, or abuse. Once, by supervision.

    Raises:
        NotFoundError: There is no such override, or it was reviewed.
        DeniedError: The person does not supervise, or broke the glass.
        BadInputError: The verdict is none.
    """
    row = _override(override_id)
    require(policy.may_review(by, row))
    if verdict not in Override.Verdict.values:
        raise errors.VerdictError(field="verdict", known=", ".join(Override.Verdict.values))
    waiting = Override.objects.filter(pk=row.pk, verdict="")
    if not waiting.update(
        verdict=verdict, finding=finding.strip(), reviewed_by=by, reviewed_at=clock.now()
    ):
        raise NotFoundError(what=str(override_id))
    ledger.record(
        OverrideReviewed(
            override=str(row.pk),
            resource=row.rule.resource.address,
            consumer=row.rule.department_id,
            verdict=verdict,
            finding=finding.strip(),
        ),
        actor=by.actor,
        department=str(by.department_id or ""),
        subject=f"exchange.override:{row.pk}",
    )
    row.refresh_from_db()
    return row


def on_rung(event: RungEvent) -> None:
    """A rung of the 24 hours: at their end the override stands as not justified, for all to see."""
    row = Override.objects.select_related("rule__resource").filter(pk=event.owner_id).first()
    if event.rung != OVERDUE or row is None or row.justified_at is not None:
        return
    Override.objects.filter(pk=row.pk).update(overdue=True)
    ledger.record(
        OverrideOverdue(
            override=str(row.pk),
            resource=row.rule.resource.address,
            consumer=row.rule.department_id,
        ),
        actor=HELI,
        department=event.department,
        subject=f"exchange.override:{row.pk}",
    )
    notices.glass_unjustified(row)


def _override(override_id: uuid.UUID) -> Override:
    found = Override.objects.select_related("rule__resource").filter(pk=override_id).first()
    if found is None:
        raise NotFoundError(what=str(override_id))
    return found
