"""What was objected to, how far it is, and what was decided."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from heli.clocks import selectors as clocks
from heli.clocks.selectors import ClockView
from heli.exchange.selectors import Resource, SharingClass, resource_title
from heli.exchange.words import spoken, value_words
from heli.kernel import clock
from heli.openness import codes, policy, tiers
from heli.openness.codes import subjects, unseal_values
from heli.openness.errors import UnknownObjectionError, WrongSecretError
from heli.openness.models import Objection, Ruling
from heli.openness.portal.limits import guesses
from heli.openness.selectors.datasets import title_of
from heli.openness.terms import TERMS
from heli.organisation.selectors import DepartmentCard, Person, department

STATE_TAGS = {
    Objection.State.OPEN: "brand",
    Objection.State.UPHELD: "on_time",
    Objection.State.PARTLY: "on_time",
    Objection.State.REJECTED: "done",
    Objection.State.WITHDRAWN: "done",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A field said to be wrong, and what it should say."""

    name: str
    title: str
    claimed: str


@dataclass(frozen=True, slots=True)
class RulingView:
    """One tier's part in words."""

    tier: int
    tier_label: str
    department: DepartmentCard
    appeal: str
    outcome: str
    outcome_label: str
    reason: str
    ground: str
    opened_at: dt.datetime
    decided_at: dt.datetime | None
    clock: ClockView | None


@dataclass(frozen=True, slots=True)
class ObjectionView:
    """An objection in words, as far as its reader may see it.

    Attributes:
        what: What it is about, in one line.
        term_source: The provision that sets the present time limit.
        content: Whether ground, subject, claims and evidence are among what is shown.
    """

    code: str
    about: str
    about_label: str
    what: str
    state: str
    state_tag: tuple[str, str]
    department: DepartmentCard
    acting: DepartmentCard
    filed_at: dt.datetime
    term_source: str
    rulings: tuple[RulingView, ...]
    content: bool
    ground: str
    subject_hint: str
    claims: tuple[Claim, ...]
    contact: dict[str, str]
    objector: str
    evidence: tuple[Any, ...]
    clock: ClockView | None


def objections_of(person: Person) -> QuerySet[Objection]:
    """Objections that a person filed, or that their department did."""
    mine = Q(objector=person, objector_department=None)
    if person.department_id and person.roles & policy.ANSWERERS:
        mine |= Q(objector_department=person.department_id)
    return _rows().filter(mine)


def queue(department_code: str) -> QuerySet[Objection]:
    """Objections that a department owes a decision, or has decided."""
    return _rows().filter(rulings__department=department_code).distinct()


def owed(department_code: str) -> QuerySet[Objection]:
    """Objections that wait for a department now."""
    rows = Ruling.objects.filter(department=department_code, decided_at=None)
    return _rows().filter(state=Objection.State.OPEN, pk__in=rows.values("objection"))


def all_objections() -> QuerySet[Objection]:
    """Every objection, for who supervises."""
    return _rows()


def _rows() -> QuerySet[Objection]:
    return Objection.objects.select_related("resource", "publication")


def objection_by_code(typed: str) -> Objection:
    """The objection of a code, whoever asks; the caller checks what they may do.

    Raises:
        MalformedCodeError, WrongCheckDigitError: The code is mistyped.
        UnknownObjectionError: There is none.
    """
    code = codes.objections.parse(typed)
    found = _rows().filter(code=code).first()
    if found is None:
        raise UnknownObjectionError(code=code)
    return found


def visible_objection(typed: str, person: object) -> Objection:
    """An objection that a person may know of.

    Raises:
        UnknownObjectionError: There is none, or it is none of their business.
    """
    row = objection_by_code(typed)
    if not policy.may_see_objection(person, row):
        raise UnknownObjectionError(code=row.code)
    return row


def opened_by_secret(typed: str, secret: str, address: str) -> Objection:
    """The objection that code and secret open.

    A code without an objection is answered like a wrong secret, so that codes cannot be probed.

    Raises:
        WrongSecretError: They do not belong together.
        TooOftenError: Too many wrong ones were tried.
    """
    code = codes.objections.parse(typed)
    keys = (f"code:{code}", f"from:{address}")
    for key in keys:
        guesses.look(key)
    row = _rows().filter(code=code).first()
    if row is None or not codes.objections.secret_fits(secret, row.pk, row.secret_version):
        for key in keys:
            guesses.note(key)
        raise WrongSecretError(field="secret")
    return row


