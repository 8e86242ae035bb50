"""The versions of each resource's contract, from announcement to end."""

import datetime as dt

from django.db import models

from heli.engines.contracts import Contract, parse_contract
from heli.exchange.models.catalogue import Resource
from heli.kernel.clock import SHANGHAI


class ContractVersion(models.Model):
    """One version of a resource's contract.

    Attributes:
        document: The contract document.
        digest: SHA-256 of the document as canonical JSON.
        connector: Kind of connector that reads it.
        options: What the connector needs to know.
        published_by: Who published it, as facts name actors.
        in_force_at: Since when it answers; null while it is announced.
        deprecated_at: When its end was announced.
        sunset_at: When it ends.
        ended_at: When it was replaced.
        withdrawn_at: When its announcement was taken back.
        withdrawn_because: Why.
    """

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="versions")
    version = models.CharField(max_length=20)
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    connector = models.CharField(max_length=20)
    options = models.JSONField(default=dict)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=60)
    in_force_at = models.DateTimeField(null=True, blank=True)
    deprecated_at = models.DateTimeField(null=True, blank=True)
    sunset_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("resource", "-published_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["resource", "version"],
                condition=models.Q(withdrawn_at=None),
                name="exchange_contract_version_once",
            ),
            models.UniqueConstraint(
                fields=["resource"],
                condition=models.Q(in_force_at=None, withdrawn_at=None),
                name="exchange_contract_announced_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.resource_id}@{self.version}"

    @property
    def contract(self) -> Contract:
        """The contract as Heli understands it."""
        return parse_contract(self.document)

    @property
    def last_day(self) -> dt.date | None:
        """The last day on which it answers, once its end is announced."""
        if self.sunset_at is None:
            return None
        return (self.sunset_at - dt.timedelta(seconds=1)).astimezone(SHANGHAI).date()

    @property
    def announced(self) -> bool:
        """Whether it waits for its predecessor to end."""
        return self.in_force_at is None and self.withdrawn_at is None

    @property
    def in_force(self) -> bool:
        """Whether it answers now."""
        return self.in_force_at is not None and self.ended_at is None
