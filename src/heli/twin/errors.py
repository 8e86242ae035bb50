"""What can be wrong with a city, a scenario or what is asked of them."""

from heli.errors import BadInputError, ConflictError, HeliError, NotFoundError, gettext_noop


class TwinError(BadInputError):
    """Root of the room's errors; ``place`` is a file's line or entry, as its author sees it."""

    code = "twin.bad_input"


class UnreadableFileError(TwinError):
    """A file cannot be read as text."""

    code = "twin.unreadable_file"
    message = gettext_noop("{place} cannot be read: {reason}.")
    remedy = gettext_noop("Check the path and that the file is UTF-8 text.")


class BadSliceError(TwinError):
    """A part of the day is not written as it should be."""

    code = "twin.bad_slice"
    message = gettext_noop("{place}: “{text}” is no part of a day.")
    remedy = gettext_noop("Write it as NAME=HOURS:SHARE, such as peak=2:0.2.")


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


class RepeatedStopError(TwinError):
    """A line stops twice at one place."""

    code = "twin.repeated_stop"
    message = gettext_noop("{place}: the stop “{stop}” is where the stop “{other}” is.")
    remedy = gettext_noop("Name each place once; a line runs in both directions by itself.")


class NoSchoolThereError(TwinError):
    """School hours are to be changed where no school is."""

    code = "twin.no_school_there"
    message = gettext_noop("{place}: no zone there has school places.")
    remedy = gettext_noop("Name an area with schools, or leave “area” out for all of the city.")


class TwiceError(TwinError):
    """Two measures of one kind are for the same line or the same schools."""

    code = "twin.twice"
    message = gettext_noop("{place} and {other}: two measures “{kind}” are for {name}.")
    remedy = gettext_noop("Join them in one measure, or make them for different places.")


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


class UnknownModelError(NotFoundError):
    """There is no such city model or version."""

    code = "twin.unknown_model"
    message = gettext_noop("There is no city model {model}.")
    remedy = gettext_noop("Look the city model up in the list.")


class UnknownRunError(NotFoundError):
    """There is no such run."""

    code = "twin.unknown_run"
    message = gettext_noop("There is no simulation {run}.")
    remedy = gettext_noop("Look the simulation up in the list.")


class UnknownPolicyError(NotFoundError):
    """A city model has no such scenario."""

    code = "twin.unknown_policy"
    message = gettext_noop("The city model {model} has no scenario {scenario}.")
    remedy = gettext_noop("Look at the scenarios of the city model.")


class SameContentError(ConflictError):
    """A version with the same content is there already."""

    code = "twin.same_content"
    message = gettext_noop("Version {number} of {model} has the same content.")
    remedy = gettext_noop("Use that version; a new one is needed only for other data.")


class BuildingAlreadyError(ConflictError):
    """A version of a city model is being built, so that another cannot be."""

    code = "twin.building_already"
    message = gettext_noop("A version of {model} is being built.")
    remedy = gettext_noop("Wait until it is done.")


class BuildBrokeOffError(ConflictError):
    """The process that built a version ended again and again."""

    code = "twin.build_broke_off"
    message = gettext_noop("The process that built a version of {model} ended {count} times.")
    remedy = gettext_noop("Look into the worker's log; memory may be short for a city this large.")


class NameTakenError(ConflictError):
    """Another scenario or city model has the name."""

    code = "twin.name_taken"
    message = gettext_noop("“{given}” is taken.")
    remedy = gettext_noop("Choose another name, or change the one that is there.")


class ChangedMeanwhileError(ConflictError):
    """A scenario was saved by somebody else since it was opened."""

    code = "twin.changed_meanwhile"
    message = gettext_noop("The scenario {scenario} was changed meanwhile.")
    remedy = gettext_noop("Open it anew and compare; what you wrote is still in the form.")


class NoOptionError(BadInputError):
    """A run compares nothing, too much, or one thing twice."""

    code = "twin.options"
    message = gettext_noop("A simulation compares 1 to {most} different scenarios, not {given}.")
    remedy = gettext_noop("Choose scenarios of one city model.")


class RunOverError(ConflictError):
    """A run is through, so it cannot be stopped."""

    code = "twin.run_over"
    message = gettext_noop("The simulation {run} is through already.")
    remedy = gettext_noop("Nothing needs to be done.")


