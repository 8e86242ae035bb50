"""One source for each data element 一数一源."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from heli.exchange.models.catalogue import Resource
from heli.kernel.ids import uuid7


def new_conflict_id() -> uuid.UUID:
    """The id of a new conflict."""
    return uuid7()


class Element(models.Model):
    """A piece of data that exactly one department keeps at first hand, such as a person's name."""

    code = models.CharField(primary_key=True, max_length=60)
    title_zh = models.CharField(max_length=80)
    title_en = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ("code",)


class Claim(models.Model):
    """A resource's field says it is the source of a data element.

    Attributes:
        standing: Whether the claim holds.
    """

    class Standing(models.TextChoices):
        """What a claim is worth."""

        SOURCE = "source", _("the source")
        DISPUTED = "disputed", _("disputed")
        COPY = "copy", _("a copy")

    element = models.ForeignKey(Element, on_delete=models.PROTECT, related_name="claims")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="claims")
    field = models.CharField(max_length=63)
    standing = models.CharField(max_length=10, choices=Standing.choices)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("element_id", "made_at", "pk")
        constraints = (
            models.UniqueConstraint(fields=["element", "resource"], name="exchange_claim_once"),
            models.UniqueConstraint(
                fields=["element"],
                condition=models.Q(standing="source"),
                name="exchange_one_source",
            ),
        )


class Conflict(models.Model):
    """Two departments claim to be the source of one data element.

    Attributes:
        first: The claim that was there.
        second: The claim that came later.
        upheld: Which of them the decision made the source; null while it is open.
    """

    id = models.UUIDField(primary_key=True, default=new_conflict_id, editable=False)
    element = models.ForeignKey(Element, on_delete=models.PROTECT, related_name="conflicts")
    first = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    upheld = models.ForeignKey(Claim, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=600, blank=True)

    class Meta:
        ordering = ("-opened_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["second"],
                condition=models.Q(decided_at=None),
                name="exchange_conflict_once",
            ),
        )
