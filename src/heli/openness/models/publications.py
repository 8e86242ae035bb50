"""What is open to everybody, and what was given out of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from heli.exchange.selectors import UpdateCycle
from heli.kernel.ids import uuid7


class Theme(models.TextChoices):
    """What a dataset is about, as a resident looks for it."""

    HEALTH = "health", _("Health")
    LAND = "land", _("Land and housing")
    ECONOMY = "economy", _("Economy")
    EDUCATION = "education", _("Education")
    ENVIRONMENT = "environment", _("Environment")
    TRANSPORT = "transport", _("Transport")
    POPULATION = "population", _("Population and society")
    GOVERNMENT = "government", _("Government")
    JUSTICE = "justice", _("Law and safety")


class Publication(models.Model):
    """A decision of a source department to open a resource, or counts of it, to everybody.

    Attributes:
        slug: Its address below ``/open/``.
        kind: Single records, or counts of them by group.
        rules: What leaves, as :mod:`heli.openness.rules` reads it.
        contract_version: The version of the contract for which it was decided.
        licence: Code of a licence of :mod:`heli.openness.licences`; ``other`` names its own.
        legal_basis: The provision on which the department opens it.
        search_text: Titles, descriptions, keywords and names of fields, for the search.
        version: Grows with every decision about it.
        due_at: When the next edition is to be made.
    """

    class Kind(models.TextChoices):
        RECORDS = "records", _("Records")
        STATISTICS = "statistics", _("Statistics")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    resource = models.ForeignKey("exchange.Resource", on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    slug = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title_zh = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160, blank=True)
    description_zh = models.TextField()
    description_en = models.TextField(blank=True)
    keywords = models.JSONField(default=list)
    theme = models.CharField(max_length=12, choices=Theme.choices)
    rules = models.JSONField()
    contract_version = models.CharField(max_length=20)
    licence = models.CharField(max_length=20)
    licence_name = models.CharField(max_length=120, blank=True)
    licence_url = models.URLField(max_length=200, blank=True)
    update_cycle = models.CharField(max_length=10, choices=UpdateCycle.choices)
    contact_name = models.CharField(max_length=120)
    contact_email = models.EmailField(blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    legal_basis = models.CharField(max_length=300)
    search_text = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    published_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=60)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-changed_at", "-id")
        indexes = (
            models.Index(fields=["withdrawn_at", "-changed_at"], name="openness_pub_newest"),
            models.Index(
                fields=["due_at"],
                name="openness_pub_due",
                condition=models.Q(withdrawn_at=None),
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["resource", "kind"],
                condition=models.Q(withdrawn_at=None),
                name="openness_pub_once",
            ),
        )

    def __str__(self) -> str:
        return self.slug


class Edition(models.Model):
    """The files of a dataset as they were made at one instant; never changed.

    Attributes:
        number: 1, 2, 3 … within its dataset.
        rows: Rows in each file.
        suppressed: Groups left out because they were too small.
        profile: What was measured of the rows given out, see :mod:`heli.openness.portal.profile`.
        preview: The first rows.
        files: Per format: name below the dataset's folder, bytes, SHA-256.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    publication = models.ForeignKey(
        Publication, on_delete=models.PROTECT, related_name="editions", db_index=False
    )
    number = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    checked_at = models.DateTimeField()
    rows = models.PositiveBigIntegerField()
    suppressed = models.PositiveIntegerField(default=0)
    profile = models.JSONField(default=dict)
    preview = models.JSONField(default=list)
    files = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["publication", "number"], name="openness_edition_once"),
        )
        indexes = (models.Index(fields=["-made_at"], name="openness_edition_newest"),)

    def __str__(self) -> str:
        return f"{self.publication_id} {self.number}"


class Downloads(models.Model):
    """How often a dataset was fetched on one day; nothing about by whom."""

    publication = models.ForeignKey(
        Publication, on_delete=models.CASCADE, related_name="downloads", db_index=False
    )
    day = models.DateField()
    format = models.CharField(max_length=8)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["publication", "day", "format"], name="openness_downloads_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.format}"
