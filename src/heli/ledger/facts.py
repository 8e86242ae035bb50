"""What the ledger itself tells."""

from heli.errors import gettext_noop
from heli.ledger.verbs import FactData, fact


@fact(
    "ledger.repaired",
    gettext_noop("After an interrupted run, {count} facts were entered into the log"),
)
class Repaired(FactData, frozen=True, kw_only=True):
    """Facts were found without a leaf after a crash, and got one."""

    count: int


@fact("ledger.salt.destroyed", gettext_noop("The salt of a fact was destroyed: {ground}"))
class SaltDestroyed(FactData, frozen=True, kw_only=True):
    """A leaf can no longer be linked to its content; the legal ground is given."""

    fact: str
    ground: str
