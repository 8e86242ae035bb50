"""Legal clocks, their suspensions, and the rungs that fire as they run."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from heli.engines.legaltime import Allowance, Unit


class Clock(models.Model):
    """A legal time limit that a department owes.

    Attributes:
        id: UUIDv7.
        kind: Name of a registered :class:`heli.clocks.kinds.ClockKind`.
        owner_type: What it belongs to, ``room.noun``.
        owner_id: Identifier of that.
        matter: Matter code; empty where there is none.
        department: Code of the department that owes.
        started_at: The instant it runs from.
        unit: Value of :class:`heli.engines.legaltime.Unit`.
        amount: Allowed time in that unit.
        due_at: When it is due; null while suspended, or while the calendar is not known.
        at_risk_at: When it counts as at risk; null with ``due_at``, or once passed by suspension.
        total: Running time that is allowed: working time for working units, else natural.
        awaits_year: Calendar year that is not announced yet and without which due is unknown.
        suspended_since: Beginning of the present suspension.
        frozen: Elapsed fraction at the suspension; null while running.
        stopped_at: When the obligation was met.
        rungs: Those that have not fired, as ``heli.clocks.ladders`` writes them.
        next_rung_at: When the worker looks at it next; null when nothing is to fire.
    """

    class State(models.TextChoices):
        """Whether the clock runs."""

        RUNNING = "running", _("Running")
        SUSPENDED = "suspended", _("Suspended")
        STOPPED = "stopped", _("Stopped")

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=60)
    owner_type = models.CharField(max_length=60)
    owner_id = models.CharField(max_length=64)
    matter = models.CharField(max_length=40, blank=True)
    department = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    unit = models.CharField(max_length=16, choices=[(unit.value, unit.value) for unit in Unit])
    amount = models.PositiveIntegerField()
    due_at = models.DateTimeField(null=True)
    at_risk_at = models.DateTimeField(null=True)
    total = models.DurationField(null=True)
    awaits_year = models.PositiveSmallIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    suspended_since = models.DateTimeField(null=True)
    frozen = models.FloatField(null=True)
    stopped_at = models.DateTimeField(null=True)
    rungs = models.JSONField(default=list)
    next_rung_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["owner_type", "owner_id"], name="clocks_clock_owner"),
            models.Index(
                fields=["due_at"],
                name="clocks_clock_open_due",
                condition=~models.Q(state="stopped"),
            ),
            models.Index(
                fields=["awaits_year"],
                name="clocks_clock_awaits",
                condition=models.Q(awaits_year__isnull=False),
            ),
            models.Index(
                fields=["next_rung_at"],
                name="clocks_clock_next_rung",
                condition=models.Q(next_rung_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.owner_type}:{self.owner_id}"

    @property
    def allowance(self) -> Allowance:
        """The allowed time."""
        return Allowance(self.amount, Unit(self.unit))

    @property
    def subject(self) -> str:
        """What facts about it are about."""
        return f"clocks.clock:{self.id}"


class Suspension(models.Model):
    """A time during which a clock lawfully stands still.

    Attributes:
        department: Code of the department at whose account the time goes.
        ground: The legal ground.
        ends_at: Null while it is open.
    """

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="suspensions")
    department = models.CharField(max_length=40)
    ground = models.CharField(max_length=300)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["clock", "department"],
                condition=models.Q(ends_at=None),
                name="clocks_suspension_open_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(department="") & ~models.Q(ground=""),
                name="clocks_suspension_attributed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.department}: {self.ground}"


class Rung(models.Model):
    """A step of a clock's escalation that has fired; it fires once.

    Attributes:
        name: ``remind``, ``warn``, ``escalate``, or ``overdue`` at the due instant itself.
        fire_at: When it should have fired; the worker may be a little later.
        fired_at: When it fired.
    """

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="fired", db_index=False)
    name = models.CharField(max_length=20)
    fire_at = models.DateTimeField()
    fired_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["clock", "name"], name="clocks_rung_once"),)

    def __str__(self) -> str:
        return self.name
