"""Facts of the exchange. None names a person: subjects appear as keyed hashes only."""

from heli.errors import gettext_noop
from heli.ledger.verbs import FactData, fact


@fact(
    "exchange.resource.published",
    gettext_noop("{department} published version {version} of {resource}"),
)
class ResourcePublished(FactData, frozen=True, kw_only=True):
    """A resource entered the catalogue or got a new contract version."""

    resource: str
    version: str
    contract_hash: str


@fact("exchange.resource.withdrawn", gettext_noop("{department} withdrew {resource}"))
class ResourceWithdrawn(FactData, frozen=True, kw_only=True):
    """A resource left the catalogue."""

    resource: str


@fact("exchange.source.registered", gettext_noop("{department} described the data source {source}"))
class SourceRegistered(FactData, frozen=True, kw_only=True):
    """A department said where it keeps data; its place and credential are in no fact."""

    source: str
    kind: str


@fact("exchange.source.removed", gettext_noop("{department} removed the data source {source}"))
class SourceRemoved(FactData, frozen=True, kw_only=True):
    """A data source that no resource uses was taken away."""

    source: str


@fact("exchange.file.received", gettext_noop("{department} sent the file {file}"))
class FileReceived(FactData, frozen=True, kw_only=True):
    """A department sent a file that a resource is read from."""

    file: str
    size: int
    sha256: str


@fact(
    "exchange.grant.given",
    gettext_noop("{department} granted {consumer} access to {resource} until {expires_at}"),
)
class GrantGiven(FactData, frozen=True, kw_only=True):
    """A department may read another's resource."""

    grant: str
    resource: str
    consumer: str
    purpose: str
    legal_basis: str
    fields: list[str]
    policy_hash: str
    expires_at: str


@fact(
    "exchange.grant.revoked",
    gettext_noop("{department} revoked the access of {consumer} to {resource}: {reason}"),
)
class GrantRevoked(FactData, frozen=True, kw_only=True):
    """A grant was taken back."""

    grant: str
    resource: str
    consumer: str
    reason: str


@fact("exchange.lookup.answered", gettext_noop("{department} used {resource} of {source}"))
class LookupAnswered(FactData, frozen=True, kw_only=True):
    """Data left its source department.

    Attributes:
        subject_hash: Keyed hash of whom or what was asked about.
        response_hash: HMAC-SHA256 of the released data in canonical JSON; who got the answer has
            the key, and the access log keeps it.
        serves: ``project:CODE`` or ``public_task:CODE`` where it served no matter.
    """

    resource: str
    source: str
    grant: str
    purpose: str
    legal_basis: str
    fields: list[str]
    rows: int
    contract_version: str
    policy_hash: str
    response_hash: str
    subject_hash: str
    serves: str = ""


@fact("exchange.list.answered", gettext_noop("{department} read {rows} records of {resource}"))
class ListAnswered(FactData, frozen=True, kw_only=True):
    """A page of a list left its source department.

    Attributes:
        rows: Records on the page.
        filter_hash: Keyed hash of the conditions asked for, which may name people.
        told_hash: Commits to whom the page told of, and in which version, under the key of its
            ``response_hash``; empty where it is older than that.
        serves: ``project:CODE`` or ``public_task:CODE``.
    """

    resource: str
    source: str
    grant: str
    purpose: str
    legal_basis: str
    fields: list[str]
    rows: int
    contract_version: str
    policy_hash: str
    response_hash: str
    filter_hash: str
    told_hash: str = ""
    serves: str = ""


@fact("exchange.extract.asked", gettext_noop("{department} asked for an extract of {resource}"))
class ExtractAsked(FactData, frozen=True, kw_only=True):
    """A department asked for a whole resource as a file."""

    extract: str
    resource: str
    grant: str
    purpose: str
    format: str


@fact(
    "exchange.extract.released",
    gettext_noop("An extract of {resource} with {rows} records was prepared for {department}"),
)
class ExtractReleased(FactData, frozen=True, kw_only=True):
    """A file was made for one department; nothing of it leaves before this fact is durable.

    Attributes:
        rows: Records in the file, decoys among them.
        size: Its size in bytes.
        response_hash: HMAC-SHA256 of the file; who got it has the key.
        fingerprint: Keyed hash that names the marks in the file without telling them.
        serves: ``project:CODE`` or ``public_task:CODE`` where it served no matter.
    """

    resource: str
    source: str
    grant: str
    purpose: str
    legal_basis: str
    fields: list[str]
    rows: int
    format: str
    size: int
    contract_version: str
    policy_hash: str
    response_hash: str
    fingerprint: str
    serves: str = ""


@fact("exchange.extract.failed", gettext_noop("An extract of {resource} failed: {reason}"))
class ExtractFailed(FactData, frozen=True, kw_only=True):
    """A file could not be made; nothing left."""

    extract: str
    resource: str
    reason: str


@fact("exchange.extract.fetched", gettext_noop("{department} fetched its extract of {resource}"))
class ExtractFetched(FactData, frozen=True, kw_only=True):
    """A file was handed over, once; Heli keeps it no longer.

    Attributes:
        release: The fact that proves what was in it.
    """

    extract: str
    resource: str
    release: str


@fact(
    "exchange.extract.expired",
    gettext_noop("The extract of {resource} for {department} was deleted without being fetched"),
)
class ExtractExpired(FactData, frozen=True, kw_only=True):
    """Nobody fetched a file in time; it was deleted."""

    extract: str
    resource: str


@fact("exchange.extract.withdrawn", gettext_noop("{department} gave up its extract of {resource}"))
class ExtractWithdrawn(FactData, frozen=True, kw_only=True):
    """Who asked for a file wants it no longer; it was deleted."""

    extract: str
    resource: str


