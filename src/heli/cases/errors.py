"""What can go wrong in the cases room."""

from heli.errors import (
    BadInputError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    gettext_noop,
)


class MalformedCodeError(BadInputError):
    """What was typed does not have the form of a matter code."""

    code = "cases.malformed_code"
    message = gettext_noop("“{typed}” does not look like a matter code; one looks like {example}.")
    remedy = gettext_noop("Type the code as it stands on the slip.")


class WrongCheckDigitError(BadInputError):
    """The check digits do not fit: a typing mistake."""

    code = "cases.wrong_check_digit"
    message = gettext_noop(
        "The check digits of {code} do not fit: there is a typing mistake in it."
    )
    remedy = gettext_noop("Compare it character by character; 0, O, 1, I and L are never used.")


class UnknownCodeError(NotFoundError):
    """The code is well-formed, but no matter the reader may know of has it."""

    code = "cases.unknown_code"
    message = gettext_noop("There is no matter with the code {code} that is open to you.")
    remedy = gettext_noop("Check the code; if it is right, sign in or ask the service centre.")


class WrongSecretError(ForbiddenError):
    """Code and secret do not belong together."""

    code = "cases.wrong_secret"
    message = gettext_noop("This code and this secret do not belong together.")
    remedy = gettext_noop(
        "The secret stands below the code on the slip; without it, sign in to see the matter."
    )


class TooManyAttemptsError(ForbiddenError):
    """Too many wrong secrets."""

    code = "cases.too_many_attempts"
    status = 429
    message = gettext_noop("Too many wrong attempts; try again after {minutes} minutes.")
    remedy = gettext_noop("Wait, or sign in to see the matter.")


class IdentityNeededError(ForbiddenError):
    """The applicant's account holds no verified identity number."""

    code = "cases.identity_needed"
    message = gettext_noop(
        "Your account holds no verified identity number, so nothing is looked up for you."
    )
    remedy = gettext_noop(
        "Have your identity card entered with your account at the service centre, "
        "or have the matter taken in there."
    )


class SubjectNotDeclaredError(BadInputError):
    """At the desk nobody was named for whom the matter is."""

    code = "cases.subject_not_declared"
    message = gettext_noop("It was not said whose matter this is, so nothing is looked up.")
    remedy = gettext_noop(
        "Begin the intake with “on_behalf”: name, contact and identity number of the applicant."
    )


class FormError(BadInputError):
    """The form is incomplete or wrong; ``problems`` names every field."""

    code = "cases.form"
    message = gettext_noop("{count} fields need correcting, the first is “{first}”: {problem}")
    remedy = gettext_noop("Correct the named fields and send the form again; nothing was lost.")

    problems: tuple[tuple[str, str], ...] = ()


class BadFormSchemaError(BadInputError):
    """A form schema of a procedure cannot be used."""

    code = "cases.form_schema"
    message = gettext_noop("The form schema cannot be used: {reason}.")
    remedy = gettext_noop("Correct the schema; see the reference of form schemas.")


class NoProcedureError(NotFoundError):
    """There is no active procedure with this key."""

    code = "cases.no_procedure"
    message = gettext_noop("There is no procedure “{key}”.")
    remedy = gettext_noop("Choose one of the published procedures: {known}.")


class UnassignedNodeError(BadInputError):
    """A procedure has a task for which no department is named, or one that does not exist."""

    code = "cases.unassigned_node"
    message = gettext_noop(
        "The task “{node}” names the department “{department}”, which is unknown."
    )
    remedy = gettext_noop("Set heli:department of the task to the code of a department.")


class UnknownServiceError(BadInputError):
    """A service task names a service that is not registered."""

    code = "cases.unknown_service"
    message = gettext_noop(
        "The service task “{node}” names the service “{service}”, which is unknown."
    )
    remedy = gettext_noop("Set heli:service to one of: {known}.")


class MatterClosedError(ConflictError):
    """The matter has ended."""

    code = "cases.matter_closed"
    message = gettext_noop(
        "The matter {code} has ended ({state}); nothing can be done in it any more."
    )
    remedy = gettext_noop("Start a new matter if something is still needed.")


class TaskNotFoundError(NotFoundError):
    """There is no such task, or the reader may not know of it."""

    code = "cases.task_not_found"
    message = gettext_noop("This task was not found.")
    remedy = gettext_noop("Go back to the queue and choose the task again.")


class RecordNotFoundError(NotFoundError):
    """There is no such request, handover or supplement."""

    code = "cases.record_not_found"
    message = gettext_noop("This {what} was not found.")
    remedy = gettext_noop("Go back to the matter and choose it again.")


class TaskTakenError(ConflictError):
    """Another officer claimed the task first."""

    code = "cases.task_taken"
    message = gettext_noop("“{task}” was taken by {officer} before you.")
    remedy = gettext_noop("Take the next task of your queue, or ask {officer} to put it back.")


