"""The verbs of imported history. The case's own identifier in the log stays out of the facts."""

from heli.errors import gettext_noop
from heli.ledger.verbs import FactData, fact


@fact("cases.history.opened", gettext_noop("The matter began (from the log “{source}”)"))
class HistoryOpened(FactData, frozen=True, kw_only=True):
    """A case of a log, at the instant it began.

    Attributes:
        source: Name of the import.
        deadline: ISO 8601 instant, empty where the log gives none.
    """

    source: str
    deadline: str = ""


@fact("cases.history.performed", gettext_noop("{department}: {activity} (from the log “{source}”)"))
class HistoryPerformed(FactData, frozen=True, kw_only=True):
    """An event of a log, at the instant it happened.

    Attributes:
        lifecycle: XES life-cycle transition, empty where the log gives none.
    """

    source: str
    activity: str
    lifecycle: str = ""


@fact("cases.history.closed", gettext_noop("The matter ended (from the log “{source}”)"))
class HistoryClosed(FactData, frozen=True, kw_only=True):
    """A case of a log, at the instant it ended.

    Attributes:
        deadline: ISO 8601 instant it should have ended by, empty where the log gives none.
    """

    source: str
    deadline: str = ""


@fact(
    "cases.history.imported",
    gettext_noop("{events} events of {matters} matters were imported from the log “{source}”"),
)
class HistoryImported(FactData, frozen=True, kw_only=True):
    """An import came to its end.

    Attributes:
        matters: Matters added since the last such fact of this source.
        events: Events added since then.
        refused: Rows of this run that were no events.
    """

    source: str
    matters: int
    events: int
    refused: int
