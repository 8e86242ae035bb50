"""Notices to people and departments, and the guard of the public progress page."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from heli.kernel.ids import uuid7


class Notice(models.Model):
    """Something that a person, or a role in a department, should know.

    Attributes:
        person: To whom; null: to the department.
        department: To which; with ``role`` only to holders of it there. A role without a
            department reaches all its holders (supervisors).
        key: Names the text; see ``heli.cases.notices``.
        data: Figures of the text.
        link: What it is about, ``cases.task:ID``, ``cases.request:ID``, …
    """

    class Level(models.TextChoices):
        INFO = "info", _("For your information")
        REMIND = "remind", _("Reminder")
        WARN = "warn", _("Warning")
        ESCALATE = "escalate", _("Escalated")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Both are found by the indexes below; one of their own would only be written.
    person = models.ForeignKey(
        "organisation.Person",
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
    )
    department = models.ForeignKey(
        "organisation.Department",
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
    )
    role = models.CharField(max_length=20, blank=True)
    matter = models.ForeignKey(
        "cases.Matter", on_delete=models.CASCADE, null=True, related_name="+"
    )
    level = models.CharField(max_length=10, choices=Level.choices, default=Level.INFO)
    key = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    link = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["person", "-created_at"], name="cases_notice_person"),
            models.Index(fields=["department", "-created_at"], name="cases_notice_department"),
        )

    def __str__(self) -> str:
        return self.key


class ProgressAttempt(models.Model):
    """Wrong secrets given for one code or from one address, to slow guessing down."""

    key = models.CharField(max_length=120, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
