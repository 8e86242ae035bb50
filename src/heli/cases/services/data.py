"""Data the city holds already: pre-filling forms, and preparing tasks. All under receipt."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from heli.cases import applicants, forms_schema, policy, sealing
from heli.cases.callers import actor_of, has_role
from heli.cases.errors import IdentityNeededError, SubjectNotDeclaredError
from heli.cases.forms_schema import Field, Form, Lookup
from heli.cases.models import Matter, MatterSubject, Procedure, Task
from heli.cases.plans import Plan, plan_of
from heli.cases.selectors.data import prefilled_of, prepared_of
from heli.cases.selectors.shapes import Prefill, Prepared
from heli.cases.services.matters import (
    active_procedure,
    draft_answers,
    refuse_closed,
    save_draft,
    subjects_of,
)
from heli.cases.services.tasks import visible_task
from heli.engines.contracts import Mask
from heli.errors import HeliError
from heli.exchange import services as exchange
from heli.exchange.services import LookupAnswer
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.localise import explain
from heli.kernel.permissions import Role, require
from heli.organisation.selectors import Person

_NAME = "name"
"""What registers of people call the name."""


def prefill(
    procedure: Procedure | str,
    person: Person,
    *,
    draft: Matter | None = None,
    given: Mapping[str, Any] | None = None,
    on_behalf: Mapping[str, str] | None = None,
) -> Prefill:
    """Fill a form with what the city holds; what is filled is shown and not asked.

    Keeps (or makes) a draft, because data is only given out within a matter. Each answer has its
    receipt; whatever is refused or not on record is asked as usual, and the reason is told.
    Whose data it is cannot be typed: an applicant's number comes from their account, at a desk
    from the intake; of other persons nothing is looked up.

    Args:
        procedure: Key or row.
        person: The applicant, or an ambassador.
        draft: The draft so far.
        given: What was typed so far, by field key.
        on_behalf: Somebody at the desk: name, contact and identity ``number``; settled with the
            first call.

    Raises:
        DeniedError: The caller may not file, or not take in.
        IdentityNeededError: The account holds no verified identity number.
        SubjectNotDeclaredError: At the desk nobody's number was declared.
        FormError: The declared number is wrong.
    """
    row = active_procedure(procedure)
    plan = plan_of(row.pk)
    own = _own_answers(plan.form, person, draft, on_behalf)
    before = dict(draft_answers(draft)) if draft else {}
    answers = before | dict(given or {}) | own
    matter = save_draft(row, answers, by=person, on_behalf=on_behalf, draft=draft)
    _set_subjects(matter, plan, answers)
    # What was known about another subject says nothing about this one.
    same = {key for key, value in answers.items() if _equal(value, before.get(key))}
    known = {key: item for key, item in matter.prefilled.items() if item.get("by") in same}
    for (_at, by), fields in _sources(plan.form).items():
        if not answers.get(by) or all(item.key in known for item in fields):
            continue
        known |= _fill(matter, plan, person, str(answers[by]), fields)
    stale = [key for key, item in known.items() if not answers.get(str(item.get("by", "")))]
    for key in stale:
        del known[key]
    matter.prefilled = known
    Matter.objects.filter(pk=matter.pk).update(prefilled=known)
    return prefilled_of(matter, plan.form)


def _equal(one: object, other: object) -> bool:
    return sealing.normalise(str(one)) == sealing.normalise(str(other))


def _own_answers(
    form: Form, person: Person, draft: Matter | None, on_behalf: Mapping[str, str] | None
) -> dict[str, Any]:
    """What is known of the applicant; without it nobody's data is looked up."""
    require(policy.may_take_in(person) if on_behalf is not None else policy.may_file(person))
    if not applicants.asks_for_a_person(form):
        return {}
    if not applicants.number_for(person, draft, on_behalf):
        alone = on_behalf is None and has_role(person, Role.APPLICANT)
        raise IdentityNeededError if alone else SubjectNotDeclaredError(field="on_behalf")
    answers = applicants.account_answers(form, person, draft, on_behalf)
    return forms_schema.check_some(form, answers)


def _sources(form: Form) -> dict[tuple[str, str], list[Field]]:
    found: dict[tuple[str, str], list[Field]] = {}
    for item in form.fields.values():
        if item.source is not None:
            found.setdefault((item.source.address, item.source.by), []).append(item)
    return found


