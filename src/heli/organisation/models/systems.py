"""Machine clients: systems of departments, known by their keys."""

import uuid

from django.db import models

from heli.kernel.ids import uuid7
from heli.kernel.localise import bilingual
from heli.organisation.models.departments import Department


def new_id() -> uuid.UUID:
    """The id of a new system."""
    return uuid7()


class System(models.Model):
    """A department's own software that calls Heli.

    Attributes:
        is_active: False once it was shut out; none of its keys is accepted then.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="systems")
    is_active = models.BooleanField(default=True)
    registered_at = models.DateTimeField()

    class Meta:
        ordering = ("department", "registered_at")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return bilingual(self.name_zh, self.name_en)


class SystemKey(models.Model):
    """A public key of a system. Two may be valid at once while one replaces the other.

    Attributes:
        key_id: What the system sends as ``keyid`` of its signatures.
        public_key: Raw Ed25519 public key, 32 octets.
        not_before: Accepted from this instant.
        not_after: Accepted until this instant; null without end.
        revoked_at: When it was withdrawn; null while it stands.
        last_used_at: When it last signed a request, to the minute; null where it never did.
    """

    key_id = models.CharField(max_length=60, primary_key=True)
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="keys")
    public_key = models.BinaryField(max_length=32)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-not_before",)


class SpentNonce(models.Model):
    """A signature that was accepted once; kept until it would be too old anyway.

    Attributes:
        digest: SHA-256 of key id and nonce, in hexadecimal.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)
