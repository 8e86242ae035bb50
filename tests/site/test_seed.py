"""``heli seed`` harms no city that is not the demo's, and none without being told to."""

import os
import pty
import shutil
import subprocess

import pytest
from tests.site.conftest import Installation

PREPARE = """
from heli.kernel.actor import HELI
from heli.organisation.services import NewDepartment, NewPerson, create_departments, create_people
create_departments([NewDepartment("{hall}", "市政府", "City Hall", "府")], actor=HELI)
create_people([NewPerson("{login}", "演示", department="{hall}")], actor=HELI)
"""
COUNT = """
from heli.ledger.models import Fact
from heli.organisation.models import Person
print("left", Fact.objects.count(), Person.objects.count())
"""


CITIES = {"linjiang": ("szf", "applicant1"), "elsewhere": ("hall", "mayor")}


@pytest.fixture(scope="module")
def cities(tmp_path_factory):
    """Homes with one department and one person, each a fact, to be copied."""
    first = Installation(tmp_path_factory.mktemp("first") / "home")
    assert first.run("migrate").returncode == 0
    made = {}
    for name, (hall, login) in CITIES.items():
        made[name] = Installation(tmp_path_factory.mktemp(name) / "home")
        shutil.copytree(first.home, made[name].home)
        script = PREPARE.format(hall=hall, login=login)
        assert made[name].run("manage", "shell", input=script).returncode == 0
    return made


@pytest.fixture
def linjiang(cities, installation):
    shutil.copytree(cities["linjiang"].home, installation.home)
    return installation


@pytest.fixture
def elsewhere(cities, installation):
    shutil.copytree(cities["elsewhere"].home, installation.home)
    return installation


def left(installation):
    said = installation.run("manage", "shell", input=COUNT)
    return [int(word) for word in said.stdout.split("left", 1)[1].split()[:2]]


@pytest.mark.parametrize("arguments", [(), ("--reset",), ("--reset", "--yes")])
def test_seeding_is_refused_outside_the_demo(linjiang, arguments):
    linjiang.settings["HELI_DEMO"] = "0"
    said = linjiang.run("seed", *arguments, stdin=subprocess.DEVNULL)
    assert said.returncode == 1
    assert "HELI_DEMO is off here: nothing was filled or emptied" in said.stderr
    assert "site.no_demo" in said.stderr
    assert "Traceback" not in said.stderr
    assert left(linjiang) == [2, 1]


@pytest.mark.parametrize("arguments", [(), ("--reset", "--yes")])
def test_another_city_is_neither_filled_nor_emptied(elsewhere, arguments):
    said = elsewhere.run("seed", *arguments)
    assert said.returncode == 1
    assert "demo.other_city" in said.stderr
    assert left(elsewhere) == [2, 1]
    brought_up = elsewhere.run("run")
    assert brought_up.returncode == 2
    assert "HELI_DEMO=0" in brought_up.stderr
    assert left(elsewhere) == [2, 1]


def test_without_a_terminal_a_reset_needs_yes(linjiang):
    said = linjiang.run("seed", "--reset", stdin=subprocess.DEVNULL)
    assert said.returncode == 1
    assert "The city has 2 facts" in said.stderr
    assert "--yes" in said.stderr
    assert left(linjiang) == [2, 1]


def test_an_unknown_scale_is_refused_before_anything_is_lost(linjiang):
    said = linjiang.run("seed", "--reset", "--yes", "--scale", "huge")
    assert said.returncode == 2
    assert "small" in said.stderr
    assert "Traceback" not in said.stderr
    assert left(linjiang) == [2, 1]


def at_a_terminal(installation, answer, *arguments):
    """Run ``heli`` with a terminal for its input, on which somebody types."""
    ours, theirs = pty.openpty()
    os.write(ours, answer.encode())
    try:
        return installation.run(*arguments, stdin=theirs)
    finally:
        os.close(ours)
        os.close(theirs)


def test_at_a_terminal_one_is_asked_and_may_say_no(linjiang):
    said = at_a_terminal(linjiang, "n\n", "seed", "--reset")
    assert said.returncode == 1
    assert "Destroy all 2 facts" in said.stderr
    assert left(linjiang) == [2, 1]


@pytest.mark.parametrize("way", ["asked", "told"])
def test_who_says_yes_gets_a_city_that_begins_anew(linjiang, way):
    for name in ("attachments", "witnesses", "keys"):
        (linjiang.home / name).mkdir(exist_ok=True)
        (linjiang.home / name / "old").write_text("old")
    if way == "asked":
        said = at_a_terminal(linjiang, "y\n", "seed", "--reset", "--scale", "tiny")
    else:
        said = linjiang.run("seed", "--reset", "--yes", "--scale", "tiny")
    assert said.returncode == 0, said.stderr
    facts, people = left(linjiang)
    assert facts > 200
    assert people > 70
    kept = {name for name in ("attachments", "witnesses", "keys")
            if (linjiang.home / name / "old").exists()}  # fmt: skip
    assert kept == {"keys"}
