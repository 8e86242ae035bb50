"""Who may read what, for what, until when."""

import uuid

from django.db import models

from heli.exchange.models.catalogue import Resource
from heli.kernel.ids import uuid7


def new_id() -> uuid.UUID:
    """The id of a new grant."""
    return uuid7()


class Grant(models.Model):
    """What one department may read of another's resource, for what and until when.

    Attributes:
        consumer: The department that may read.
        purpose: Short code of the purpose, sent with each call.
        purpose_zh: The purpose in words.
        legal_basis: The provision that allows it.
        policy: Fields and masks, as :func:`heli.engines.contracts.parse_policy` reads them.
        revealed_before: Fields that said something of subjects under policies it was used under
            and renewed from, in order.
        salt: Secret for pseudonyms; different in every grant.
        granted_by: Who granted it, as facts name actors.
        revoked_at: When it was taken back; null while it stands.
        suspended_at: Since when it opens nothing until further notice; null while it does.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="grants")
    consumer = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    purpose = models.SlugField(max_length=40)
    purpose_zh = models.CharField(max_length=200)
    purpose_en = models.CharField(max_length=300, blank=True)
    legal_basis = models.CharField(max_length=300)
    policy = models.JSONField()
    revealed_before = models.JSONField(default=list)
    salt = models.BinaryField(max_length=32)
    granted_at = models.DateTimeField()
    granted_by = models.CharField(max_length=60)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=300, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-granted_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["resource", "consumer", "purpose"],
                condition=models.Q(revoked_at=None),
                name="exchange_grant_once",
            ),
        )

    @property
    def was_used(self) -> bool:
        """Whether anything was ever answered under it."""
        return self.accesses.filter(reason="", rows__gt=0).exists()


class KeptPolicy(models.Model):
    """What a policy said, with the contract it was for, kept by its hash for ever.

    Attributes:
        digest: :attr:`heli.engines.contracts.ReleasePolicy.digest`, as facts name it.
        contract: The contract document.
        policy: The policy as plain data.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    contract = models.JSONField()
    policy = models.JSONField()
