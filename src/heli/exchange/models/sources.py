"""Where departments keep their data, outside Heli."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SourceKind(models.TextChoices):
    """What is spoken with a data source."""

    POSTGRESQL = "postgresql", "PostgreSQL"
    MYSQL = "mysql", "MySQL"
    HTTP = "http", _("HTTP JSON API")


class Source(models.Model):
    """A database or API of one department, which its resources are read from.

    Attributes:
        name: Short name; with the department's code it is the address, ``wjw/beds``.
        location: ``host``, ``port``, ``database``, ``user`` and ``tls``; for an API ``url``,
            ``header`` and ``scheme`` of the credential. Never the credential.
        sealed: The credential, sealed under a key that is not in the database; may be empty.
    """

    department = models.ForeignKey(
        "organisation.Department", on_delete=models.PROTECT, related_name="+"
    )
    name = models.SlugField(max_length=40)
    kind = models.CharField(max_length=10, choices=SourceKind.choices)
    location = models.JSONField()
    sealed = models.BinaryField(default=bytes)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("department_id", "name")
        constraints = (
            models.UniqueConstraint(fields=["department", "name"], name="exchange_source_once"),
        )

    def __str__(self) -> str:
        return self.address

    @property
    def address(self) -> str:
        """How resources name it: department and name."""
        return f"{self.department_id}/{self.name}"
