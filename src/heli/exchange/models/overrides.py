"""Emergency override (破窗): who may break the glass, and every time somebody did."""

from django.db import models

from heli.exchange.models.catalogue import Resource
from heli.exchange.models.grounds import new_id

EMERGENCY = "emergency"
"""The purpose of accesses that needed no grant."""


class EmergencyRule(models.Model):
    """What officers of a department may see of a resource in an emergency, whatever grants say.

    Attributes:
        department: Whose officers may.
        policy: Fields and masks, as :func:`heli.engines.contracts.parse_policy` reads them.
        legal_basis: The provision that foresees it.
        withdrawn_at: When it ended; null while it stands.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="emergencies")
    department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    policy = models.JSONField()
    legal_basis = models.CharField(max_length=300)
    salt = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=60)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-made_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["resource", "department"],
                condition=models.Q(withdrawn_at=None),
                name="exchange_emergency_once",
            ),
        )


class Override(models.Model):
    """One time the glass was broken.

    Attributes:
        fact_id: The fact of the answer.
        reason: Why, as the officer wrote it before they saw anything.
        clock_id: The clock that runs until it is justified.
        due_at: When it must be justified.
        justification: What happened, written afterwards.
        verdict: Of the review: ``justified`` or ``abuse``; empty before it.
    """

    class Verdict(models.TextChoices):
        JUSTIFIED = "justified"
        ABUSE = "abuse"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rule = models.ForeignKey(EmergencyRule, on_delete=models.PROTECT, related_name="uses")
    fact_id = models.UUIDField(unique=True)
    person = models.ForeignKey("organisation.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    found = models.BooleanField()
    clock_id = models.UUIDField(null=True)
    due_at = models.DateTimeField(null=True)
    overdue = models.BooleanField(default=False)
    justification = models.TextField(blank=True)
    justified_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=10, blank=True, choices=Verdict.choices)
    reviewed_by = models.ForeignKey(
        "organisation.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True)
    finding = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-at", "-id")
