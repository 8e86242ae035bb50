"""A grant that opens extracts of employment records to the statisticians, and what they ask."""

import datetime as dt
from dataclasses import replace

import pytest
from tests.exchange.conftest import NOW

from heli.exchange import services
from heli.exchange.calls.model import Query
from heli.exchange.extracts.formats import spool
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor

RESOURCE = "rsj/employment"
# Of nobody whom a test signs in.
OFFICER = Actor("person", "900011", "fgw")
POLICY = {
    "fields": [
        {"field": "resident_id"},
        {"field": "name", "mask": "partial"},
        {"field": "employer_code"},
        {"field": "since"},
        {"field": "contribution_base"},
        {"field": "insurance"},
    ],
    "binding": "public_task",
    "extract": {"rows": 5_000},
}
QUERY = Query(OFFICER, "fgw", RESOURCE, "", "", "", "statistics", task="survey", extract="parquet")


@pytest.fixture
def now():
    with clock.frozen(NOW) as frozen:
        yield frozen


def give(resource, policy=POLICY, consumer="fgw", purpose="statistics"):
    return services.grant(
        actor=HELI, resource=resource, consumer=consumer, purpose=purpose,
        purpose_zh="就业统计", purpose_en="Employment statistics",
        legal_basis="《中华人民共和国统计法》第十三条", policy=policy,
        expires_at=NOW + dt.timedelta(days=300),
    )  # fmt: skip


@pytest.fixture
def duty(now, committed_city):
    return services.register_duty(
        actor=HELI, department="fgw", code="survey", title_zh="劳动力调查", title_en="Survey",
        legal_ground="《中华人民共和国统计法》第十三条",
    )  # fmt: skip


@pytest.fixture
def grant(committed_city, duty):
    for path in spool("x").parent.iterdir():
        path.unlink()
    return give(committed_city["employment"])


@pytest.fixture
def ready(grant):
    """Makes an extract: ``ready()``, ``ready(extract="csv")``."""

    def make(**changes):
        return services.make_extract(services.ask_extract(replace(QUERY, **changes)).pk)

    return make


@pytest.fixture
def fetched(ready):
    """Makes and fetches an extract: its row and its bytes."""

    def make(**changes):
        row, file = services.fetch_extract(ready(**changes).pk, actor=OFFICER)
        with file:
            return row, file.read()

    return make


HASHED = POLICY | {
    "fields": [
        {"field": "resident_id", "mask": "hash"},
        {"field": "since"},
        {"field": "contribution_base"},
    ]
}
BARE = POLICY | {"fields": [{"field": "since"}, {"field": "contribution_base"}]}
