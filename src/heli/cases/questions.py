"""What the cases room asks and only upper rooms can tell."""

from heli.kernel.registry import question
from heli.organisation.selectors import Person


@question("cases.examples")
def examples(person: Person | None) -> dict[str, str]:
    """What to try a form with in a demo city: numbers by kind of subject, the person's ``name``."""
    return {}
