"""Digital projects, their interfaces, the runs that test them, and what was decided."""

import uuid

from django.db import models
from django.utils.translation import pgettext_lazy

from heli.engines.contracts import Contract, parse_contract
from heli.kernel.ids import uuid7


def new_id() -> uuid.UUID:
    """An id in the order of time."""
    return uuid7()


class Gate(models.TextChoices):
    """Where interfaces have to conform."""

    APPROVAL = "approval", pgettext_lazy("project", "Approval")
    ACCEPTANCE = "acceptance", pgettext_lazy("project", "Acceptance")


class Project(models.Model):
    """A digital project of one department.

    Attributes:
        code: The code it was proposed with.
        needs: Addresses of the resources whose data it needs.
    """

    class Stage(models.TextChoices):
        """How far a project has come."""

        PROPOSED = "proposed", pgettext_lazy("project", "Proposed")
        APPROVED = "approved", pgettext_lazy("project", "Approved")
        ACCEPTED = "accepted", pgettext_lazy("project", "Accepted")
        WITHDRAWN = "withdrawn", pgettext_lazy("project", "Withdrawn")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=30, unique=True)
    department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    title_zh = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160, blank=True)
    summary = models.TextField(max_length=2000)
    needs = models.JSONField(default=list)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.PROPOSED)
    registered_at = models.DateTimeField()
    registered_by = models.CharField(max_length=60)
    stage_since = models.DateTimeField()

    class Meta:
        ordering = ("-registered_at", "-id")

    def __str__(self) -> str:
        return self.code


class Interface(models.Model):
    """An interface that a project promises to other departments.

    Attributes:
        document: Its contract.
        digest: SHA-256 of the contract as canonical JSON.
        url: Where it is served.
        sealed_key: Bearer token for the test, sealed; empty where none is needed.
        removed_at: When the promise was taken back.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="interfaces")
    name = models.CharField(max_length=63)
    title_zh = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160, blank=True)
    version = models.CharField(max_length=20)
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    url = models.CharField(max_length=300)
    sealed_key = models.BinaryField(default=b"")
    declared_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name", "-declared_at")
        constraints = (
            models.UniqueConstraint(
                fields=["project", "name"],
                condition=models.Q(removed_at=None),
                name="projects_interface_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def contract(self) -> Contract:
        """The contract as Heli understands it."""
        return parse_contract(self.document)


class Run(models.Model):
    """One test of all interfaces of a project, for a gate.

    Attributes:
        step: What is being done, for the progress shown.
        done: Interfaces that are through.
        total: All of them.
        leased_until: Until when the process that runs it may be silent.
        passed: Whether all conform; null until it is through.
        digest: SHA-256 over the reports; stands in the fact.
    """

    class State(models.TextChoices):
        """Where a run stands."""

        WAITING = "waiting", pgettext_lazy("run", "Waiting")
        RUNNING = "running", pgettext_lazy("run", "Running")
        DONE = "done", pgettext_lazy("run", "Done")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="runs")
    gate = models.CharField(max_length=10, choices=Gate.choices)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=60)
    department = models.CharField(max_length=20, blank=True)
    step = models.CharField(max_length=200, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    passed = models.BooleanField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("-asked_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["project"],
                condition=~models.Q(state="done"),
                name="projects_one_run_at_a_time",
            ),
        )


class Result(models.Model):
    """What a run found at one interface.

    Attributes:
        contract_digest: The contract that was tested.
        url: The address that was tested.
        report: The report as plain data; no value of a record is in it.
        digest: SHA-256 of the report.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="results")
    interface = models.ForeignKey(Interface, on_delete=models.PROTECT, related_name="results")
    contract_digest = models.CharField(max_length=64)
    url = models.CharField(max_length=300)
    passed = models.BooleanField()
    report = models.JSONField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-id")


class Exemption(models.Model):
    """A decision that an interface need not conform until a day.

    Attributes:
        ground: Why.
        legal_basis: The provision that allows it.
        expires_at: When the gate shuts again.
        told_at: When its expiry was entered in the ledger.
        ended_at: When it was taken back before.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    interface = models.ForeignKey(Interface, on_delete=models.PROTECT, related_name="exemptions")
    ground = models.CharField(max_length=500)
    legal_basis = models.CharField(max_length=300)
    granted_at = models.DateTimeField()
    granted_by = models.CharField(max_length=60)
    department = models.CharField(max_length=20)
    expires_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-granted_at", "-id")


class Decision(models.Model):
    """What the reviewing department decided at a gate.

    Attributes:
        run: The run it rests on; null where a project is refused untested.
        passed: Whether the project may go on.
        reason: Why, in words.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="decisions")
    gate = models.CharField(max_length=10, choices=Gate.choices)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, null=True, related_name="decisions")
    passed = models.BooleanField()
    reason = models.CharField(max_length=500)
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=60)
    department = models.CharField(max_length=20)

    class Meta:
        ordering = ("-decided_at", "-id")


STAGE_TAGS = {
    Project.Stage.PROPOSED: "brand",
    Project.Stage.APPROVED: "on_time",
    Project.Stage.ACCEPTED: "done",
    Project.Stage.WITHDRAWN: "done",
}
GATE_OF_STAGE = {
    Project.Stage.PROPOSED: Gate.APPROVAL,
    Project.Stage.APPROVED: Gate.ACCEPTANCE,
}
"""Which gate a project meets next."""
