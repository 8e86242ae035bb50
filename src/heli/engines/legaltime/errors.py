"""What can be wrong with a calendar, an instant, an allowance or a suspension."""

from heli.errors import BadInputError, UnsupportedError, gettext_noop


class LegalTimeError(BadInputError):
    """Root of this engine's errors about input that the caller can correct."""

    code = "legaltime.bad_input"


class UnknownCalendarYearError(UnsupportedError):
    """Counting would need a year whose working calendar has not been announced or loaded.

    The figures are ``year`` (the missing year), ``first`` and ``last`` (the known years).
    """

    code = "legaltime.unknown_year"
    message = gettext_noop(
        "The working calendar of {year} is not known; it is known for {first} to {last}."
    )
    remedy = gettext_noop(
        "Choose a start and an allowance within the known years, or add the calendar of {year} "
        "once the State Council has announced it."
    )


class BadCalendarError(LegalTimeError):
    """A calendar file contradicts itself or is not in the expected form."""

    code = "legaltime.bad_calendar"
    message = gettext_noop("The calendar file {name} is not acceptable: {reason}.")
    remedy = gettext_noop("Compare the file with the official notice and correct it.")


class BadInstantError(LegalTimeError):
    """A date and time cannot be read, or leaves open which instant it means."""

    code = "legaltime.bad_instant"
    message = gettext_noop("“{text}” is not a date and time with a UTC offset.")
    remedy = gettext_noop("Write it like 2026-02-13T10:00:00+08:00.")


class InstantOutOfRangeError(LegalTimeError):
    """A date and time, given or counted, lies where the offset of Shanghai is not known.

    The figures are ``text``, ``first`` and ``last`` (the years that can be counted in).
    """

    code = "legaltime.instant_out_of_range"
    message = gettext_noop("{text} lies outside the years {first} to {last}.")
    remedy = gettext_noop(
        "Give dates within these years; a suspension that has not ended is written FROM/.. instead."
    )


class BadAllowanceError(LegalTimeError):
    """An allowed time is not a positive whole number of its unit, or is beyond all reason."""

    code = "legaltime.bad_allowance"
    message = gettext_noop("{amount} is not an acceptable amount of time.")
    remedy = gettext_noop("Give a whole number from 1 to {most}.")


class BadSuspensionError(LegalTimeError):
    """A suspension ends before it begins or cannot be read."""

    code = "legaltime.bad_suspension"
    message = gettext_noop("“{text}” is not a suspension: {reason}.")
    remedy = gettext_noop("Write it as FROM/TO with FROM not later than TO, or FROM/.. while open.")


class BadOfficeHoursError(LegalTimeError):
    """Office hours cannot be read, overlap or are empty."""

    code = "legaltime.bad_office_hours"
    message = gettext_noop("“{text}” are not office hours: {reason}.")
    remedy = gettext_noop("Write them in order and apart, like 09:00-12:00,13:00-18:00.")


class BadRungError(LegalTimeError):
    """A rung names neither a fraction nor an offset, or both."""

    code = "legaltime.bad_rung"
    message = gettext_noop("The rung “{name}” is not acceptable: {reason}.")
    remedy = gettext_noop("Give a fraction from 0 to 1 of the allowed time, or an offset from due.")