def _set_subjects(matter: Matter, plan: Plan, answers: Mapping[str, Any]) -> None:
    """Whom the draft concerns, as far as it is known: the ground for lookups.

    Of persons the room answers for the applicant only, whoever else is named here.
    """
    rows = [
        (item.subject, str(answers[item.key]), item.role)
        for item in plan.form.fields.values()
        if item.subject and answers.get(item.key)
    ]
    with transaction.atomic():
        subjects = subjects_of(matter, rows)
        keep = {row.digest for row in subjects}
        matter.subjects.exclude(digest__in=keep).delete()
        MatterSubject.objects.bulk_create(subjects, ignore_conflicts=True)


def _fill(
    matter: Matter, plan: Plan, person: Person, subject: str, fields: list[Field]
) -> dict[str, Any]:
    """One lookup for all fields that come from one resource by one subject.

    The person is recorded as who acts; the department that receives the matter as who uses the
    data, under its own grant.
    """
    assert fields[0].source is not None
    address = fields[0].source.address
    by = plan.form.fields[fields[0].source.by]
    try:
        answer = exchange.lookup(
            actor=actor_of(person),
            resource=address,
            subject=(str(by.subject), subject),
            matter=matter.code,
            department=applicants.receiver_of(matter, plan),
            purpose=plan.form.intake_purpose,
        )
    except HeliError as error:
        return _refused(by, address, fields, explain(error).detail)
    if _is_somebody_else(matter, by, answer):
        told = _("the register holds another name for this number")
        return _refused(by, address, fields, told)
    hidden = {item.field for item in answer.withheld if item.mask is Mask.REDACT}
    found: dict[str, Any] = {}
    for item in fields:
        assert item.source is not None
        # That something is on record, without what it is, answers no question of a form.
        column = item.source.column
        value = None if column in hidden else (answer.data or {}).get(column)
        entry = {"by": by.key, "resource": address, "fact": str(answer.fact_id)}
        found[item.key] = entry | ({"value": value} if value not in (None, "") else {"refused": ""})
    return found


def _refused(by: Field, address: str, fields: list[Field], told: str) -> dict[str, Any]:
    return {item.key: {"by": by.key, "resource": address, "refused": told} for item in fields}


def _is_somebody_else(matter: Matter, by: Field, answer: LookupAnswer) -> bool:
    """Whether a number declared at a desk belongs to another name than the one declared.

    Who knows a number only is shown nothing of its owner; the look-up stays on record.
    """
    declared = matter.on_behalf.get("name") if matter.taken_in_by_id is not None else None
    held = (answer.data or {}).get(_NAME)
    if by.subject != "person" or not declared or not held:
        return False
    clear = all(item.field != _NAME for item in answer.withheld)
    return clear and not _equal(declared, held)


def prepare_data(task_id: UUID | str, *, by: Person) -> list[Prepared]:
    """Look up for a task what its department is entitled to, now, and keep it with the task.

    Raises:
        DeniedError: The caller does not hold the task.
        MatterClosedError: The matter has ended.
    """
    task = visible_task(task_id, by)
    require(policy.may_work(by, task))
    refuse_closed(task.matter)
    prepare(task, actor_of(by))
    return prepared_of(task)


def prepare(task: Task, actor: Actor = HELI) -> list[dict[str, Any]]:
    """Run the lookups of a task within its matter; a refusal is kept with its reason."""
    assert task.matter.procedure_id is not None
    form = plan_of(task.matter.procedure_id).form
    rows: list[dict[str, Any]] = []
    for lookup in form.lookups.get(task.node, ()):
        kind = str(form.fields[lookup.by].subject)
        role = form.fields[lookup.by].role
        subject = task.matter.subjects.filter(type=kind, role=role).first()
        if subject is None:
            continue
        number = sealing.unseal(kind, bytes(subject.sealed))
        rows += _prepared(task, form, lookup, (kind, number), actor)
    Task.objects.filter(pk=task.pk).update(prepared=rows, prepare_at=None)
    task.prepared, task.prepare_at = rows, None
    return rows


def _prepared(
    task: Task, form: Form, lookup: Lookup, subject: tuple[str, str], actor: Actor
) -> Iterable[dict[str, Any]]:
    common = {"resource": lookup.address, "at": clock.now().isoformat()}
    try:
        answer = exchange.lookup(
            actor=actor,
            resource=lookup.address,
            subject=subject,
            matter=task.matter.code,
            department=task.department_id,
            purpose=lookup.purpose or form.purpose,
        )
    except HeliError as error:
        first = lookup.columns[0]
        return [
            common | {"column": first.column, "zh": first.zh, "en": first.en, "refused": error.code}
        ]
    data = answer.data or {}
    return [
        common
        | {
            "column": column.column,
            "zh": column.zh,
            "en": column.en,
            "value": data.get(column.column),
            "fact": str(answer.fact_id),
        }
        for column in lookup.columns
    ]
