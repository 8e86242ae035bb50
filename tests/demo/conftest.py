"""A whole small city, seeded inside the test's transaction."""

import pytest
from django.db import connection

from heli.cases import assignment
from heli.demo import linjiang
from heli.exchange.compiled import catalogue
from heli.kernel.home import home


def forget():
    """Nothing of another test's city may be remembered, by witnesses least of all."""
    catalogue.forget()
    assignment.forget_rosters()
    for memory in home().glob("witnesses/*/state.json"):
        memory.unlink()


@pytest.fixture
def seeded(db):
    """Linjiang with a thousand residents and its four weeks of work."""
    connection.check_constraints()
    forget()
    linjiang.seed(scale="tiny")
    yield
    forget()
