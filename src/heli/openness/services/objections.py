"""Objecting, deciding, appealing, withdrawing: one verb, one transaction, its fact."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from heli.clocks import services as clocks
from heli.clocks.services import ClockRequest
from heli.engines.contracts import parse_subject
from heli.errors import BadInputError, gettext_noop
from heli.exchange.selectors import Resource
from heli.kernel import clock
from heli.kernel.actor import PUBLIC, Actor
from heli.kernel.permissions import require
from heli.kernel.sealing import hint
from heli.ledger import services as ledger
from heli.openness import codes, errors, facts, policy, refusals, tiers
from heli.openness.codes import seal_values, subjects, unseal_values
from heli.openness.models import Objection, Publication, Ruling
from heli.openness.services.corrections import Agreed, open_correction, read_record
from heli.openness.terms import TERMS
from heli.openness.values import typed_value
from heli.organisation.selectors import Person, identity_of

CLOCK = "openness.objection"
OWNER = "openness.ruling"
LONGEST = 4000
OUTCOMES = (Objection.State.UPHELD, Objection.State.PARTLY, Objection.State.REJECTED)


@dataclass(frozen=True, slots=True)
class Filer:
    """Who objects: somebody signed in, a department, or anybody.

    Attributes:
        person: The account; None without one.
        department: Code of the department for which it is filed; empty for residents.
        name: What they call themselves.
        reach: How to reach them.
    """

    person: Person | None = None
    department: str = ""
    name: str = ""
    reach: str = ""

    @property
    def actor(self) -> Actor:
        """The author of facts."""
        return self.person.actor if self.person else PUBLIC


@dataclass(frozen=True, slots=True)
class Target:
    """What is objected to; which parts are needed follows from ``about``.

    Attributes:
        resource: The register of a record, or the one that should be open.
        subject_id: Identifier of whom the record is about.
        claims: What fields of the record should say, as typed.
        refusal: ``access:…``, ``application:…``, ``grant:…`` or ``opening:…``.
        department: For data that is in no register known: the department asked.
    """

    about: str
    resource: Resource | None = None
    subject_id: str = ""
    claims: Mapping[str, str] = field(default_factory=dict)
    publication: Publication | None = None
    refusal: str = ""
    department: str = ""


@dataclass(frozen=True, slots=True)
class Filed:
    """An objection and the secret that, with its code, opens its progress."""

    objection: Objection
    secret: str


def file_objection(by: Filer, target: Target, ground: str) -> Filed:
    """File an objection; the time limit of the department that decides begins.

    Raises:
        BadInputError: Something is missing or malformed; the field says what.
        NotYourRecordError: The record is about somebody else than who is signed in.
        UnknownRefusalError: There is no such refusal of the caller's.
    """
    if not ground.strip() or len(ground) > LONGEST:
        raise BadInputError(
            field="ground", reason=gettext_noop("say in 1 to 4000 characters what is wrong")
        )
    row = Objection(
        about=target.about,
        objector=by.person,
        objector_department_id=by.department or None,
        ground=ground.strip(),
        filed_at=clock.now(),
    )
    _fill(row, by, target)
    if by.name or by.reach:
        contact = {"name": by.name.strip()[:80], "reach": by.reach.strip()[:120]}
        row.contact = seal_values("contact", contact)
    with transaction.atomic():
        codes.save_new(row, codes.objections)
        _open_ruling(row, 1, row.department_id, by.actor)
        ledger.record(
            facts.ObjectionFiled(
                objection=row.code,
                about=row.about,
                resource=row.resource.address if row.resource else "",
                dataset=row.publication.slug if row.publication else "",
                by="department" if by.department else "resident",
                asker=by.department,
            ),
            actor=by.actor,
            department=row.department_id,
            subject=subject_of(row),
        )
    return Filed(row, codes.objections.secret_of(row.pk, row.secret_version))


def subject_of(row: Objection) -> str:
    """What facts about it are about."""
    return f"openness.objection:{row.pk}"


def _fill(row: Objection, by: Filer, target: Target) -> None:
    fill = {
        Objection.About.RECORD: _fill_record,
        Objection.About.DATASET: _fill_dataset,
        Objection.About.REFUSAL: _fill_refusal,
        Objection.About.OPENING: _fill_opening,
    }.get(Objection.About(target.about) if target.about in Objection.About.values else None)  # type: ignore[arg-type]
    if fill is None:
        raise BadInputError(field="about", reason=gettext_noop("choose what it is about"))
    fill(row, by, target)


def _fill_record(row: Objection, by: Filer, target: Target) -> None:
    resource = target.resource
    if resource is None:
        raise BadInputError(field="resource", reason=gettext_noop("name the register"))
    contract = resource.parsed_contract
    subject = parse_subject(contract, target.subject_id, latest=clock.today())
    if not subject:
        raise BadInputError(field="subject", reason=gettext_noop("say whose record it is"))
    kind = contract.subject_type
    row.resource, row.department_id = resource, resource.department_id
    row.subject_type = kind
    row.subject_digest = subjects.digest(kind, subject)
    row.subject_sealed = subjects.seal(kind, subject)
    row.subject_hint = hint(kind, subject)[:40]
    row.identity_known = _identity_known(by, kind, subject)
    claims = {}
    for name, text in target.claims.items():
        found = contract.field(name)
        if found is None or found.subject:
            raise BadInputError(
                field=name[:60], reason=gettext_noop("the register has no such field to correct")
            )
        claims[name] = typed_value(found, text)
    row.claim_fields = sorted(claims)
    row.claims = seal_values("claims", claims) if claims else b""


def _identity_known(by: Filer, kind: str, subject: str) -> bool:
    """Whether it is certain that the record is the filer's own business.

    Raises:
        NotYourRecordError: The account says that it is somebody else's.
    """
    if by.department:
        return True
    own = identity_of(by.person.pk) if by.person and kind == "person" else None
    if own is None:
        return False
    if own.upper() != subject.upper():
        raise errors.NotYourRecordError(field="subject")
    return True


def _fill_dataset(row: Objection, by: Filer, target: Target) -> None:
    if target.publication is None:
        raise BadInputError(field="dataset", reason=gettext_noop("name the dataset"))
    row.publication = target.publication
    row.resource = target.publication.resource
    row.department_id = target.publication.department_id


def _fill_refusal(row: Objection, by: Filer, target: Target) -> None:
    found = refusals.find(target.refusal, by.person, by.department)
    row.refusal, row.resource = target.refusal, found.resource
    row.department_id = found.department


def _fill_opening(row: Objection, by: Filer, target: Target) -> None:
    row.resource = target.resource
    department = target.resource.department_id if target.resource else target.department
    if not tiers.exists(department):
        raise BadInputError(field="department", reason=gettext_noop("choose a department"))
    row.department_id = department


def _open_ruling(
    row: Objection, tier: int, department: str, actor: Actor, appeal: str = ""
) -> None:
    ruling = Ruling(
        objection=row, tier=tier, department_id=department, appeal=appeal, opened_at=clock.now()
    )
    limit = TERMS.term(row.about if tier == 1 else "appeal")
    started = clocks.start(
        ClockRequest(
            kind=CLOCK,
            owner_type=OWNER,
            owner_id=str(ruling.pk),
            department=department,
            allowance=limit.allowance,
        ),
        actor=actor,
    )
    ruling.clock_id = started.pk
    ruling.save(force_insert=True)
    Objection.objects.filter(pk=row.pk).update(due_at=started.due_at)
    row.due_at = started.due_at


@dataclass(frozen=True, slots=True)
class Decision:
    """What a tier decides.

    Attributes:
        ground: The legal ground; needed where it is not upheld in full.
        identity_checked: How it was made sure who objects; needed to uphold a record objection of
            somebody whom no account names.
        corrected: For records: what fields are to say, as typed; the claims where left out.
        wrong_since: Since when they had been wrong; None where nobody knows.
    """

    outcome: str
    reason: str
    ground: str = ""
    identity_checked: str = ""
    corrected: Mapping[str, str] | None = None
    wrong_since: dt.datetime | None = None


def decide(row: Objection, decision: Decision, *, by: Person) -> Objection:
    """Decide at the present tier; upheld claims about a record become a correction that travels.

    Raises:
        DeniedError: The tier is another department's.
        BadInputError: Reason, ground or identity check is missing.
        DecidedError: It is not open.
        NoRecordError: The register has no such record, or says so already.
        SourceUnreadableError: The register cannot be read; nothing was decided.
    """
    require(policy.may_decide(by, row))
    _check_decision(row, decision)
    agreed = _agreed(row, decision)
    with transaction.atomic():
        row = _locked(row)
        ruling = row.rulings.get(tier=row.tier)
        ruling.outcome = row.state = decision.outcome
        ruling.reason, ruling.ground = decision.reason.strip(), decision.ground.strip()[:300]
        ruling.identity_checked = decision.identity_checked.strip()[:200]
        ruling.decided_at = row.decided_at = clock.now()
        ruling.decided_by = str(by.actor)
        ruling.save()
        row.due_at = None
        row.save()
        if ruling.clock_id:
            clocks.stop(ruling.clock_id, actor=by.actor)
        ledger.record(
            facts.ObjectionDecided(
                objection=row.code, tier=row.tier, outcome=row.state, ground=ruling.ground
            ),
            actor=by.actor,
            department=ruling.department_id,
            subject=subject_of(row),
        )
        if agreed is not None:
            open_correction(agreed, actor=by.actor, objection=row)
    return row


def _check_decision(row: Objection, decision: Decision) -> None:
    if decision.outcome not in OUTCOMES:
        raise BadInputError(field="outcome", reason=gettext_noop("choose an outcome"))
    if not decision.reason.strip() or len(decision.reason) > LONGEST:
        raise BadInputError(field="reason", reason=gettext_noop("a reason is required"))
    full = decision.outcome == Objection.State.UPHELD
    if not full and not decision.ground.strip():
        raise BadInputError(
            field="ground", reason=gettext_noop("what is not upheld needs a legal ground")
        )
    granted = decision.outcome != Objection.State.REJECTED
    if (
        granted
        and row.about == Objection.About.RECORD
        and not row.identity_known
        and not decision.identity_checked.strip()
    ):
        raise BadInputError(
            field="identity_checked",
            reason=gettext_noop("say how it was checked that the record is theirs"),
        )


def _agreed(row: Objection, decision: Decision) -> Agreed | None:
    """The correction that follows, read against the source before anything is written."""
    if row.about != Objection.About.RECORD or decision.outcome == Objection.State.REJECTED:
        return None
    resource = row.resource
    assert resource is not None
    contract = resource.parsed_contract
    if decision.corrected is None:
        claimed = unseal_values("claims", row.claims)
        values = {
            name: typed_value(field, str(claimed[name]))
            for name in row.claim_fields
            if (field := contract.field(name)) is not None
        }
    else:
        values = {}
        for name, text in decision.corrected.items():
            found = contract.field(name)
            if found is None or found.subject:
                raise BadInputError(field=name, reason=gettext_noop("there is no such field"))
            values[name] = typed_value(found, text)
    if not values:
        return None
    subject = subjects.unseal(row.subject_type, row.subject_sealed)
    return read_record(resource, row.subject_type, subject, values, decision.wrong_since)


def appeal(row: Objection, reason: str, *, by: Filer) -> Objection:
    """Take a decision to the next tier; the caller has shown that the objection is theirs.

    Raises:
        NoAppealError: It was not refused, the time is over, or nobody is above.
        BadInputError: No reason is given.
    """
    if not reason.strip() or len(reason) > LONGEST:
        raise BadInputError(field="reason", reason=gettext_noop("a reason is required"))
    with transaction.atomic():
        row = Objection.objects.select_for_update().get(pk=row.pk)
        tier, department = _next_tier(row)
        row.tier, row.state, row.decided_at = tier, Objection.State.OPEN, None
        row.save()
        _open_ruling(row, tier, department, by.actor, reason.strip())
        ledger.record(
            facts.ObjectionAppealed(objection=row.code, tier=tier),
            actor=by.actor,
            department=department,
            subject=subject_of(row),
        )
    return row


def _next_tier(row: Objection) -> tuple[int, str]:
    possible = tiers.appeal_possible(row, clock.now())
    if not possible:
        raise errors.NoAppealError(reason=possible.reason)
    found = tiers.next_tier(row)
    assert found is not None
    return found


def withdraw_objection(row: Objection, *, by: Filer) -> Objection:
    """Take an objection back; the caller has shown that it is theirs.

    Raises:
        DecidedError: It is not open.
    """
    with transaction.atomic():
        row = _locked(row)
        ruling: Any = row.rulings.get(tier=row.tier)
        row.state, row.decided_at, row.due_at = Objection.State.WITHDRAWN, clock.now(), None
        row.save()
        ruling.outcome, ruling.decided_at = row.state, row.decided_at
        ruling.save()
        if ruling.clock_id:
            clocks.stop(ruling.clock_id, actor=by.actor)
        ledger.record(
            facts.ObjectionWithdrawn(objection=row.code),
            actor=by.actor,
            department=row.department_id,
            subject=subject_of(row),
        )
    return row


def _locked(row: Objection) -> Objection:
    found = (
        Objection.objects.select_for_update(of=("self",)).select_related("resource").get(pk=row.pk)
    )
    if not found.open:
        raise errors.DecidedError(code=found.code, state=found.get_state_display())
    return found
