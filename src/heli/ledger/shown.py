"""Facts, receipts and witnesses in the reader's words."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from heli.engines.translog import Receipt, Refusal, Verified, verify_receipt
from heli.engines.translog.encoding import encode64
from heli.errors import HeliError
from heli.kernel.localise import explain
from heli.ledger import selectors
from heli.ledger.models import Checkpoint, Fact
from heli.ledger.questions import department_name, subject_label
from heli.ledger.selectors import WitnessAnswer
from heli.ledger.sentences import tell

ACTORS = {
    "person": _("a person, number {id}"),
    "system": _("the system {id}"),
    "public": _("somebody not signed in"),
    "heli": _("Heli itself"),
}

REFUSALS = {
    Refusal.MALFORMED: _("the checkpoint is malformed"),
    Refusal.BAD_SIGNATURE: _("the log did not sign it"),
    Refusal.ROLLBACK: _("the log became shorter"),
    Refusal.STALE: _("the proof starts at another size"),
    Refusal.FORK: _("there are two histories of the same size"),
    Refusal.BAD_PROOF: _("it does not continue what was signed before"),
}


def sentence(fact: Fact) -> str:
    """A fact in the reader's language."""
    if fact.salt is None:
        return gettext("What happened here was forgotten by law; only the entry stands")
    return tell(
        fact.verb,
        fact.data,
        department=fact.department,
        matter=fact.matter,
        actor=actor(fact.actor),
    )


def actor(name: str) -> str:
    """Who acted, without a name: facts hold no direct identifiers of people."""
    kind, _colon, number = name.partition(":")
    return str(ACTORS[kind]).format(id=number) if kind in ACTORS else name


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact as a list shows it."""

    id: str
    position: int | None
    at: Any
    sentence: str
    department: str
    matter: str
    url: str
    receipt_url: str


def fact_row(fact: Fact) -> FactRow:
    """One fact for a list."""
    return FactRow(
        id=str(fact.pk),
        position=fact.leaf_index,
        at=fact.at,
        sentence=sentence(fact),
        department=department_name(fact.department) if fact.department else "",
        matter=fact.matter,
        url=reverse("ledger:fact", args=[fact.pk]),
        receipt_url=reverse("ledger:receipt", args=[fact.pk])
        if fact.leaf_index is not None
        else "",
    )


def particulars(fact: Fact) -> list[tuple[str, Any]]:
    """What a fact says beside its sentence, by name."""
    about = [
        (gettext("Who acted"), actor(fact.actor)),
        (gettext("Department"), department_name(fact.department) if fact.department else "—"),
        (gettext("Kind of fact"), fact.verb),
        (gettext("About"), subject_label(fact.subject) if fact.subject else "—"),
        (gettext("Matter"), fact.matter or "—"),
    ]
    return about + [(name, _value(value)) for name, value in fact.data.items()]


def _value(value: Any) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "—"
    return str(value)


@dataclass(frozen=True, slots=True)
class WitnessRow:
    """A witness's answer in words: ``state`` is one of the five, for the tag."""

    name: str
    state: str
    label: str
    reason: str
    at: Any


def witness_row(answer: WitnessAnswer) -> WitnessRow:
    """One witness's answer."""
    name = department_name(answer.department)
    if answer.signed:
        return WitnessRow(name, "on_time", gettext("Cosigned"), "", answer.at)
    if answer.refusal:
        reason = str(REFUSALS.get(Refusal(answer.refusal), answer.refusal))
        return WitnessRow(name, "late", gettext("Refused to sign"), reason, answer.at)
    return WitnessRow(name, "suspended", gettext("Not asked yet"), "", None)


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
class Proof:
    """A receipt as its page shows it, checked the way anybody can check it.

    Attributes:
        receipt: The receipt.
        verified: What it proves; None when it does not hold.
        fault: Why not, in words.
        witnesses: Departments whose witness cosigned.
        quorum: Cosignatures needed.
    """

    receipt: Receipt
    verified: Verified | None
    fault: str
    witnesses: tuple[str, ...]
    quorum: int

    @property
    def root(self) -> str:
        """Root of the signed tree, base64."""
        return encode64(self.verified.checkpoint.root) if self.verified else ""

    @property
    def others(self) -> int:
        """Entries beside this one under the checkpoint."""
        return self.verified.checkpoint.size - 1 if self.verified else 0


def proof(fact: Fact) -> Proof:
    """Make a fact's receipt and check it with the published keys.

    Raises:
        NotDurableError: It cannot be made yet.
    """
    receipt, keys = selectors.receipt(fact.pk), selectors.trusted_keys()
    names = {key.name: department for department, key in keys.witnesses.items()}
    quorum = keys.groups[keys.quorum].threshold
    try:
        verified = verify_receipt(receipt, keys)
    except HeliError as error:
        return Proof(receipt, None, explain(error).detail, (), quorum)
    witnesses = tuple(department_name(names[each.witness.name]) for each in verified.cosignatures)
    return Proof(receipt, verified, "", witnesses, quorum)
