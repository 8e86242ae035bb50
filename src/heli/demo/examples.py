"""Numbers of people and things in the registers, for whoever tries a form in the demo city."""

from functools import lru_cache

from heli.demo.city import APPLICANTS
from heli.demo.registers import personas
from heli.kernel.home import home
from heli.organisation.selectors import Person


def examples(person: Person | None) -> dict[str, str]:
    """A number with its name, an enterprise, a unit and a parcel that the registers know.

    Applicants get what is their own; anybody else gets what belongs to somebody without account.
    """
    if not (home() / "registers" / "residents.parquet").exists():
        return {}
    cast = _cast()
    names = [applicant.username for applicant in APPLICANTS]
    place = names.index(person.username) if person and person.username in names else len(names)
    return dict(cast[place]) if place < len(cast) else {}


@lru_cache(maxsize=1)
def _cast() -> tuple[tuple[tuple[str, str], ...], ...]:
    return tuple(
        (
            ("person", one.resident_id),
            ("name", one.name),
            ("enterprise", one.credit_code),
            ("property", one.unit_code),
            ("parcel", one.parcel_code),
        )
        for one in personas(home(), len(APPLICANTS) + 1)
    )
