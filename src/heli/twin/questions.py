"""What the twin asks of upper rooms."""

from typing import TYPE_CHECKING

from heli.kernel.registry import question

if TYPE_CHECKING:
    from heli.twin.city import City
    from heli.twin.scenarios import Scenario


@question("twin.offered_city")
def offered_city(name: str) -> "tuple[City, dict[str, Scenario]] | None":
    """A city that comes with Heli, with its scenarios by their ids; unanswered: there is none."""
    return None


@question("twin.place_title")
def place_title(name: str) -> tuple[str, str] | None:
    """Chinese and English title of a district, area, road or kind of shop; unanswered: its id."""
    return None
