"""Kinds of alert, alerts, and the notice that each department gets of them."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.kernel.ids import uuid7
from heli.kernel.localise import bilingual


def new_id() -> uuid.UUID:
    """The id of a new row."""
    return uuid7()


class Pulse(models.Model):
    """One row: a number that every change of an alert or a notice raises, for live pages."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveBigIntegerField(default=0)


class Kind(models.Model):
    """A kind of alert: on which legal ground, who may issue it, how fast it is answered.

    Attributes:
        ground: The provision that allows it.
        issuers: Codes of the departments that may issue it.
        subject_type: What its list holds: ``person``, ``enterprise``, ``batch``; empty: no list.
        answer_minutes: How soon a department must acknowledge.
        hours: How long it lasts unless the issuer says otherwise.
        most_hours: How long it may last.
    """

    code = models.SlugField(max_length=30, primary_key=True)
    title_zh = models.CharField(max_length=60)
    title_en = models.CharField(max_length=80, blank=True)
    ground = models.CharField(max_length=200)
    issuers = models.JSONField(default=list)
    subject_type = models.CharField(max_length=12, blank=True)
    answer_minutes = models.PositiveSmallIntegerField()
    hours = models.PositiveSmallIntegerField()
    most_hours = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("code",)

    @property
    def title(self) -> str:
        """Its name in the reader's language."""
        return bilingual(self.title_zh, self.title_en)


class Alert(models.Model):
    """Something every member department must know at once.

    Attributes:
        number: What people call it by.
        headline: What is the matter, without names.
        sealed: Everything that describes people, encrypted; empty where there is nothing.
        issued_by: Who issued it, as facts name actors.
        ended_at: When it was recalled or expired.
        reason: Why it was recalled.
    """

    class State(models.TextChoices):
        LIVE = "live", pgettext_lazy("alert", "In force")
        RECALLED = "recalled", pgettext_lazy("alert", "Recalled")
        EXPIRED = "expired", pgettext_lazy("alert", "Expired")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=20, unique=True)
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, related_name="alerts")
    department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    headline = models.CharField(max_length=200)
    sealed = models.BinaryField(max_length=8000, default=bytes)
    state = models.CharField(max_length=8, choices=State.choices, default=State.LIVE)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=60)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-issued_at", "-id")
        indexes = (
            models.Index(
                fields=["expires_at"], name="alerts_alert_live", condition=models.Q(state="live")
            ),
        )

    def __str__(self) -> str:
        return self.number


class Notice(models.Model):
    """What one department was told of an alert or of its recall, and that it answered.

    Attributes:
        officer: Who was on duty when it came; null where the roster had nobody.
        clock: The clock of the answer.
        acknowledged_by: Who answered.
        note: What they added.
        closed_at: When an answer was no longer needed.
        escalated_at: When nobody had answered in time.
        second: State of the second channel.
        second_attempts: Attempts on it.
        second_next: When the next attempt is due.
    """

    class Phase(models.TextChoices):
        ISSUE = "issue", _("Alert")
        RECALL = "recall", _("Recall")

    class Second(models.TextChoices):
        UNUSED = "", _("not used")
        WAITING = "waiting", pgettext_lazy("second channel", "waiting")
        SENT = "sent", pgettext_lazy("second channel", "sent")
        FAILED = "failed", pgettext_lazy("second channel", "failed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notices")
    department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    phase = models.CharField(max_length=6, choices=Phase.choices, default=Phase.ISSUE)
    officer = models.ForeignKey(
        "organisation.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    sent_at = models.DateTimeField()
    due_at = models.DateTimeField()
    clock = models.UUIDField(null=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        "organisation.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    second = models.CharField(max_length=8, choices=Second.choices, default="", blank=True)
    second_attempts = models.PositiveSmallIntegerField(default=0)
    second_next = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-sent_at", "department__position")
        constraints = (
            models.UniqueConstraint(
                fields=["alert", "department", "phase"], name="alerts_notice_once"
            ),
        )
        indexes = (
            models.Index(
                fields=["department", "due_at"],
                name="alerts_notice_open",
                condition=models.Q(acknowledged_at=None, closed_at=None),
            ),
        )

    @property
    def open(self) -> bool:
        """Whether an answer is still awaited."""
        return self.acknowledged_at is None and self.closed_at is None
