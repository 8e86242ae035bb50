"""Why something about a digital project cannot be done."""

from heli.errors import BadInputError, ConflictError, NotFoundError, gettext_noop


class UnknownProjectError(NotFoundError):
    """There is no such project, or the reader may not know of it."""

    code = "projects.unknown"
    message = gettext_noop("There is no digital project {project}.")
    remedy = gettext_noop("Look the project up in the list.")


class UnknownInterfaceError(NotFoundError):
    """The project has no such interface."""

    code = "projects.unknown_interface"
    message = gettext_noop("The project {code} has no interface {interface}.")
    remedy = gettext_noop("Look at the interfaces on the page of the project.")


class ProjectCodeError(BadInputError):
    """A project's code has not the form of one."""

    code = "projects.code"
    message = gettext_noop("“{given}” is no code of a project.")
    remedy = gettext_noop("Use 4 to 30 capital letters, digits and hyphens, such as SZ-2026-014.")


class CodeTakenError(ConflictError):
    """Another project has the code."""

    code = "projects.code_taken"
    message = gettext_noop("There is a project with the code {given} already.")
    remedy = gettext_noop("Compare the code with the proposal.")


class UnknownNeedError(BadInputError):
    """A project names data that the catalogue does not have."""

    code = "projects.unknown_need"
    message = gettext_noop("The catalogue has no resource {resource}.")
    remedy = gettext_noop("Write addresses of the catalogue, such as gaj/residents, one a line.")


class StageError(ConflictError):
    """The project is not at the stage at which this can be done."""

    code = "projects.stage"
    message = gettext_noop("The project {code} is {stage}; this cannot be done any more.")
    remedy = gettext_noop("Look at the page of the project for what is open.")


class NoInterfaceError(ConflictError):
    """A project without interfaces meets a gate."""

    code = "projects.no_interface"
    message = gettext_noop("The project {code} has declared no interface.")
    remedy = gettext_noop("Declare what other departments can call, with its contract.")


class RunOpenError(ConflictError):
    """A run of the project is not through."""

    code = "projects.run_open"
    message = gettext_noop("The interfaces of the project {code} are being tested.")
    remedy = gettext_noop("Wait until the test is through.")


class GateShutError(ConflictError):
    """An interface neither conforms nor has an exception."""

    code = "projects.gate_shut"
    message = gettext_noop("The gate is shut for {count} interfaces: {interfaces}.")
    remedy = gettext_noop(
        "Let them be corrected and test them again, or decide an exception with its ground."
    )


class ExpiryError(BadInputError):
    """An exception would end too early or too late."""

    code = "projects.expiry"
    message = gettext_noop("An exception ends in the future and after at most {days} days.")
    remedy = gettext_noop("Choose another last day.")


class ExemptedAlreadyError(ConflictError):
    """An interface has a valid exception."""

    code = "projects.exempted_already"
    message = gettext_noop("The interface {interface} has an exception until {expires}.")
    remedy = gettext_noop("End it first, or wait until it expires.")


class NoExemptionError(NotFoundError):
    """An interface has no valid exception."""

    code = "projects.no_exemption"
    message = gettext_noop("The interface {interface} has no valid exception.")
    remedy = gettext_noop("Look at the page of the project for the exceptions.")


class EmptyReasonError(BadInputError):
    """A decision gives no reason."""

    code = "projects.reason"
    message = gettext_noop("A reason is missing.")
    remedy = gettext_noop("Write in one sentence why.")
