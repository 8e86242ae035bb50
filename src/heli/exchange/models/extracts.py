"""Extracts: whole resources handed over as files."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from heli.exchange.models.catalogue import Resource
from heli.exchange.models.grants import Grant
from heli.kernel.ids import uuid7


def new_id() -> uuid.UUID:
    """The id of a new extract."""
    return uuid7()


class ExtractFormat(models.TextChoices):
    """How the file is written."""

    CSV = "csv", _("CSV")
    PARQUET = "parquet", _("Parquet")
    ARROW = "arrow", _("Arrow")


class ExtractState(models.TextChoices):
    """Where an extract stands."""

    WAITING = "waiting", _("In the queue")
    RUNNING = "running", _("In work")
    READY = "ready", _("Ready to be fetched")
    FETCHED = "fetched", _("Fetched")
    FAILED = "failed", _("Not released")
    EXPIRED = "expired", _("Not fetched in time")
    WITHDRAWN = "withdrawn", _("Given up")


OPEN_STATES = (ExtractState.WAITING, ExtractState.RUNNING, ExtractState.READY)


class Extract(models.Model):
    """One file made, or to be made, for one department under one grant.

    Attributes:
        grant: Under which it was asked for.
        consumer: Code of the department that it is for.
        actor: Who asked, as facts name actors; nobody else can fetch it.
        serves: Project or duty that it serves where it is no matter.
        file_format: How the file is written.
        attended: Whether somebody waits for it on the line; then no worker takes it up.
        state: Where it stands.
        rows_done: How many records have been written so far.
        rows: Records in the file, decoys among them.
        size: Its size in bytes.
        expires_at: When a file that nobody fetched is deleted.
        policy_hash: Of the policy by which it was released; with its contract it is kept by it.
        fact_id: The fact that proves what is in the file.
        response_key: Key of that fact's ``response_hash``.
        plan: How it is marked, as :func:`heli.engines.fingerprint.dump_plan` writes it; by it a
            found file is traced.
        reason: Code of the error for which it failed.
        touched_at: When last something was heard of the work on it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="extracts")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="extracts")
    consumer = models.CharField(max_length=40)
    actor = models.CharField(max_length=60)
    purpose = models.CharField(max_length=40)
    matter = models.CharField(max_length=40, blank=True)
    project = models.CharField(max_length=60, blank=True)
    task = models.CharField(max_length=60, blank=True)
    file_format = models.CharField(max_length=10, choices=ExtractFormat.choices)
    attended = models.BooleanField(default=False)
    state = models.CharField(
        max_length=10, choices=ExtractState.choices, default=ExtractState.WAITING
    )
    asked_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    rows_done = models.PositiveBigIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    policy_hash = models.CharField(max_length=64, blank=True)
    fact_id = models.UUIDField(null=True, unique=True)
    response_key = models.BinaryField(max_length=32, default=bytes)
    plan = models.JSONField(default=dict)
    reason = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ("-asked_at", "-id")
        indexes = (
            models.Index(fields=["state", "asked_at"], name="exchange_extract_state"),
            models.Index(fields=["consumer", "-asked_at"], name="exchange_extract_consumer"),
            models.Index(fields=["resource", "-asked_at"], name="exchange_extract_resource"),
        )

    @property
    def name(self) -> str:
        """Name of the file for who fetches it."""
        ending = "arrows" if self.file_format == ExtractFormat.ARROW else self.file_format
        return f"{self.resource.name}-{self.asked_at:%Y%m%d}-{str(self.pk)[-8:]}.{ending}"

    @property
    def is_open(self) -> bool:
        """Whether it is still to be made or fetched."""
        return self.state in OPEN_STATES
