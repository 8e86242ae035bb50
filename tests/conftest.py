"""Fixtures that every test may use."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.personas"]

REFERENCE_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Folder of public reference data beside the project; skips where it is absent."""
    if not REFERENCE_DATA.is_dir():
        pytest.skip("the public reference data is not beside the project")
    return REFERENCE_DATA
