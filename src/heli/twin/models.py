"""City models in versions, scenarios, runs, and predictions that wait to be scored."""

import uuid

from django.db import models
from django.utils.translation import pgettext_lazy

from heli.kernel.ids import uuid7


def new_id() -> uuid.UUID:
    """An id in the order of time."""
    return uuid7()


class CityModel(models.Model):
    """A city, or a part of one, that is modelled; its content stands in its versions."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.SlugField(max_length=40, unique=True)
    title_zh = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160, blank=True)
    department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=60)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class CityVersion(models.Model):
    """One state of a city's data; never changed.

    Attributes:
        digest: The city's ``version``: SHA-256 of its content.
        content: The city's folder as a zip archive, of :mod:`heli.twin.packing`.
        fit: How well the model agrees with counts and sales, as plain data; empty if not tried.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    model = models.ForeignKey(CityModel, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    content = models.BinaryField()
    zones = models.PositiveIntegerField()
    links = models.PositiveIntegerField()
    fit = models.JSONField(default=dict)
    note = models.CharField(max_length=500, blank=True)
    built_at = models.DateTimeField()
    built_by = models.CharField(max_length=60)
    department = models.CharField(max_length=20)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=["model", "number"], name="twin_version_number"),
            models.UniqueConstraint(fields=["model", "digest"], name="twin_version_content"),
        )

    def __str__(self) -> str:
        return f"{self.model.name}@{self.number}"


class CitySource(models.Model):
    """Data from the exchange that a version was built from.

    Attributes:
        part: What it became: ``roads``, ``zones``, …
        resource: Its address in the catalogue.
        grant: The grant under which it was read.
        fact: The access in the ledger; its receipt proves what was released.
        response_hash: Of what was released, as in the receipt.
    """

    version = models.ForeignKey(CityVersion, on_delete=models.PROTECT, related_name="sources")
    part = models.CharField(max_length=40)
    resource = models.CharField(max_length=120)
    grant = models.CharField(max_length=60, blank=True)
    fact = models.UUIDField()
    rows = models.PositiveIntegerField()
    response_hash = models.CharField(max_length=128, blank=True)
    read_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["version", "part"], name="twin_source_once"),
        )


class Scenario(models.Model):
    """A policy to try, for one city; what runs used stays with them.

    Attributes:
        document: The scenario as :mod:`heli.twin.scenarios` writes it.
        digest: SHA-256 of it as canonical JSON.
        revision: Goes up with every change.
        removed_at: When it was put away.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    model = models.ForeignKey(CityModel, on_delete=models.PROTECT, related_name="scenarios")
    name = models.SlugField(max_length=60)
    title_zh = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160, blank=True)
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=1)
    department = models.CharField(max_length=20)
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=60)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=["model", "name"],
                condition=models.Q(removed_at=None),
                name="twin_scenario_once",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """One comparison of options with the city as it is.

    Attributes:
        code: What people call it by, ``TW-7K3D9Q-42``.
        options: ``name``, ``title``, ``digest`` and ``document`` of each, as they were.
        draws: Size of the ensemble; 0 for none.
        by: Figures by which options are ranked, ``NAME`` or ``NAME@PLACE``.
        step: What is being done, for the progress shown.
        cancel_asked: Somebody wants it to stop.
        leased_until: Until when the process that carries it out may be silent.
        attempts: How often it was begun.
        fault: Code, message and remedy of what made it fail.
        result: What was found, compressed; while it runs, what is there so far.
        digest: SHA-256 of the result's bytes; stands in the fact.
        fact: The fact by which it can be cited.
    """

    class State(models.TextChoices):
        """Where a run stands."""

        WAITING = "waiting", pgettext_lazy("simulation", "Waiting")
        RUNNING = "running", pgettext_lazy("simulation", "Running")
        DONE = "done", pgettext_lazy("simulation", "Done")
        FAILED = "failed", pgettext_lazy("simulation", "Failed")
        CANCELLED = "cancelled", pgettext_lazy("simulation", "Cancelled")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=20, unique=True)
    version = models.ForeignKey(CityVersion, on_delete=models.PROTECT, related_name="runs")
    options = models.JSONField()
    draws = models.PositiveIntegerField(default=0)
    by = models.JSONField(default=list)
    note = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    step = models.CharField(max_length=40, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    cancel_asked = models.BooleanField(default=False)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=60)
    department = models.CharField(max_length=20)
    finished_at = models.DateTimeField(null=True, blank=True)
    fault = models.JSONField(default=dict)
    result = models.BinaryField(default=b"")
    digest = models.CharField(max_length=64, blank=True)
    fact = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering = ("-asked_at", "-id")
        indexes = (models.Index(fields=["state", "asked_at"], name="twin_run_queue"),)

    def __str__(self) -> str:
        return self.code

    @property
    def is_open(self) -> bool:
        """Whether it is not through."""
        return self.state in (self.State.WAITING, self.State.RUNNING)


class Citation(models.Model):
    """A run that a matter refers to, with the fact that says so."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="citations")
    matter = models.CharField(max_length=20)
    note = models.CharField(max_length=500, blank=True)
    cited_at = models.DateTimeField()
    cited_by = models.CharField(max_length=60)
    department = models.CharField(max_length=20)
    fact = models.UUIDField()

    class Meta:
        ordering = ("-cited_at",)
        constraints = (
            models.UniqueConstraint(fields=["run", "matter"], name="twin_citation_once"),
        )


