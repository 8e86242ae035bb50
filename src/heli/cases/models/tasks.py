"""Tasks of departments within a matter, and what hangs on them."""

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from heli.kernel.ids import uuid7
from heli.kernel.localise import bilingual

NEVER = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
"""Sorts tasks without a running clock behind all others."""

OPEN = models.Q(closed_at__isnull=True)


class Task(models.Model):
    """What one department has to do in one matter.

    Attributes:
        token: The engine's number for it; with the matter it is unique.
        node: Id of the BPMN element.
        kind: ``user``, ``manual`` or ``service`` (done by Heli, shown but in no queue).
        competence: What an officer must be competent in.
        assignee: Who does it; proposed while ``open``, binding once ``claimed``.
        reason: Why this officer: see ``heli.cases.assignment.Reason``.
        clock_id: The clock it runs against, if the procedure gives it an allowance.
        allowance: ``WD5``, ``WH16``, ``H48``; empty for none.
        due_at: Present due instant; null without clock and while suspended.
        at_risk_at: From when on it counts as at risk.
        suspended_at: Since when its clock is suspended.
        order_at: ``due_at``, or ``NEVER``: what queues are ordered by.
        prepare_at: Since when data is to be looked up for it; null when done or nothing is.
        prepared: What was looked up: ``{"column", "zh", "en", "value", "resource", "fact",
            "refused", "at"}`` each.
        outcome: ``approved``, ``refused``, ``returned``; empty while open.
        ground: Legal ground of a refusal.
    """

    class State(models.TextChoices):
        OPEN = "open", _("To be claimed")
        CLAIMED = "claimed", _("Being handled")
        SUPPLEMENT = "supplement", _("Awaiting supplement")
        DONE = "done", _("Approved")
        REFUSED = "refused", _("Refused")
        RETURNED = "returned", _("Returned")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Kind(models.TextChoices):
        USER = "user", _("Task")
        MANUAL = "manual", _("Manual task")
        SERVICE = "service", _("Done by the system")

    clock: Any  # what ``selectors.clocks.with_clocks`` attaches: a ``ClockView`` or None

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    matter = models.ForeignKey(
        "cases.Matter", on_delete=models.CASCADE, related_name="tasks", db_index=False
    )
    token = models.PositiveIntegerField()
    node = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.USER)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    competence = models.CharField(max_length=60, blank=True)
    assignee = models.ForeignKey(
        "organisation.Person",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    reason = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    allowance = models.CharField(max_length=12, blank=True)
    clock_id = models.UUIDField(null=True)
    due_at = models.DateTimeField(null=True)
    at_risk_at = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)
    order_at = models.DateTimeField(default=NEVER)
    opened_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=60, blank=True)
    prepare_at = models.DateTimeField(null=True)
    prepared = models.JSONField(default=list)
    outcome = models.CharField(max_length=12, blank=True)
    opinion = models.TextField(blank=True)
    ground = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["matter", "token"], name="cases_task_token"),
        )
        indexes = (
            models.Index(
                fields=["department", "order_at", "id"],
                name="cases_task_department",
                condition=OPEN,
            ),
            models.Index(
                fields=["assignee", "order_at", "id"], name="cases_task_assignee", condition=OPEN
            ),
            models.Index(
                fields=["prepare_at"],
                name="cases_task_prepare",
                condition=models.Q(prepare_at__isnull=False),
            ),
            # Which matters a department takes part in, from the index alone.
            models.Index(fields=["department", "matter"], name="cases_task_part"),
            models.Index(
                fields=["department", "closed_at"],
                name="cases_task_closed",
                condition=models.Q(closed_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.department_id})"

    @property
    def name(self) -> str:
        """The task's name in the reader's language."""
        return bilingual(self.name_zh, self.name_en)

    @property
    def open(self) -> bool:
        """Whether it still has to be done."""
        return self.closed_at is None


class Supplement(models.Model):
    """What the applicant was asked to add (补正); the task's clock stands still meanwhile.

    Attributes:
        ground: Legal ground of the suspension.
        items: What is needed: list of ``{"label": …, "field": form field key or ""}``.
        corrected: Answers that its answer changed, by field key: ``[before, after]``.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("Asked")
        ANSWERED = "answered", _("Answered")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="supplements")
    matter = models.ForeignKey("cases.Matter", on_delete=models.CASCADE, related_name="supplements")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    text = models.TextField()
    ground = models.TextField()
    items = models.JSONField(default=list)
    corrected = models.JSONField(default=dict)
    asked_by = models.CharField(max_length=60)
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.CharField(max_length=60, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["task"],
                condition=models.Q(state="asked"),
                name="cases_supplement_one_asked",
            ),
        )

    def __str__(self) -> str:
        return self.text[:60]


class ServiceJob(models.Model):
    """A service task waiting to be run by the worker, after the step that opened it.

    Attributes:
        service: Name of a registered service; see ``heli.cases.service_tasks``.
        run_at: Not before; moves on after a failed attempt.
        claimed_at: A worker is at it; taken as crashed when too long ago.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Pending")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    task = models.OneToOneField(Task, on_delete=models.CASCADE, primary_key=True)
    matter = models.ForeignKey("cases.Matter", on_delete=models.CASCADE, related_name="+")
    service = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    run_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["run_at"], name="cases_job_pending", condition=models.Q(state="pending")
            ),
        )

    def __str__(self) -> str:
        return f"{self.service} for {self.task_id}"
