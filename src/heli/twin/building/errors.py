"""Why a version of a city model is not built; nothing of it is saved then."""

from heli.errors import ForbiddenError, gettext_noop
from heli.twin.errors import TwinError


class PartWithoutGrantError(ForbiddenError):
    """A part of the city comes from a resource that the department has no grant on."""

    code = "twin.part_without_grant"
    message = gettext_noop(
        "The part “{part}” comes from {resource}, on which your department holds no grant for the "
        "purpose “{purpose}”."
    )
    remedy = gettext_noop("Apply for one at {url}, then build again; nothing was read or saved.")


class ColumnNotOpenError(ForbiddenError):
    """A grant leaves out or masks a field that a model needs as it is."""

    code = "twin.column_not_open"
    message = gettext_noop(
        "The part “{part}” needs the field {column} of {resource} as it is; your grant shows it as "
        "“{mask}”."
    )
    remedy = gettext_noop("Apply for this field at {url}, or take another column in the recipe.")


class DecoysAmongRecordsError(ForbiddenError):
    """A resource is handed over with decoys, which would be counted as people or firms."""

    code = "twin.decoys_among_records"
    message = gettext_noop(
        "Extracts of {resource} hold made-up records among the real ones, so the part “{part}” "
        "cannot be counted from it."
    )
    remedy = gettext_noop("Ask the source department for a statistical table of it.")


class BadSourceError(TwinError):
    """A record of a source is wrong, or does not fit the other sources."""

    code = "twin.source_entry"
    message = gettext_noop("{resource}, {record}: {reason}.")
    remedy = gettext_noop(
        "Ask the source department to correct the record, or correct the recipe; no version was "
        "saved."
    )


class NothingCountedError(TwinError):
    """Observations are too few, or fit nothing, so that nothing can be calibrated from them."""

    code = "twin.nothing_counted"
    message = gettext_noop("{place}: {count} observations are too few to calibrate from.")
    remedy = gettext_noop("Give at least {least}, or leave this part out of the recipe.")
