"""What the cases room asks and only upper rooms can tell."""

from heli.kernel.registry import question
from heli.organisation.models import Person


@question("cases.examples")
def examples(person: Person | None) -> dict[str, str]:
    """Numbers to try a form with, by the kind of subject; only a demo city has any."""
    return {}
