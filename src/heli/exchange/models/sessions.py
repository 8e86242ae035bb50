"""Short sessions of systems that call often."""

from django.db import models


class GatewaySession(models.Model):
    """A session that a signed request opened; good no longer than the key that signed it.

    Attributes:
        digest: SHA-256 of the session's id, which only its holder has.
        key_id: The key that opened it.
        expires_at: When it ends by itself.
        closed_at: When it was ended before its time; null while it stands.
        calls: Requests that came in it, answered or refused.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    key_id = models.CharField(max_length=60, db_index=True)
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    closed_at = models.DateTimeField(null=True)
    calls = models.PositiveBigIntegerField(default=0)
