"""Facts about contract versions."""

from heli.errors import gettext_noop
from heli.ledger.verbs import FactData, fact


@fact(
    "exchange.contract.announced",
    gettext_noop(
        "{department} announced version {version} of {resource}; version {replaces} ends at "
        "{sunset_at}"
    ),
)
class ContractAnnounced(FactData, frozen=True, kw_only=True):
    """A version that breaks callers was announced, and the end of the one before.

    Attributes:
        consumers: Codes of the departments that hold valid grants and are told.
        breaks: Kinds of the differences that break callers.
    """

    resource: str
    version: str
    replaces: str
    sunset_at: str
    contract_hash: str
    consumers: list[str]
    breaks: list[str]


@fact(
    "exchange.contract.announcement_withdrawn",
    gettext_noop("{department} took back version {version} of {resource}: {reason}"),
)
class AnnouncementWithdrawn(FactData, frozen=True, kw_only=True):
    """An announced version will not come; the one in force stays."""

    resource: str
    version: str
    reason: str
    consumers: list[str]


@fact(
    "exchange.contract.ended",
    gettext_noop("Version {version} of {resource} ended; version {successor} answers now"),
)
class ContractEnded(FactData, frozen=True, kw_only=True):
    """A version no longer answers."""

    resource: str
    version: str
    successor: str
