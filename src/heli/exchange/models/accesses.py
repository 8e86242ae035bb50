"""The log of calls."""

from django.db import models

from heli.exchange.models.catalogue import Resource
from heli.exchange.models.grants import Grant


class Access(models.Model):
    """One call, answered or denied: an index over the facts, for the people who watch them.

    Attributes:
        fact_id: The fact that proves it.
        address: Department and name as called, also where there is no such resource.
        actor: Who called, as facts name actors.
        reason: Code of the reason for a denial; empty when answered.
        cause: Code of the true reason, where the caller was told less; for watchers only.
        serves: What it served where that was no matter: ``project:CODE``, ``public_task:CODE``.
        fields: Names of the released fields.
        response_key: Key of the fact's ``response_hash``, with which the source department can
            show later what was released; on no page and in no list.
    """

    fact_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    resource = models.ForeignKey(
        Resource, on_delete=models.PROTECT, null=True, related_name="accesses"
    )
    address = models.CharField(max_length=110)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, null=True, related_name="accesses")
    consumer = models.CharField(max_length=40, blank=True)
    actor = models.CharField(max_length=60)
    purpose = models.CharField(max_length=40, blank=True)
    matter = models.CharField(max_length=40, blank=True)
    serves = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=60, blank=True)
    cause = models.CharField(max_length=60, blank=True)
    fields = models.JSONField(default=list)
    rows = models.PositiveBigIntegerField(default=0)
    response_key = models.BinaryField(max_length=32, default=bytes)

    def why_denied(self, *, watching: bool) -> str:
        """Code of the reason: the true one for who watches, else what the caller was told."""
        return self.cause or self.reason if watching else self.reason

    class Meta:
        ordering = ("-at", "-fact_id")
        indexes = (
            models.Index(fields=["resource", "-at"], name="exchange_access_resource"),
            models.Index(fields=["consumer", "-at"], name="exchange_access_consumer"),
            models.Index(fields=["matter", "-at"], name="exchange_access_matter"),
            models.Index(fields=["-at"], name="exchange_access_at"),
        )


class ListPage(models.Model):
    """Whom a page of a list told of; beside its access, and gone with it.

    Attributes:
        fact_id: The fact that proves the page, and commits to this.
        told: As :mod:`heli.exchange.calls.told` writes it.
    """

    fact_id = models.UUIDField(primary_key=True)
    told = models.BinaryField()


class UsedNonce(models.Model):
    """A nonce that a signed request carried, remembered until its signature is too old anyway."""

    digest = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)
