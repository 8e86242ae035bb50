"""Facts: the append-only journal from which everything else is derived."""

from django.db import models


class Fact(models.Model):
    """One thing that happened. Never updated, never deleted.

    Attributes:
        id: UUIDv7.
        at: When it happened.
        actor: ``person:ID``, ``system:ID``, ``public`` or ``heli``.
        department: Code of the department that did it or owes it; empty where none.
        verb: Dotted name; see ``heli.ledger.verbs``.
        subject: What it is about, ``room.noun:ID``.
        matter: Code of the matter it belongs to; empty where none.
        data: Typed data of the verb.
        salt: Secret of the commitment; destroying it makes the leaf unlinkable.
        leaf_index: Position in the log, once integrated; null while pending.
    """

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    department = models.CharField(max_length=40, blank=True)
    verb = models.CharField(max_length=80)
    subject = models.CharField(max_length=120, blank=True)
    matter = models.CharField(max_length=40, blank=True)
    data = models.JSONField()
    salt = models.BinaryField(max_length=32, null=True)
    leaf_index = models.BigIntegerField(null=True, unique=True)

    class Meta:
        indexes = (
            models.Index(fields=["matter", "at"], name="ledger_fact_matter"),
            models.Index(fields=["verb", "at"], name="ledger_fact_verb"),
            models.Index(fields=["subject", "at"], name="ledger_fact_subject"),
            models.Index(
                fields=["id"], name="ledger_fact_pending", condition=models.Q(leaf_index=None)
            ),
        )
