"""Why something cannot be done with the catalogue, an application or a grant."""

from heli.errors import (
    BadInputError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    gettext_noop,
)


class GroundError(BadInputError):
    """A legal ground is missing or does not bind."""

    code = "exchange.ground"
    message = gettext_noop("A legal ground is needed here, and {given} is none that binds today.")
    remedy = gettext_noop("Choose a registered provision that is in force, or register it first.")


class ProvisionExistsError(ConflictError):
    """The provision is registered already."""

    code = "exchange.provision_exists"
    message = gettext_noop("The provision {title} is registered already.")
    remedy = gettext_noop("Use the one that is there, or note first that it no longer binds.")


class CategoryError(BadInputError):
    """A category's code does not fit the classification."""

    code = "exchange.category"
    message = gettext_noop("{given} is no code of a category.")
    remedy = gettext_noop(
        "A code has 1, 3, 6 or more digits, and the category above it is registered."
    )


class NothingToApplyError(ConflictError):
    """The resource cannot be applied for."""

    code = "exchange.not_applicable"
    message = gettext_noop("{resource} cannot be applied for: {reason}.")
    remedy = gettext_noop("See the page of the resource for what can be done instead.")


class ApplicationExistsError(ConflictError):
    """There is an open application for the same purpose."""

    code = "exchange.application_exists"
    message = gettext_noop("Your department has an open application on {resource} for {purpose}.")
    remedy = gettext_noop("Wait for the decision, or withdraw that application.")


class ApplicationStateError(ConflictError):
    """The application is at another step."""

    code = "exchange.application_state"
    message = gettext_noop("This cannot be done with an application that is {state}.")
    remedy = gettext_noop("Reload to see how far it is.")


class MoreThanAppliedError(BadInputError):
    """A decision would grant what nobody asked for."""

    code = "exchange.more_than_applied"
    message = gettext_noop("{fields} was not applied for in this way.")
    remedy = gettext_noop("Grant what was applied for, or less of it.")


class AppealTierError(ConflictError):
    """An appeal cannot be made to this tier now."""

    code = "exchange.appeal_tier"
    message = gettext_noop("No appeal can be made now: {reason}.")
    remedy = gettext_noop("See the application for its decisions and appeals.")


class GrantStateError(ConflictError):
    """A grant is not in the state that the act needs."""

    code = "exchange.grant_state"
    message = gettext_noop("This cannot be done with a grant that is {state}.")
    remedy = gettext_noop("Reload to see the state of the grant.")


class CombinationError(ForbiddenError):
    """A department would hold a forbidden combination of one subject."""

    code = "exchange.combination"
    message = gettext_noop(
        "{consumer} would hold “{combination}” of the same subjects, which {ground} forbids."
    )
    remedy = gettext_noop("Leave out {fields}, or have other access of the department taken back.")


class ConflictSettledError(ConflictError):
    """The conflict was settled before."""

    code = "exchange.conflict_settled"
    message = gettext_noop("This conflict is settled.")
    remedy = gettext_noop("Reload to see the decision.")


class GrantSuspendedError(ForbiddenError):
    """The grant opens nothing until further notice."""

    code = "exchange.grant_suspended"
    message = gettext_noop("Your department's grant on {resource} is suspended: {reason}.")
    remedy = gettext_noop("Ask the source department what is to be done to have it lifted.")


class ResourceExistsError(ConflictError):
    """The catalogue has a resource of this name already."""

    code = "exchange.resource_exists"
    message = gettext_noop("The catalogue has {resource} already.")
    remedy = gettext_noop(
        "Publish a new version on its page, or give the resource of the contract another name."
    )


class NotDescribedError(NotFoundError):
    """The catalogue says nothing about the resource yet."""

    code = "exchange.not_described"
    message = gettext_noop("The catalogue does not describe {resource} yet.")
    remedy = gettext_noop("Ask a data steward of the source department to describe it.")
