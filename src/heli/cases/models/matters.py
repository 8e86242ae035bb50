"""Matters, whom they concern, and what was handed in."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from heli.exchange.selectors import count_answers
from heli.kernel.ids import uuid7


class Matter(models.Model):
    """One matter under one code, from intake to end.

    Attributes:
        code: What people call it by, e.g. ``LJ-5QF8K-17``; see ``heli.cases.codes``.
        procedure: How it is carried out; null for imported history.
        applicant: Who filed it by sign-in; null where it was taken in at a desk without an account.
        on_behalf: Taken in at a desk: name, contact, and the identity number declared, sealed.
        received_by: Department that received it first; never changes.
        accountable: Department accountable now (首接责任); null only before intake.
        marking: The engine's state as it wrote it.
        revision: Grows with every step; a step on an older revision is refused.
        form: Answers by field key; fields that identify a subject hold their mask only.
        prefilled: Answers the city gave itself: field key → ``{"fact": …, "resource": …}``.
        waiting_for: What it waits for, kept for lists and tiles; see ``heli.cases.waiting``.
        secret_version: Which short secret opens the public progress page; see ``heli.cases.codes``.
        intake_key: Makes submission repeatable: ``caller key``.
        intake_hash: What was submitted under that key.
        source: Imported history: name of the import.
        external_id: Imported history: the case's id there.
        serial_seconds: Sum of the departments' own times for tasks that ended.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        RUNNING = "running", _("In progress")
        COMPLETED = "completed", _("Completed")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Origin(models.TextChoices):
        NATIVE = "native", _("Filed here")
        IMPORTED = "imported", _("Imported history")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=40, unique=True)
    # Found by the indexes below, or never by this alone: one of its own would only be written.
    procedure = models.ForeignKey(
        "cases.Procedure",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="matters",
        db_index=False,
    )
    title = models.CharField(max_length=200)
    applicant = models.ForeignKey(
        "organisation.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    on_behalf = models.JSONField(default=dict, blank=True)
    taken_in_by = models.ForeignKey(
        "organisation.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    received_by = models.ForeignKey(
        "organisation.Department",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    accountable = models.ForeignKey(
        "organisation.Department",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    marking = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=0)
    form = models.JSONField(default=dict)
    prefilled = models.JSONField(default=dict)
    waiting_for = models.JSONField(default=list)
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.NATIVE)
    source = models.CharField(max_length=60, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    secret_version = models.PositiveSmallIntegerField(default=1)
    intake_key = models.CharField(max_length=200, null=True, unique=True)
    intake_hash = models.CharField(max_length=64, blank=True)
    drafted_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closing_reason = models.TextField(blank=True)
    serial_seconds = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes = (
            models.Index(fields=["state", "opened_at", "id"], name="cases_matter_state"),
            models.Index(fields=["opened_at", "id"], name="cases_matter_newest"),
            models.Index(fields=["applicant", "opened_at"], name="cases_matter_applicant"),
            models.Index(fields=["procedure", "opened_at", "id"], name="cases_matter_procedure"),
            models.Index(
                fields=["taken_in_by"],
                name="cases_matter_desk",
                condition=models.Q(taken_in_by__isnull=False),
            ),
            models.Index(fields=["accountable", "state", "due_at"], name="cases_matter_account"),
            models.Index(
                fields=["closed_at"],
                name="cases_matter_closed",
                condition=models.Q(closed_at__isnull=False),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~models.Q(external_id=""),
                name="cases_matter_imported_once",
            ),
            models.CheckConstraint(
                name="cases_matter_accountable",
                condition=models.Q(state="draft")
                | models.Q(origin="imported")
                | models.Q(accountable__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def open(self) -> bool:
        """Whether it is being worked on."""
        return self.state == self.State.RUNNING

    @property
    def filed_by_system(self) -> bool:
        """Whether a department's system filed it, with no account and no desk behind it."""
        return self.applicant_id is None and self.taken_in_by_id is None

    @property
    def lookups(self) -> int:
        """How many look-ups in registers were answered for it, also those replaced since."""
        return count_answers(self.code)


class MatterSubject(models.Model):
    """Somebody or something a matter concerns; the ground on which data may be asked.

    Attributes:
        digest: Keyed hash of type and identifier; standing is checked against it.
        sealed: The identifier, encrypted; opened only for a lookup within this matter.
        hint: The identifier masked, for people to recognise it.
        role: Why it is concerned: ``applicant``, ``operator``, ``site``, …
    """

    class Type(models.TextChoices):
        PERSON = "person", _("Person")
        ENTERPRISE = "enterprise", _("Enterprise")
        PARCEL = "parcel", _("Parcel of land")
        PROPERTY = "property", _("Real-estate unit")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    matter = models.ForeignKey(
        Matter, on_delete=models.CASCADE, related_name="subjects", db_index=False
    )
    type = models.CharField(max_length=12, choices=Type.choices)
    digest = models.CharField(max_length=64)
    sealed = models.BinaryField(max_length=200)
    hint = models.CharField(max_length=40)
    role = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["matter", "digest"], name="cases_subject_once"),
        )
        indexes = (models.Index(fields=["digest"], name="cases_subject_digest"),)

    def __str__(self) -> str:
        return f"{self.type} {self.hint}"


class Attachment(models.Model):
    """A file handed in with a matter or as answer to a supplement request.

    Attributes:
        path: Where it lies below ``HELI_HOME``; named by its hash, never by what was uploaded.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    matter = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="attachments")
    supplement = models.ForeignKey(
        "cases.Supplement", on_delete=models.CASCADE, null=True, related_name="attachments"
    )
    name = models.CharField(max_length=160)
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=160)
    uploaded_by = models.CharField(max_length=60)
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
