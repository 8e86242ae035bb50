"""People who sign in, and what they hold: posts, competences, roles; and when they are away."""

from functools import lru_cache

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from heli.kernel.actor import Actor
from heli.kernel.localise import bilingual
from heli.organisation.models.departments import Department, Post


class PersonManager(BaseUserManager["Person"]):
    """Finds people by their login name."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        """The person of a login name."""
        return self.get(username=username)


class Person(AbstractBaseUser):
    """Somebody who can sign in: an official, or an applicant.

    Attributes:
        department: Where an official serves; null for an applicant.
        role_names: Roles held, as values of ``kernel.permissions.Role``; what the open
            :class:`RoleGrant` rows say, kept here so that a request needs no further query.
        must_change_password: The password was set by somebody else.
        phone: Telephone at work; empty where none is listed.
    """

    username = models.CharField(max_length=60, unique=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="people"
    )
    phone = models.CharField(max_length=40, blank=True)
    role_names = models.JSONField(default=list, blank=True)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)

    USERNAME_FIELD = "username"
    objects = PersonManager()

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return bilingual(self.name_zh, self.name_en)

    @property
    def roles(self) -> frozenset[str]:
        """Roles held now, as values of ``kernel.permissions.Role``."""
        return frozenset(self.role_names)

    @property
    def actor(self) -> Actor:
        """This person as the author of facts, acting for their department."""
        return _actor(self.pk, self.department_id or "")


@lru_cache(maxsize=4096)
def _actor(person: int, department: str) -> Actor:
    return Actor("person", str(person), department)


class Identity(models.Model):
    """The national identity number of a person, apart from everything else about them.

    Encrypted with a key that is not in the database; ``digest`` is a keyed hash to find it again.
    Read only through ``selectors.identity_of``; never part of a fact, a page or an API answer.
    """

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True)
    sealed = models.BinaryField()
    digest = models.CharField(max_length=64, unique=True)


class Appointment(models.Model):
    """A person holds a post from one day to another.

    Attributes:
        since: First day.
        until: Last day; null while it lasts.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="appointments")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("-since", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["person", "post"],
                condition=Q(until=None),
                name="organisation_appointment_once",
            ),
        )


class Competence(models.Model):
    """What a person is qualified to handle, such as ``fire.inspection``."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="competences")
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=["person", "name"], name="organisation_competence_once"),
        )
        indexes = (models.Index(fields=["name"], name="organisation_competence_name"),)


class Absence(models.Model):
    """A person is away, and who stands in.

    Attributes:
        starts_on: First day away, in Asia/Shanghai.
        ends_on: Last day away.
        substitute: Who takes their work meanwhile; null when nobody was named.
        kind: Why, as far as others need to know.
        cancelled_at: When it was called off; null while it stands.
    """

    class Kind(models.TextChoices):
        LEAVE = "leave"
        DUTY = "duty"
        TRAINING = "training"
        SICK = "sick"

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="absences")
    starts_on = models.DateField()
    ends_on = models.DateField()
    substitute = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="stands_in"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.LEAVE)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-starts_on", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="organisation_absence_order"
            ),
        )
        indexes = (models.Index(fields=["starts_on", "ends_on"], name="organisation_absence_days"),)


class RoleGrant(models.Model):
    """A role was granted to a person by another, and perhaps taken back.

    Attributes:
        granted_by: Null when Heli itself set it up.
        revoked_at: Null while it is held.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=20)
    granted_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    granted_at = models.DateTimeField()
    revoked_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-granted_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["person", "role"],
                condition=Q(revoked_at=None),
                name="organisation_role_once",
            ),
        )


class AccountChange(models.Model):
    """What one administrator asked to do with the account of another, until a third settles it.

    Attributes:
        settled_by: Who confirmed, declined or withdrew it; null while it is open.
        confirmed: Whether it was done.
    """

    class Kind(models.TextChoices):
        PASSWORD = "password"  # noqa: S105 - the kind, not a password
        SECOND_STEP = "second_step"
        CLOSE = "close"
        REOPEN = "reopen"

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="account_changes")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    settled_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    confirmed = models.BooleanField(default=False)

    class Meta:
        ordering = ("-asked_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["person", "kind"],
                condition=Q(settled_at=None),
                name="organisation_account_change_once",
            ),
        )
