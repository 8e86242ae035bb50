"""Appeals against decisions on applications: to the data authority, then to the leading office."""

import datetime as dt
import uuid

from django.db import IntegrityError, transaction

from heli.errors import BadInputError, NotFoundError, gettext_noop
from heli.exchange import notices, statutory
from heli.exchange.errors_applications import AppealTierError, ApplicationStateError
from heli.exchange.facts_applications import AppealDecided, AppealFiled, AppealLate
from heli.exchange.models import Appeal, Application
from heli.exchange.services.applications import conclude, give
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.ledger import services as ledger

Tier = Appeal.Tier
State = Application.State


def next_tier(application: Application) -> Appeal.Tier | None:
    """The tier that an appeal can be made to now; ``None`` where none can.

    One may appeal against a refusal, against a grant of less than was asked for, and against
    silence; to the leading office when the data authority has dismissed the appeal or has let its
    time run out.
    """
    silent = application.is_open and application.overdue_at is not None
    if not silent and application.state not in {State.REFUSED, State.PARTLY}:
        return None
    made = {appeal.tier: appeal for appeal in application.appeals.all()}
    if Tier.AUTHORITY not in made:
        return Tier.AUTHORITY
    first = made[Tier.AUTHORITY]
    lost = first.upheld is False or (first.upheld is None and first.overdue_at is not None)
    return Tier.LEADING_OFFICE if lost and Tier.LEADING_OFFICE not in made else None


@transaction.atomic
def file_appeal(application_id: uuid.UUID, *, actor: Actor, argument: str) -> Appeal:
    """Appeal to the tier that is next.

    Raises:
        NotFoundError: There is no such application.
        AppealTierError: No appeal can be made now.
        BadInputError: The argument is missing.
    """
    row = Application.objects.select_for_update(of=("self",)).select_related("resource")
    application = row.filter(pk=application_id).first()
    if application is None:
        raise NotFoundError(what=str(application_id))
    tier = next_tier(application)
    if tier is None:
        raise AppealTierError(reason=gettext_noop("there is no decision to appeal against"))
    if not argument.strip():
        raise BadInputError(field="argument", reason=gettext_noop("it is empty"))
    try:
        with transaction.atomic():
            appeal = Appeal.objects.create(
                application=application,
                tier=tier,
                argument=argument.strip()[:1000],
                filed_at=clock.now(),
                filed_by=str(actor),
            )
    except IntegrityError:
        raise AppealTierError(reason=gettext_noop("it has been made already")) from None
    owes = statutory.authority() if tier == Tier.AUTHORITY else statutory.leading_office()
    statutory.start(f"appeal_{tier}", statutory.APPEAL, appeal.pk,
                    department=owes or application.resource.department_id, actor=actor)  # fmt: skip
    ledger.record(
        AppealFiled(
            appeal=str(appeal.pk),
            application=str(application.pk),
            resource=application.resource.address,
            consumer=application.consumer_id,
            tier=tier,
        ),
        actor=actor,
        department=application.consumer_id,
        subject=f"{statutory.APPLICATION}:{application.pk}",
    )
    notices.appeal_filed(appeal)
    return appeal


@transaction.atomic
def decide_appeal(appeal_id: uuid.UUID, *, actor: Actor, upheld: bool, reason: str) -> Appeal:
    """Decide an appeal; where it is upheld, what was applied for is granted with it.

    Raises:
        NotFoundError: There is no such appeal.
        ApplicationStateError: It is decided.
        BadInputError: The reason is missing.
        CombinationError: The department would hold a forbidden combination.
    """
    appeal = (
        Appeal.objects.select_for_update(of=("self",))
        .select_related("application__resource", "application__renews", "application__basis")
        .filter(pk=appeal_id)
        .first()
    )
    if appeal is None:
        raise NotFoundError(what=str(appeal_id))
    if appeal.upheld is not None:
        raise ApplicationStateError(state=gettext_noop("decided"))
    if not reason.strip():
        raise BadInputError(field="reason", reason=gettext_noop("a reason is required"))
    appeal.upheld, appeal.decided_at = upheld, clock.now()
    appeal.decided_by, appeal.reason = str(actor), reason.strip()[:600]
    appeal.save()
    statutory.stop(statutory.APPEAL, appeal.pk, actor=actor)
    application = appeal.application
    if upheld:
        _grant(application, actor, appeal.reason)
    ledger.record(
        AppealDecided(
            appeal=str(appeal.pk),
            application=str(application.pk),
            resource=application.resource.address,
            consumer=application.consumer_id,
            tier=appeal.tier,
            outcome="upheld" if upheld else "dismissed",
            reason=appeal.reason,
            grant=str(application.grant_id or "") if upheld else "",
        ),
        actor=actor,
        department=actor.department,
        subject=f"{statutory.APPLICATION}:{application.pk}",
    )
    notices.appeal_decided(appeal)
    return appeal


def _grant(application: Application, actor: Actor, reason: str) -> None:
    if application.state == State.PARTLY and application.grant is not None:
        application.renews = application.grant
        application.granted = application.policy
        application.state = State.GRANTED
        application.grant = give(
            application, actor=actor, policy=application.policy, until=application.until
        )
        application.save()
        return
    application.ground = None
    conclude(
        application,
        actor=actor,
        outcome=State.GRANTED,
        policy=application.policy,
        until=application.until,
        reason=reason,
    )


@transaction.atomic
def note_late_appeal(appeal_id: uuid.UUID, *, at: dt.datetime) -> None:
    """The time to decide an appeal has run out; the next tier is open now."""
    rows = Appeal.objects.select_for_update(of=("self",)).select_related("application__resource")
    appeal = rows.filter(pk=appeal_id, upheld=None).first()
    if appeal is None:
        return
    appeal.overdue_at = at
    appeal.save(update_fields=["overdue_at"])
    application = appeal.application
    ledger.record(
        AppealLate(
            appeal=str(appeal.pk),
            resource=application.resource.address,
            consumer=application.consumer_id,
            tier=appeal.tier,
        ),
        actor=HELI,
        department=statutory.authority(),
        subject=f"{statutory.APPLICATION}:{application.pk}",
    )
    notices.appeal_late(appeal)