@fact("exchange.extract.traced", gettext_noop("A found file was traced"))
class ExtractTraced(FactData, frozen=True, kw_only=True):
    """Somebody looked whose extract a found file comes from.

    Attributes:
        file_hash: SHA-256 of the file.
        outcome: ``named`` or ``unknown``.
        extracts: Those named.
        error: Greatest probability, of those named, that anybody innocent would have been.
    """

    file_hash: str
    rows: int
    outcome: str
    extracts: list[str]
    error: float


@fact(
    "exchange.lookup.denied",
    gettext_noop("{department} was denied {resource}: {reason}"),
    nobody=gettext_noop("An unknown sender"),
)
class LookupDenied(FactData, frozen=True, kw_only=True):
    """A call was refused.

    Attributes:
        reason: Stable code of the error that was answered.
        key_id: Registered key named by the signature. The fact's actor says whether its holder
            called: a system did, or, as ``public``, somebody who did not prove it.
    """

    resource: str
    purpose: str
    reason: str
    subject_hash: str
    key_id: str


@fact(
    "exchange.lookup.denials_dropped",
    gettext_noop("{count} more requests without proof of their sender were refused in one second"),
)
class DenialsDropped(FactData, frozen=True, kw_only=True):
    """So many refusals came at once that these were counted and not entered one by one.

    Attributes:
        key_id: Registered key that they claim, empty where it is none.
        count: How many.
        second: When the second began, ISO 8601.
    """

    key_id: str
    count: int
    second: str


@fact("exchange.session.opened", gettext_noop("{department} opened a session until {expires_at}"))
class SessionOpened(FactData, frozen=True, kw_only=True):
    """A system opened a session for calls at a high rate."""

    key_id: str
    expires_at: str


@fact(
    "exchange.session.ended",
    gettext_noop("A session of {department}, opened at {opened_at}, was ended by a person"),
)
class SessionEnded(FactData, frozen=True, kw_only=True):
    """Somebody ended a system's session before its time; its next request is refused."""

    key_id: str
    opened_at: str
    calls: int


@fact("exchange.session.closed", gettext_noop("{department} closed a session"))
class SessionClosed(FactData, frozen=True, kw_only=True):
    """A system closed a session before its time."""

    key_id: str


@fact(
    "exchange.duty.registered",
    gettext_noop("The duty “{title}” of {department} was registered ({legal_ground})"),
)
class DutyRegistered(FactData, frozen=True, kw_only=True):
    """A statutory duty for which grants may be called."""

    code: str
    title: str
    legal_ground: str
    valid_until: str


@fact(
    "exchange.duty.withdrawn",
    gettext_noop("The duty {code} of {department} was struck off: {reason}"),
)
class DutyWithdrawn(FactData, frozen=True, kw_only=True):
    """A statutory duty no longer opens anything."""

    code: str
    reason: str


@fact(
    "exchange.confirmation.asked",
    gettext_noop(
        "An officer of {department} asked a second person to stand by calls to {resource}"
    ),
)
class ConfirmationAsked(FactData, frozen=True, kw_only=True):
    """Calls of the gravest kind need another officer."""

    resource: str
    serves: str
    until: str


@fact(
    "exchange.confirmation.answered",
    gettext_noop("A second person of {department} answered for calls to {resource}"),
)
class ConfirmationAnswered(FactData, frozen=True, kw_only=True):
    """Another officer stands by calls, or refuses to.

    Attributes:
        confirmed: The answer.
        asked_by: Who had asked, as facts name actors.
    """

    resource: str
    serves: str
    confirmed: bool
    asked_by: str


@fact(
    "exchange.emergency.allowed",
    gettext_noop("{department} allowed {consumer} to see {resource} in an emergency"),
)
class EmergencyRuleMade(FactData, frozen=True, kw_only=True):
    """Officers of a department may break the glass on a resource."""

    rule: str
    resource: str
    consumer: str
    legal_basis: str
    fields: list[str]
    policy_hash: str


@fact(
    "exchange.emergency.ended",
    gettext_noop("{department} ended the emergency access of {consumer} to {resource}"),
)
class EmergencyRuleEnded(FactData, frozen=True, kw_only=True):
    """The glass cannot be broken any more."""

    rule: str
    resource: str
    consumer: str


@fact(
    "exchange.override.used",
    gettext_noop("Emergency: {department} used {resource} of {source} without a grant: {reason}"),
)
class OverrideUsed(FactData, frozen=True, kw_only=True):
    """The glass was broken.

    Attributes:
        subject_hash: Keyed hash of whom or what was asked about.
        response_hash: HMAC-SHA256 of the released data, as in ``exchange.lookup.answered``.
    """

    resource: str
    source: str
    rule: str
    reason: str
    legal_basis: str
    fields: list[str]
    rows: int
    contract_version: str
    policy_hash: str
    response_hash: str
    subject_hash: str


@fact(
    "exchange.override.justified",
    gettext_noop("{department} justified its emergency access to {resource}"),
)
class OverrideJustified(FactData, frozen=True, kw_only=True):
    """Who broke the glass said afterwards what the emergency was."""

    override: str
    resource: str
    text: str


@fact(
    "exchange.override.overdue",
    gettext_noop("The emergency access of {consumer} to {resource} was not justified in time"),
)
class OverrideOverdue(FactData, frozen=True, kw_only=True):
    """Twenty-four hours have passed without a justification."""

    override: str
    resource: str
    consumer: str


@fact(
    "exchange.override.reviewed",
    gettext_noop("The emergency access of {consumer} to {resource} was reviewed: {finding}"),
)
class OverrideReviewed(FactData, frozen=True, kw_only=True):
    """Supervision judged an override: ``justified`` or ``abuse``."""

    override: str
    resource: str
    consumer: str
    verdict: str
    finding: str
