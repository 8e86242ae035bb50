"""Which corrections travel, to whom, and what came of them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from heli.clocks import selectors as clocks
from heli.clocks.selectors import ClockView
from heli.exchange.selectors import receipt_url, resource_title
from heli.exchange.words import spoken, value_words
from heli.ledger import services as ledger
from heli.openness import codes, policy
from heli.openness.codes import unseal_values
from heli.openness.errors import UnknownCorrectionError
from heli.openness.models import Alarm, Correction, Recipient
from heli.organisation.selectors import DepartmentCard, Person, department


@dataclass(frozen=True, slots=True)
class RecipientView:
    """A department that was told.

    Attributes:
        names: Their names in the contract.
        matters: Codes of the matters in which it used the record.
    """

    key: str
    department: DepartmentCard
    proven: bool
    fields: tuple[str, ...]
    names: tuple[str, ...]
    uses: int
    first_at: dt.datetime | None
    last_at: dt.datetime | None
    matters: tuple[str, ...]
    notified_at: dt.datetime
    acknowledged_at: dt.datetime | None
    action: str
    action_label: str
    note: str
    state: tuple[str, str]
    clock: ClockView | None
    fact: str
    receipt_url: str


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm in words."""

    kind: str
    label: str
    department: DepartmentCard
    matter: str
    raised_at: dt.datetime
    settled_at: dt.datetime | None
    fact: str
    receipt_url: str


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """A correction in words; no value of the record is among it."""

    code: str
    title: str
    resource: str
    department: DepartmentCard
    fields: tuple[str, ...]
    subject_hint: str
    state: str
    state_tag: tuple[str, str]
    decided_at: dt.datetime
    wrong_since: dt.datetime | None
    applied_at: dt.datetime | None
    checked_at: dt.datetime | None
    closed_at: dt.datetime | None
    recipients: tuple[RecipientView, ...]
    alarms: tuple[AlarmView, ...]


def corrections() -> QuerySet[Correction]:
    """Every correction with how many were told and how many answered."""
    return Correction.objects.select_related("resource").annotate(
        told=Count("recipients", distinct=True),
        answered=Count(
            "recipients", filter=Q(recipients__acknowledged_at__isnull=False), distinct=True
        ),
        alarming=Count("alarms", filter=Q(alarms__settled_at=None), distinct=True),
    )


def corrections_for(person: Person) -> QuerySet[Correction]:
    """Corrections that a person may see: of their department, to it, or all for who supervises."""
    if person.roles & policy.WATCHERS:
        return corrections()
    own = person.department_id or "-"
    seen = Q(pk__in=Recipient.objects.filter(department=own).values("correction"))
    if person.roles & policy.SOURCES:
        seen |= Q(department=own)
    return corrections().filter(seen)


def waiting_for(department_code: str) -> QuerySet[Recipient]:
    """Notices that a department has not answered."""
    return Recipient.objects.filter(department=department_code, acknowledged_at=None)


def correction_by_code(typed: str) -> Correction:
    """A correction by its code, whoever asks; the caller checks what they may do.

    Raises:
        MalformedCodeError, WrongCheckDigitError: The code is mistyped.
        UnknownCorrectionError: There is none.
    """
    code = codes.corrections.parse(typed)
    found = Correction.objects.select_related("resource", "objection").filter(code=code).first()
    if found is None:
        raise UnknownCorrectionError(code=code)
    return found


def visible_correction(typed: str, person: object) -> Correction:
    """A correction that a person may see.

    Raises:
        UnknownCorrectionError: There is none, or it is none of their business.
    """
    row = correction_by_code(typed)
    if not policy.may_see_correction(person, row):
        raise UnknownCorrectionError(code=row.code)
    return row


def recipient_of(row: Correction, department_code: str) -> Recipient | None:
    """The notice to a department, if it was told."""
    return row.recipients.filter(department=department_code or "-").first()


