"""What the exchange asks of upper rooms."""

from dataclasses import dataclass

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
    """

    live: bool
    holds_task: bool
    concerns_subject: bool
    reason: str = ""
    known: bool = True
    took_part: bool = False


@question("exchange.matter_standing")
def matter_standing(
    matter_code: str, department: str, subject_type: str, subject_id: str
) -> Standing:
    """Whether a department may ask about this subject for this matter; unanswered: it may not."""
    return Standing(False, False, False, "no room keeps matters", known=False)


@question("exchange.matter_code")
def is_matter_code(text: str) -> bool:
    """Whether a text has the form of a matter's code, check digits included; unanswered: no."""
    return False
