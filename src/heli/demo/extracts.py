"""Linjiang's extracts: the statisticians fetched one, the environment officer's waits for them."""

from heli.exchange import selectors, services
from heli.exchange.services import Query
from heli.organisation.selectors import Person

EMPLOYMENT, ENTERPRISES = "rsj/employment", "scjg/enterprises"
ASKED = (
    (EMPLOYMENT, "fgw02", "employment_statistics", "employment-survey", "parquet", True),
    (ENTERPRISES, "sthj02", "pollution_census", "pollution-census", "csv", True),
    (ENTERPRISES, "sthj02", "pollution_census", "pollution-census", "csv", False),
)
"""Resource, who asks, purpose, duty, format, and whether the file is fetched at once."""


def seed_extracts() -> None:
    """Make the city's extracts, unless some are there already."""
    for address, username, purpose, duty, file_format, fetched in ASKED:
        person = Person.objects.filter(username=username).first()
        if person is None or _made(person, fetched=fetched):
            continue
        row = services.ask_extract(
            Query(
                actor=person.actor,
                department=str(person.department_id),
                resource=address,
                subject_type="",
                subject_id="",
                matter="",
                purpose=purpose,
                task=duty,
                extract=file_format,
            )
        )
        services.make_extract(row.pk)
        if fetched:
            _, file = services.fetch_extract(row.pk, actor=person.actor)
            file.close()


def _made(person: Person, *, fetched: bool) -> bool:
    rows = selectors.extracts_of(str(person.department_id)).filter(actor=str(person.actor))
    return any((row.state == "fetched") is fetched for row in rows)
