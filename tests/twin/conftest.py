"""The demo city and its base once; a small city that tests take apart."""

import pytest

from heli.demo.twin.city import linjiang
from heli.demo.twin.offer import scenarios
from heli.twin.evaluating import evaluate
from heli.twin.state import base_state, scenario_state


@pytest.fixture(scope="session")
def demo_city():
    return linjiang()


@pytest.fixture(scope="session")
def city(demo_city):
    return demo_city


@pytest.fixture(scope="session")
def base(city):
    return evaluate(base_state(city))


@pytest.fixture(scope="session")
def policies():
    return scenarios()


@pytest.fixture(scope="session")
def options(base, policies):
    return {
        name: evaluate(scenario_state(scenario, base.state), base)
        for name, scenario in policies.items()
    }
