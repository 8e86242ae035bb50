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


@fact(
    "ledger.checkpoint.refused",
    gettext_noop(
        "The witness of {witness} refused to sign {entries} entries: the log contradicts the "
        "{remembered} entries it signed before"
    ),
)
class CheckpointRefused(FactData, frozen=True, kw_only=True):
    """A witness says that the past was changed; the proof is kept as evidence.

    Attributes:
        witness: Its name: the code of its department.
        refusal: Why, a ``translog.Refusal``.
        entries: Entries of the checkpoint it refused.
        remembered: Entries of the one it signed last.
    """

    witness: str
    refusal: str
    entries: int
    remembered: int


@fact(
    "ledger.witness.silent",
    gettext_noop("The witness of {witness} does not answer: {fault}"),
)
class WitnessSilent(FactData, frozen=True, kw_only=True):
    """A witness did not answer several times in a row.

    Attributes:
        witness: Its name.
        fault: What happened instead: ``unreachable``, ``slow`` or ``broken``.
    """

    witness: str
    fault: str


@fact("ledger.witness.returned", gettext_noop("The witness of {witness} answers again"))
class WitnessReturned(FactData, frozen=True, kw_only=True):
    """A witness that was silent answered.

    Attributes:
        witness: Its name.
    """

    witness: str


@fact(
    "ledger.quorum.lost",
    gettext_noop(
        "Too few witnesses sign the log: {cosigned} of {needed} needed; it goes on without them"
    ),
)
class QuorumLost(FactData, frozen=True, kw_only=True):
    """Newer entries are not vouched for by enough witnesses.

    Attributes:
        cosigned: Witnesses that signed the latest checkpoint.
        needed: The fewest that would be enough.
        entries: Entries that still are vouched for.
    """

    cosigned: int
    needed: int
    entries: int


@fact("ledger.quorum.restored", gettext_noop("Enough witnesses sign the log again"))
class QuorumRestored(FactData, frozen=True, kw_only=True):
    """All entries are vouched for again.

    Attributes:
        entries: How many there are.
    """

    entries: int


@fact(
    "ledger.policy.changed",
    gettext_noop("From now on {needed} of {total} witnesses must sign the log"),
)
class PolicyChanged(FactData, frozen=True, kw_only=True):
    """Another trust policy came into force.

    Attributes:
        needed: The fewest witnesses that are enough.
        total: Witnesses named.
        policy_hash: SHA-256 of the policy's text, in hexadecimal.
    """

    needed: int
    total: int
    policy_hash: str
