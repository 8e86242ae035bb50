"""What openness asks of upper rooms."""

from heli.kernel.registry import question


@question("openness.tell_matter")
def tell_matter(matter: str, department: str, correction: str, resource: tuple[str, str]) -> bool:
    """Tell a department's officers that a running matter rests on a corrected record.

    Unanswered: nobody.
    """
    return False
