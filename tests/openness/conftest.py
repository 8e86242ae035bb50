"""A city with its registers, and what is opened of them."""

import duckdb
import pyarrow.parquet as pq
import pytest
from tests.exchange.conftest import *  # noqa: F403 - the exchange's city is this room's ground
from tests.exchange.conftest import set_up_city
from tests.openness.correcting import asked, number, resource, two  # noqa: F401 - fixtures

from heli.exchange.compiled import catalogue
from heli.kernel.actor import HELI, Actor
from heli.kernel.home import home
from heli.openness import services
from heli.openness.portal import limits
from heli.openness.services import Terms
from heli.organisation.models import Person
from heli.organisation.selectors import forget_departments
from heli.organisation.services import NewPerson, create_person, set_identity

BEDS = {
    "fields": [
        {"field": "facility_no"},
        {"field": "name"},
        {"field": "division"},
        {"field": "beds"},
        {"field": "occupied", "mask": "bucket", "width": 50},
        {"field": "emergency"},
    ]
}
FIRMS = {
    "fields": [{"field": "trade"}, {"field": "division"}, {"field": "status"}],
    "measures": [{"field": "capital", "how": "mean"}],
    "least": 5,
}
STEWARD = Actor("person", "1", "wjw")


def terms(**more):
    return Terms(
        **{
            "title_zh": "医院床位",
            "title_en": "Hospital beds",
            "description_zh": "各医院的床位数和占用情况。",
            "description_en": "Beds of each hospital and how many are taken.",
            "keywords": ("床位", "医院"),
            "theme": "health",
            "licence": "CC-BY-4.0",
            "update_cycle": "daily",
            "contact_name": "卫生健康委员会数据管理员",
            "contact_email": "data@wjw.linjiang.example",
            "legal_basis": "《中华人民共和国政府信息公开条例》第十九条",
        }
        | more
    )


def open_beds(resources, rules=BEDS, **more):
    row = services.publish(
        actor=STEWARD,
        resource=resources["hospital_beds"],
        slug="hospital-beds",
        kind="records",
        rules=rules,
        terms=terms(**more),
    )
    services.issue(row)
    return row


def open_firms(resources, rules=FIRMS):
    row = services.publish(
        actor=Actor("person", "2", "scjg"),
        resource=resources["enterprises"],
        slug="enterprise-statistics",
        kind="statistics",
        rules=rules,
        terms=terms(title_zh="企业统计", title_en="Enterprise statistics", theme="economy",
                    keywords=(), description_zh="各行业的企业数。"),
    )  # fmt: skip
    services.issue(row)
    return row


@pytest.fixture(autouse=True)
def _no_brake(monkeypatch):
    """Tests ask more often than people."""
    for brake in (limits.pages, limits.downloads, limits.guesses, limits.filings):
        monkeypatch.setattr(brake, "_seen", {})


@pytest.fixture
def beds(exchange_city):
    return open_beds(exchange_city)


@pytest.fixture
def firms(exchange_city):
    return open_firms(exchange_city)


@pytest.fixture
def put_right(written):
    """Changes a record in a department's register itself; the register is restored afterwards."""
    kept = {}

    def change(register, column, subject, /, **values):
        path = home() / "registers" / f"{register}.parquet"
        kept.setdefault(path, path.read_bytes())
        cases = ", ".join(
            f"CASE WHEN {column} = ? THEN ? ELSE {field} END AS {field}" for field in values
        )
        fresh = path.with_suffix(".new")
        given = [part for value in values.values() for part in (subject, value)]
        with duckdb.connect() as connection:
            table = connection.execute(
                f"SELECT * REPLACE ({cases}) FROM read_parquet('{path}')", given
            ).to_arrow_table()
        pq.write_table(table, fresh)
        fresh.replace(path)

    yield change
    for path, content in kept.items():
        path.write_bytes(content)


@pytest.fixture
def sign_in(exchange_city, client):
    """Signs somebody in: ``sign_in(Role.STEWARD, department="gaj")``; gives the client."""

    def make(*roles, department="", competences=(), identity=""):
        name = f"s{department}{'-'.join(roles)}{identity[-4:].lower()}"
        person = Person.objects.filter(username=name).first() or create_person(
            NewPerson(name, "演示人员", "Demo person", department=department,
                      roles=frozenset(roles), competences=competences,),
            actor=HELI,
        )  # fmt: skip
        if identity:
            set_identity(person, identity)
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        client.person = person
        return client

    return make


__all__ = ["catalogue", "forget_departments", "set_up_city"]
