"""The catalogue, the grants, and the log of accesses."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from heli.engines.contracts import Contract, Sensitivity, parse_contract
from heli.kernel.ids import uuid7


def new_id() -> uuid.UUID:
    """The id of a new grant."""
    return uuid7()


class SharingClass(models.TextChoices):
    """Under what condition other departments may use a resource."""

    UNCONDITIONAL = "unconditional", _("Shared without condition")
    CONDITIONAL = "conditional", _("Shared on condition")
    NOT_SHARED = "not_shared", _("Not shared")


class UpdateCycle(models.TextChoices):
    """How often the source department promises to bring a resource up to date."""

    REALTIME = "realtime", _("as it happens")
    DAILY = "daily", _("daily")
    WEEKLY = "weekly", _("weekly")
    MONTHLY = "monthly", _("monthly")
    YEARLY = "yearly", _("yearly")


class SubjectType(models.TextChoices):
    """What one record of a resource is about."""

    PERSON = "person", _("person")
    ENTERPRISE = "enterprise", _("enterprise")
    HOUSEHOLD = "household", _("household")
    PARCEL = "parcel", _("parcel of land")
    PROPERTY = "property", _("real-estate unit")
    FACILITY = "facility", _("facility")


SENSITIVITY_LABELS = {
    Sensitivity.PUBLIC: _("public"),
    Sensitivity.INTERNAL: _("internal"),
    Sensitivity.SENSITIVE: _("sensitive"),
    Sensitivity.HIGHLY_SENSITIVE: _("highly sensitive"),
}


class Revision(models.Model):
    """One row: a counter that every change of the catalogue or a grant raises.

    Each process compiles the catalogue into memory and compares this number before it answers, so
    a revoked grant is dead in every process at once.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveBigIntegerField(default=0)


class Resource(models.Model):
    """A data resource of one source department.

    Attributes:
        name: Short name; with the department's code it is the address, ``gaj/residents``.
        sensitivity: The highest of its fields, 1 to 4.
        contract: The contract document in force.
        connector: Kind of connector that reads it.
        options: What the connector needs to know, never a secret.
        withdrawn_at: When it left the catalogue; null while it is offered.
    """

    department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    name = models.SlugField(max_length=63)
    title_zh = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160, blank=True)
    sharing = models.CharField(max_length=14, choices=SharingClass.choices)
    sensitivity = models.PositiveSmallIntegerField()
    update_cycle = models.CharField(max_length=10, choices=UpdateCycle.choices)
    subject_type = models.CharField(max_length=12, choices=SubjectType.choices)
    contract = models.JSONField()
    contract_version = models.CharField(max_length=20)
    connector = models.CharField(max_length=20)
    options = models.JSONField(default=dict)
    published_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("department__position", "department_id", "name")
        constraints = (
            models.UniqueConstraint(fields=["department", "name"], name="exchange_resource_once"),
        )

    def __str__(self) -> str:
        return self.address

    @property
    def address(self) -> str:
        """Where it is called: department and name."""
        return f"{self.department_id}/{self.name}"

    @property
    def parsed_contract(self) -> Contract:
        """The contract in force."""
        return parse_contract(self.contract)


class Grant(models.Model):
    """What one department may read of another's resource, for what and until when.

    Attributes:
        consumer: The department that may read.
        purpose: Short code of the purpose, sent with each call.
        purpose_zh: The purpose in words.
        legal_basis: The provision that allows it.
        policy: Fields and masks, as :func:`heli.engines.contracts.parse_policy` reads them.
        salt: Secret for pseudonyms; different in every grant.
        granted_by: Who granted it, as facts name actors.
        revoked_at: When it was taken back; null while it stands.
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
    salt = models.BinaryField(max_length=32)
    granted_at = models.DateTimeField()
    granted_by = models.CharField(max_length=60)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-granted_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["resource", "consumer", "purpose"],
                condition=models.Q(revoked_at=None),
                name="exchange_grant_once",
            ),
        )


class Access(models.Model):
    """One call, answered or denied: an index over the facts, for the people who watch them.

    Attributes:
        fact_id: The fact that proves it.
        address: Department and name as called, also where there is no such resource.
        actor: Who called, as facts name actors.
        reason: Code of the reason for a denial; empty when answered.
        cause: Code of the true reason, where the caller was told less; for watchers only.
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
    reason = models.CharField(max_length=60, blank=True)
    cause = models.CharField(max_length=60, blank=True)
    fields = models.JSONField(default=list)
    rows = models.PositiveSmallIntegerField(default=0)
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


class UsedNonce(models.Model):
    """A nonce that a signed request carried, remembered until its signature is too old anyway."""

    digest = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)
