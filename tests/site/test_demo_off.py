"""An installation that was the demo city, and a demo city that others can reach."""

import os
import subprocess
import sys

import pytest

from heli.site import environment

MADE = """
from heli.site import startup
startup.migrate()
from django.test import Client
from heli.demo.organisation import PASSWORD
from heli.kernel.actor import HELI
from heli.organisation.models import Person
from heli.organisation.services import NewPerson, create_people
"""
FILLED = """
from django.contrib.auth.hashers import make_password
names = "applicant1", "sysadmin"
create_people([NewPerson(n, n, password=make_password(PASSWORD)) for n in names], actor=HELI)
"""
ENTERED = """
def enter(name, password):
    client = Client(headers={"host": "127.0.0.1", "accept-language": "en"})
    return client.post("/sign-in/", {"username": name, "password": password})
"""


def run(home, script, demo):
    variables = os.environ | {"HELI_HOME": str(home), "HELI_DEMO": demo}
    variables.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "-c", MADE + script],
        env=variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout, done.stderr


def test_without_the_demo_city_its_password_and_its_sessions_open_nothing(tmp_path):
    made, _ = run(
        tmp_path,
        FILLED
        + ENTERED
        + """
answer = enter("sysadmin", PASSWORD)
print(answer.status_code, answer.cookies["sessionid"].value)
""",
        "1",
    )
    status, session = made.split()
    assert status == "302"
    told, warned = run(
        tmp_path,
        ENTERED
        + f"""
def account():
    client = Client(headers={{"host": "127.0.0.1"}})
    client.cookies["sessionid"] = {session!r}
    return client.get("/account/").status_code
answer = enter("sysadmin", PASSWORD)
print(answer.status_code, "which anybody can read" in answer.content.decode(), account())
startup.close_demo()
person = Person.objects.get(username="sysadmin")
person.set_password("a phrase of my own")
person.save()
print(account(), enter("sysadmin", "a phrase of my own").status_code)
""",
        "0",
    )
    assert told.splitlines() == ["403 True 200", "302 302"]
    assert "every session has ended" in " ".join(warned.split())


@pytest.mark.parametrize(
    ("host", "url", "found"),
    [
        ("127.0.0.1", "", []),
        ("::1", "http://localhost:8000", []),
        ("0.0.0.0", "", ["0.0.0.0"]),
        ("::", "", ["::"]),
        ("127.0.0.1", "https://heli.example", ["heli.example"]),
        ("10.1.0.4", "http://10.1.0.4:8000/", ["10.1.0.4"]),
    ],
)
def test_a_demo_city_that_others_can_reach_is_told(monkeypatch, capsys, host, url, found):
    from heli.site import startup

    monkeypatch.setenv("HELI_HOST", host)
    monkeypatch.setenv("HELI_PUBLIC_URL", url)
    monkeypatch.setenv("HELI_DEMO", "1")
    assert environment.exposed() == found
    with startup.console.capture() as told:
        startup.warn_of_demo()
    assert bool(found) == ("step into every account" in " ".join(told.get().split()))
    monkeypatch.setenv("HELI_DEMO", "0")
    with startup.console.capture() as told:
        startup.warn_of_demo()
    assert told.get() == ""
