"""Applications for data, the decisions on them, and appeals."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.exchange.models.catalogue import Resource
from heli.exchange.models.grants import Grant
from heli.exchange.models.provisions import Provision
from heli.kernel.ids import uuid7


def new_application_id() -> uuid.UUID:
    """The id of a new application or appeal."""
    return uuid7()


class Application(models.Model):
    """A department asks to use another's resource.

    Attributes:
        purpose: Short code of the purpose, which calls will send.
        need: What the department does with the data, in words.
        basis: The provision that gives it the task.
        policy: The fields and masks asked for.
        matter_type: Kind of matter for which it is asked; empty where it is any.
        until: Last day asked for.
        renews: The grant to be renewed; null for a new one.
        granted: The fields and masks granted; null where none were.
        ground: The provision that a refusal rests on.
        overdue_at: When the time for the decision ran out without one.
    """

    class State(models.TextChoices):
        """How far an application is."""

        SUBMITTED = "submitted", pgettext_lazy("application", "Handed in")
        RETURNED = "returned", pgettext_lazy("application", "Returned for correction")
        REVIEWED = "reviewed", pgettext_lazy("application", "Reviewed")
        GRANTED = "granted", pgettext_lazy("application", "Granted")
        PARTLY = "partly", pgettext_lazy("application", "Granted in part")
        REFUSED = "refused", pgettext_lazy("application", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("application", "Withdrawn")

    OPEN = (State.SUBMITTED, State.RETURNED, State.REVIEWED)

    id = models.UUIDField(primary_key=True, default=new_application_id, editable=False)
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="applications")
    consumer = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    purpose = models.SlugField(max_length=40)
    purpose_zh = models.CharField(max_length=200)
    purpose_en = models.CharField(max_length=300, blank=True)
    need = models.CharField(max_length=600)
    basis = models.ForeignKey(Provision, on_delete=models.PROTECT, related_name="+")
    policy = models.JSONField()
    matter_type = models.CharField(max_length=80, blank=True)
    until = models.DateField()
    renews = models.ForeignKey(
        Grant, on_delete=models.PROTECT, null=True, blank=True, related_name="renewals"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.SUBMITTED)
    submitted_at = models.DateTimeField()
    submitted_by = models.CharField(max_length=60)
    returned_because = models.CharField(max_length=600, blank=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.CharField(max_length=60, blank=True)
    opinion = models.CharField(max_length=600, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=600, blank=True)
    ground = models.ForeignKey(
        Provision, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    granted = models.JSONField(null=True)
    grant = models.ForeignKey(
        Grant, on_delete=models.PROTECT, null=True, blank=True, related_name="applications"
    )
    overdue_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-submitted_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["resource", "consumer", "purpose"],
                condition=models.Q(state__in=("submitted", "returned", "reviewed")),
                name="exchange_application_once",
            ),
        )

    @property
    def is_open(self) -> bool:
        """Whether it waits for somebody."""
        return self.state in self.OPEN

    @property
    def is_decidable(self) -> bool:
        """Whether it can be decided: it is reviewed, or the time for that has run out, too."""
        late = self.state == self.State.SUBMITTED and self.overdue_at is not None
        return self.state == self.State.REVIEWED or late


class Appeal(models.Model):
    """A department does not accept a decision, or that there is none.

    Attributes:
        tier: 1 before the data authority, 2 before the leading office.
        upheld: Whether the appeal was; null while it is open.
        overdue_at: When the time for the decision ran out without one.
    """

    class Tier(models.IntegerChoices):
        """Who decides an appeal."""

        AUTHORITY = 1, _("data authority")
        LEADING_OFFICE = 2, _("leading office")

    id = models.UUIDField(primary_key=True, default=new_application_id, editable=False)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="appeals")
    tier = models.PositiveSmallIntegerField(choices=Tier.choices)
    argument = models.CharField(max_length=1000)
    filed_at = models.DateTimeField()
    filed_by = models.CharField(max_length=60)
    upheld = models.BooleanField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=600, blank=True)
    overdue_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("filed_at", "id")
        constraints = (
            models.UniqueConstraint(fields=["application", "tier"], name="exchange_appeal_once"),
        )
