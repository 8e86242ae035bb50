"""What the ledger answers over REST."""

import datetime as dt
from uuid import UUID

from ninja import Schema


class ConsistencyOut(Schema):
    """Proof that the log of ``second`` entries extends that of ``first``.

    Attributes:
        proof: Hashes of RFC 9162 section 2.1.4, base64.
    """

    first: int
    second: int
    proof: list[str]


class PolicyGroupOut(Schema):
    """Counts as a witness when ``threshold`` of ``members`` have signed."""

    threshold: int
    members: list[str]


class PolicyWitnessOut(Schema):
    """A witness that counts.

    Attributes:
        key: Its verifier key (C2SP signed-note).
        address: Where it is asked; empty where it runs in this installation.
    """

    name: str
    key: str
    algorithm: str
    address: str


class PolicyLogOut(Schema):
    """A key of the log."""

    key: str
    algorithm: str


class PolicyOut(Schema):
    """The trust policy.

    Attributes:
        needed: The fewest witnesses that are enough.
        total: Witnesses named.
        quorum: Name of the witness or group that must have signed.
        text: The policy as C2SP tlog-policy writes it: the keys file.
    """

    needed: int
    total: int
    quorum: str
    groups: dict[str, PolicyGroupOut]
    witnesses: list[PolicyWitnessOut]
    logs: list[PolicyLogOut]
    text: str


class WitnessOut(Schema):
    """What a witness answered to the latest checkpoint.

    Attributes:
        refusal: Why it refused; empty when it signed or was not asked yet.
        silent: Whether it did not answer several times in a row.
    """

    name: str
    signed: bool
    refusal: str
    silent: bool
    at: dt.datetime | None


class StateOut(Schema):
    """The log at one instant.

    Attributes:
        size: Entries under the latest checkpoint.
        cosigned_size: Entries that enough witnesses vouch for.
        needed: The fewest cosignatures that are enough.
        enough: Whether the latest checkpoint has them.
        disputed: Whether a witness says that the past was changed.
        pending: Facts without a place yet.
    """

    size: int
    cosigned_size: int
    at: dt.datetime | None
    needed: int
    enough: bool
    disputed: bool
    pending: int
    witnesses: list[WitnessOut]


class EvidenceOut(Schema):
    """Two checkpoints that cannot both be true, and the proof that fails.

    Attributes:
        size: Entries of the checkpoint that was refused.
        offered: That checkpoint.
        remembered: The one the witness had signed before.
        old_size: Size the proof starts from.
        proof: The proof offered, hashes in base64.
        proven: Whether both are signed by the log, so that the witness need not be trusted.
    """

    id: UUID
    at: str
    witness: str
    refusal: str
    size: int
    offered: str
    remembered: str
    old_size: int
    proof: list[str]
    proven: bool
