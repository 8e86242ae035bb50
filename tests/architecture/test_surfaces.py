"""Everything that pages do can be done over REST, but for what is named here with its reason."""

import ast
from collections.abc import Iterable
from pathlib import Path

import pytest

HELI = Path(__file__).resolve().parents[2] / "src" / "heli"
ROOMS = sorted(path.parent.name for path in HELI.glob("*/services*") if path.name != "__pycache__")

OWN_ACCOUNT = "one's own sign-in, in a browser"
BY_TWO = "two administrators, each at their own screen; a password is shown once"
IN_PAGES = {"twin"}
"""Rooms all of whose views are modules of ``pages``."""
ON_PAGES_ONLY = {
    "organisation": {
        "change_password": OWN_ACCOUNT,
        "begin_second_step": OWN_ACCOUNT,
        "confirm_second_step": OWN_ACCOUNT,
        "remove_second_step": OWN_ACCOUNT,
        "ask_change": BY_TWO,
        "confirm_change": BY_TWO,
        "decline_change": BY_TWO,
        "changes_open_to": BY_TWO,
        "kind_of": BY_TWO,
    },
}


def used(files: Iterable[Path]) -> set[str]:
    """Names taken from a module called ``services``."""
    return {
        node.attr
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "services"
    }


def of_pages(room: str) -> set[str]:
    patterns = ["**/views.py", "views/**/*.py", *(["pages/*.py"] if room in IN_PAGES else [])]
    return used(path for each in patterns for path in (HELI / room).glob(each))


def of_rest(room: str) -> set[str]:
    return used([*(HELI / room).glob("**/api*.py"), *(HELI / room).glob("rest/**/*.py")])


def test_pages_and_operations_are_seen():
    assert {"cases", "organisation", "exchange"} <= set(ROOMS)
    assert {"approve", "claim", "attach"} <= of_pages("cases") & of_rest("cases")
    assert "create_person" in of_pages("organisation")


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_page_does_can_be_done_over_rest(room):
    assert of_pages(room) - of_rest(room) == set(ON_PAGES_ONLY.get(room, {}))