def correction_view(row: Correction, *, only: str = "") -> CorrectionView:
    """A correction in words.

    Args:
        row: The correction.
        only: Code of a department: of the others it is not told who they are.
    """
    found = row.recipients.prefetch_related("uses").order_by("notified_at", "pk")
    alarms = row.alarms.all()
    if only:
        found, alarms = found.filter(department=only), alarms.filter(department=only)
    recipients = list(found)
    ticking = clocks.views([each.clock_id for each in recipients if each.clock_id])
    titles = _titles(row)
    return CorrectionView(
        code=row.code,
        title=resource_title(row.resource),
        resource=row.resource.address,
        department=department(row.department_id),
        fields=tuple(titles.get(name, name) for name in row.fields),
        subject_hint=row.subject_hint,
        state=row.state,
        state_tag=state_tag(row),
        decided_at=row.decided_at,
        wrong_since=row.wrong_since,
        applied_at=row.applied_at,
        checked_at=row.checked_at,
        closed_at=row.closed_at,
        recipients=tuple(_recipient_view(each, ticking, titles) for each in recipients),
        alarms=tuple(_alarm_view(each) for each in alarms),
    )


def state_tag(row: Correction) -> tuple[str, str]:
    """How far a correction is, as a tag."""
    tone = "done" if row.state == Correction.State.CLOSED else "brand"
    return tone, str(row.get_state_display())


def _titles(row: Correction) -> dict[str, str]:
    fields = row.resource.parsed_contract.fields
    return {each.name: spoken(each.title_zh, each.title_en) for each in fields}


def _recipient_view(
    row: Recipient, ticking: dict[Any, ClockView], titles: dict[str, str]
) -> RecipientView:
    uses = list(row.uses.all())
    return RecipientView(
        key=str(row.pk),
        department=department(row.department_id),
        proven=row.proven,
        fields=tuple(titles.get(name, name) for name in row.fields),
        names=tuple(row.fields),
        uses=len(uses),
        first_at=uses[0].at if uses else None,
        last_at=uses[-1].at if uses else None,
        matters=tuple(sorted({use.matter for use in uses if use.matter})),
        notified_at=row.notified_at,
        acknowledged_at=row.acknowledged_at,
        action=row.action,
        action_label=str(row.get_action_display()) if row.action else "",
        note=row.note,
        state=_recipient_state(row),
        clock=ticking.get(row.clock_id) if row.clock_id and not row.acknowledged_at else None,
        fact=str(row.fact_id or ""),
        receipt_url=receipt_url(row.fact_id) if row.fact_id else "",
    )


def _recipient_state(row: Recipient) -> tuple[str, str]:
    if row.acknowledged_at:
        return "done", _("Answered")
    if row.escalated_at:
        return "late", _("Silent, escalated")
    return ("at_risk", _("Reminded")) if row.reminded_at else ("brand", _("Told"))


def _alarm_view(row: Alarm) -> AlarmView:
    return AlarmView(
        kind=row.kind,
        label=str(row.get_kind_display()),
        department=department(row.department),
        matter=row.matter,
        raised_at=row.raised_at,
        settled_at=row.settled_at,
        fact=str(row.fact_id or ""),
        receipt_url=receipt_url(row.fact_id) if row.fact_id else "",
    )


@dataclass(frozen=True, slots=True)
class RightValue:
    """A field and what it should say, as the department's grant shows it."""

    name: str
    title: str
    value: str
    plain: Any


def right_values(row: Recipient) -> list[RightValue]:
    """What a department was told is right; read only when the fact of it is durable.

    Raises:
        NotDurableError: The ledger's witnesses have not signed it yet.
    """
    if row.fact_id:
        ledger.ensure_durable([row.fact_id])
    contract = row.correction.resource.parsed_contract
    values = unseal_values("notice", row.values)
    found = []
    for name, value in values.items():
        field = contract.field(name)
        title = spoken(field.title_zh, field.title_en) if field else name
        found.append(RightValue(name, title, value_words(field, value), value))
    return found
