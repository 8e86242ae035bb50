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


class PolicyChangedError(ConflictError):
    """The grant let out other things when the data was read than it does now."""

    code = "exchange.policy_changed"
    message = gettext_noop("The grant on {resource} was changed while the data was made ready.")
    remedy = gettext_noop("Ask again; you get what the grant shows now.")


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


class MatterMistypedError(BadInputError):
    """The check digits of a matter's code do not fit, so there can be no such matter."""

    code = "exchange.matter_mistyped"
    message = gettext_noop(
        "The check digits of {matter} do not fit: there is a typing mistake in it."
    )
    remedy = gettext_noop("Compare it character by character; 0, O, 1, I and L are never used.")


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


class OwnFilingError(ForbiddenError):
    """The caller's department filed the matter itself, by its system."""

    code = "exchange.own_filing"
    message = gettext_noop("Your department's own system filed the matter {matter}.")
    remedy = gettext_noop(
        "Data is released to you for matters that somebody else stands by: the applicant files it "
        "with their account, or a front desk takes it in."
    )


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


class WrongHostError(BadInputError):
    """The request was meant for another server, so its signature is none for this one."""

    code = "exchange.wrong_host"
    status = 421
    message = gettext_noop("This server is not {host}.")
    remedy = gettext_noop(
        "Sign and send the request to the address under which this city's exchange is known; its "
        "operator lists further names in HELI_ALLOWED_HOSTS."
    )


class UnknownConnectorError(BadInputError):
    """No connector of this kind exists."""

    code = "exchange.unknown_connector"
    message = gettext_noop("There is no connector {kind}.")
    remedy = gettext_noop("Use one of: {known}.")


class UnknownOptionError(BadInputError):
    """A connector's options hold what it does not read."""

    code = "exchange.unknown_option"
    message = gettext_noop("A connector of this kind does not know {option}.")
    remedy = gettext_noop("Leave it out; its options are: {known}.")


class SourceHostError(ForbiddenError):
    """The operator has not allowed Heli to call this host."""

    code = "exchange.source_host"
    message = gettext_noop("Heli may not call the host {host}.")
    remedy = gettext_noop("Ask the operator to add it to HELI_SOURCE_HOSTS.")


class ForeignSourceError(ForbiddenError):
    """A department wants to publish what another keeps."""

    code = "exchange.foreign_source"
    message = gettext_noop("{place} does not belong to {department}.")
    remedy = gettext_noop("Send the file, or describe the data source, for your own department.")


class SourceInUseError(ConflictError):
    """Resources are read from a data source that is to be removed."""

    code = "exchange.source_in_use"
    message = gettext_noop("The data source {source} is used by {count} resources.")
    remedy = gettext_noop("Withdraw them or read them from elsewhere first.")


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


class OutsideHoursError(ForbiddenError):
    """The grant answers at other times of the day."""

    code = "exchange.outside_hours"
    message = gettext_noop("Your department's grant on {resource} is not open at this hour.")
    remedy = gettext_noop("Call in the hours that the grant names; an emergency has its own way.")


