"""A ledger of its own for every test: fresh keys, witnesses and log beside the test database."""

import pytest
from tests.ledger.happenings import enter

from heli.ledger import custody


@pytest.fixture(autouse=True)
def fresh_home(tmp_path, monkeypatch):
    """Witnesses remember across transactions that a test rolls back; each test gets new ones."""
    monkeypatch.setenv("HELI_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(custody, "_loaded", {})
    return tmp_path / "home"


@pytest.fixture
def log(db):
    """A log of 300 entries, so more than one tile, under three checkpoints."""
    return [*enter(100), *enter(150), *enter(50)]
