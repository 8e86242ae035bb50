"""Why a feed does not do what was asked."""

from heli.errors import (
    BadInputError,
    ConflictError,
    ForbiddenError,
    HeliError,
    NotFoundError,
    gettext_noop,
)


class NoFeedError(NotFoundError):
    """The resource has no feed."""

    code = "feeds.none"
    message = gettext_noop("The resource {resource} has no feed.")
    remedy = gettext_noop("Ask the source department to open one, or look records up one by one.")


class FeedExistsError(ConflictError):
    """The resource has a feed already."""

    code = "feeds.exists"
    message = gettext_noop("The resource {resource} has an open feed already.")
    remedy = gettext_noop("Close the present feed first.")


class FeedClosedError(ConflictError):
    """The feed was closed."""

    code = "feeds.closed"
    message = gettext_noop("The feed of {resource} is closed.")
    remedy = gettext_noop("Ask the source department whether it opens the feed again.")


class CursorExpiredError(HeliError):
    """The consumer was away for longer than changes are kept."""

    code = "feeds.cursor_expired"
    status = 410
    message = gettext_noop(
        "Changes of {resource} are kept for {days} days; those after this cursor are gone."
    )
    remedy = gettext_noop(
        "Read all records of the subscription afresh; the cursor that comes with them goes on"
        " from there."
    )


class ForeignCursorError(BadInputError):
    """The cursor belongs to another feed, or to a time that this feed has not seen."""

    code = "feeds.cursor_foreign"
    message = gettext_noop("The cursor does not belong to the feed of {resource}.")
    remedy = gettext_noop("Use a cursor that this feed gave out, or start without one.")


class NotRunningError(ConflictError):
    """The subscription is paused or stopped."""

    code = "feeds.not_running"
    message = gettext_noop("The subscription to {resource} is not running: {reason}.")
    remedy = gettext_noop("Resume the subscription; a grant that ended must be renewed first.")


class EndedDeliveryError(ConflictError):
    """The delivery is not one of those that wait for a person."""

    code = "feeds.delivery_state"
    message = gettext_noop("The delivery is {state}, so this cannot be done.")
    remedy = gettext_noop("Reload to see its present state.")


class BadWebhookError(BadInputError):
    """The address cannot be a webhook."""

    code = "feeds.webhook_address"
    message = gettext_noop("Changes cannot be sent to {address}: {reason}.")
    remedy = gettext_noop(
        "Give an https address of your own department's system; addresses inside protected"
        " networks must be allowed by the operator (HELI_WEBHOOK_NETWORKS)."
    )


class BrokerMissingError(ConflictError):
    """No message broker is configured."""

    code = "feeds.no_broker"
    message = gettext_noop("This installation has no message broker.")
    remedy = gettext_noop("Use a stream or a webhook, or set HELI_BROKER_URL.")


class TooManyStreamsError(HeliError):
    """This process serves as many streams as it may."""

    code = "feeds.too_many_streams"
    status = 503
    message = gettext_noop("{count} systems follow feeds here already.")
    remedy = gettext_noop("Try again in a moment, or fetch the changes page by page.")


class BadChangeError(BadInputError):
    """A posted change cannot be taken."""

    code = "feeds.change"
    message = gettext_noop("Change {number} cannot be taken: {reason}.")
    remedy = gettext_noop("Correct this change and post all of them again; none was taken.")


class FeedRowsError(ForbiddenError):
    """The grant shows some records only, and no matter says of which the subscriber knows."""

    code = "exchange.feed_rows"
    message = gettext_noop(
        "The grant on {resource} shows only some records; its feed would tell of the others, too."
    )
    remedy = gettext_noop("Read lists or extracts under this grant, or apply for one of matters.")


class FeedSubjectError(ForbiddenError):
    """The grant does not show in clear whom a record is about, and no matter tells it."""

    code = "exchange.feed_subject"
    message = gettext_noop(
        "The grant on {resource} does not show in clear whom a record is about; its feed would."
    )
    remedy = gettext_noop(
        "Apply for a grant that shows {subject} in clear or for one of matters, or read lists or"
        " extracts under this one."
    )


class SendError(HeliError):
    """A batch did not arrive.

    Attributes:
        fatal: Whether the receiver says that it will never take it.
        rests: Whether the receiver as a whole seems to be away.
    """

    code = "feeds.not_delivered"
    status = 502
    message = gettext_noop("The batch was not taken: {reason}.")
    remedy = gettext_noop("It is tried again by itself.")

    def __init__(self, *, reason: str, kind: str, fatal: bool = False, rests: bool = True) -> None:
        self.kind = kind
        self.fatal = fatal
        self.rests = rests
        super().__init__(reason=reason)
