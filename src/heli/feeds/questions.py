"""What the feeds ask of upper rooms."""

from collections.abc import Collection, Mapping

from heli.kernel.registry import question


@question("feeds.open_matters")
def open_matters(
    department: str, subject_type: str, subjects: Collection[str]
) -> Mapping[str, str]:
    """Subjects of open matters in which a department holds a task, with the matter's code.

    Unanswered: none, so that nothing is told.
    """
    return {}


@question("feeds.subjects_at_work")
def subjects_at_work(department: str, subject_type: str) -> Mapping[str, str]:
    """All subjects of such matters, with the matter's code; unanswered: none."""
    return {}


@question("feeds.is_own_receiver")
def is_own_receiver(address: str) -> bool:
    """Whether an address is, letter by letter, a receiver of this very server on its loopback.

    Unanswered: none is; a webhook leads to another department's system.
    """
    return False
