"""What the exchange asks of upper rooms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from heli.kernel.permissions import Role
from heli.kernel.registry import question


@dataclass(frozen=True, slots=True)
class Standing:
    """How a department stands to a matter and its subjects at this moment.

    Attributes:
        live: The matter is open, or a draft for which the answering room allows pre-filling.
        holds_task: The department holds a live task in it.
        concerns_subject: The subject asked about is one of the matter's.
        reason: Why, in words, for logs and support.
        known: There is a matter with this code.
        took_part: The department holds or held a task in it, so it may know how the matter is.
        own_filing: The department's own system filed it, so nobody else stands by it.
    """

    live: bool
    holds_task: bool
    concerns_subject: bool
    reason: str = ""
    known: bool = True
    took_part: bool = False
    own_filing: bool = False


@question("exchange.matter_standing")
def matter_standing(
    matter_code: str, department: str, subject_type: str, subject_id: str
) -> Standing:
    """Whether a department may ask about this subject for this matter; unanswered: it may not."""
    return Standing(False, False, False, "no room keeps matters", known=False)


@question("exchange.matter_standings")
def matter_standings(asked: Sequence[tuple[str, str, str, str]]) -> list[Standing]:
    """The same for many at once; unanswered: as :func:`matter_standing` says of each."""
    return [matter_standing(*each) for each in asked]


@question("exchange.matter_address")
def matter_address(reader: object, code: str) -> str:
    """Where a matter is shown to somebody; empty for who may not see it, and unanswered."""
    return ""


@question("exchange.project_standing")
def project_standing(project: str, department: str, resource: str) -> bool:
    """Whether an approved project of the department may ask a resource; unanswered: it may not."""
    return False


@question("exchange.project_titles")
def project_titles(codes: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    """Chinese and English titles of projects by their codes; unanswered: none is known."""
    return {}


@question("exchange.matter_code")
def is_matter_code(text: str) -> bool:
    """Whether a text has the form of a matter's code, check digits included; unanswered: no."""
    return False


@question("exchange.matter_kinds")
def matter_kinds() -> list[tuple[str, str]]:
    """Kinds of matter in Chinese and English; unanswered: none is known."""
    return []


@dataclass(frozen=True, slots=True)
class Notification:
    """Something for the inbox of those who hold a role in a department, or everywhere.

    Attributes:
        key: Names the text: ``exchange.application.waits``, ``feeds.late``.
        link: What it is about, ``exchange.application:ID``, ``feeds.feed:gaj/residents``.
        urgent: Whether somebody must act.
        person: Number of the one person it is for; then the role does not matter.
    """

    department: str
    role: Role
    key: str
    link: str
    urgent: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)
    person: int | None = None


@question("exchange.notify")
def notify(notification: Notification) -> None:
    """Put something into inboxes, in the caller's transaction; unanswered: only pages tell it."""
