"""The generated pages of the reference are those that the code gives now."""

import pytest
from tools import reference


@pytest.mark.parametrize("name", sorted(reference.PAGES))
def test_page_is_current(name):
    kept = (reference.FOLDER / name).read_text("utf-8")
    assert kept == reference.PAGES[name](), "run: python -m tools.reference write"
