"""Facts, the append-only journal, and the transparency log that commits to them."""

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
        commitment: Salted commitment to all of the above; what the log holds.
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
    commitment = models.BinaryField(max_length=32)
    leaf_index = models.BigIntegerField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["matter", "at"], name="ledger_fact_matter"),
            models.Index(fields=["verb", "at"], name="ledger_fact_verb"),
            models.Index(fields=["subject", "at"], name="ledger_fact_subject"),
            models.Index(
                fields=["id"], name="ledger_fact_pending", condition=models.Q(leaf_index=None)
            ),
        )
        # A fact is in one of the two indexes, the pending one or this: it is written once for each.
        constraints = (
            models.UniqueConstraint(
                fields=["leaf_index"],
                name="ledger_fact_place",
                condition=models.Q(leaf_index__isnull=False),
            ),
        )


class Tile(models.Model):
    """A tile of the log (C2SP tlog-tiles): up to 256 hashes, 32 bytes each."""

    level = models.PositiveSmallIntegerField()
    position = models.BigIntegerField()
    hashes = models.BinaryField(max_length=8192)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["level", "position"], name="ledger_tile_once"),
        )


class Checkpoint(models.Model):
    """What the log signed: with ``size`` leaves its root is ``root``. Never updated or deleted.

    Attributes:
        note: The signed note of the log, without cosignatures.
    """

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    at = models.DateTimeField()


class Cosignature(models.Model):
    """A department's witness signed a checkpoint, or refused to. Never updated or deleted.

    Attributes:
        department: Code of the department whose witness it is.
        line: The signature line; empty when refused.
        refusal: Why it refused, a ``translog.Refusal``; empty when it signed.
    """

    checkpoint = models.ForeignKey(
        Checkpoint, on_delete=models.PROTECT, related_name="cosignatures"
    )
    department = models.CharField(max_length=40)
    line = models.TextField(blank=True)
    refusal = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["checkpoint", "department"], name="ledger_cosignature_once"
            ),
        )


class TrustPolicy(models.Model):
    """Which witnesses count and how many must sign, from ``at`` on. Never updated or deleted.

    The newest is in force; before the first it is every witness of this installation.

    Attributes:
        text: The policy, as C2SP tlog-policy writes it.
    """

    text = models.TextField()
    at = models.DateTimeField()


class Evidence(models.Model):
    """Proof that the log told two stories, kept when a witness refuses. Never updated or deleted.

    Attributes:
        id: UUIDv7.
        department: Name of the witness that refused.
        refusal: Why, a ``translog.Refusal``.
        size: Entries of the checkpoint it refused.
        offered: That checkpoint, signed by the log.
        remembered: What the witness had signed before, signed by the log and the witness; empty
            where it did not say.
        old_size: Size the offered proof started from.
        proof: The proof that does not hold: hashes in base64.
    """

    id = models.UUIDField(primary_key=True)
    department = models.CharField(max_length=40)
    refusal = models.CharField(max_length=20)
    size = models.BigIntegerField()
    offered = models.TextField()
    remembered = models.TextField(blank=True)
    old_size = models.BigIntegerField()
    proof = models.JSONField()
    at = models.DateTimeField()
