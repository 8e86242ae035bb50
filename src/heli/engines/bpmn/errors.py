"""What can go wrong when a BPMN model is read, compiled or played."""

from heli.errors import BadInputError, ConflictError, NotFoundError, UnsupportedError, gettext_noop


class UnreadableModelError(BadInputError):
    """The file is not well-formed XML."""

    code = "bpmn.unreadable"
    message = gettext_noop("The file is not well-formed XML (line {line}): {parser}.")
    remedy = gettext_noop("Export the model again as BPMN 2.0 XML from the modelling tool.")


class NotBpmnError(BadInputError):
    """The file is XML, but its root is not BPMN 2.0 definitions."""

    code = "bpmn.not_bpmn"
    message = gettext_noop("The file is not BPMN 2.0: its root element is “{root}” (line {line}).")
    remedy = gettext_noop("Export the model as BPMN 2.0 XML; older BPMN and XPDL are not read.")


class ModelTooLargeError(BadInputError):
    """The file exceeds a limit that keeps the system responsive."""

    code = "bpmn.too_large"
    message = gettext_noop("The file is too large: {size} bytes, at most {limit} are read.")
    remedy = gettext_noop("Cut the procedure into smaller ones.")


class TooManyElementsError(ModelTooLargeError):
    """The model has more elements than are read, or more nodes than are carried out."""

    code = "bpmn.too_many_elements"
    message = gettext_noop("The model has {size} elements; at most {limit} are allowed.")


class DocumentTypeRefusedError(BadInputError):
    """The file carries a document type declaration, a known way to attack XML readers."""

    code = "bpmn.document_type"
    message = gettext_noop(
        "The file carries a document type declaration (DOCTYPE), which is refused."
    )
    remedy = gettext_noop("Remove the DOCTYPE and every entity; BPMN 2.0 needs neither.")


class MissingPartError(BadInputError):
    """An element lacks an attribute or child that BPMN requires."""

    code = "bpmn.missing_part"
    message = gettext_noop("Element “{element}” in line {line} lacks “{part}”.")
    remedy = gettext_noop("Complete the element in the modelling tool and export again.")


class DuplicateIdError(BadInputError):
    """Two elements of one model have the same id."""

    code = "bpmn.duplicate_id"
    message = gettext_noop("The id “{id}” is used twice, in line {first} and in line {line}.")
    remedy = gettext_noop("Give every element an id of its own.")


class DanglingReferenceError(BadInputError):
    """An element points to another one that is not in the model."""

    code = "bpmn.dangling_reference"
    message = gettext_noop(
        "“{id}” in line {line} points to “{target}”, which is not where it should be."
    )
    remedy = gettext_noop("Reconnect the element in the modelling tool and export again.")


class ProcessNotFoundError(NotFoundError):
    """The model has no process with this id."""

    code = "bpmn.process_not_found"
    message = gettext_noop("The model has no process “{process}”; it has: {known}.")
    remedy = gettext_noop("Name one of the processes of the model.")


class RefusedElementsError(UnsupportedError):
    """The model can be read and kept, but not carried out."""

    code = "bpmn.refused_elements"
    message = gettext_noop("The procedure cannot be carried out because of: {elements}.")
    remedy = gettext_noop(
        "Replace the named elements; `heli bpmn check` gives the reason for each."
    )

    refusals: tuple[object, ...] = ()


class ExpressionError(BadInputError):
    """A condition or expression is outside the small language that is understood."""

    code = "bpmn.expression"
    message = gettext_noop("The expression “{expression}” at “{element}” is not understood.")
    remedy = gettext_noop(
        "Use comparisons, and, or, not, in, literals and dotted names, as in ${area > 300}."
    )


class MissingVariableError(BadInputError):
    """An expression needs a variable that the case does not have."""

    code = "bpmn.missing_variable"
    message = gettext_noop("“{element}” needs the variable “{variable}” for “{expression}”.")
    remedy = gettext_noop("Provide “{variable}” when the procedure starts or a task is completed.")


class ExpressionValueError(BadInputError):
    """An expression meets values of a kind it cannot work with."""

    code = "bpmn.expression_value"
    message = gettext_noop("“{expression}” at “{element}” cannot be worked out: {value}.")
    remedy = gettext_noop("Correct the expression or the variables it uses.")


class NotTrueOrFalseError(ExpressionValueError):
    """A condition gave something other than true or false."""

    code = "bpmn.not_true_or_false"
    message = gettext_noop("“{expression}” at “{element}” gave {value}, not true or false.")


class NotWholeNumberError(ExpressionValueError):
    """A number of instances is not a whole number of at least 0."""

    code = "bpmn.not_whole_number"
    message = gettext_noop("“{expression}” at “{element}” gave {value}, not a whole number.")


class NotListError(ExpressionValueError):
    """A collection is not a list."""

    code = "bpmn.not_list"
    message = gettext_noop("“{expression}” at “{element}” gave {value}, not a list.")


class NotTextError(ExpressionValueError):
    """A timer's expression did not give text."""

    code = "bpmn.not_text"
    message = gettext_noop("“{expression}” at “{element}” gave {value}, not text.")


class NotTimerTextError(ExpressionValueError):
    """A timer's expression gave text that is neither a duration nor an instant."""

    code = "bpmn.not_timer_text"
    message = gettext_noop("“{expression}” at “{element}” gave {value}, not a duration or date.")


class NoFlowTakenError(ConflictError):
    """No condition behind a gateway is true and it has no default flow."""

    code = "bpmn.no_flow_taken"
    message = gettext_noop("None of the conditions behind “{node}” is true, and it has no default.")
    remedy = gettext_noop("Mark one of its sequence flows as the default.")


class TokenNotWaitingError(ConflictError):
    """The event is meant for a token that does not wait for it (any more)."""

    code = "bpmn.token_not_waiting"
    message = gettext_noop("Nothing waits under the number {token} for this event.")
    remedy = gettext_noop("Reload: the task was completed or withdrawn meanwhile.")


class MessageNotAwaitedError(ConflictError):
    """A message arrived for which no event of the case waits."""

    code = "bpmn.message_not_awaited"
    message = gettext_noop("The case does not wait for the message “{name}”.")
    remedy = gettext_noop("Send the message again when the case has come so far.")


class ErrorNotCaughtError(ConflictError):
    """An error was raised on a task, and no boundary event catches it."""

    code = "bpmn.error_not_caught"
    message = gettext_noop("No error event catches the error “{error}” raised at “{node}”.")
    remedy = gettext_noop(
        "Add an error boundary event to the task or to the sub-process around it."
    )


class EndlessLoopError(ConflictError):
    """The tokens of a case run in a circle that contains nothing to wait for."""

    code = "bpmn.endless_loop"
    message = gettext_noop("The procedure runs in a circle through “{node}” without ever waiting.")
    remedy = gettext_noop("Put a task into the loop or correct the conditions that close it.")


class TooManyInstancesError(BadInputError):
    """A multi-instance activity would start more instances than allowed."""

    code = "bpmn.too_many_instances"
    message = gettext_noop("“{node}” would start {count} instances; at most {limit} are allowed.")
    remedy = gettext_noop("Check the collection or the number it is started with.")


class StateUnreadableError(BadInputError):
    """A stored state is not one this version of the engine wrote."""

    code = "bpmn.state_unreadable"
    message = gettext_noop("The stored state of the case cannot be read: {parser}.")
    remedy = gettext_noop("Restore the state from the journal of the case.")
