"""Changes to an administrator's account: one administrator asks, one of another kind confirms."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from heli.errors import BadInputError
from heli.kernel import clock
from heli.kernel.permissions import require
from heli.ledger.services import record
from heli.organisation import facts, policy, selectors
from heli.organisation.errors import (
    ChangeAskedError,
    NothingToChangeError,
    UnknownChangeError,
)
from heli.organisation.models import AccountChange, Person
from heli.organisation.services.accounts import draw_password, drop_second_step, switch

Kind = AccountChange.Kind
Fact = facts.AccountChangeAsked | facts.AccountChangeConfirmed | facts.AccountChangeDeclined


def kind_of(name: str) -> Kind:
    """The change of a name.

    Raises:
        BadInputError: There is none.
    """
    try:
        return Kind(name)
    except ValueError:
        raise BadInputError(reason=_("no such change"), field="change") from None


def changes_open_to(person: Person) -> list[Kind]:
    """What can be asked for an account as it is now."""
    if not person.is_active:
        return [Kind.REOPEN]
    second_step = [Kind.SECOND_STEP] if selectors.has_second_step(person) else []
    return [Kind.PASSWORD, *second_step, Kind.CLOSE]


def ask_change(person_id: int, kind: Kind, *, by: Person) -> AccountChange:
    """Ask for a change of an administrator's account; nothing is changed yet.

    Raises:
        DeniedError: ``by`` is no administrator, or it is their own account.
        NothingToChangeError: The account is so already.
        ChangeAskedError: The same was asked for and is open.
    """
    try:
        with transaction.atomic():
            person = Person.objects.select_for_update().get(pk=person_id)
            require(policy.may_ask_change(by, person))
            if kind not in changes_open_to(person):
                raise NothingToChangeError
            change = AccountChange.objects.create(
                person=person, kind=kind, asked_by=by, asked_at=clock.now()
            )
            _record(facts.AccountChangeAsked(person=person.pk, change=kind), person, by)
    except IntegrityError as error:
        raise ChangeAskedError from error
    return change


def confirm_change(change_id: int, *, by: Person) -> str:
    """Do what was asked for.

    Returns:
        The password drawn, this once; empty where another change was asked for.

    Raises:
        UnknownChangeError: It is not open.
        DeniedError: ``by`` is not an administrator of another kind than who asked.
    """
    with transaction.atomic():
        change = _open(change_id)
        require(policy.may_confirm_change(by, change))
        _settle(change, by, confirmed=True)
        person = change.person
        told = facts.AccountChangeConfirmed(
            person=person.pk, change=change.kind, asked_by=change.asked_by_id
        )
        _record(told, person, by)
        return _do(Kind(change.kind), person, by)


def _do(kind: Kind, person: Person, by: Person) -> str:
    match kind:
        case Kind.PASSWORD:
            return draw_password(person, actor=by.actor)
        case Kind.SECOND_STEP:
            drop_second_step(person, actor=by.actor)
        case Kind.CLOSE | Kind.REOPEN:
            switch(person, kind == Kind.REOPEN, actor=by.actor)
    return ""


def decline_change(change_id: int, *, by: Person) -> AccountChange:
    """Decline what was asked for, or withdraw it.

    Raises:
        UnknownChangeError: It is not open.
        DeniedError: ``by`` is no administrator.
    """
    with transaction.atomic():
        change = _open(change_id)
        require(policy.may_decline_change(by))
        _settle(change, by, confirmed=False)
        told = facts.AccountChangeDeclined(
            person=change.person_id, change=change.kind, asked_by=change.asked_by_id
        )
        _record(told, change.person, by)
    return change


def _open(change_id: int) -> AccountChange:
    rows = AccountChange.objects.select_for_update().filter(pk=change_id, settled_at=None)
    change = rows.first()
    if change is None:
        raise UnknownChangeError(change=change_id)
    return change


def _settle(change: AccountChange, by: Person, *, confirmed: bool) -> None:
    change.settled_by, change.settled_at, change.confirmed = by, clock.now(), confirmed
    change.save(update_fields=["settled_by", "settled_at", "confirmed"])


def _record(data: Fact, person: Person, by: Person) -> None:
    record(
        data,
        actor=by.actor,
        subject=f"organisation.person:{person.pk}",
        department=person.department_id or "",
    )
