"""A small city with its registers, catalogue and grants, and matters that the tests decide on."""

import datetime as dt
from dataclasses import dataclass, field

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.exchange.combining import bare, granted  # noqa: F401 - fixtures
from tests.remembered import Remembered

from heli.demo import registers
from heli.exchange.compiled import catalogue
from heli.exchange.models import Resource
from heli.exchange.questions import Standing, matter_standing, matter_standings
from heli.kernel.actor import HELI
from heli.kernel.home import home
from heli.organisation import services as organisation
from heli.organisation.selectors import forget_departments
from heli.organisation.services import NewDepartment

CODES = "szf sjj gaj scjg rsj jyj zrzy wjw xfjy sthj cgj zjj jtj swj fgw zwzx"
NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)


@dataclass
class Matters:
    """Matters as an upper room would know them."""

    live: dict[str, bool] = field(default_factory=dict)
    tasks: set[tuple[str, str]] = field(default_factory=set)
    done: set[tuple[str, str]] = field(default_factory=set)
    subjects: set[tuple[str, str, str]] = field(default_factory=set)
    own: set[tuple[str, str]] = field(default_factory=set)

    def add(self, code, *, departments=(), subjects=(), live=True):
        self.live[code] = live
        self.tasks |= {(code, department) for department in departments}
        self.subjects |= {(code, *subject) for subject in subjects}
        return code

    def standing(self, matter_code, department, subject_type, subject_id):
        return Standing(
            live=self.live.get(matter_code, False),
            holds_task=(matter_code, department) in self.tasks - self.done,
            took_part=(matter_code, department) in self.tasks,
            concerns_subject=(matter_code, subject_type, subject_id) in self.subjects,
            known=matter_code in self.live,
            own_filing=(matter_code, department) in self.own,
        )


@pytest.fixture
def matters(monkeypatch):
    known = Matters()
    monkeypatch.setattr(matter_standing, "_answer", known.standing)
    monkeypatch.setattr(matter_standings, "_answer", None)
    return known


@pytest.fixture(scope="module")
def written():
    """The registers on disk; the demo city's own tests may have emptied them before."""
    registers.seed_registers(home(), seed=3, scale="tiny")
    return home()


def write_city():
    organisation.create_departments(
        [
            NewDepartment(code, f"演示{code}", f"Demo {code}", code[0].upper())
            for code in CODES.split()
        ],
        actor=HELI,
    )
    registers.seed_catalogue()


CITY = Remembered(write_city)


def set_up_city():
    forget_departments()
    catalogue.forget()
    CITY.set_up()
    forget_departments()
    catalogue.forget()
    return {row.name: row for row in Resource.objects.all()}


@pytest.fixture
def exchange_city(db, written):
    """Departments, catalogue and grants inside the test's transaction."""
    resources = set_up_city()
    yield resources
    catalogue.forget()
    forget_departments()


@pytest.fixture
def committed_city(transactional_db, written):
    """The same, visible to other threads and emptied afterwards."""
    yield set_up_city()
    catalogue.forget()
    forget_departments()


@pytest.fixture
def persona(written):
    return registers.personas(written, 3)


def new_system(department):
    """Register a system and return its key id and private key."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    _, key = organisation.register_system(department, f"{department} 系统", public, actor=HELI)
    return key.key_id, private