class RunNotDoneError(ConflictError):
    """A run has no result that could be used."""

    code = "twin.run_not_done"
    message = gettext_noop("The simulation {run} has no complete result.")
    remedy = gettext_noop("Wait until it is done, or ask for it anew.")


class RunBrokeOffError(ConflictError):
    """A run's process ended again and again."""

    code = "twin.run_broke_off"
    message = gettext_noop("The process that carried out {run} ended {count} times.")
    remedy = gettext_noop("Look into the worker's log; memory may be short for a city this large.")


class RunFaultError(HeliError):
    """Carrying out a run met a fault of the program."""

    code = "twin.run_fault"
    message = gettext_noop("{run} could not be carried out: the program has a fault.")
    remedy = gettext_noop("Tell who runs this installation; the worker's log says what happened.")


class NoEnsembleError(ConflictError):
    """A run without an ensemble foretells nothing that could be scored."""

    code = "twin.no_ensemble"
    message = gettext_noop("The simulation {run} has no ensemble, so its figures no intervals.")
    remedy = gettext_noop("Ask for it anew with an ensemble, and file that.")


class AlteredError(ConflictError):
    """What the database keeps is not what its hash in the ledger was made of."""

    code = "twin.altered"
    message = gettext_noop("What is kept of {what} is not what its hash in the ledger stands for.")
    remedy = gettext_noop(
        "Do not use it; tell the audit administrator, who runs heli ledger audit."
    )


class UnknownOptionError(BadInputError):
    """A run did not compare this option."""

    code = "twin.unknown_option"
    message = gettext_noop("The simulation {run} did not compare “{option}”.")
    remedy = gettext_noop("Use one of: {known}.")


class PeriodError(BadInputError):
    """What is foretold has begun already, or ends before it begins."""

    code = "twin.period"
    message = gettext_noop("{first} … {last} cannot be foretold: {reason}.")
    remedy = gettext_noop("Give a first day after {today}, and a last day not before it.")


class FiledAlreadyError(ConflictError):
    """The prediction was filed already."""

    code = "twin.filed_already"
    message = gettext_noop("What {run} foretells of “{option}” from {first} on is filed already.")
    remedy = gettext_noop("Nothing needs to be done; a filed prediction is never changed.")


class UnknownPredictionError(NotFoundError):
    """There is no such prediction."""

    code = "twin.unknown_prediction"
    message = gettext_noop("There is no such prediction.")
    remedy = gettext_noop("Look the prediction up in the list.")


class NotForetoldError(BadInputError):
    """Something was observed that the prediction does not hold."""

    code = "twin.not_foretold"
    message = gettext_noop("The prediction holds no figure “{figure}”.")
    remedy = gettext_noop("Use the names of its figures, such as {known}.")


class BadObservationError(BadInputError):
    """An observed value is no number, or there is none."""

    code = "twin.observation"
    message = gettext_noop("{place}: {reason}.")
    remedy = gettext_noop("Give a finite number in the figure's unit, with a point for decimals.")


class NotYetObservedError(ConflictError):
    """The period that was foretold has not begun."""

    code = "twin.not_yet"
    message = gettext_noop("What is foretold begins on {first}; nothing can be observed yet.")
    remedy = gettext_noop("Enter what is observed from that day on.")


class UnknownMatterError(BadInputError):
    """A run is to be cited in a matter that is not there."""

    code = "twin.unknown_matter"
    message = gettext_noop("There is no matter {matter} in which your department takes part.")
    remedy = gettext_noop("Check the code of the matter.")


class CitedAlreadyError(ConflictError):
    """A matter refers to the run already."""

    code = "twin.cited_already"
    message = gettext_noop("The matter {matter} cites {run} already.")
    remedy = gettext_noop("Nothing needs to be done.")


class MalformedRunCodeError(BadInputError):
    """What was given has not the form of a run's code."""

    code = "twin.run_code"
    message = gettext_noop("“{typed}” is no code of a simulation; one looks like {example}.")
    remedy = gettext_noop("Compare it with the report.")


class MistypedRunCodeError(BadInputError):
    """The check digits of a run's code do not fit."""

    code = "twin.run_code_check"
    message = gettext_noop("The check digits of {code} do not fit.")
    remedy = gettext_noop("Compare it with the report: a character is wrong or two are swapped.")
