"""What departments ask of each other: taking a matter over, and helping with it."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.cases.models.tasks import NEVER
from heli.kernel.ids import uuid7


class Handover(models.Model):
    """An offer to take over the accountability for a matter (首接责任).

    The giver stays accountable until the other side accepts; a declined or unanswered offer
    bounces back and is escalated.
    """

    class State(models.TextChoices):
        OFFERED = "offered", _("Offered")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined, bounced back")
        EXPIRED = "expired", _("Unanswered, bounced back")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    matter = models.ForeignKey("cases.Matter", on_delete=models.CASCADE, related_name="handovers")
    giver = models.ForeignKey("organisation.Department", on_delete=models.PROTECT, related_name="+")
    taker = models.ForeignKey("organisation.Department", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OFFERED)
    reason = models.TextField()
    offered_by = models.CharField(max_length=60)
    offered_at = models.DateTimeField()
    clock_id = models.UUIDField(null=True)
    due_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    answered_by = models.CharField(max_length=60, blank=True)
    answered_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["matter"],
                condition=models.Q(state="offered"),
                name="cases_handover_one_offered",
            ),
        )
        indexes = (models.Index(fields=["taker", "state"], name="cases_handover_taker"),)

    def __str__(self) -> str:
        return f"{self.giver_id} → {self.taker_id}"


class CollaborationRequest(models.Model):
    """A request for help to another department (协作请求), 48 natural hours unless said otherwise.

    Attributes:
        ground: Legal ground of a refusal; required with it.
        escalated_at: When the last rung of its clock was reached unanswered.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Awaiting answer")
        ANSWERED = "answered", _("Answered")
        REFUSED = "refused", pgettext_lazy("request", "Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    clock: Any  # what ``selectors.clocks.with_clocks`` attaches: a ``ClockView`` or None

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    matter = models.ForeignKey("cases.Matter", on_delete=models.CASCADE, related_name="requests")
    task = models.ForeignKey(
        "cases.Task", on_delete=models.CASCADE, null=True, related_name="requests"
    )
    asker = models.ForeignKey("organisation.Department", on_delete=models.PROTECT, related_name="+")
    asked = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    text = models.TextField()
    allowance = models.CharField(max_length=12, default="H48")
    asked_by = models.CharField(max_length=60)
    asked_at = models.DateTimeField()
    clock_id = models.UUIDField(null=True)
    due_at = models.DateTimeField(null=True)
    at_risk_at = models.DateTimeField(null=True)
    order_at = models.DateTimeField(default=NEVER)
    answer = models.TextField(blank=True)
    ground = models.TextField(blank=True)
    answered_by = models.CharField(max_length=60, blank=True)
    closed_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["asked", "order_at", "id"],
                name="cases_request_asked",
                condition=models.Q(closed_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.asker_id} → {self.asked_id}: {self.text[:40]}"