def registers_for_residents() -> list[tuple[Resource, str]]:
    """Registers to whose records anybody may object, with their titles."""
    rows = Resource.objects.filter(withdrawn_at=None).exclude(sharing=SharingClass.NOT_SHARED)
    return [(row, resource_title(row)) for row in rows.order_by("department__position", "name")]


def what_of(row: Objection) -> str:
    """What an objection is about, in one line."""
    if row.publication is not None:
        return title_of(row.publication)
    if row.resource is not None:
        return resource_title(row.resource)
    return str(row.get_about_display())


TIER_LABELS = {
    1: lambda: _("Source department"),
    2: lambda: _("Data authority"),
    3: lambda: _("Leading office"),
}


def objection_view(row: Objection, *, content: bool) -> ObjectionView:
    """An objection in words.

    Args:
        row: The objection.
        content: Whether its reader may see whom it is about, why, and what was handed in.
    """
    rulings = list(row.rulings.order_by("tier"))
    clock_ids = [each.clock_id for each in rulings if each.clock_id]
    ticking = clocks.views(clock_ids)
    views = tuple(_ruling_view(each, ticking) for each in rulings)
    last = views[-1]
    return ObjectionView(
        code=row.code,
        about=row.about,
        about_label=str(row.get_about_display()),
        what=what_of(row),
        state=row.state,
        state_tag=(STATE_TAGS[Objection.State(row.state)], str(row.get_state_display())),
        department=department(row.department_id),
        acting=last.department,
        filed_at=row.filed_at,
        term_source=TERMS.term(row.about if row.tier == 1 else "appeal").source,
        rulings=views,
        content=content,
        ground=row.ground if content else "",
        subject_hint=row.subject_hint if content else "",
        claims=claims_of(row) if content else (),
        contact=unseal_values("contact", row.contact) if content else {},
        objector=_objector(row) if content else "",
        evidence=tuple(row.evidence.order_by("added_at")) if content else (),
        clock=last.clock if row.open else None,
    )


def _ruling_view(row: Ruling, ticking: dict[Any, ClockView]) -> RulingView:
    return RulingView(
        tier=row.tier,
        tier_label=TIER_LABELS[row.tier](),
        department=department(row.department_id),
        appeal=row.appeal,
        outcome=row.outcome,
        outcome_label=str(row.get_outcome_display()) if row.outcome else "",
        reason=row.reason,
        ground=row.ground,
        opened_at=row.opened_at,
        decided_at=row.decided_at,
        clock=ticking.get(row.clock_id) if row.clock_id else None,
    )


def _objector(row: Objection) -> str:
    if row.objector_department_id:
        return department(row.objector_department_id).name
    return _("somebody with an account") if row.objector_id else _("somebody without an account")


def claims_of(row: Objection) -> tuple[Claim, ...]:
    """What an objection says the record should say."""
    if row.resource is None or not row.claim_fields:
        return ()
    claimed = unseal_values("claims", row.claims)
    contract = row.resource.parsed_contract
    found = []
    for name in row.claim_fields:
        field = contract.field(name)
        title = spoken(field.title_zh, field.title_en) if field else name
        found.append(Claim(name, title, value_words(field, claimed.get(name))))
    return tuple(found)


def subject_of_record(row: Objection) -> str:
    """The identifier in an objection to a record; for the source department's own look-up only."""
    return subjects.unseal(row.subject_type, row.subject_sealed)


def appeal_standing(row: Objection) -> dict[str, Any]:
    """Whether the decision can be taken further, before whom, and until when."""
    possible = tiers.appeal_possible(row, clock.now())
    following = tiers.next_tier(row) if possible else None
    return {
        "possible": bool(possible),
        "department": department(following[1]) if following else None,
        "until": tiers.appeal_until(row),
        "source": TERMS.term("appeal_within").source,
    }


def with_clock_views(rows: Sequence[Objection]) -> list[Objection]:
    """Rows with what their list shows: title, acting department, clock."""
    rulings = Ruling.objects.filter(objection__in=[row.pk for row in rows])
    present = {(each.objection_id, each.tier): each for each in rulings}
    ticking = clocks.views([each.clock_id for each in rulings if each.clock_id])
    for row in rows:
        ruling = present.get((row.pk, row.tier))
        row.what = what_of(row)  # type: ignore[attr-defined]
        row.acting = department(ruling.department_id) if ruling else None  # type: ignore[attr-defined]
        owes = row.open and ruling and ruling.clock_id
        row.clock = ticking.get(ruling.clock_id) if owes and ruling and ruling.clock_id else None  # type: ignore[attr-defined]
    return list(rows)