class LimitError(HeliError):
    """The grant's limit is used up.

    Attributes:
        retry_after: Seconds until it is open again; 0 where it will not be.
    """

    code = "exchange.limit"
    status = 429
    message = gettext_noop("The limit of your grant on {resource} is used up: {limit} of {most}.")
    remedy = gettext_noop(
        "Wait for the next period, or ask the source department for a higher one."
    )

    def __init__(self, *, resource: str, limit: str, most: int, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(resource=resource, limit=limit, most=most)


class ProjectNeededError(BadInputError):
    """The grant is bound to a project and none was named."""

    code = "exchange.project_missing"
    message = gettext_noop("This grant is bound to an approved project; none was named.")
    remedy = gettext_noop("Send the code of the project in the field “project”.")


class ProjectStandingError(ForbiddenError):
    """The project is not approved, or not the department's."""

    code = "exchange.project_standing"
    message = gettext_noop("Your department has no approved project {project}.")
    remedy = gettext_noop("Have the project approved first, or name the right one.")


class DutyNeededError(BadInputError):
    """The grant is bound to a public task and none was named."""

    code = "exchange.task_missing"
    message = gettext_noop("This grant is bound to a statutory duty; none was named.")
    remedy = gettext_noop("Send the code of the registered duty in the field “task”.")


class DutyStandingError(ForbiddenError):
    """No such duty of the department is in force."""

    code = "exchange.task_standing"
    message = gettext_noop("Your department has no registered duty {task} that is in force.")
    remedy = gettext_noop("Have the duty registered with its legal ground, or name the right one.")


class SecondPersonError(ForbiddenError):
    """Nobody else of the department has confirmed."""

    code = "exchange.second_person"
    message = gettext_noop("Another officer of your department must confirm calls to {resource}.")
    remedy = gettext_noop("Ask for confirmation on the page of the resource, then call again.")


class ListNeedsBindingError(ForbiddenError):
    """Lists and extracts are not for grants that are bound to one matter."""

    code = "exchange.list_binding"
    message = gettext_noop("Your grant opens {resource} one subject at a time, for a matter.")
    remedy = gettext_noop("Ask for a grant bound to a project or a statutory duty to read lists.")


class FilterNotGrantedError(ForbiddenError):
    """A list is filtered by what the grant does not show in full."""

    code = "exchange.filter_not_granted"
    message = gettext_noop("Your grant does not show {name} in full, so it cannot be asked for.")
    remedy = gettext_noop("Filter by fields that the grant shows in full.")


class SessionEndedError(HeliError):
    """The session is not open, or there is none."""

    code = "exchange.session_ended"
    status = 401
    message = gettext_noop("The session is not open.")
    remedy = gettext_noop("Open a new session with a request signed by your system's key.")


class SessionByKeyError(ForbiddenError):
    """A session was to open another one."""

    code = "exchange.session_by_key"
    message = gettext_noop("A session is opened with the system's key, not with another session.")
    remedy = gettext_noop("Sign the request by RFC 9421 with the registered Ed25519 key.")


class SessionLengthError(BadInputError):
    """A session would be too long."""

    code = "exchange.session_length"
    message = gettext_noop("A session lasts from 1 to {most} minutes.")
    remedy = gettext_noop("Choose a number of minutes in these bounds.")


class DutyPeriodError(BadInputError):
    """A duty would end before it begins."""

    code = "exchange.duty_period"
    message = gettext_noop("A duty must end after it begins, and in the future.")
    remedy = gettext_noop("Choose another last day, or leave it open.")


class DutyExistsError(ConflictError):
    """The department has a duty of this name."""

    code = "exchange.duty_exists"
    message = gettext_noop("{department} has a registered duty {code} already.")
    remedy = gettext_noop("Choose another short name, or strike the present one off first.")


class ConfirmationPeriodError(BadInputError):
    """A confirmation is wanted for too long."""

    code = "exchange.confirmation_period"
    message = gettext_noop("A confirmation holds from 1 to {most} hours.")
    remedy = gettext_noop("Choose a number of hours in these bounds.")


class ConfirmationOverError(ConflictError):
    """The period that was asked for is over."""

    code = "exchange.confirmation_over"
    message = gettext_noop("The period that was asked for is over.")
    remedy = gettext_noop("Ask for a new confirmation.")


class ReasonNeededError(BadInputError):
    """A reason is too short to be one."""

    code = "exchange.reason"
    message = gettext_noop("The reason has fewer than {least} characters.")
    remedy = gettext_noop("Say what the emergency is, so that others can judge it.")


class VerdictError(BadInputError):
    """A review ends in one of two ways."""

    code = "exchange.verdict"
    message = gettext_noop("A review ends with one of: {known}.")
    remedy = gettext_noop("Choose one of them.")
