"""The lists of alerts: keyed hashes among decoys, so that asking takes the same work always."""

import uuid

from django.db import models

from heli.kernel.ids import uuid7


def new_id() -> uuid.UUID:
    """The id of a new row."""
    return uuid7()


class Slot(models.Model):
    """A place of a list: a subject of a live alert, or a decoy.

    Attributes:
        tag: Keyed hash of the subject; random in a decoy.
        call: Code of the issuing department and id of the alert, in a fixed length.
        until: When the alert ends.
    """

    bucket = models.PositiveSmallIntegerField()
    place = models.PositiveSmallIntegerField()
    tag = models.BinaryField(max_length=32)
    call = models.BinaryField(max_length=56)
    until = models.DateTimeField()
    alert = models.ForeignKey(
        "alerts.Alert", on_delete=models.CASCADE, null=True, related_name="slots"
    )

    class Meta:
        ordering = ("bucket", "place")
        constraints = (
            models.UniqueConstraint(fields=["bucket", "place"], name="alerts_slot_once"),
        )


class Asking(models.Model):
    """A question to the lists; what came of it is sealed until the worker looks at it.

    Attributes:
        outcome: Id of the alert, or zeros, encrypted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField()
    department = models.CharField(max_length=40)
    actor = models.CharField(max_length=60)
    outcome = models.BinaryField(max_length=80)
    pending = models.BooleanField(default=True)

    class Meta:
        indexes = (
            models.Index(fields=["department", "at"], name="alerts_asking_department"),
            models.Index(
                fields=["at"], name="alerts_asking_pending", condition=models.Q(pending=True)
            ),
        )
