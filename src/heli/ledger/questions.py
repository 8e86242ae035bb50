"""What the ledger asks of upper rooms."""

from collections.abc import Mapping
from uuid import UUID

from heli.kernel.registry import question


@question("ledger.witness_departments")
def witness_departments() -> tuple[str, ...]:
    """Codes of the departments whose witnesses cosign, at least three; used at the first start."""
    return ("supervision", "justice", "audit")


@question("ledger.department_name")
def department_name(code: str) -> str:
    """A department's name in the reader's language."""
    return code


@question("ledger.concerns_matter")
def concerns_matter(user: object, matter: str) -> bool:
    """Whether the matter is the applicant's own, or the official's department takes part in it."""
    return False


@question("ledger.concerns_fact")
def concerns_fact(user: object, verb: str, department: str, data: Mapping[str, object]) -> bool:
    """Whether a fact concerns an official beside those of the department that did it.

    For example the steward of the department whose data was used.
    """
    return False


@question("ledger.subject_label")
def subject_label(subject: str) -> str:
    """How to show what a fact is about (``room.noun:ID``) to people."""
    return subject


@question("ledger.forgotten")
def forgotten(fact_id: UUID) -> None:
    """Forget what a room keeps beside a fact that is forgotten, in the caller's transaction.

    Unanswered: nothing is kept beside facts.
    """
