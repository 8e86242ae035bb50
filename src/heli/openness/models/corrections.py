"""Corrections, who received the wrong version, and what they did about it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from heli.kernel.ids import uuid7


class Correction(models.Model):
    """A source department decided that fields of a record were wrong and what is right.

    Attributes:
        subject_hash: The exchange's keyed hash of the subject, as the facts of lookups carry it.
        subject_sealed: The identifier, sealed.
        old: The whole record as the source gave it when the correction was decided, sealed; with
            it a receipt shows whether an answer held the wrong version.
        new: The right values by field, sealed.
        wrong_since: Since when the values had been wrong; null where nobody knows.
        applied_at: When Heli read the right values from the source itself.
        checked_at: When Heli last read the source.
        seen_until: Up to which instant new answers have been looked through.
    """

    class State(models.TextChoices):
        DECIDED = "decided", _("Decided, not yet in the source")
        APPLIED = "applied", _("The source gives the right values")
        CLOSED = "closed", _("Everybody has answered")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=20, unique=True)
    objection = models.OneToOneField(
        "openness.Objection", on_delete=models.PROTECT, null=True, related_name="correction"
    )
    resource = models.ForeignKey("exchange.Resource", on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    subject_type = models.CharField(max_length=12)
    subject_hash = models.CharField(max_length=64)
    subject_sealed = models.BinaryField(max_length=200)
    subject_hint = models.CharField(max_length=40)
    fields = models.JSONField()
    old = models.BinaryField(max_length=16000)
    new = models.BinaryField(max_length=8000)
    wrong_since = models.DateTimeField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DECIDED)
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=60)
    applied_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    seen_until = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-decided_at", "-id")
        indexes = (
            models.Index(fields=["resource", "subject_hash"], name="openness_corr_subject"),
            models.Index(fields=["state", "checked_at"], name="openness_corr_state"),
        )

    def __str__(self) -> str:
        return self.code


class Recipient(models.Model):
    """A department that received the wrong version, and what it did when told.

    Attributes:
        proven: A receipt shows that the answer it got was the wrong version.
        values: The right values as its grant shows them, sealed.
        key: Key of the hash of these values in the fact of the notice.
        action: What it did.
    """

    class Action(models.TextChoices):
        UPDATED = "updated", _("Put our copy right")
        REDECIDED = "redecided", _("Decided a matter again")
        NOTHING_KEPT = "nothing_kept", _("We kept no copy")
        NO_EFFECT = "no_effect", _("It had no effect on any decision")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    correction = models.ForeignKey(
        Correction, on_delete=models.CASCADE, related_name="recipients", db_index=False
    )
    department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    proven = models.BooleanField(default=False)
    fields = models.JSONField(default=list)
    values = models.BinaryField(max_length=8000)
    key = models.BinaryField(max_length=32)
    fact_id = models.UUIDField(null=True)
    clock_id = models.UUIDField(null=True)
    notified_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=60, blank=True)
    action = models.CharField(max_length=14, choices=Action.choices, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("acknowledged_at", "notified_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["correction", "department"], name="openness_recipient_once"
            ),
        )
        indexes = (
            models.Index(fields=["department", "acknowledged_at"], name="openness_recipient_inbox"),
        )

    def __str__(self) -> str:
        return f"{self.correction_id} {self.department_id}"


class Use(models.Model):
    """One answer by which a department received the record; the fact proves it.

    Attributes:
        proven: Its receipt fits the wrong version, not the right one.
    """

    recipient = models.ForeignKey(
        Recipient, on_delete=models.CASCADE, related_name="uses", db_index=False
    )
    fact_id = models.UUIDField()
    at = models.DateTimeField()
    matter = models.CharField(max_length=40, blank=True)
    fields = models.JSONField(default=list)
    proven = models.BooleanField(default=False)

    class Meta:
        ordering = ("at",)
        constraints = (
            models.UniqueConstraint(fields=["recipient", "fact_id"], name="openness_use_once"),
        )

    def __str__(self) -> str:
        return str(self.fact_id)


class Alarm(models.Model):
    """The wrong version is still about after everybody was told.

    Attributes:
        department: Whose doing it is.
        fact_id: The fact that shows it; null for an alarm about silence.
        settled_at: When what it was about came to an end.
    """

    class Kind(models.TextChoices):
        SOURCE = "source", _("The source still gives the wrong value")
        ANSWER = "answer", _("An answer after the correction held the wrong value")
        DECISION = "decision", _("A matter was decided on the wrong value")
        SILENCE = "silence", _("A department has not said what it did")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    correction = models.ForeignKey(Correction, on_delete=models.CASCADE, related_name="alarms")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    department = models.CharField(max_length=40)
    fact_id = models.UUIDField(null=True)
    matter = models.CharField(max_length=40, blank=True)
    raised_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-raised_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["correction", "kind", "department"],
                condition=models.Q(fact_id=None, settled_at=None),
                name="openness_alarm_once",
            ),
            models.UniqueConstraint(
                fields=["correction", "kind", "fact_id"],
                condition=models.Q(fact_id__isnull=False),
                name="openness_alarm_fact_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.department}"
