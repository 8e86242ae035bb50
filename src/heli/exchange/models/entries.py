"""What the catalogue says about a resource beyond its contract, and what was measured of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from heli.exchange.models.catalogue import Resource
from heli.exchange.models.provisions import Provision


class Openness(models.TextChoices):
    """Whether the public may have a resource."""

    OPEN = "open", _("open to the public")
    ON_REQUEST = "on_request", _("open on request")
    CLOSED = "closed", _("not open to the public")


class Format(models.TextChoices):
    """In what form the source department keeps a resource."""

    DATABASE = "database", _("database")
    TABLE = "table", _("spreadsheet")
    TEXT = "text", _("text file")
    COLUMNAR = "columnar", _("columnar file")
    API = "api", _("interface")


class Category(models.Model):
    """A place in the classification: class 类, item 项, subject 目, detail 细目.

    Attributes:
        code: Its number: one digit, two more, three more, then as many as wanted.
    """

    code = models.CharField(primary_key=True, max_length=20)
    title_zh = models.CharField(max_length=80)
    title_en = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.title_zh}"


class Entry(models.Model):
    """The catalogue's metadata of one resource.

    Attributes:
        code: Code of the resource: its category, a slash, and a running number.
        condition_zh: On what condition it is shared, where it is.
        ground: The provision that the sharing class rests on; always there where it is not shared.
        related: Addresses of related resources.
        words: All that the search looks through, in lower case.
    """

    resource = models.OneToOneField(
        Resource, on_delete=models.CASCADE, primary_key=True, related_name="entry"
    )
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="entries")
    code = models.CharField(max_length=30, unique=True)
    summary_zh = models.CharField(max_length=400)
    summary_en = models.CharField(max_length=600, blank=True)
    format = models.CharField(max_length=10, choices=Format.choices)
    condition_zh = models.CharField(max_length=300, blank=True)
    condition_en = models.CharField(max_length=400, blank=True)
    ground = models.ForeignKey(
        Provision, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    openness = models.CharField(max_length=10, choices=Openness.choices)
    related = models.JSONField(default=list)
    first_published_on = models.DateField()
    words = models.TextField()


class Quality(models.Model):
    """What was found when a resource was last read through.

    Attributes:
        rows: How many records were looked at.
        partial: Whether there are more than were looked at.
        fields: Of each field: how many values are there, and how many of them are valid.
        duplicates: Records whose key another record has, too.
        changed_at: When the data was last seen to change.
        digest: Of the records looked at; tells whether they changed.
        fault: Why it could not be read; empty when it could.
    """

    resource = models.OneToOneField(
        Resource, on_delete=models.CASCADE, primary_key=True, related_name="quality"
    )
    measured_at = models.DateTimeField(db_index=True)
    rows = models.PositiveIntegerField(default=0)
    partial = models.BooleanField(default=False)
    fields = models.JSONField(default=dict)
    duplicates = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()
    digest = models.CharField(max_length=64, blank=True)
    fault = models.CharField(max_length=300, blank=True)
