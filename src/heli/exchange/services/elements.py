"""One source for each data element: claims, conflicts, and how they are settled."""

import re
import uuid

from django.db import transaction

from heli.errors import BadInputError, NotFoundError, gettext_noop
from heli.exchange import statutory
from heli.exchange.errors_applications import ConflictSettledError
from heli.exchange.facts_catalogue import (
    ClaimMade,
    ConflictOpened,
    ConflictSettled,
    ElementRegistered,
)
from heli.exchange.models import Claim, Conflict, Element, Resource
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.ledger import services as ledger

_CODE = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")


@transaction.atomic
def register_element(*, actor: Actor, code: str, title_zh: str, title_en: str = "") -> Element:
    """Set up a data element, such as ``person.name``, or rename it.

    Raises:
        BadInputError: The code or the title cannot be one.
    """
    if len(code) > 60 or _CODE.fullmatch(code) is None:
        raise BadInputError(
            field="code", reason=gettext_noop("a data element is written like person.name")
        )
    if not title_zh.strip():
        raise BadInputError(field="title_zh", reason=gettext_noop("it is empty"))
    row, _ = Element.objects.update_or_create(
        code=code, defaults={"title_zh": title_zh.strip(), "title_en": title_en.strip()}
    )
    ledger.record(
        ElementRegistered(element=code, title=title_zh),
        actor=actor,
        department=actor.department,
        subject=f"exchange.element:{code}",
    )
    return row


@transaction.atomic
def claim(resource: Resource, field: str, *, element: str, actor: Actor) -> Claim:
    """Say that a field of a resource is the source of a data element.

    Where another department has said so before, both claims are disputed from now on and neither
    is published as the source, until the conflict is settled.

    Raises:
        NotFoundError: There is no such element.
        BadInputError: The contract has no such field.
    """
    known = Element.objects.select_for_update().filter(pk=element).first()
    if known is None:
        raise NotFoundError(field="elements", what=element)
    if resource.parsed_contract.field(field) is None:
        raise BadInputError(
            field="elements", reason=gettext_noop("the contract has no field of this name")
        )
    present = Claim.objects.filter(element=known, resource=resource).first()
    if present is not None:
        if present.field != field:
            present.field = field
            present.save(update_fields=["field"])
        return present
    rivals = Claim.objects.filter(element=known).exclude(standing=Claim.Standing.COPY)
    first = rivals.select_related("resource").first()
    row = Claim.objects.create(
        element=known,
        resource=resource,
        field=field,
        standing=Claim.Standing.SOURCE if first is None else Claim.Standing.DISPUTED,
        made_at=clock.now(),
    )
    ledger.record(
        ClaimMade(element=element, resource=resource.address, standing=row.standing),
        actor=actor,
        department=resource.department_id,
        subject=f"exchange.element:{element}",
    )
    if first is not None:
        _open(first, row, actor)
    return row


def _open(first: Claim, second: Claim, actor: Actor) -> None:
    Claim.objects.filter(pk=first.pk).update(standing=Claim.Standing.DISPUTED)
    conflict = Conflict.objects.create(
        element=first.element, first=first, second=second, opened_at=clock.now()
    )
    statutory.start("conflict", statutory.CONFLICT, conflict.pk,
                    department=statutory.authority() or second.resource.department_id,
                    actor=actor)  # fmt: skip
    ledger.record(
        ConflictOpened(
            conflict=str(conflict.pk),
            element=first.element_id,
            resource=second.resource.address,
            other=first.resource.department_id,
        ),
        actor=actor,
        department=second.resource.department_id,
        subject=f"exchange.conflict:{conflict.pk}",
    )


@transaction.atomic
def settle_conflict(
    conflict_id: uuid.UUID, *, actor: Actor, resource: str, reason: str
) -> Conflict:
    """Decide which of two claims makes the source; the other becomes a copy.

    Args:
        conflict_id: Which conflict.
        actor: Who decides.
        resource: Address of the resource that is the source.
        reason: Why.

    Raises:
        NotFoundError: There is no such conflict, or the resource is no part of it.
        ConflictSettledError: It was settled before.
        BadInputError: The reason is missing.
    """
    conflict = (
        Conflict.objects.select_for_update(of=("self",))
        .select_related("first__resource", "second__resource")
        .filter(pk=conflict_id)
        .first()
    )
    if conflict is None:
        raise NotFoundError(what=str(conflict_id))
    if conflict.decided_at is not None:
        raise ConflictSettledError
    if not reason.strip():
        raise BadInputError(field="reason", reason=gettext_noop("a reason is required"))
    sides = {each.resource.address: each for each in (conflict.first, conflict.second)}
    if resource not in sides:
        raise NotFoundError(field="resource", what=resource)
    _decide(conflict, sides[resource], actor, reason.strip())
    return conflict


def _decide(conflict: Conflict, upheld: Claim, actor: Actor, reason: str) -> None:
    conflict.upheld, conflict.decided_at = upheld, clock.now()
    conflict.decided_by, conflict.reason = str(actor), reason[:600]
    conflict.save()
    other = conflict.second if upheld.pk == conflict.first_id else conflict.first
    Claim.objects.filter(pk=other.pk).update(standing=Claim.Standing.COPY)
    # Where a third department claims it as well, its conflict is still open.
    still = Conflict.objects.filter(element=conflict.element, decided_at=None)
    rivals = [each for each in still if upheld.pk in {each.first_id, each.second_id}]
    standing = Claim.Standing.DISPUTED if rivals else Claim.Standing.SOURCE
    for each in still:
        if each.first_id == other.pk:
            each.first = upheld
            each.save(update_fields=["first"])
            standing = Claim.Standing.DISPUTED
    Claim.objects.filter(pk=upheld.pk).update(standing=standing)
    statutory.stop(statutory.CONFLICT, conflict.pk, actor=actor)
    ledger.record(
        ConflictSettled(
            conflict=str(conflict.pk),
            element=conflict.element_id,
            resource=upheld.resource.address,
            reason=reason[:600],
        ),
        actor=actor,
        department=actor.department,
        subject=f"exchange.conflict:{conflict.pk}",
    )
