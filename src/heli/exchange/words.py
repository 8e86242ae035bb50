"""Words for what the exchange's codes mean."""

from typing import Any

from django.utils.translation import get_language, gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from heli.engines.contracts import Field, LogicalType
from heli.errors import HeliError
from heli.exchange import errors
from heli.exchange.errors_applications import CombinationError, GrantSuspendedError
from heli.exchange.extracts import errors as extracts

_DENIALS = {
    errors.UnknownResourceError.code: _("no such resource"),
    errors.NotSharedError.code: _("the resource is not shared"),
    errors.NoGrantError.code: _("no grant for this purpose"),
    errors.GrantExpiredError.code: _("the grant has expired"),
    errors.GrantRevokedError.code: _("the grant was revoked"),
    GrantSuspendedError.code: _("the grant is suspended"),
    CombinationError.code: _("a forbidden combination would be complete"),
    errors.OutdatedGrantError.code: _("the grant does not fit the present contract"),
    errors.PurposeAmbiguousError.code: _("the purpose was not named"),
    errors.WrongSubjectTypeError.code: _("wrong kind of subject"),
    errors.UnknownMatterError.code: _("no matter has this code"),
    errors.MatterMissingError.code: _("no matter was named"),
    errors.MatterMistypedError.code: _("the matter's code has a typing mistake"),
    errors.MatterClosedError.code: _("the matter is not open"),
    errors.NoTaskError.code: _("the department holds no task in the matter"),
    errors.SubjectOutsideMatterError.code: _("the matter does not concern this subject"),
    errors.OwnFilingError.code: _("the department's own system filed the matter"),
    errors.UnknownKeyError.code: _("unknown key"),
    errors.ReplayedError.code: _("the request was received before"),
    errors.BadRequestBodyError.code: _("the request could not be read"),
    errors.SourceUnavailableError.code: _("the source could not be read"),
    errors.SessionEndedError.code: _("the session is not open"),
    errors.OutsideHoursError.code: _("outside the hours of the grant"),
    errors.LimitError.code: _("the limit of the grant is used up"),
    errors.ProjectNeededError.code: _("no project was named"),
    errors.ProjectStandingError.code: _("the project is not approved"),
    errors.DutyNeededError.code: _("no statutory duty was named"),
    errors.DutyStandingError.code: _("no such duty is in force"),
    errors.SecondPersonError.code: _("nobody else of the department has confirmed"),
    errors.ListNeedsBindingError.code: _("the grant opens one subject at a time"),
    extracts.ExtractNotGrantedError.code: _("the grant allows no extract"),
    extracts.ExtractTooLargeError.code: _("more records than the grant lets out"),
    extracts.ExtractFormatError.code: _("no such format"),
    extracts.SpoolError.code: _("the file could not be written"),
    HeliError.code: _("the work was interrupted"),
    errors.FilterNotGrantedError.code: _("the filter names a field that is not granted in full"),
}


MEMBER_WORDS = {
    "rows": _("a record outside the conditions"),
    "limits": _("more than the limits"),
    "hours": _("another time of the day"),
    "binding": _("another binding of the calls"),
    "second_person": _("a call without a second person"),
    "extract": _("a file, or a larger one,"),
}
"""What a policy would let out that another does not, by its member."""

_TYPES = {
    LogicalType.STRING: _("text"),
    LogicalType.INTEGER: _("whole number"),
    LogicalType.NUMBER: pgettext_lazy("type", "number"),
    LogicalType.BOOLEAN: _("yes or no"),
    LogicalType.DATE: pgettext_lazy("type", "date"),
}


def type_words(kind: LogicalType) -> str:
    """What kind of value a field holds."""
    return str(_TYPES[kind])


def allowed_words(field: Field) -> str:
    """The code list of a field as people call its values."""
    titles = {value: (zh, en) for value, zh, en in field.titles}
    return pgettext("list", ", ").join(
        spoken(*titles[value]) if value in titles else value for value in field.allowed
    )


def value_words(field: Field | None, value: Any) -> str:
    """A value of a record as people read it; empty where there is none."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, float):
        return f"{value:,.10g}"
    for code, zh, en in field.titles if field is not None else ():
        if code == value:
            return spoken(zh, en)
    return str(value)


def denial_words(code: str) -> str:
    """The reason of a denial in the reader's language; the code itself where there are no words."""
    if code in _DENIALS:
        return str(_DENIALS[code])
    if code.startswith("httpsig."):
        return str(_("the signature is missing or wrong"))
    if code.startswith("contracts."):
        return str(_("the identifier is malformed"))
    return code


def spoken(zh: str, en: str) -> str:
    """The name in the reader's language, Chinese where there is no English one."""
    return en if en and (get_language() or "").startswith("en") else zh
