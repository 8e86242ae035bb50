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


@fact("ledger.fact.forgotten", gettext_noop("What a fact said was forgotten by law: {ground}"))
class FactForgotten(FactData, frozen=True, kw_only=True):
    """A fact lost its content and its salt; its place in the log stays, and says nothing.

    Attributes:
        fact: Its id.
        told: Its verb.
        commitment: Its commitment, in hexadecimal.
        ground: The legal ground.
    """

    fact: str
    told: str
    commitment: str
    ground: str
