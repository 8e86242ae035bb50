"""What can be wrong with a contract, a record or a release policy.

No message repeats the offending value: it may be personal data and messages end up in logs.
"""

from heli.errors import BadInputError, UnsupportedError, gettext_noop


class ContractError(BadInputError):
    """A contract document breaks its own rules."""

    code = "contracts.document"
    message = gettext_noop("The contract cannot be read: {reason}.")
    remedy = gettext_noop("Correct “{path}” in the contract and publish it again.")


class MissingPartError(ContractError):
    """A part of a contract document that must be there is not."""

    message = gettext_noop("The contract cannot be read: “{path}” is missing or empty.")
    remedy = gettext_noop("Write “{path}” into the contract.")


class NotOneOfError(ContractError):
    """A part of a contract document is outside the values that are known."""

    message = gettext_noop("The contract cannot be read: “{path}” is none of the known values.")
    remedy = gettext_noop("Use one of these for “{path}”: {known}.")


class ContractTextError(ContractError):
    """A text is not YAML or JSON."""

    code = "contracts.text"
    message = gettext_noop("The contract cannot be read from line {line} on: {reason}.")
    remedy = gettext_noop("Correct the text there; it must be YAML or JSON in UTF-8.")

    def __init__(self, *, reason: str, line: int) -> None:
        super().__init__(field="contract", reason=reason, line=line, path="")


class NothingToDescribeError(BadInputError):
    """A table holds nothing to draft a contract from."""

    code = "contracts.nothing_to_describe"
    message = gettext_noop("The table has {columns} columns and {rows} rows.")
    remedy = gettext_noop("Give a table with a row of titles and at least one row of values.")


class PolicyError(BadInputError):
    """A release policy does not fit the contract it is for."""

    code = "contracts.policy"
    message = gettext_noop("The release policy does not fit the contract: {reason}.")
    remedy = gettext_noop("Choose fields of contract {contract} and a mask that suits their type.")


class ConditionError(BadInputError):
    """A condition on records does not fit the contract."""

    code = "contracts.condition"
    message = gettext_noop("The conditions cannot be used: {reason}.")
    remedy = gettext_noop("Compare fields of the contract with values of their type.")


class CombinationRuleError(BadInputError):
    """The parts of a forbidden combination cannot be read."""

    code = "contracts.combination"
    message = gettext_noop("The part {part} of the combination cannot be read.")
    remedy = gettext_noop(
        "Give at least two parts, each a list of fields written like wjw/certificates.result."
    )


class UnknownSemanticTypeError(UnsupportedError):
    """A semantic type is named that this version does not know."""

    code = "contracts.unknown_semantic_type"
    message = gettext_noop("The semantic type {what} is not supported.")


class FieldError(BadInputError):
    """One field of a record is wrong; ``field`` names it."""

    code = "contracts.field"


class MissingFieldError(FieldError):
    """A required field is absent or empty."""

    code = "contracts.missing_field"
    message = gettext_noop("{title} is required.")
    remedy = gettext_noop("Give a value for {title}.")


class UnknownFieldError(FieldError):
    """A record carries a field its contract does not know."""

    code = "contracts.unknown_field"
    message = gettext_noop("“{name}” is not a field of contract {contract}.")
    remedy = gettext_noop("Leave it out, or publish a contract version that declares it.")


class WrongTypeError(FieldError):
    """A value is not of the declared type."""

    code = "contracts.wrong_type"
    message = gettext_noop("{title} must be of type {expected}, not {found}.")
    remedy = gettext_noop("Send {title} as {expected}.")


class NotAllowedError(FieldError):
    """A value is outside the code list of its field."""

    code = "contracts.not_allowed"
    message = gettext_noop("{title} has a value outside its code list.")
    remedy = gettext_noop("Use one of: {allowed}.")


class LimitError(FieldError):
    """A value breaks a limit of its field."""

    code = "contracts.limit"
    message = gettext_noop("{title} breaks the limit “{limit}” of its contract.")
    remedy = gettext_noop("Send a value of {title} that keeps {limit} {bound}.")


class SemanticError(FieldError):
    """A value is not what its semantic type says it is."""

    code = "contracts.semantic"


class WrongLengthError(SemanticError):
    """The value is too short or too long for its semantic type."""

    code = "contracts.wrong_length"
    message = gettext_noop("{what} has {expected} characters; {found} were given.")
    remedy = gettext_noop("Compare it with the original document and enter it in full.")


class WrongCharacterError(SemanticError):
    """The value holds a character that cannot stand where it stands."""

    code = "contracts.wrong_character"
    message = gettext_noop("{what} has a character that cannot stand at position {position}.")
    remedy = gettext_noop("Compare position {position} with the original document.")


class WrongShapeError(SemanticError):
    """The value does not have the written form of its semantic type."""

    code = "contracts.wrong_shape"
    message = gettext_noop("This is not written as {what} is.")
    remedy = gettext_noop("Write it like this: {example}.")


class CheckCharacterError(SemanticError):
    """The check character does not agree with the rest."""

    code = "contracts.check_character"
    message = gettext_noop("{what} ends with a character that does not agree with the others.")
    remedy = gettext_noop("There is a typing mistake: compare every character with the original.")


class OutOfRangeError(SemanticError):
    """A coordinate lies where its datum has none."""

    code = "contracts.out_of_range"
    message = gettext_noop("{what} lies between {least} and {most} in {datum}.")
    remedy = gettext_noop("Check the datum, and whether longitude and latitude are swapped.")


class DivisionCodeError(SemanticError):
    """The first two digits of a division code name no province."""

    code = "contracts.division_code"
    message = gettext_noop(
        "{what} contains a division code of no province: it begins with {prefix}."
    )
    remedy = gettext_noop("Compare the digits of the division code with the original document.")


class BirthDateError(SemanticError):
    """The birth date inside an identity number is no date of the calendar."""

    code = "contracts.birth_date"
    message = gettext_noop("{what} contains a birth date that does not exist.")
    remedy = gettext_noop("Compare digits 7 to 14 (year, month, day) with the original document.")


class FutureBirthError(SemanticError):
    """The birth date inside an identity number has not come yet."""

    code = "contracts.future_birth"
    message = gettext_noop("{what} contains a birth date after {latest}.")
    remedy = gettext_noop("Compare digits 7 to 14 (year, month, day) with the original document.")