class TaskStateError(ConflictError):
    """The task is not in a state in which this can be done."""

    code = "cases.task_state"
    message = gettext_noop("“{task}” is “{state}”; this cannot be done with it now.")
    remedy = gettext_noop("Reload to see what can be done with it.")


class NotReturnableError(ConflictError):
    """The procedure knows no way back from this task."""

    code = "cases.not_returnable"
    message = gettext_noop("The procedure has no way back from “{task}”.")
    remedy = gettext_noop("Ask the applicant for a supplement, or refuse with a legal ground.")


class GroundRequiredError(BadInputError):
    """A refusal or suspension without a legal ground."""

    code = "cases.ground_required"
    message = gettext_noop("A legal ground is required here.")
    remedy = gettext_noop("Name law and article, for example “Food Safety Law, art. 35”.")


class TextRequiredError(BadInputError):
    """A text that the other side needs is missing."""

    code = "cases.text_required"
    message = gettext_noop("Say in words what is meant; the other side sees this text.")
    remedy = gettext_noop("Fill in the field and send it again.")


class StaleMatterError(ConflictError):
    """Another step of the same matter was faster."""

    code = "cases.stale_matter"
    message = gettext_noop("The matter {code} moved on while this was being done.")
    remedy = gettext_noop("Reload and try again.")


class MessageNotAwaitedError(ConflictError):
    """No event of the matter's procedure waits for the message."""

    code = "cases.message_not_awaited"
    message = gettext_noop("The matter {code} does not wait for the message “{name}”.")
    remedy = gettext_noop(
        "Messages it waits for now: {awaited}. Send this one again when the matter has come so far."
    )


class VariableNotDeclaredError(BadInputError):
    """The procedure's model does not let this task or message set the variable."""

    code = "cases.variable_not_declared"
    message = gettext_noop("This sets what the procedure does not leave to it: {names}.")
    remedy = gettext_noop(
        "It may set: {declared}. The model says so by heli:sets; a new version can change it."
    )


class NotCorrectableError(BadInputError):
    """An answer that a supplement cannot change."""

    code = "cases.not_correctable"
    message = gettext_noop("The answer “{name}” cannot be corrected by a supplement.")
    remedy = gettext_noop(
        "Whom a matter concerns is settled by a new matter, and what a register holds by an "
        "objection to the register. Ask for other answers of the form, for files, or for words."
    )


class AlreadyAskedError(ConflictError):
    """The applicant has not answered the previous request for a supplement."""

    code = "cases.already_asked"
    message = gettext_noop("The applicant has not answered the previous request for “{task}” yet.")
    remedy = gettext_noop("Wait for the answer.")


class HandoverOpenError(ConflictError):
    """The matter is already offered to a department."""

    code = "cases.handover_open"
    message = gettext_noop("The matter is already offered to {taker}, which has not answered.")
    remedy = gettext_noop("Wait for the answer, or withdraw the offer.")


class AlreadyAnsweredError(ConflictError):
    """It was answered or withdrawn before."""

    code = "cases.already_answered"
    message = gettext_noop("This {what} is no longer open: it is “{state}”.")
    remedy = gettext_noop("Reload to see its present state.")


class SameDepartmentError(BadInputError):
    """A department asked itself."""

    code = "cases.same_department"
    message = gettext_noop("{department} cannot ask itself.")
    remedy = gettext_noop("Choose another department.")


class RequestTimeError(BadInputError):
    """A request for help gives too little or too much time to answer."""

    code = "cases.request_time"
    message = gettext_noop("{allowance} is no time in which a department can be asked to answer.")
    remedy = gettext_noop(
        "Give at least four hours and at most ten days; 48 hours are usual (H48)."
    )


class UnknownDepartmentError(BadInputError):
    """There is no such department."""

    code = "cases.unknown_department"
    message = gettext_noop("There is no department “{department}”.")
    remedy = gettext_noop("Choose a department from the list.")


class AttachmentRefusedError(BadInputError):
    """A file is too large or of a kind that is not taken."""

    code = "cases.attachment_refused"
    message = gettext_noop("The file “{name}” is not taken: {reason}.")
    remedy = gettext_noop(
        "Hand in PDF (.pdf), JPEG (.jpg, .jpeg), PNG (.png) or plain text (.txt), "
        "at most {limit} MB each."
    )


class TooManyDraftsError(ConflictError):
    """Somebody has as many drafts as anybody may."""

    code = "cases.too_many_drafts"
    message = gettext_noop("You have {count} drafts; at most {most} are kept for one person.")
    remedy = gettext_noop("Send or discard one of them first.")


class DraftFilesError(BadInputError):
    """The files of somebody's drafts would be larger than they may be together."""

    code = "cases.draft_files"
    message = gettext_noop(
        "The files with your drafts have {taken} MB; with this one of {size} MB they would be more"
        " than the {most} MB that are kept for one person."
    )
    remedy = gettext_noop("Send or discard a draft with files first.")
