"""What tests of corrections share."""

import pytest

from heli.cases.models import Notice
from heli.exchange import services as exchange
from heli.exchange.models import Grant
from heli.kernel.actor import Actor
from heli.kernel.permissions import Role
from heli.openness import services

STEWARD = Actor("person", "9", "gaj")


@pytest.fixture
def asked(exchange_city, matters, persona):
    """Looks a resident up for a department; the fact of the answer."""

    def ask(consumer, number=None, purpose=""):
        number = number or persona[0].resident_id
        code = matters.add(f"LJ-{consumer}", departments=[consumer],
                           subjects=[("person", number)])  # fmt: skip
        return exchange.lookup(
            actor=Actor("person", "7", consumer), resource="gaj/residents",
            subject=("person", number), matter=code, purpose=purpose,
        )  # fmt: skip

    return ask


def consumers(resource):
    rows = Grant.objects.filter(resource=resource).order_by("consumer_id")
    granted = [(row.consumer_id, row.purpose) for row in rows
               if "address" in str(row.policy) and "name" in str(row.policy)]  # fmt: skip
    return granted


@pytest.fixture
def resource(exchange_city):
    return exchange_city["residents"]


@pytest.fixture
def number(persona):
    return persona[0].resident_id


def correct(resource, number, since=None, **values):
    agreed = services.read_record(resource, "person", number, values, since)
    return services.open_correction(agreed, actor=STEWARD)


@pytest.fixture
def two(resource):
    """Two departments whose grants show the education of a resident."""
    rows = Grant.objects.filter(resource=resource)
    held = {(row.consumer_id, row.purpose): [rule["field"] for rule in row.policy["fields"]]
            for row in rows}  # fmt: skip
    shared = [(who, "address") for who, fields in held.items() if "address" in fields]
    assert len({who[0] for who, _ in shared}) >= 2, held
    first = shared[0][0]
    return first, next(who for who, _ in shared if who[0] != first[0])


NEW = "临江市东城区更正路1号"


def inbox_of(department, role=Role.STEWARD):
    rows = Notice.objects.filter(department=department, role=role).order_by("id")
    return [row.key for row in rows if row.key.startswith("openness.")]
