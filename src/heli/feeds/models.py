"""Feeds, what changed, who is subscribed, and what was sent."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.kernel.ids import uuid7


def new_id() -> uuid.UUID:
    """The id of a new row."""
    return uuid7()


class Feed(models.Model):
    """The changes of one resource, in the order in which they became known.

    Attributes:
        epoch: Stands in every cursor, so that one of another feed is known as such.
        head: Position of the newest change; 0 before the first.
        floor: Changes up to this position have been forgotten.
        version: Contract version that subscribers were told last.
        keep_days: How long changes are kept for whoever was away.
        compare_every: Seconds between two comparisons with the source; 0: it posts its changes.
        compare_at: When the next comparison is due.
        baseline_at: When all records had been seen once; null before the first comparison ended.
        allowed_age: Seconds after which data that nobody confirmed counts as late.
        confirmed_at: When the source last showed that the feed is up to date.
        late_since: Since when it is late; null while it is not.
        closed_at: When it was closed; null while it is open.
    """

    resource = models.OneToOneField(
        "exchange.Resource", on_delete=models.PROTECT, related_name="feed"
    )
    epoch = models.UUIDField(default=uuid.uuid4, editable=False)
    head = models.PositiveBigIntegerField(default=0)
    floor = models.PositiveBigIntegerField(default=0)
    version = models.CharField(max_length=20)
    keep_days = models.PositiveSmallIntegerField(default=30)
    compare_every = models.PositiveIntegerField(default=0)
    compare_at = models.DateTimeField(null=True, blank=True)
    baseline_at = models.DateTimeField(null=True, blank=True)
    allowed_age = models.PositiveIntegerField()
    confirmed_at = models.DateTimeField()
    late_since = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("resource__department", "resource__name")

    @property
    def address(self) -> str:
        """Address of the resource."""
        return self.resource.address


class Change(models.Model):
    """One change of one record. What the record says is read from its source when it is sent.

    Attributes:
        id: The event's id, the same however often it is sent.
        position: Its place in the feed; without gaps.
        sealed: Which record, encrypted; empty for a change of the contract.
        digest: Keyed hash of the same, to find its other changes.
        version: Contract version in force.
    """

    class Kind(models.TextChoices):
        INSERT = "insert", pgettext_lazy("change", "new")
        UPDATE = "update", pgettext_lazy("change", "changed")
        DELETE = "delete", pgettext_lazy("change", "deleted")
        SCHEMA = "schema", pgettext_lazy("change", "new contract version")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="changes", db_index=False)
    position = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    sealed = models.BinaryField(max_length=200, default=bytes)
    digest = models.CharField(max_length=64, blank=True)
    version = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        ordering = ("feed", "position")
        constraints = (
            models.UniqueConstraint(fields=["feed", "position"], name="feeds_change_once"),
        )
        indexes = (models.Index(fields=["feed", "at"], name="feeds_change_at"),)


class SourceRow(models.Model):
    """What a record was like at the last comparison: hashes, to find what changed since.

    Attributes:
        digest: First 63 bits of a keyed hash of its key.
        content: Keyed hash of all its fields.
        sealed: Its key, encrypted, to name it when it is gone.
    """

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="rows", db_index=False)
    digest = models.BigIntegerField()
    content = models.BinaryField(max_length=16)
    sealed = models.BinaryField(max_length=200)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["feed", "digest"], name="feeds_row_once"),)


class Subscription(models.Model):
    """A department is told the changes of a resource, under one of its grants.

    Attributes:
        purpose: Names the grant, as in a lookup.
        serves: What it serves where that is no matter: ``project:CODE``, ``public_task:CODE``.
        transport: How it is told.
        address: Of a webhook: where to.
        position: Sent up to here.
        because: Why it was paused or stopped; a code, or a person's words.
        failures: Failed attempts in a row, over all its deliveries.
        rests_until: Nothing is tried before; see ``heli.feeds.sending``.
    """

    class Transport(models.TextChoices):
        STREAM = "stream", _("Stream")
        WEBHOOK = "webhook", _("Webhook")
        BROKER = "broker", _("Message broker")

    class State(models.TextChoices):
        RUNNING = "running", pgettext_lazy("subscription", "Running")
        PAUSED = "paused", pgettext_lazy("subscription", "Paused")
        STOPPED = "stopped", pgettext_lazy("subscription", "Stopped")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="subscriptions")
    consumer = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    purpose = models.SlugField(max_length=40)
    serves = models.CharField(max_length=60, blank=True)
    transport = models.CharField(max_length=8, choices=Transport.choices)
    address = models.URLField(max_length=400, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    because = models.CharField(max_length=300, blank=True)
    position = models.PositiveBigIntegerField()
    failures = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=60)

    class Meta:
        ordering = ("-started_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["feed", "consumer", "purpose", "serves", "transport", "address"],
                name="feeds_subscription_once",
            ),
        )
        indexes = (models.Index(fields=["state", "transport"], name="feeds_subscription_state"),)


class Delivery(models.Model):
    """One batch for one webhook or broker subscription, from its first attempt to its end.

    What it holds is not kept; it is put together again for every attempt.

    Attributes:
        after: Position before its first change.
        through: Position of its last change.
        count: Changes in it at the last attempt.
        attempts: How often it was tried.
        next_at: When it is tried next; null once it has ended.
        leased_until: A worker is at it until then.
        error: What went wrong last, in a code.
        detail: The same with its figures, for people.
        fact_id: Fact that its content was released; null before.
        response_hash: Keyed hash of that content.
        response_key: Key of that hash.
        reason: Why a person discarded it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("delivery", "Waiting")
        DELIVERED = "delivered", pgettext_lazy("delivery", "Delivered")
        DEAD = "dead", pgettext_lazy("delivery", "Undeliverable")
        DISCARDED = "discarded", pgettext_lazy("delivery", "Discarded")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="deliveries"
    )
    after = models.PositiveBigIntegerField()
    through = models.PositiveBigIntegerField()
    count = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    fact_id = models.UUIDField(null=True)
    response_hash = models.CharField(max_length=64, blank=True)
    response_key = models.BinaryField(max_length=32, default=bytes)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(
                fields=["next_at"],
                name="feeds_delivery_next",
                condition=models.Q(next_at__isnull=False),
            ),
            models.Index(fields=["state", "-created_at"], name="feeds_delivery_state"),
        )
