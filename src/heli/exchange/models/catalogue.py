"""The resources on offer."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from heli.engines.contracts import Contract, Sensitivity, parse_contract


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
        condition_zh: On what condition it is shared, as said when it was published; the catalogue's
            entry takes it over.
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
    condition_zh = models.CharField(max_length=300, blank=True, default="")
    condition_en = models.CharField(max_length=400, blank=True, default="")
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
