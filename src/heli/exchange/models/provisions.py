"""Provisions of law that sharing, refusing and combining data rest on."""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _


class LawKind(models.TextChoices):
    """Rank of a legal text."""

    LAW = "law", _("law")
    REGULATION = "regulation", _("administrative regulation")
    LOCAL = "local", _("local regulation")
    RULE = "rule", _("government rule")
    DOCUMENT = "document", _("normative document")


class Provision(models.Model):
    """One article of a legal text, which grounds and bases refer to.

    Attributes:
        code: Short name by which others refer to it.
        article: Number of the article as the text writes it.
        effective_on: First day on which it binds.
        repealed_on: First day on which it does not bind any more; null while it does.
    """

    code = models.SlugField(primary_key=True, max_length=60)
    kind = models.CharField(max_length=12, choices=LawKind.choices)
    law_zh = models.CharField(max_length=160)
    law_en = models.CharField(max_length=240, blank=True)
    number = models.CharField(max_length=60, blank=True)
    article = models.CharField(max_length=40)
    says_zh = models.CharField(max_length=300)
    says_en = models.CharField(max_length=500, blank=True)
    effective_on = models.DateField()
    repealed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("law_zh", "article", "code")
        constraints = (
            models.UniqueConstraint(
                fields=["law_zh", "article", "effective_on"], name="exchange_provision_once"
            ),
        )

    def __str__(self) -> str:
        return f"《{self.law_zh}》{self.article}"

    def in_force(self, day: dt.date) -> bool:
        """Whether it binds on a day."""
        return self.effective_on <= day and (self.repealed_on is None or day < self.repealed_on)