class Prediction(models.Model):
    """What a run foretold of one option, filed before it could be known.

    Attributes:
        option: Name of the option that is to be put in force; ``base`` for leaving all as it is.
        observed_from, observed_to: First and last day of what is to be observed.
        document: The figures with their draws, as plain data.
        digest: SHA-256 of it as canonical JSON; stands in the fact.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="predictions")
    option = models.SlugField(max_length=60)
    observed_from = models.DateField()
    observed_to = models.DateField()
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    filed_at = models.DateTimeField()
    filed_by = models.CharField(max_length=60)
    department = models.CharField(max_length=20)
    fact = models.UUIDField()

    class Meta:
        ordering = ("-filed_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["run", "option", "observed_from"], name="twin_prediction_once"
            ),
        )


class Observation(models.Model):
    """What was observed of a figure that had been foretold; never changed, only superseded.

    Attributes:
        figure: The key of the figure, of :attr:`heli.twin.keys.Key.text`.
        source: Where the value comes from: a resource, a report.
    """

    prediction = models.ForeignKey(
        Prediction, on_delete=models.PROTECT, related_name="observations"
    )
    figure = models.CharField(max_length=120)
    value = models.FloatField()
    source = models.CharField(max_length=300)
    entered_at = models.DateTimeField()
    entered_by = models.CharField(max_length=60)
    fact = models.UUIDField()
    superseded = models.BooleanField(default=False)

    class Meta:
        ordering = ("figure", "-entered_at")
        constraints = (
            models.UniqueConstraint(
                fields=["prediction", "figure"],
                condition=models.Q(superseded=False),
                name="twin_observation_once",
            ),
        )


class Build(models.Model):
    """A version of a city model that was asked for, to be built from the exchange.

    Attributes:
        recipe: What comes from where, as plain data.
        digest: SHA-256 of it as canonical JSON; stands in the facts.
        step: What is being done, for the progress shown.
        leased_until: Until when the process that builds may be silent.
        attempts: How often it was begun.
        fault: Code, message and remedy of what made it fail.
        version: What was built.
    """

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", pgettext_lazy("simulation", "Waiting")
        RUNNING = "running", pgettext_lazy("simulation", "Running")
        DONE = "done", pgettext_lazy("simulation", "Done")
        FAILED = "failed", pgettext_lazy("simulation", "Failed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    model = models.ForeignKey(CityModel, on_delete=models.PROTECT, related_name="builds")
    recipe = models.JSONField()
    digest = models.CharField(max_length=64)
    note = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    step = models.CharField(max_length=40, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=60)
    department = models.CharField(max_length=20)
    finished_at = models.DateTimeField(null=True, blank=True)
    fault = models.JSONField(default=dict)
    version = models.OneToOneField(
        CityVersion, on_delete=models.PROTECT, null=True, related_name="build"
    )

    class Meta:
        ordering = ("-asked_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["model"],
                condition=models.Q(state__in=("waiting", "running")),
                name="twin_build_once",
            ),
        )

    @property
    def is_open(self) -> bool:
        """Whether it is not through."""
        return self.state in (self.State.WAITING, self.State.RUNNING)
