"""Passwords, the second step, and identity numbers."""

import secrets

from axes.utils import reset as forget_failures
from django.db import IntegrityError, transaction
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from heli.engines.contracts.errors import SemanticError
from heli.engines.contracts.semantics import semantic_type
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.kernel.permissions import require
from heli.ledger.services import record
from heli.ledger.verbs import FactData
from heli.organisation import facts, policy, vault
from heli.organisation.errors import IdentityTakenError
from heli.organisation.models import Identity, Person

RECOVERY_CODES = 10
# Without characters that are mistaken for one another when read aloud or copied by hand.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def change_password(person: Person, password: str) -> None:
    """Set the password a person chose for themselves."""
    with transaction.atomic():
        person.set_password(password)
        person.must_change_password = False
        person.save(update_fields=["password", "must_change_password"])
        _record(facts.PasswordChanged(person=person.pk), person, person.actor)


def reset_password(person_id: int, *, by: Person) -> str:
    """Set a password by lot, to be changed at the next sign-in; it is returned this once.

    Raises:
        DeniedError: ``by`` may not, or not alone.
    """
    with transaction.atomic():
        person = alone(person_id, by)
        return draw_password(person, actor=by.actor)


def draw_password(person: Person, *, actor: Actor) -> str:
    """Set a password by lot, for services that have asked the policy.

    It ends every session, and the lock that failures with the old password brought about: they
    say nothing of the new one.
    """
    password = _lot(16)
    with transaction.atomic():
        person.set_password(password)
        person.must_change_password = True
        person.save(update_fields=["password", "must_change_password"])
        forget_failures(username=person.username)
        _record(facts.PasswordReset(person=person.pk), person, actor)
    return password


def alone(person_id: int, by: Person) -> Person:
    """The person, locked, if ``by`` may change their account alone.

    Raises:
        DeniedError: They may not.
    """
    # Locked so that nobody becomes an administrator between the question and the act.
    person = Person.objects.select_for_update().get(pk=person_id)
    require(policy.may_change_account(by, person))
    return person


def begin_second_step(person: Person) -> TOTPDevice:
    """A TOTP device (RFC 6238) that waits to be confirmed by its first code."""
    TOTPDevice.objects.filter(user=person, confirmed=False).delete()
    return TOTPDevice.objects.create(user=person, name="totp", confirmed=False)


def confirm_second_step(person: Person, device: TOTPDevice) -> list[str]:
    """Put the device in force and return the recovery codes, this once."""
    with transaction.atomic():
        TOTPDevice.objects.filter(user=person).exclude(pk=device.pk).delete()
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        StaticDevice.objects.filter(user=person).delete()
        static = StaticDevice.objects.create(user=person, name="recovery")
        codes = [_lot(10) for _ in range(RECOVERY_CODES)]
        StaticToken.objects.bulk_create(StaticToken(device=static, token=code) for code in codes)
        _record(facts.SecondStepEnrolled(person=person.pk), person, person.actor)
    return codes


def remove_second_step(person: Person) -> None:
    """Sign in with the password alone again, as the person decided."""
    drop_second_step(person, actor=person.actor)


def remove_second_step_of(person_id: int, *, by: Person) -> None:
    """Remove the second step of somebody who lost both device and recovery codes.

    Raises:
        DeniedError: ``by`` may not, or not alone.
    """
    with transaction.atomic():
        drop_second_step(alone(person_id, by), actor=by.actor)


def drop_second_step(person: Person, *, actor: Actor) -> None:
    """Remove the second step, for services that have asked the policy."""
    with transaction.atomic():
        removed, _ = TOTPDevice.objects.filter(user=person, confirmed=True).delete()
        StaticDevice.objects.filter(user=person).delete()
        if removed:
            _record(facts.SecondStepRemoved(person=person.pk), person, actor)


def set_identity(person: Person, number: str, *, name: str = "") -> None:
    """Keep a person's identity number, sealed; nothing of it goes into a fact.

    Args:
        person: Whose it is.
        number: Eighteen characters by GB 11643; a final ``x`` may be in lower case.
        name: As the register of residents has it; the person's name stays where it is empty.

    Raises:
        SemanticError: It is none: its length, characters, division, birth date or check
            character cannot be right.
        IdentityTakenError: Another account has it.
    """
    try:
        number = semantic_type("resident_id").read(number, latest=clock.today())
    except SemanticError as error:
        error.field = "identity_number"
        raise
    try:
        with transaction.atomic():
            Identity.objects.update_or_create(
                person=person,
                defaults={
                    "sealed": vault.seal(number, person.pk),
                    "digest": vault.digest(number),
                },
            )
            if name:
                person.name_zh, person.name_en = name, ""
                person.save(update_fields=["name_zh", "name_en"])
    except IntegrityError as error:
        raise IdentityTakenError(field="identity_number") from error


def _lot(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _record(data: FactData, person: Person, actor: Actor) -> None:
    record(
        data,
        actor=actor,
        subject=f"organisation.person:{person.pk}",
        department=person.department_id or "",
    )


def set_active(person_id: int, active: bool, *, by: Person) -> None:
    """Close or reopen an account; closing ends every session at its next request.

    Raises:
        DeniedError: ``by`` may not, or not alone.
    """
    with transaction.atomic():
        switch(alone(person_id, by), active, actor=by.actor)


def switch(person: Person, active: bool, *, actor: Actor) -> None:
    """Close or reopen an account, for services that have asked the policy."""
    kind = facts.PersonActivated if active else facts.PersonDeactivated
    if person.is_active != active:
        person.is_active = active
        person.save(update_fields=["is_active"])
        _record(kind(person=person.pk), person, actor)
