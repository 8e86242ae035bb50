"""Who is the liaison officer on duty, and how else a department is reached."""

from django.db import models
from django.db.models import F, Q


class Shift(models.Model):
    """A stretch of a department's duty, round the clock.

    Attributes:
        officer: Who has it.
        planned: Who was to have it when it was planned.
        note: What the officer left to the next one.
        handed_at: When they left it.
        accepted_at: When its officer took over from the shift before.
    """

    department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    officer = models.ForeignKey(
        "organisation.Person", on_delete=models.PROTECT, related_name="duty_shifts"
    )
    planned = models.ForeignKey("organisation.Person", on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    handed_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("starts_at", "department")
        constraints = (
            models.UniqueConstraint(fields=["department", "starts_at"], name="alerts_shift_once"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="alerts_shift_order"
            ),
        )
        indexes = (models.Index(fields=["starts_at", "ends_at"], name="alerts_shift_times"),)


class Channel(models.Model):
    """The second channel of a department: its own system, which wakes people up.

    Attributes:
        address: A webhook, called with a signed request that names nobody.
        telephone: Of the duty desk, for people.
    """

    department = models.OneToOneField(
        "organisation.Department", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    address = models.URLField(max_length=400, blank=True)
    telephone = models.CharField(max_length=40, blank=True)
