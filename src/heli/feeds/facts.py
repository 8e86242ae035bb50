"""Facts of the feeds. None names a person: records appear as keyed hashes only."""

from heli.errors import gettext_noop
from heli.ledger.verbs import FactData, fact


@fact("feeds.feed.opened", gettext_noop("{department} opened the feed of {resource}"))
class FeedOpened(FactData, frozen=True, kw_only=True):
    """A source department tells of the changes of a resource."""

    resource: str
    keep_days: int
    compare_every: int
    allowed_age: int


@fact("feeds.feed.closed", gettext_noop("{department} closed the feed of {resource}: {reason}"))
class FeedClosed(FactData, frozen=True, kw_only=True):
    """A feed ended; its subscriptions ended with it."""

    resource: str
    reason: str


@fact("feeds.changes.told", gettext_noop("{count} changes of {resource} became known"))
class ChangesTold(FactData, frozen=True, kw_only=True):
    """Changes entered a feed.

    Attributes:
        origin: ``posted`` by the source, ``compared`` with it, or a new ``contract``.
        first: Position of the first of them.
        last: Position of the last.
    """

    resource: str
    origin: str
    count: int
    inserted: int
    updated: int
    deleted: int
    first: int
    last: int


@fact("feeds.subscription.started", gettext_noop("{consumer} subscribed to {resource} of {source}"))
class SubscriptionStarted(FactData, frozen=True, kw_only=True):
    """A department wants to be told of changes; ``host`` is a webhook's machine."""

    subscription: str
    resource: str
    source: str
    consumer: str
    purpose: str
    serves: str = ""
    transport: str
    host: str


@fact(
    "feeds.subscription.paused",
    gettext_noop("The subscription of {consumer} to {resource} rests: {reason}"),
)
class SubscriptionPaused(FactData, frozen=True, kw_only=True):
    """Nothing is sent until it is resumed."""

    subscription: str
    resource: str
    consumer: str
    reason: str


@fact(
    "feeds.subscription.resumed",
    gettext_noop("The subscription of {consumer} to {resource} runs again"),
)
class SubscriptionResumed(FactData, frozen=True, kw_only=True):
    """It goes on where it rested."""

    subscription: str
    resource: str
    consumer: str


@fact(
    "feeds.subscription.stopped",
    gettext_noop("The subscription of {consumer} to {resource} ended: {reason}"),
)
class SubscriptionStopped(FactData, frozen=True, kw_only=True):
    """Nothing is sent any more; ``reason`` is a code where the grant was the reason."""

    subscription: str
    resource: str
    consumer: str
    reason: str


@fact(
    "feeds.batch.released",
    gettext_noop("{department} was told {rows} changes of {resource} of {source}"),
    screened=False,
)
class BatchReleased(FactData, frozen=True, kw_only=True):
    """Changes with their data left the source department.

    Attributes:
        subjects: Keyed hashes of whom or what they are about, in order.
        response_hash: HMAC-SHA256 of the events in canonical JSON.
        after: Position before the first change.
        through: Position of the last.
        matters: Codes of the matters that opened them; empty where the grant needs none.
        serves: What was served instead, as accesses note it.
    """

    subscription: str
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
    subjects: list[str]
    matters: list[str]
    serves: str = ""
    after: int
    through: int


@fact(
    "feeds.delivery.failed",
    gettext_noop("Changes of {resource} could not be delivered to {consumer}: {reason}"),
)
class DeliveryFailed(FactData, frozen=True, kw_only=True):
    """A delivery was given up after its last attempt; it waits for a person."""

    delivery: str
    subscription: str
    resource: str
    consumer: str
    attempts: int
    reason: str


@fact(
    "feeds.delivery.retried",
    gettext_noop("Changes of {resource} are sent to {consumer} once more"),
)
class DeliveryRetried(FactData, frozen=True, kw_only=True):
    """A person had an undeliverable batch tried again."""

    delivery: str
    resource: str
    consumer: str


@fact(
    "feeds.delivery.discarded",
    gettext_noop("Changes of {resource} for {consumer} were discarded: {reason}"),
)
class DeliveryDiscarded(FactData, frozen=True, kw_only=True):
    """A person decided that an undeliverable batch is not needed."""

    delivery: str
    resource: str
    consumer: str
    reason: str


@fact("feeds.source.late", gettext_noop("{resource} of {department} is not up to date"))
class SourceLate(FactData, frozen=True, kw_only=True):
    """Nobody confirmed the data for longer than is allowed.

    Attributes:
        allowed_age: Seconds that are allowed.
        since: When they had passed, ISO 8601.
    """

    resource: str
    allowed_age: int
    since: str


@fact("feeds.source.recovered", gettext_noop("{resource} of {department} is up to date again"))
class SourceRecovered(FactData, frozen=True, kw_only=True):
    """Data that was late was confirmed."""

    resource: str
    late_seconds: int
