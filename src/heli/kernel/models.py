"""Rows that belong to no room: the worker's heartbeat and answers kept for repeated requests."""

from django.db import models


class Heartbeat(models.Model):
    """The last sign of life of a background process."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    process = models.CharField(max_length=80)


class IdempotencyRecord(models.Model):
    """The answer given to a write that carried an ``Idempotency-Key``.

    A repeat with the same key and the same content gets the same answer and has no second effect;
    the same key with other content is refused.

    Attributes:
        body: The answer as it was sent, JSON text.
    """

    caller = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(default="")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["caller", "key"], name="kernel_idempotency_once"),
        )
