"""Fixtures that every test may use."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.personas"]

REFERENCE_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.fixture(autouse=True)
def emptied_afterwards(request):
    """Lets a database that was really written to be emptied; the guard refuses that otherwise.

    Emptying it sets the guard up again.
    """
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" not in request.fixturenames and not (
        marker and marker.kwargs.get("transaction")
    ):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    from django.db import connection

    from heli.ledger import guard

    guard.remove(connection)


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Folder of public reference data beside the project; skips where it is absent."""
    if not REFERENCE_DATA.is_dir():
        pytest.skip("the public reference data is not beside the project")
    return REFERENCE_DATA
