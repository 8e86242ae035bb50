"""Objections and applications for openness, how they were decided, and what was handed in."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from heli.kernel.ids import uuid7


class Objection(models.Model):
    """Somebody says that a record, a dataset or a refusal is wrong, or asks for data to be opened.

    Attributes:
        code: What people call it by, ``YY-7K3D9Q-42``; with its secret it opens the progress page.
        refusal: What was refused, ``access:…``, ``grant:…``, ``opening:…``; empty for others.
        department: The source department, which decides first.
        objector: The account of who filed it; null without one.
        objector_department: The department for which it was filed; null for residents.
        contact: Name and how to reach them, sealed; empty where they gave none.
        subject_digest: Keyed hash of whom the record is about.
        subject_sealed: The identifier, sealed; opened for the source department only.
        identity_known: It is certain that the record is the business of who filed.
        claim_fields: Names of the fields said to be wrong.
        claims: What they should say, sealed.
        tier: 1 before the source department, 2 the data authority, 3 the leading office.
    """

    class About(models.TextChoices):
        RECORD = "record", _("A record")
        DATASET = "dataset", _("An open dataset")
        REFUSAL = "refusal", _("A refusal")
        OPENING = "opening", _("Data that should be open")

    class State(models.TextChoices):
        OPEN = "open", _("Being decided")
        UPHELD = "upheld", _("Upheld")
        PARTLY = "partly", _("Upheld in part")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=20, unique=True)
    about = models.CharField(max_length=10, choices=About.choices)
    resource = models.ForeignKey(
        "exchange.Resource", on_delete=models.PROTECT, null=True, related_name="+"
    )
    publication = models.ForeignKey(
        "openness.Publication", on_delete=models.PROTECT, null=True, related_name="+"
    )
    refusal = models.CharField(max_length=60, blank=True)
    department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    objector = models.ForeignKey(
        "organisation.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    objector_department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, null=True, related_name="+"
    )
    contact = models.BinaryField(max_length=600, default=bytes)
    subject_type = models.CharField(max_length=12, blank=True)
    subject_digest = models.CharField(max_length=64, blank=True)
    subject_sealed = models.BinaryField(max_length=200, default=bytes)
    subject_hint = models.CharField(max_length=40, blank=True)
    identity_known = models.BooleanField(default=False)
    ground = models.TextField()
    claim_fields = models.JSONField(default=list)
    claims = models.BinaryField(max_length=8000, default=bytes)
    tier = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    secret_version = models.PositiveSmallIntegerField(default=1)
    filed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-filed_at", "-id")
        indexes = (
            models.Index(fields=["department", "state", "due_at"], name="openness_obj_queue"),
            models.Index(fields=["subject_digest"], name="openness_obj_subject"),
            models.Index(fields=["-filed_at", "-id"], name="openness_obj_newest"),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def open(self) -> bool:
        """Whether somebody owes a decision."""
        return self.state == self.State.OPEN


class Ruling(models.Model):
    """One tier's part in an objection: it owes a decision, or gave one.

    Attributes:
        ground: The legal ground; needed where it is not upheld in full.
        identity_checked: How it was made sure who objects, where no account says so.
        clock_id: The time limit; null where it was decided without one.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    objection = models.ForeignKey(
        Objection, on_delete=models.CASCADE, related_name="rulings", db_index=False
    )
    tier = models.PositiveSmallIntegerField()
    department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    appeal = models.TextField(blank=True)
    outcome = models.CharField(max_length=10, choices=Objection.State.choices, blank=True)
    reason = models.TextField(blank=True)
    ground = models.CharField(max_length=300, blank=True)
    identity_checked = models.CharField(max_length=200, blank=True)
    clock_id = models.UUIDField(null=True)
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ("tier",)
        constraints = (
            models.UniqueConstraint(fields=["objection", "tier"], name="openness_ruling_once"),
        )

    def __str__(self) -> str:
        return f"{self.objection_id} {self.tier}"


class Evidence(models.Model):
    """A file handed in with an objection.

    Attributes:
        path: Where it lies below ``HELI_HOME``; named by its id, never by what was uploaded.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    objection = models.ForeignKey(Objection, on_delete=models.CASCADE, related_name="evidence")
    name = models.CharField(max_length=160)
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=160)
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
