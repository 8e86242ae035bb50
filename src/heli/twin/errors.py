"""What can be wrong with a city, a scenario or what is asked of them."""

from heli.errors import BadInputError, gettext_noop


class TwinError(BadInputError):
    """Root of the room's errors; ``place`` is a file's line or entry, as its author sees it."""

    code = "twin.bad_input"


class UnreadableFileError(TwinError):
    """A file cannot be read as text."""

    code = "twin.unreadable_file"
    message = gettext_noop("{place} cannot be read: {reason}.")
    remedy = gettext_noop("Check the path and that the file is UTF-8 text.")


class UnwritableFileError(TwinError):
    """A file cannot be written."""

    code = "twin.unwritable_file"
    message = gettext_noop("{place} cannot be written: {reason}.")
    remedy = gettext_noop("Name a folder that is there and that you may write to.")


class FolderTakenError(TwinError):
    """Files are to be written where others are, which would be lost."""

    code = "twin.folder_taken"
    message = gettext_noop("{place} is not an empty folder.")
    remedy = gettext_noop("Name a new or an empty folder; what is there stays as it is.")


class BadEntryError(TwinError):
    """An entry of a city or a scenario is wrong."""

    code = "twin.entry"
    message = gettext_noop("{place}: {reason}.")
    remedy = gettext_noop("Correct this entry; the demo city and its scenarios show the form.")


class OtherModelError(TwinError):
    """A scenario was made for another version of the city."""

    code = "twin.other_model"
    message = gettext_noop(
        "Scenario “{scenario}” is for the city model {wanted}, but this one is {found}."
    )
    remedy = gettext_noop("Check the scenario against this city and set its “model” to {found}.")


class OutsideWindowError(TwinError):
    """A scenario does not hold in the hour that is modelled."""

    code = "twin.outside_window"
    message = gettext_noop(
        "Scenario “{scenario}” does not hold on all working days from {hour} on for an hour, "
        "which is what the city models."
    )
    remedy = gettext_noop("Widen the window, or model the city at another hour.")


class NobodyConcernedError(TwinError):
    """A measure concerns no vehicle at all, for example as it exempts everyone."""

    code = "twin.nobody_concerned"
    message = gettext_noop("{place}: the measure “{kind}” concerns no vehicle that travels.")
    remedy = gettext_noop("Correct “for” and “except”; vehicles are: {known}.")


class TollWithoutClassError(TwinError):
    """A toll does not say who pays it."""

    code = "twin.toll_without_class"
    message = gettext_noop("{place}: the toll does not say who pays it.")
    remedy = gettext_noop("Give “for” with uses, fuels or standards; uses are: {known}.")


class OverlappingAreasError(TwinError):
    """Two measures of one kind hold on the same links, for the same vehicles."""

    code = "twin.overlap"
    message = gettext_noop(
        "{place} and {other}: two measures “{kind}” overlap on {count} links, first {link}."
    )
    remedy = gettext_noop("Join them in one measure, or make their areas or vehicles disjoint.")


class UnknownPlaceError(TwinError):
    """A measure names a place or vehicles that the city does not have."""

    code = "twin.unknown_place"
    message = gettext_noop("{place}: there is no {what} “{name}”.")
    remedy = gettext_noop("Use one of: {known}.")


class NothingThereError(TwinError):
    """A measure's place holds no links."""

    code = "twin.nothing_there"
    message = gettext_noop("{place}: no link lies there.")
    remedy = gettext_noop("Name an area, roads or links where somebody drives.")


class DisconnectedCityError(TwinError):
    """A city has trips that no path carries even without a policy."""

    code = "twin.disconnected"
    message = gettext_noop(
        "{count} pairs of zones have trips but no path; first {origin} → {destination}, "
        "{trips} vehicles an hour of {segment}."
    )
    remedy = gettext_noop("Connect the zones by links, or take the trips out.")


class MixedStatesError(TwinError):
    """Reports of different states were to be put together."""

    code = "twin.mixed_states"
    message = gettext_noop("The {ledger} report is of the state {found}, not of {wanted}.")
    remedy = gettext_noop("Compute all reports from one state.")


class UnbalancedError(TwinError):
    """Two reports that must agree do not; the figures are not given out."""

    code = "twin.unbalanced"
    message = gettext_noop("{what}: {left} and {right} differ by more than {tolerance}.")
    remedy = gettext_noop("This is a fault of Heli: please report it with the city and scenario.")


class UnknownCityError(TwinError):
    """A city is neither a folder nor one that comes with Heli."""

    code = "twin.unknown_city"
    message = gettext_noop("“{city}” is neither a folder nor a city that comes with Heli.")
    remedy = gettext_noop("Give a city's folder, or “demo” for the demo city.")


class UnknownScenarioError(TwinError):
    """A scenario is neither a file nor one of the city's."""

    code = "twin.unknown_scenario"
    message = gettext_noop("“{scenario}” is neither a file nor a scenario of this city.")
    remedy = gettext_noop("Give the path of a YAML or JSON file, or one of: {known}.")


class NoLaneLeftError(TwinError):
    """A measure takes away the last lane."""

    code = "twin.no_lane_left"
    message = gettext_noop("{place}: link {link} has {lanes} lanes, so that none would be left.")
    remedy = gettext_noop("Take away fewer lanes, or close the link by the measure “closure”.")


class UnknownFigureError(TwinError):
    """Options are to be ranked by something that is no figure, or neither good nor bad."""

    code = "twin.unknown_figure"
    message = gettext_noop("Options cannot be ranked by “{figure}”.")
    remedy = gettext_noop("Give NAME or NAME@PLACE with one of: {known}.")
