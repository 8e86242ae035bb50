"""Witnesses, checkpoints, evidence and alarms in the reader's words."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from heli.engines.translog import Algorithm, Refusal, TrustedKeys
from heli.engines.translog.encoding import encode64
from heli.kernel import clock
from heli.ledger import selectors
from heli.ledger.models import Checkpoint, Evidence
from heli.ledger.questions import department_name
from heli.ledger.selectors import LogState, WitnessAnswer

ALGORITHMS = {
    Algorithm.ED25519: "Ed25519",
    Algorithm.ML_DSA_44: "ML-DSA-44",
    Algorithm.SM2_SM3: "SM2/SM3",
}

FAULTS = {
    "unreachable": _("it cannot be reached"),
    "slow": _("it takes too long"),
    "broken": _("it answers something else"),
}
"""What a witness does instead of answering."""

REFUSALS = {
    Refusal.MALFORMED: _("the checkpoint is malformed"),
    Refusal.UNKNOWN_LOG: _("it does not watch this log"),
    Refusal.BAD_SIGNATURE: _("the log did not sign it"),
    Refusal.ROLLBACK: _("the log became shorter"),
    Refusal.STALE: _("the proof starts at another size"),
    Refusal.FORK: _("there are two histories of the same size"),
    Refusal.BAD_PROOF: _("it does not continue what was signed before"),
}


@dataclass(frozen=True, slots=True)
class WitnessRow:
    """A witness's answer in words: ``state`` is one of the five, for the tag.

    Attributes:
        inside: Whether it runs in this installation, in the hands of whoever runs that.
    """

    name: str
    state: str
    label: str
    reason: str
    at: Any
    address: str = ""
    algorithm: str = ""
    inside: bool = False


def witness_row(answer: WitnessAnswer, keys: TrustedKeys) -> WitnessRow:
    """One witness's answer, and how the trust policy has it."""
    state, label, reason = "suspended", gettext("Not asked yet"), ""
    if answer.signed:
        state, label = "on_time", gettext("Cosigned")
    elif answer.refusal:
        state, label = "late", gettext("Refused to sign")
        reason = refusal_words(answer.refusal)
    elif answer.silent:
        state, label = "late", gettext("Does not answer")
    key = keys.witnesses.get(answer.department)
    address = keys.addresses.get(answer.department, "")
    return WitnessRow(
        department_name(answer.department),
        state,
        label,
        reason,
        answer.at,
        address or gettext("in this installation"),
        ALGORITHMS[key.kind.algorithm] if key else "",
        inside=not address,
    )


def refusal_words(refusal: str) -> str:
    """Why a witness refused, in the reader's words."""
    return str(REFUSALS[Refusal(refusal)])


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """A checkpoint as the state page lists it."""

    size: int
    at: Any
    root: str
    cosigned: int
    asked: int
    refused: tuple[str, ...]


def checkpoint_row(checkpoint: Checkpoint) -> CheckpointRow:
    """One checkpoint; its cosignatures should be prefetched."""
    answers = list(checkpoint.cosignatures.all())
    refused = tuple(department_name(each.department) for each in answers if each.refusal)
    return CheckpointRow(
        checkpoint.size,
        checkpoint.at,
        encode64(bytes(checkpoint.root)),
        len(answers) - len(refused),
        len(answers),
        refused,
    )


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A piece of evidence as a list shows it."""

    id: str
    at: Any
    witness: str
    why: str
    size: int
    remembered: int | None
    state: str
    worth: str
    url: str


def evidence_row(row: Evidence) -> EvidenceRow:
    """One piece of evidence."""
    size = [*row.remembered.split("\n"), ""][1]
    proven = selectors.proven(row)
    return EvidenceRow(
        id=str(row.pk),
        at=row.at,
        witness=department_name(row.department),
        why=refusal_words(row.refusal),
        size=row.size,
        remembered=int(size) if size.isdecimal() else None,
        state="late" if proven else "at_risk",
        worth=gettext("Proven") if proven else gettext("The witness's word"),
        url=reverse("ledger:evidence", args=[row.pk]),
    )


@dataclass(frozen=True, slots=True)
class Alarm:
    """What everybody who watches over the ledger must know now.

    Attributes:
        title: In one line.
        text: What it means and whose turn it is.
        url: Where to read on.
    """

    title: str
    text: str
    url: str


PATIENCE = 10.0
"""Seconds for which checkpoints may lack their quorum without an alarm."""


def alarm(log: LogState | None = None) -> Alarm | None:
    """The alarm in force; None when all is well.

    Args:
        log: The state of the log, where it is at hand.
    """
    log = log or selectors.log_state()
    if log.disputed:
        accused = [each for each in log.answers if each.refusal]
        names = " · ".join(department_name(each.department) for each in accused)
        return Alarm(
            gettext("Witnesses say the past of the ledger was changed"),
            gettext(
                "{names} refuse to sign: what the log shows now contradicts what they signed "
                "before. The audit administrator must act; the evidence is kept."
            ).format(names=names),
            reverse("ledger:evidence_list"),
        )
    # Since the first that lacks it: in a busy city the latest is never older than a moment.
    since = None if log.enough else log.lacking_since
    if since and (clock.now() - since).total_seconds() > PATIENCE:
        return _below_quorum(log)
    return None


def _below_quorum(log: LogState) -> Alarm:
    silent = [department_name(each.department) for each in log.answers if not each.signed]
    return Alarm(
        gettext("Too few witnesses sign the ledger"),
        gettext(
            "{signed} of {needed} needed signed. Data is still exchanged and entered, but "
            "receipts lack the signatures of {names}. Their operators must act."
        ).format(signed=len(log.cosigned), needed=log.quorum, names=" · ".join(silent)),
        reverse("ledger:state"),
    )
