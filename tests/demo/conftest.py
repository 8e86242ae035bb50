"""A whole small city, seeded inside the test's transaction."""

import pytest
from django.db import connection
from tests.remembered import Remembered

from heli.cases import assignment
from heli.demo import linjiang
from heli.exchange.compiled import catalogue


def forget():
    """Nothing of another test's city may be remembered."""
    catalogue.forget()
    assignment.forget_rosters()


LINJIANG = Remembered(lambda: linjiang.seed(scale="tiny"))


@pytest.fixture
def seeded(db):
    """Linjiang with a thousand residents and its four weeks of work."""
    connection.check_constraints()
    forget()
    LINJIANG.set_up()
    forget()
    yield
    forget()
