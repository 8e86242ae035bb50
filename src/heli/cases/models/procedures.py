"""Procedures: how a kind of matter is carried out."""

from django.db import models

from heli.kernel.ids import uuid7
from heli.kernel.localise import bilingual


class Procedure(models.Model):
    """One published version of a procedure. A version never changes once matters run on it.

    Attributes:
        key: Stable name over all versions, e.g. ``open-restaurant``.
        version: Counted from 1.
        process: Id of the process in the model; empty where there is only one.
        xml: The BPMN 2.0 model.
        form: Form schema; see ``heli.cases.forms_schema``.
        first_receiver: Department that takes matters in when an applicant files them.
        active: New matters start on this version.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.SlugField(max_length=60)
    version = models.PositiveIntegerField(default=1)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    summary_zh = models.TextField(blank=True)
    summary_en = models.TextField(blank=True)
    process = models.CharField(max_length=120, blank=True)
    xml = models.TextField()
    form = models.JSONField(default=dict)
    first_receiver = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    active = models.BooleanField(default=True)
    published_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["key", "version"], name="cases_procedure_version"),
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(active=True), name="cases_procedure_one_active"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return bilingual(self.name_zh, self.name_en)

    @property
    def summary(self) -> str:
        """What it is for, in the reader's language."""
        return bilingual(self.summary_zh, self.summary_en)
