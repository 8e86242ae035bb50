"""Combinations of data that no department may hold of one subject."""

from django.db import models

from heli.exchange.models.provisions import Provision


class CombinationRule(models.Model):
    """A combination that is forbidden.

    Attributes:
        subject_type: Of whom or what.
        parts: Name of each part, and the fields that it is made of, as ``department/name.field``
            with ``*`` for any; who holds one field of every part holds the combination.
        ground: The provision that forbids it.
        ended_at: When it was taken back; null while it stands.
    """

    code = models.SlugField(primary_key=True, max_length=60)
    title_zh = models.CharField(max_length=120)
    title_en = models.CharField(max_length=200, blank=True)
    subject_type = models.CharField(max_length=12)
    parts = models.JSONField()
    ground = models.ForeignKey(Provision, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("code",)


class Holding(models.Model):
    """Which parts of a forbidden combination a department has received of one subject.

    Kept only where a department's grants together reach a whole combination.

    Attributes:
        subject_hash: Keyed hash of the subject, as facts hold it.
        parts: Names of the parts received, in order.
    """

    rule = models.ForeignKey(CombinationRule, on_delete=models.CASCADE, related_name="holdings")
    consumer = models.CharField(max_length=40)
    subject_hash = models.CharField(max_length=32)
    parts = models.JSONField(default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["rule", "consumer", "subject_hash"], name="exchange_holding_once"
            ),
        )
