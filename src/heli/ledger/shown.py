"""Facts and receipts in the reader's words."""

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from heli.engines.translog import Receipt, Verified, verify_receipt
from heli.engines.translog.encoding import encode64
from heli.errors import HeliError
from heli.kernel.localise import explain
from heli.ledger import policy, selectors
from heli.ledger.models import Fact
from heli.ledger.questions import department_name, subject_label
from heli.ledger.sentences import DEPARTMENTS, name_in, said, tell
from heli.web.words import duration, figure

ACTORS = {
    "person": _("a person, number {id}"),
    "system": _("the system {id}"),
    "public": _("somebody not signed in"),
    "heli": _("Heli itself"),
}


def receipts(user: object, facts: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Where the receipts of facts are shown, by fact; without those that somebody may not see."""
    return {
        key: reverse("ledger:receipt", args=[key])
        for key, row in selectors.facts(facts).items()
        if policy.may_see_fact(user, row)
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


FIELDS = {
    "accountable": pgettext_lazy("fact", "Accountable"),
    "activity": pgettext_lazy("fact", "Activity"),
    "asked": pgettext_lazy("fact", "Asked"),
    "asker": pgettext_lazy("fact", "Asked by"),
    "assignee": pgettext_lazy("fact", "Given to"),
    "attempts": pgettext_lazy("fact", "Attempts"),
    "consumer": pgettext_lazy("fact", "May look up"),
    "contract_version": pgettext_lazy("fact", "Version of the contract"),
    "count": pgettext_lazy("fact", "Number"),
    "deadline": pgettext_lazy("fact", "Deadline"),
    "due": pgettext_lazy("fact", "Due"),
    "due_at": pgettext_lazy("fact", "Due"),
    "ends_on": pgettext_lazy("fact", "Last day"),
    "entries": pgettext_lazy("fact", "Entries of the log"),
    "events": pgettext_lazy("fact", "Events"),
    "expires_at": pgettext_lazy("fact", "Valid until"),
    "fields": pgettext_lazy("fact", "Fields"),
    "fire_at": pgettext_lazy("fact", "Reached"),
    "giver": pgettext_lazy("fact", "Handed over by"),
    "ground": pgettext_lazy("fact", "Ground"),
    "key_id": pgettext_lazy("fact", "Key"),
    "late": pgettext_lazy("fact", "Late"),
    "legal_basis": pgettext_lazy("fact", "Legal basis"),
    "matters": pgettext_lazy("fact", "Matters"),
    "name": pgettext_lazy("fact", "Name"),
    "names": pgettext_lazy("fact", "Competences"),
    "old_until": pgettext_lazy("fact", "Older keys end"),
    "parallel_seconds": pgettext_lazy("fact", "Taken in parallel"),
    "parent": pgettext_lazy("fact", "Belongs to"),
    "person": pgettext_lazy("fact", "Person"),
    "post": pgettext_lazy("fact", "Post"),
    "prefilled": pgettext_lazy("fact", "Fields filled in by the city"),
    "purpose": pgettext_lazy("fact", "Purpose"),
    "rank": pgettext_lazy("fact", "Rank"),
    "reason": pgettext_lazy("fact", "Reason"),
    "refused": pgettext_lazy("fact", "Rows left out"),
    "resource": pgettext_lazy("fact", "Data resource"),
    "remembered": pgettext_lazy("fact", "Entries signed before"),
    "role": pgettext_lazy("fact", "Role"),
    "rows": pgettext_lazy("fact", "Records released"),
    "rung": pgettext_lazy("fact", "Step of the clock"),
    "seats": pgettext_lazy("fact", "Seats"),
    "seconds": pgettext_lazy("fact", "Taken"),
    "serial_seconds": pgettext_lazy("fact", "One after the other"),
    "since": pgettext_lazy("fact", "From"),
    "size": pgettext_lazy("fact", "Size in bytes"),
    "source": pgettext_lazy("fact", "Source"),
    "started_at": pgettext_lazy("fact", "Started"),
    "starts_on": pgettext_lazy("fact", "First day"),
    "substitute": pgettext_lazy("fact", "Stands in"),
    "suspended_seconds": pgettext_lazy("fact", "Suspended for"),
    "system": pgettext_lazy("fact", "System"),
    "taker": pgettext_lazy("fact", "Handed over to"),
    "until": pgettext_lazy("fact", "Until"),
    "version": pgettext_lazy("fact", "Version"),
    "witness": pgettext_lazy("fact", "Witness of"),
}
"""What the fields of facts are called. What is not here is for machines: it stands in the entry."""

NOUNS = {
    "absence": pgettext_lazy("fact", "Absence"),
    "alert": pgettext_lazy("fact", "Alert"),
    "application": pgettext_lazy("fact", "Application"),
    "attachment": pgettext_lazy("fact", "Attachment"),
    "category": pgettext_lazy("fact", "Category of the catalogue"),
    "clock": pgettext_lazy("fact", "Clock"),
    "confirmation": pgettext_lazy("fact", "Second person"),
    "conflict": pgettext_lazy("fact", "Conflict of sources"),
    "correction": pgettext_lazy("fact", "Correction"),
    "dataset": pgettext_lazy("fact", "Open dataset"),
    "delivery": pgettext_lazy("fact", "Delivery"),
    "department": pgettext_lazy("fact", "Department"),
    "duty": pgettext_lazy("fact", "Statutory duty"),
    "element": pgettext_lazy("fact", "Data element"),
    "emergency": pgettext_lazy("fact", "Rule for emergencies"),
    "extract": pgettext_lazy("fact", "Extract"),
    "fact": pgettext_lazy("fact", "Fact"),
    "feed": pgettext_lazy("fact", "Feed"),
    "file": pgettext_lazy("fact", "File"),
    "grant": pgettext_lazy("fact", "Grant"),
    "handover": pgettext_lazy("fact", "Handover"),
    "key": pgettext_lazy("fact", "Key"),
    "kind": pgettext_lazy("fact", "Kind of alert"),
    "matter": pgettext_lazy("fact", "Matter"),
    "objection": pgettext_lazy("fact", "Objection"),
    "override": pgettext_lazy("fact", "Emergency access"),
    "person": pgettext_lazy("fact", "Person"),
    "post": pgettext_lazy("fact", "Post"),
    "procedure": pgettext_lazy("fact", "Procedure"),
    "project": pgettext_lazy("fact", "Digital project"),
    "provision": pgettext_lazy("fact", "Provision of law"),
    "request": pgettext_lazy("fact", "Request"),
    "resource": pgettext_lazy("fact", "Data resource"),
    "roster": pgettext_lazy("fact", "Duty roster"),
    "rule": pgettext_lazy("fact", "Forbidden combination"),
    "source": pgettext_lazy("fact", "Imported log"),
    "subscription": pgettext_lazy("fact", "Subscription"),
    "supplement": pgettext_lazy("fact", "Supplement"),
    "system": pgettext_lazy("fact", "System"),
    "task": pgettext_lazy("fact", "Task"),
    "witness": pgettext_lazy("fact", "Witness"),
}
"""What the things are called that facts are about."""


def particulars(fact: Fact) -> list[tuple[str, str]]:
    """What a fact says beside its sentence, in words."""
    named = {**fact.data, "name": name_in(fact.data)}
    about = [
        (gettext("Who acted"), actor(fact.actor)),
        (gettext("Department"), department_name(fact.department) if fact.department else "—"),
        (gettext("About"), about_what(fact)),
        (gettext("Matter"), fact.matter or "—"),
    ]
    return about + [
        (str(FIELDS[field]), _value(field, value, fact))
        for field, value in named.items()
        if field in FIELDS and value not in (None, "") and not covered(field, named)
    ]


def covered(field: str, data: Mapping[str, Any]) -> bool:
    """Whether another field says the same better: the post its name, the system its own."""
    return field == "name" and bool({"post", "system"} & data.keys())


def about_what(fact: Fact) -> str:
    """What a fact is about, in words."""
    if not fact.subject:
        return "—"
    told = subject_label(fact.subject)
    if told != fact.subject:
        return told
    kind, _colon, identifier = fact.subject.partition(":")
    noun = kind.rpartition(".")[2]
    if noun == "department":
        return department_name(identifier)
    if noun in ("person", "resource"):
        return said(noun, identifier, fact.verb, fact.data)
    return str(NOUNS.get(noun, noun))


def entry(fact: Fact) -> str:
    """What was entered for a fact, for those who compare it with its receipt."""
    whole = {
        "id": str(fact.pk),
        "verb": fact.verb,
        "at": fact.at.isoformat(),
        "actor": fact.actor,
        "department": fact.department,
        "matter": fact.matter,
        "subject": fact.subject,
        "data": fact.data,
    }
    return json.dumps(whole, ensure_ascii=False, indent=2, sort_keys=False)


def _value(field: str, value: Any, fact: Fact) -> str:
    if isinstance(value, bool):
        return pgettext("fact", "yes") if value else pgettext("fact", "no")
    if field.endswith("seconds"):
        return duration(dt.timedelta(seconds=value))
    if field in DEPARTMENTS:
        return department_name(str(value))
    if isinstance(value, int) and field not in SAID_BY_NUMBER:
        return figure(value)
    return said(field, value, fact.verb, fact.data) or "—"


SAID_BY_NUMBER = ("person", "substitute", "assignee", "post", "rank")
"""Numbers that stand for something and are not amounts."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A receipt as its page shows it, checked the way anybody can check it.

    Attributes:
        receipt: The receipt.
        verified: What it proves; None when it does not hold.
        fault: Why not, in words.
        witnesses: Departments whose witness cosigned.
        quorum: Cosignatures needed.
        lacking: Departments whose witness had not, where they are too few.
    """

    receipt: Receipt
    verified: Verified | None
    fault: str
    witnesses: tuple[str, ...]
    quorum: int
    lacking: tuple[str, ...] = ()

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
    names = {key: department for department, key in keys.witnesses.items()}
    quorum = keys.needed
    try:
        verified = verify_receipt(receipt, keys)
    except HeliError as error:
        lacking = tuple(department_name(name) for name in receipt.lacking)
        return Proof(receipt, None, explain(error).detail, (), quorum, lacking)
    witnesses = tuple(department_name(names[each.witness]) for each in verified.cosignatures)
    return Proof(receipt, verified, "", witnesses, quorum)
