"""Why the exchange does not answer."""

from heli.errors import (
    BadInputError,
    ConflictError,
    ForbiddenError,
    HeliError,
    NotFoundError,
    gettext_noop,
)


class UnknownResourceError(NotFoundError):
    """The catalogue has no such resource."""

    code = "exchange.unknown_resource"
    message = gettext_noop("The catalogue has no resource {resource}.")
    remedy = gettext_noop("Look up the address of the resource in the catalogue.")


class NotSharedError(ForbiddenError):
    """The source department does not share the resource."""

    code = "exchange.not_shared"
    message = gettext_noop("The resource {resource} is not shared.")
    remedy = gettext_noop("Ask the source department for help with your matter instead.")


class NoGrantError(ForbiddenError):
    """The caller's department holds no grant."""

    code = "exchange.no_grant"
    message = gettext_noop("Your department holds no grant on {resource} for this purpose.")
    remedy = gettext_noop("Apply to the source department with your purpose and its legal basis.")


class GrantExpiredError(ForbiddenError):
    """The grant has run out."""

    code = "exchange.grant_expired"
    message = gettext_noop("Your department's grant on {resource} expired on {expired}.")
    remedy = gettext_noop("Apply to the source department for a renewal.")


class GrantRevokedError(ForbiddenError):
    """The grant was taken back."""

    code = "exchange.grant_revoked"
    message = gettext_noop("Your department's grant on {resource} was revoked: {reason}.")
    remedy = gettext_noop("Ask the source department; you may object to the revocation.")


class OutdatedGrantError(ConflictError):
    """The contract changed so that the grant's policy no longer fits."""

    code = "exchange.grant_outdated"
    message = gettext_noop("The grant on {resource} does not fit its present contract version.")
    remedy = gettext_noop("Ask the source department to renew the grant for the new version.")


class PurposeAmbiguousError(BadInputError):
    """Several grants fit; the purpose must say which."""

    code = "exchange.purpose_needed"
    message = gettext_noop("Your department holds several grants on {resource}: {purposes}.")
    remedy = gettext_noop("Name one of these purposes in the field “purpose”.")


class WrongSubjectTypeError(BadInputError):
    """The resource is about something else."""

    code = "exchange.subject_type"
    message = gettext_noop("{resource} is looked up by {expected}, not by {given}.")
    remedy = gettext_noop("Send a subject of type {expected}.")


class UnknownMatterError(ForbiddenError):
    """No matter has this code; callers are told :class:`NoTaskError` instead."""

    code = "exchange.matter_unknown"
    message = gettext_noop("There is no matter with the code {matter}.")
    remedy = gettext_noop("Check the code of the matter for a typing mistake.")


class MatterMissingError(BadInputError):
    """No matter was named."""

    code = "exchange.matter_missing"
    message = gettext_noop("Data is released only for a matter; none was named.")
    remedy = gettext_noop("Send the code of the matter in the field “matter”.")


class MatterClosedError(ForbiddenError):
    """The matter is not open."""

    code = "exchange.matter_closed"
    message = gettext_noop("The matter {matter} is not open.")
    remedy = gettext_noop("Data is released only while a matter is open.")


class NoTaskError(ForbiddenError):
    """The caller's department has nothing to do in the matter, or there is no such matter.

    Whoever takes no part in a matter is not told whether there is one and whether it is open.

    Attributes:
        cause: Code of the error that it stands for; empty where it is the true reason.
    """

    code = "exchange.no_task"
    message = gettext_noop("Your department holds no open task in the matter {matter}.")
    remedy = gettext_noop("Ask the department that is accountable for the matter to involve yours.")

    def __init__(self, *, matter: str, cause: str = "") -> None:
        self.cause = cause
        super().__init__(matter=matter)


class SubjectOutsideMatterError(ForbiddenError):
    """The matter does not concern whom the question is about."""

    code = "exchange.subject_outside_matter"
    message = gettext_noop("The matter {matter} does not concern the subject you ask about.")
    remedy = gettext_noop("Ask only about the people, enterprises and parcels of the matter.")


class UnknownKeyError(HeliError):
    """The key does not belong to an active system."""

    code = "exchange.unknown_key"
    status = 401
    message = gettext_noop("The key {key_id} belongs to no active system.")
    remedy = gettext_noop("Register the public key of your system with the system administrator.")


class ReplayedError(HeliError):
    """The nonce was used before."""

    code = "exchange.replayed"
    status = 401
    message = gettext_noop("This signed request was received before.")
    remedy = gettext_noop("Sign every request afresh with a new nonce.")


class BadRequestBodyError(BadInputError):
    """The body is not what the gateway reads."""

    code = "exchange.body"
    status = 400
    message = gettext_noop("The body cannot be read: {reason}.")
    remedy = gettext_noop(
        'Send JSON like {{"subject": {{"type": "person", "id": "…"}}, "matter": "…"}}.'
    )


class TooLargeError(BadInputError):
    """The body is too long."""

    code = "exchange.too_large"
    status = 413
    message = gettext_noop("The body is longer than {limit} bytes.")
    remedy = gettext_noop("One call asks about one subject; send nothing else.")


class MethodError(BadInputError):
    """Another method than POST."""

    code = "exchange.method"
    status = 405
    message = gettext_noop("Lookups are sent with POST, not {method}.")
    remedy = gettext_noop("Use POST, so that identifiers do not stand in addresses.")


class SourceUnavailableError(HeliError):
    """The source department's data cannot be read now."""

    code = "exchange.source_unavailable"
    status = 503
    message = gettext_noop("The data of {resource} cannot be read at present.")
    remedy = gettext_noop("Try again later; the source department has been told in its log.")


class UnknownConnectorError(BadInputError):
    """No connector of this kind exists."""

    code = "exchange.unknown_connector"
    message = gettext_noop("There is no connector {kind}.")
    remedy = gettext_noop("Use one of: {known}.")


class ExpiryError(BadInputError):
    """A grant would end before it begins."""

    code = "exchange.expiry"
    message = gettext_noop("A grant must end in the future and at most {years} years from now.")
    remedy = gettext_noop("Choose another last day.")


class GrantExistsError(ConflictError):
    """There is a valid grant for the same consumer and purpose."""

    code = "exchange.grant_exists"
    message = gettext_noop("{consumer} already holds a grant on {resource} for {purpose}.")
    remedy = gettext_noop("Revoke the present grant first.")


class VersionError(ConflictError):
    """A contract version is not newer than the one in force."""

    code = "exchange.version"
    message = gettext_noop("Version {given} is not newer than version {present} in force.")
    remedy = gettext_noop("Raise the version number of the contract.")
