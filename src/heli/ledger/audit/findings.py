"""What an audit can find, in words."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from heli.errors import gettext_noop


class Kind(StrEnum):
    """What was done to the ledger."""

    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    REWRITTEN = "rewritten"
    TILE = "tile"
    SURPLUS = "surplus"
    CHECKPOINT = "checkpoint"
    WITNESS = "witness"
    QUORUM = "quorum"
    GUARD = "guard"


SENTENCES = {
    Kind.ALTERED: gettext_noop("The fact {fact} at position {position} was altered."),
    Kind.REMOVED: gettext_noop(
        "The fact at position {position} was removed; the one before it is {before}."
    ),
    Kind.INSERTED: gettext_noop("The fact {fact} at position {position} was inserted."),
    Kind.REORDERED: gettext_noop(
        "The fact at position {position} was moved; the fact {fact} does not stand where it was "
        "entered."
    ),
    Kind.REWRITTEN: gettext_noop(
        "Facts and tiles were rewritten together, from position {position} (fact {fact}) to {last} "
        "at the latest: what {source} signed for {size} entries has another root."
    ),
    Kind.TILE: gettext_noop("The tile {tile} is damaged; the facts below it are intact."),
    Kind.SURPLUS: gettext_noop(
        "The tile {tile} holds entries from position {position} on, which no checkpoint signs: "
        "facts were removed there with their checkpoints, or the tile was added to."
    ),
    Kind.CHECKPOINT: gettext_noop("The checkpoint of {size} entries does not hold: {reason}."),
    Kind.WITNESS: gettext_noop("The witness of {department} contradicts the log: {reason}."),
    Kind.QUORUM: gettext_noop(
        "The latest checkpoint, of {size} entries, has the cosignatures of {count} witnesses; "
        "{quorum} are needed."
    ),
    Kind.GUARD: gettext_noop(
        "The triggers that keep the ledger append-only are missing or were changed."
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold.

    Attributes:
        kind: What was done.
        position: Where in the log, from 0; None where it has no place there.
        fact: Id of the fact concerned; empty where it is gone or there is none.
        figures: What else the sentence tells.
    """

    kind: Kind
    position: int | None = None
    fact: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    def sentence(self, template: str = "") -> str:
        """The finding in words; pass a translated template to localise it."""
        place = "—" if self.position is None else self.position
        values = {"fact": self.fact or "—", "position": place, **self.figures}
        return (template or SENTENCES[self.kind]).format_map(values)

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "kind": self.kind.value,
            "position": self.position,
            "fact": self.fact,
            "sentence": self.sentence(),
        }
