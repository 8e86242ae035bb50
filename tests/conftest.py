"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation
from hypothesis import settings as hypothesis_settings

# How long an example takes never decides a test.
hypothesis_settings.register_profile("heli", deadline=None)
hypothesis_settings.load_profile("heli")

pytest_plugins = ["tests.personas"]

LONGEST = {"docs", "e2e", "faults", "feeds", "site"}
DATABASES = {"db", "transactional_db"}
REFERENCE_DATA = Path(
    os.environ.get("HELI_REFERENCE_DATA")
    or Path(__file__).resolve().parents[1].parent / "shared" / "data"
)


def pytest_collection_modifyitems(items):
    """What waits longest for servers and browsers comes first, so that no worker ends alone."""
    here = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(here).parts[0] not in LONGEST)


@pytest.fixture(autouse=True)
def in_the_usual_language():
    """A request in English leaves its thread speaking English; the next test starts afresh."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def new_log(request):
    """A test begins with an empty log; a witness that remembered another's would dispute it."""
    from heli.kernel.home import home

    if request.node.get_closest_marker("django_db") or DATABASES & set(request.fixturenames):
        for memory in home().glob("witnesses/*/state.json"):
            memory.unlink()


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
    """Folder of public reference data (``HELI_REFERENCE_DATA``); skips where it is absent."""
    if not REFERENCE_DATA.is_dir():
        pytest.skip("the public reference data is not beside the project")
    return REFERENCE_DATA
