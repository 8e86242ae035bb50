"""Facts of openness. None names who objected, and none holds a value of a record."""

from heli.errors import gettext_noop
from heli.ledger.verbs import FactData, fact


@fact(
    "openness.dataset.published",
    gettext_noop("{department} opened {dataset} to everybody under {licence}"),
)
class DatasetPublished(FactData, frozen=True, kw_only=True):
    """A resource, or counts of it, can be fetched by anybody.

    Attributes:
        dataset: Its address below ``/open/``.
        rules_hash: SHA-256 of which fields leave under what masks.
    """

    dataset: str
    resource: str
    kind: str
    version: int
    fields: list[str]
    licence: str
    legal_basis: str
    rules_hash: str


@fact(
    "openness.dataset.changed",
    gettext_noop("{department} changed what is open of {dataset}: version {version}"),
)
class DatasetChanged(FactData, frozen=True, kw_only=True):
    """The decision about an open dataset was replaced by another."""

    dataset: str
    resource: str
    kind: str
    version: int
    fields: list[str]
    licence: str
    legal_basis: str
    rules_hash: str


@fact(
    "openness.dataset.withdrawn",
    gettext_noop("{department} closed the open dataset {dataset}: {reason}"),
)
class DatasetWithdrawn(FactData, frozen=True, kw_only=True):
    """A dataset is not open any more."""

    dataset: str
    resource: str
    reason: str


@fact(
    "openness.edition.issued",
    gettext_noop("Edition {edition} of the open dataset {dataset} was given out: {rows} rows"),
    screened=False,
)
class EditionIssued(FactData, frozen=True, kw_only=True):
    """New files of an open dataset; whoever has one can compare its hash.

    Attributes:
        suppressed: Groups left out because they were too small.
    """

    dataset: str
    resource: str
    edition: int
    rows: int
    suppressed: int
    csv_sha256: str
    json_sha256: str
    parquet_sha256: str


@fact("openness.objection.filed", gettext_noop("An objection reached {department}: {about}"))
class ObjectionFiled(FactData, frozen=True, kw_only=True):
    """Somebody objected, or asked for data to be opened.

    Attributes:
        about: ``record``, ``dataset``, ``refusal`` or ``opening``.
        resource: Address of the resource; empty where none is named.
        by: ``resident`` or ``department``.
        asker: Code of the department that objected; empty for residents.
    """

    objection: str
    about: str
    resource: str
    dataset: str
    by: str
    asker: str


@fact("openness.evidence.added", gettext_noop("Evidence was handed in with an objection"))
class EvidenceAdded(FactData, frozen=True, kw_only=True):
    """A file was handed in; its hash is on record, its name is not."""

    objection: str
    sha256: str
    size: int


@fact("openness.objection.decided", gettext_noop("{department} decided an objection: {outcome}"))
class ObjectionDecided(FactData, frozen=True, kw_only=True):
    """A tier decided; its reason is told to who objected and stands in no fact."""

    objection: str
    tier: int
    outcome: str
    ground: str


@fact(
    "openness.objection.appealed", gettext_noop("An objection was taken further, to {department}")
)
class ObjectionAppealed(FactData, frozen=True, kw_only=True):
    """Who objected did not accept the decision."""

    objection: str
    tier: int


@fact("openness.objection.withdrawn", gettext_noop("An objection was withdrawn"))
class ObjectionWithdrawn(FactData, frozen=True, kw_only=True):
    """Who objected took it back."""

    objection: str


@fact(
    "openness.correction.decided",
    gettext_noop("{department} corrected a record of {resource}: {fields}"),
)
class CorrectionDecided(FactData, frozen=True, kw_only=True):
    """Fields of a record were wrong; the values stand in no fact.

    Attributes:
        subject_hash: The exchange's keyed hash of the subject.
        recipients: How many departments had received the wrong version.
    """

    correction: str
    objection: str
    resource: str
    fields: list[str]
    subject_hash: str
    recipients: int


@fact(
    "openness.correction.sent",
    gettext_noop("{consumer} was told of a correction of {resource}: {fields}"),
)
class CorrectionSent(FactData, frozen=True, kw_only=True):
    """The right values were put before a department that had received the wrong ones.

    Attributes:
        uses: How many answers it had received.
        proven: Whether a receipt shows that it was the wrong version.
        values_hash: HMAC-SHA256 of the values in canonical JSON; the department has the key.
    """

    correction: str
    resource: str
    consumer: str
    fields: list[str]
    uses: int
    proven: bool
    values_hash: str


@fact(
    "openness.correction.acknowledged",
    gettext_noop("{department} answered a correction: {action}"),
)
class CorrectionAcknowledged(FactData, frozen=True, kw_only=True):
    """A department said what it did."""

    correction: str
    resource: str
    action: str


@fact(
    "openness.correction.applied",
    gettext_noop("{department}'s register {resource} now gives the corrected values"),
)
class CorrectionApplied(FactData, frozen=True, kw_only=True):
    """Heli read the right values from the source itself.

    Attributes:
        fields: The fields that were compared.
    """

    correction: str
    resource: str
    fields: list[str]


@fact("openness.correction.closed", gettext_noop("A correction of {resource} reached everybody"))
class CorrectionClosed(FactData, frozen=True, kw_only=True):
    """The source is right and every department has answered."""

    correction: str
    resource: str


@fact("openness.alarm.raised", gettext_noop("Alarm about a correction of {resource}: {kind}"))
class AlarmRaised(FactData, frozen=True, kw_only=True):
    """The wrong version is still about.

    Attributes:
        consumer: Whose doing it is.
        evidence: The fact that shows it; empty for silence.
    """

    correction: str
    resource: str
    kind: str
    consumer: str
    evidence: str
