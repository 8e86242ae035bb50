"""Raising a matter, and taking it back."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from heli.cases import applicants, codes, facts, forms_schema, policy, sealing
from heli.cases.callers import Caller, actor_of, department_of, is_person
from heli.cases.errors import (
    FormError,
    MatterClosedError,
    NoProcedureError,
    UnknownCodeError,
)
from heli.cases.forms_schema import Checked
from heli.cases.models import Matter, MatterSubject, Procedure, Task
from heli.cases.plans import Plan, plan_of
from heli.cases.services import drafts
from heli.cases.steps import Step
from heli.engines import bpmn
from heli.kernel import clock, prepared
from heli.kernel.home import home
from heli.kernel.ids import uuid7
from heli.kernel.permissions import require
from heli.kernel.prepared import PreparedGet
from heli.kernel.rest import KeyReusedError
from heli.ledger.services import record
from heli.organisation.selectors import Person

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Started:
    """A matter that was started.

    Attributes:
        tasks: The tasks that are open now; none where it was repeated.
        secret: Opens public progress together with the code.
        repeated: The same submission had come before; nothing new was started.
    """

    matter: Matter
    secret: str
    repeated: bool = False
    tasks: tuple[Task, ...] = ()


_ACTIVE = PreparedGet(
    Procedure.objects.filter(active=True).defer("xml", "form"), by="key", mark="key"
)


def active_procedure(procedure: Procedure | str) -> Procedure:
    """The active version of a procedure by its key; a row is returned as it is.

    Raises:
        NoProcedureError: There is none.
    """
    if isinstance(procedure, Procedure):
        return procedure
    row = _ACTIVE.get(procedure)
    if row is None:
        known = Procedure.objects.filter(active=True).values_list("key", flat=True).order_by("key")
        raise NoProcedureError(key=procedure, what=procedure, known=", ".join(known))
    return row


def free_codes(count: int) -> list[str]:
    """So many codes that differ and that no matter has yet, for those who add many at once.

    Of 62,000 codes drawn at random two pairs are equal on average, so a bulk must look.
    """
    found: set[str] = set()
    while len(found) < count:
        drawn = {codes.new_code() for _ in range(min(count - len(found), 500))} - found
        taken = Matter.objects.filter(code__in=drawn).values_list("code", flat=True)
        found |= drawn - set(taken)
    return list(found)


def save_draft(
    procedure: Procedure | str,
    form: Mapping[str, Any],
    *,
    by: Person,
    on_behalf: Mapping[str, str] | None = None,
    draft: Matter | None = None,
    title: str = "",
) -> Matter:
    """Keep a form that is not finished; nothing is checked but that the fields exist.

    Values that identify somebody are sealed. For whom it is, is settled with the first call.

    Raises:
        DeniedError: The caller may not file, or the draft is somebody else's.
        TooManyDraftsError: They have as many drafts as anybody may.
    """
    require(policy.may_take_in(by) if on_behalf is not None else policy.may_file(by))
    row = active_procedure(procedure)
    plan = plan_of(row.pk)
    with transaction.atomic():
        if draft is None:
            drafts.require_room(by)
        matter = _own_draft(draft, by) if draft else _fresh(plan, by, on_behalf)
        matter.title = title or matter.title or row.name_zh
        matter.form = _sealed(plan, form)
        if draft:
            matter.save(update_fields=["title", "form"])
            return matter
        matter.drafted_at = clock.now()
        matter.save(force_insert=True)
        record(
            facts.MatterDrafted(procedure=plan.key, name_zh=plan.name_zh, name_en=plan.name_en),
            actor=actor_of(by),
            subject=f"cases.matter:{matter.pk}",
            matter=matter.code,
        )
    return matter


def discard_draft(draft: Matter, *, by: Person) -> None:
    """Throw a draft away, with all that was typed in it and its files; the facts stay.

    Raises:
        UnknownCodeError: The draft is somebody else's, or there is none.
        MatterClosedError: It was sent in the meantime.
    """
    with transaction.atomic():
        row = _own_draft(draft, by)
        assert row.procedure_id is not None
        plan = plan_of(row.procedure_id)
        record(
            facts.MatterDiscarded(
                procedure=plan.key,
                name_zh=plan.name_zh,
                name_en=plan.name_en,
                lookups=row.lookups,
            ),
            actor=actor_of(by),
            subject=f"cases.matter:{row.pk}",
            matter=row.code,
        )
        paths = list(row.attachments.values_list("path", flat=True))
        row.delete()
        transaction.on_commit(lambda: _forget_files(paths))


def _forget_files(paths: Iterable[str]) -> None:
    for path in paths:
        (home() / path).unlink(missing_ok=True)


def _sealed(plan: Plan, form: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, item in plan.form.fields.items():
        value = form.get(key)
        if value in (None, ""):
            continue
        kept[key] = sealing.seal_text(item.subject, str(value)) if item.subject else value
    return kept


def draft_answers(matter: Matter) -> dict[str, Any]:
    """The answers of a draft as its author typed them."""
    assert matter.procedure_id is not None
    fields = plan_of(matter.procedure_id).form.fields
    answers = {}
    for key, value in matter.form.items():
        kind = fields[key].subject if key in fields else None
        sealed = kind and isinstance(value, str) and value.startswith(sealing.SEALED)
        answers[key] = sealing.unseal_text(str(kind), value) if sealed else value
    return answers


def _own_draft(draft: Matter, by: Person) -> Matter:
    row = Matter.objects.select_for_update().filter(pk=draft.pk).first()
    if row is None or by.pk not in (row.applicant_id, row.taken_in_by_id):
        raise UnknownCodeError(code=draft.code, what=draft.code)
    if row.state != Matter.State.DRAFT:
        raise MatterClosedError(code=row.code, state=row.get_state_display())
    return row


def _fresh(plan: Plan, by: Caller, on_behalf: Mapping[str, str] | None) -> Matter:
    """An unsaved matter."""
    matter = prepared.make(
        Matter,
        id=uuid7(),
        code=codes.new_code(),
        procedure_id=plan.id,
        on_behalf=applicants.declared(on_behalf),
    )
    if isinstance(by, Person):
        setattr(matter, "applicant" if on_behalf is None else "taken_in_by", by)
    return matter


def start_matter(
    procedure: Procedure | str,
    form: Mapping[str, Any],
    *,
    by: Caller,
    on_behalf: Mapping[str, str] | None = None,
    draft: Matter | None = None,
    title: str = "",
    idempotency_key: str = "",
) -> Started:
    """Take a matter in: check the form, give it its code, start its procedure.

    All tasks that can begin are open when this returns, each assigned with its reason, each with
    its clock; from this instant exactly one department is accountable.

    Args:
        procedure: Key or row.
        form: Answers by field key.
        by: The applicant; an ambassador with ``on_behalf``; or a department's system.
        on_behalf: Name, contact and identity ``number`` of somebody at the desk.
        draft: The draft it was typed in.
        title: Else made from the form's template.
        idempotency_key: The same key gives the same matter, however often it is sent.

    Raises:
        DeniedError: The caller may not file or take in.
        FormError: Answers are missing or wrong; every field is named.
        KeyReusedError: The key was used for something else.
    """
    require(policy.may_take_in(by) if on_behalf is not None else policy.may_file(by))
    key = f"{actor_of(by)} {idempotency_key}"[:200] if idempotency_key else None
    content = _content(procedure, form, on_behalf) if key else ""
    if key and (before := _repeated(key, content)):
        return before
    row = active_procedure(procedure)
    plan = plan_of(row.pk)
    checked = forms_schema.check(plan.form, _known(plan, form, by, draft, on_behalf))
    for attempt in range(_TRIES):
        matter = _fresh(plan, by, on_behalf)
        try:
            with transaction.atomic():
                if draft is not None and isinstance(by, Person):
                    matter = _own_draft(draft, by)
                    matter.procedure_id = plan.id
                matter.intake_key, matter.intake_hash = key, content
                matter.title = title or plan.title_of(checked.answers)
                tasks = _intake(matter, plan, checked, by)
        except IntegrityError:
            # The code was taken (about once in 900 million pairs), or the same submission came
            # twice at once: then the other one counts.
            if key and (before := _repeated(key, content)):
                return before
            if attempt == _TRIES - 1 or draft is not None:
                raise
        else:
            break
    secret = codes.secret_of(matter.pk, matter.secret_version)
    return Started(matter, secret, tasks=tuple(tasks))


def draft_problems(matter: Matter, by: Person) -> tuple[tuple[str, str], ...]:
    """What still keeps a draft from being sent: field key and problem each, in form order."""
    assert matter.procedure_id is not None
    plan = plan_of(matter.procedure_id)
    try:
        forms_schema.check(plan.form, _known(plan, draft_answers(matter), by, matter, None))
    except FormError as error:
        return error.problems
    return ()


def _known(
    plan: Plan,
    form: Mapping[str, Any],
    by: Caller,
    draft: Matter | None,
    on_behalf: Mapping[str, str] | None,
) -> dict[str, Any]:
    """The answers, with what the city knows in place of whatever was sent for it."""
    answers = dict(form) | applicants.account_answers(plan.form, by, draft, on_behalf)
    if draft is not None:
        known = draft.prefilled.items()
        answers |= {key: item["value"] for key, item in known if "value" in item}
    return answers


def _content(procedure: Procedure | str, form: Mapping[str, Any], on_behalf: Any) -> str:
    name = procedure.key if isinstance(procedure, Procedure) else procedure
    text = json.dumps([name, dict(form), on_behalf], sort_keys=True, default=str)
    # Keyed, because a form holds identity numbers that a plain hash would let be guessed.
    return sealing.digest("intake", hashlib.sha256(text.encode()).hexdigest())


def _repeated(key: str, content: str) -> Started | None:
    before = Matter.objects.filter(intake_key=key).first()
    if before is None:
        return None
    if before.intake_hash != content:
        raise KeyReusedError(field="Idempotency-Key", key=key.partition(" ")[2])
    return Started(before, codes.secret_of(before.pk, before.secret_version), repeated=True)


def _intake(matter: Matter, plan: Plan, checked: Checked, by: Caller) -> list[Task]:
    actor = actor_of(by)
    receiver = _receiver(plan, by, matter)
    fresh = matter._state.adding
    now = clock.now()
    matter.state, matter.opened_at = Matter.State.RUNNING, now
    matter.received_by_id = matter.accountable_id = receiver
    matter.form = checked.answers
    step = Step(matter, plan, actor)
    step.fact(
        facts.MatterReceived(
            procedure=plan.key,
            version=plan.version,
            accountable=receiver,
            way=_way(matter, by),
            prefilled=sum("value" in item for item in matter.prefilled.values()),
        ),
        department=receiver,
    )
    step.start(checked.variables)
    named = [(item.type, item.identifier, item.role) for item in checked.subjects]
    if not fresh:
        matter.subjects.all().delete()
    step.batch.insert(subjects_of(matter, named))
    fields = ("procedure_id", "state", "opened_at", "received_by_id", "accountable_id", "form")
    step.save(() if fresh else (*fields, "title", "intake_key", "intake_hash"))
    return step.opened


def _receiver(plan: Plan, by: Caller, matter: Matter) -> str:
    if not is_person(by):
        return department_of(by)
    return applicants.receiver_of(matter, plan)


def _way(matter: Matter, by: Caller) -> str:
    if not is_person(by):
        return "system"
    return "desk" if matter.taken_in_by_id is not None else "online"


def subjects_of(matter: Matter, named: Iterable[tuple[str, str, str]]) -> list[MatterSubject]:
    """Rows for whom a matter concerns, not saved: type, identifier, role of each."""
    rows: dict[str, MatterSubject] = {}
    for kind, identifier, role in named:
        digest = sealing.digest(kind, identifier)
        rows[digest] = MatterSubject(
            id=uuid7(),
            matter=matter,
            type=kind,
            digest=digest,
            sealed=sealing.seal(kind, identifier),
            hint=sealing.hint(kind, identifier),
            role=role,
        )
    return list(rows.values())


def locked(matter: Matter) -> Matter:
    """The matter, locked until the transaction ends.

    Raises:
        MatterClosedError: It is not running.
    """
    row = Matter.objects.select_for_update().get(pk=matter.pk)
    refuse_closed(row)
    return row


def refuse_closed(matter: Matter) -> None:
    """Stop here unless the matter is running.

    Raises:
        MatterClosedError: It is not.
    """
    if matter.state != Matter.State.RUNNING:
        raise MatterClosedError(code=matter.code, state=matter.get_state_display())


def withdraw_matter(matter: Matter, *, by: Caller, reason: str = "") -> Matter:
    """Take a matter back: every open task, clock, request and offer in it ends.

    Raises:
        DeniedError: The caller is not its applicant.
        MatterClosedError: It has ended.
    """
    require(policy.may_withdraw(by, matter))
    with transaction.atomic():
        row = locked(matter)
        assert row.procedure_id is not None
        step = Step(row, plan_of(row.procedure_id), actor_of(by))
        state = bpmn.State.from_json(row.marking)
        step.withdrawn = [token.id for token in state.open_tasks()]
        step.disarmed = _timers(step.plan, state)
        step.state = state
        row.closing_reason = reason.strip() or _("withdrawn by the applicant")
        step.close(Matter.State.WITHDRAWN, facts.MatterWithdrawn())
        step.save()
    return row


def _timers(plan: Plan, state: bpmn.State) -> list[int]:
    nodes = plan.engine.nodes
    return [token.id for token in state.tokens if nodes[token.node].timer is not None]


def renew_secret(matter: Matter, *, by: Caller) -> str:
    """Give out a new secret for public progress; the old one opens nothing any more.

    Raises:
        DeniedError: The caller is not its applicant, nor the desk that took it in.
    """
    require(policy.may_withdraw(by, matter))
    with transaction.atomic():
        row = Matter.objects.select_for_update().get(pk=matter.pk)
        row.secret_version += 1
        row.save(update_fields=["secret_version"])
        record(
            facts.SecretRenewed(),
            actor=actor_of(by),
            subject=f"cases.matter:{row.pk}",
            matter=row.code,
        )
    return codes.secret_of(row.pk, row.secret_version)
