"""A city model with a version and scenarios, and the people who plan with it.

Here ``city`` are the departments, as in the other rooms; the modelled city is ``demo_city``.
"""

import pytest
from tests.personas import DEPARTMENTS

from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.organisation.services import NewDepartment, create_departments
from heli.twin import services
from heli.twin.policy import PLANNING


@pytest.fixture
def city(db):
    planning = NewDepartment("zrzy", "自然资源和规划局", "Planning Bureau", "自", parent="szf")
    return {row.code: row for row in create_departments((*DEPARTMENTS, planning), actor=HELI)}


@pytest.fixture
def planner(make_person):
    return make_person("planner", Role.OFFICER, department="zrzy", competences=(PLANNING,))


@pytest.fixture
def leader(make_person):
    return make_person("leader", Role.LEADER, department="szf")


@pytest.fixture
def model(planner):
    return services.create_model(
        "linjiang", "临江", "Linjiang", department="zrzy", actor=planner.actor
    )


@pytest.fixture
def version(model, demo_city, planner):
    return services.add_version(model, demo_city, actor=planner.actor, department="zrzy")


@pytest.fixture
def saved(model, version, policies, planner):
    return [
        services.save_scenario(model, policies[name], actor=planner.actor, department="zrzy")
        for name in ("odd-plates", "bridge-toll")
    ]


@pytest.fixture
def time():
    """Time that moves only when told to: ``time.advance(minutes=2)``."""
    with clock.frozen(clock.now()) as frozen:
        yield frozen
