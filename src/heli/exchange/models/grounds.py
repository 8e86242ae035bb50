"""What calls may serve beside matters, and who stands by them."""

import uuid

from django.db import models

from heli.exchange.models.catalogue import Resource
from heli.kernel.ids import uuid7


def new_id() -> uuid.UUID:
    """The id of a new row."""
    return uuid7()


class PublicDuty(models.Model):
    """A statutory duty (法定职责) of a department, for which grants may be called.

    Attributes:
        code: Short name that callers send, ``food-inspection``.
        legal_ground: The provision that lays the duty on the department.
        valid_until: When it ends; null without end.
        withdrawn_at: When it was struck off; null while it stands.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.SlugField(max_length=40)
    department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=300, blank=True)
    legal_ground = models.CharField(max_length=300)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    registered_at = models.DateTimeField()
    registered_by = models.CharField(max_length=60)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("department_id", "code")
        constraints = (
            models.UniqueConstraint(
                fields=["department", "code"],
                condition=models.Q(withdrawn_at=None),
                name="exchange_duty_once",
            ),
        )


class Confirmation(models.Model):
    """An officer asks another of the same department to stand by calls of the gravest kind.

    Attributes:
        serves: What the calls serve: a matter's code, ``project:CODE`` or ``public_task:CODE``.
        reason: Why the data is needed, in the asker's words.
        asked_by: Who asked.
        until: The end of the period asked for.
        answered_by: Who confirmed or refused: never who asked.
        confirmed: The answer; null while there is none.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="confirmations")
    serves = models.CharField(max_length=60)
    reason = models.CharField(max_length=300)
    asked_by = models.ForeignKey("organisation.Person", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    until = models.DateTimeField()
    answered_by = models.ForeignKey(
        "organisation.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    confirmed = models.BooleanField(null=True)

    class Meta:
        ordering = ("-asked_at", "-id")
        indexes = (
            models.Index(
                fields=["resource", "department", "serves"], name="exchange_confirmation_for"
            ),
        )
