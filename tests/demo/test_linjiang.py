"""The demo city: departments, people, systems, the start page and the tour."""

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.contrib.auth.hashers import check_password
from django.db import connection
from django.urls import reverse
from lxml import etree

from heli.cases import assignment, services
from heli.cases.policy import may_claim
from heli.cases.selectors import queue
from heli.demo import linjiang, matters, organisation, registers, tour
from heli.demo.city import APPLICANTS, UNITS
from heli.demo.personas import GROUPS
from heli.engines.contracts.semantics.identity import parse_identity_number
from heli.exchange import policy
from heli.exchange.models import Access, Appeal, Confirmation, Override
from heli.kernel import clock
from heli.kernel.home import home
from heli.kernel.permissions import ADMINISTRATORS, Role
from heli.ledger import guard
from heli.ledger.models import Fact
from heli.openness.models import Recipient
from heli.organisation import selectors
from heli.organisation.models import Absence, Department, Person, System

PROCEDURES = Path(linjiang.__file__).parents[1] / "cases" / "procedures"


@pytest.fixture
def linjiang_people(db):
    organisation.seed()
    return {person.username: person for person in Person.objects.all()}


def test_there_are_18_departments_with_badges_of_their_own(linjiang_people):
    assert len(UNITS) == 18
    assert Department.objects.filter(parent="szf").count() == 18
    badges = list(Department.objects.values_list("badge", flat=True))
    assert len(set(badges)) == len(badges) == 19
    assert 75 <= len(linjiang_people) <= 95


def test_every_change_of_the_seeding_is_a_fact(linjiang_people):
    def count(verb: str) -> int:
        return Fact.objects.filter(verb=verb).count()

    assert count("organisation.department.created") == 19
    assert count("organisation.person.created") == len(linjiang_people)
    assert count("organisation.system.registered") == System.objects.count()
    names = [person.name_zh for person in linjiang_people.values()]
    told = " ".join(str(fact.data) for fact in Fact.objects.all())
    assert not [name for name in names if name in told]


def test_the_printed_logins_hold_their_roles_and_the_password_opens(linjiang_people):
    for role, username in organisation.logins():
        assert role in linjiang_people[username].roles
    assert {role for role, _ in organisation.logins()} == set(Role)
    assert check_password(organisation.PASSWORD, linjiang_people["applicant1"].password)


def test_the_three_administrators_are_three_people(linjiang_people):
    for person in linjiang_people.values():
        assert len(person.roles & ADMINISTRATORS) <= 1


def test_names_are_visibly_made_up(linjiang_people):
    for person in linjiang_people.values():
        assert " " in person.name_zh
        assert person.name_zh[-1].isdigit() or person.name_zh.startswith("申请人")


def test_applicants_have_valid_numbers_of_nobody(linjiang_people):
    for resident in APPLICANTS:
        number = selectors.identity_of(linjiang_people[resident.username].pk)
        assert number == resident.identity
        assert parse_identity_number(number) == number
        assert number.startswith("99")


def test_systems_are_registered_with_keys_on_disk(linjiang_people):
    for code in organisation.SYSTEMS:
        path = organisation.system_key_path(code)
        assert path.stat().st_mode & 0o077 == 0
        private = load_pem_private_key(path.read_bytes(), None)
        assert isinstance(private, Ed25519PrivateKey)
        key = System.objects.get(department=code).keys.get()
        assert private.public_key().public_bytes_raw() == bytes(key.public_key)


def needed() -> set[tuple[str, str]]:
    """Department and competence of every task of the procedures that come with Heli."""
    pairs = set()
    for path in sorted(PROCEDURES.glob("*.bpmn")):
        for element in etree.parse(path).iter():
            found = {etree.QName(name).localname: value for name, value in element.attrib.items()}
            if "department" in found and "competence" in found:
                pairs.add((found["department"], found["competence"]))
    return pairs


def test_two_officers_at_least_can_do_each_task_of_the_procedures(linjiang_people):
    assert len(needed()) > 10
    assert not [pair for pair in needed() if len(selectors.officers_of(*pair)) < 2]


def test_an_emptied_city_begins_anew(linjiang_people):
    # Deferred checks of the test's own transaction would hold the tables.
    connection.check_constraints()
    assert not linjiang.is_empty()
    linjiang.empty()
    assert linjiang.is_empty()
    assert not Fact.objects.exists()
    assert not Person.objects.exists()
    assert not guard.broken(connection)
    organisation.seed()
    assert not linjiang.is_empty()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_start_page_offers_every_kind_of_user(client, linjiang_people, language):
    page = client.get("/", headers={"accept-language": language})
    text = page.content.decode()
    assert page.status_code == 200
    for group in GROUPS:
        for persona in group.personas:
            assert f'value="{persona.username}"' in text
            assert f">{persona.username}</span>" in text
    head = text.split('id="who"')[0]
    assert organisation.PASSWORD in head, "the password stands beside the way to sign in"
    assert "onclick" not in text
    assert "style=" not in text


def test_the_start_page_of_an_empty_city_says_how_to_fill_it(client, db):
    assert "heli seed" in client.get("/").content.decode()


def test_one_click_steps_into_anybody(client, linjiang_people):
    for persona in (item for group in GROUPS for item in group.personas):
        answer = client.post(reverse("demo:step_into"), {"username": persona.username})
        assert answer.headers["Location"] == reverse("organisation:home")
        page = client.get(reverse("organisation:account"))
        assert page.context["person"].username == persona.username
        first = client.get(reverse("organisation:home")).headers["Location"]
        assert client.get(first).status_code == 200, (persona.username, first)


def test_stepping_in_is_a_post_with_protection_and_leads_nowhere_else(linjiang_people):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert strict.get(reverse("demo:step_into")).status_code == 405
    values = {"username": "leader1", "next": "https://evil.example/"}
    assert strict.post(reverse("demo:step_into"), values).status_code == 403
    answer = Client().post(reverse("demo:step_into"), values)
    assert answer.headers["Location"] == reverse("organisation:home")
    assert Client().post(reverse("demo:step_into"), {"username": "nobody"}).status_code == 404


def test_the_tour_goes_through_its_steps_as_its_people(client, linjiang_people):
    assert 7 <= len(tour.STEPS) <= 9
    for number, step in enumerate(tour.STEPS):
        answer = client.post(reverse("demo:tour"), {"step": number})
        assert answer.headers["Location"] == step.url
        page = client.get(reverse("organisation:account"), headers={"accept-language": "en"})
        assert page.context["person"].username == step.username
        text = page.content.decode()
        assert f"{number + 1} of {len(tour.STEPS)}" in text
        assert str(step.title) in text
    ended = client.post(reverse("demo:tour"), {"step": "end", "next": "/account/"})
    assert ended.headers["Location"] == "/account/"
    assert "tour-bar" not in client.get("/account/").content.decode()


def raise_a_restaurant(people, shop):
    """What a visitor does in the first step."""
    registers.seed_registers(home(), seed=3, scale="tiny")
    services.ensure_shipped_procedures()
    assignment.forget_rosters()
    form = matters.answers("open-restaurant", 0, registers.personas(home(), 1)[0], Random(1))
    form.pop("person_id")
    form["shop_name"] = shop
    return services.start_matter("open-restaurant", form, by=people["applicant1"]).matter


def test_the_tour_follows_the_visitors_own_matter_to_whom_it_was_given(client, linjiang_people):
    client.post(reverse("demo:tour"), {"step": 0})
    mine = raise_a_restaurant(linjiang_people, "游客小馆")
    client.post(reverse("demo:tour"), {"step": 1})
    # Meanwhile another visitor raises theirs; the tour does not change over to it.
    raise_a_restaurant(linjiang_people, "别家小馆")
    for number, step in enumerate(tour.STEPS):
        if not step.node:
            continue
        task = mine.tasks.get(node=step.node)
        answer = client.post(reverse("demo:tour"), {"step": number})
        assert answer.headers["Location"] == reverse("cases:task", args=[task.pk])
        page = client.get(answer.headers["Location"])
        assert page.wsgi_request.user == task.assignee
        assert mine.code in page.text
        assert page.context["detail"].may["claim"], "what the step asks for can be done"
        assert page.wsgi_request.user.department_id == linjiang_people[step.username].department_id
    answer = client.post(reverse("demo:tour"), {"step": 5})
    assert answer.headers["Location"] == reverse("cases:matter", args=[mine.code])
    assert client.get(answer.headers["Location"]).status_code == 200


def test_a_task_given_to_nobody_is_claimed_by_whoever_can(client, linjiang_people):
    mine = raise_a_restaurant(linjiang_people, "游客小馆")
    mine.tasks.update(assignee=None)
    task = mine.tasks.get(node="Task_Fire")
    place = tour.place(3, mine.code)
    assert place.url == reverse("cases:task", args=[task.pk])
    assert linjiang_people[place.username].department_id == "xfjy"
    assert may_claim(linjiang_people[place.username], task)


@pytest.mark.parametrize("cookie", ["99", "x", "-1", "", "1" * 50, "3.<b>", "3.LJ-NOBODYS"])
def test_a_bent_cookie_shows_no_tour(client, leader, cookie):
    client.cookies[tour.COOKIE] = cookie
    client.force_login(leader)
    page = client.get("/account/")
    assert page.status_code == 200
    assert ("tour-bar" in page.content.decode()) == (cookie == "3.LJ-NOBODYS")


OUTSIDE = """
import django
django.setup()
from django.urls import NoReverseMatch, resolve, reverse, Resolver404
for name in ("demo:start", "demo:step_into", "demo:tour"):
    try:
        reverse(name)
    except NoReverseMatch:
        continue
    raise SystemExit(f"{name} exists")
for path in ("/demo/step-into/", "/demo/tour/"):
    try:
        resolve(path)
    except Resolver404:
        continue
    raise SystemExit(f"{path} exists")
assert resolve("/").view_name == "organisation:start", resolve("/")
from heli.web import questions
assert not questions.banner.answered
print("closed")
"""


def test_outside_the_demo_city_its_routes_do_not_exist(tmp_path):
    environment = {
        **os.environ,
        "HELI_DEMO": "0",
        "HELI_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "heli.site.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", OUTSIDE],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "closed"), done.stderr


def test_the_data_bureau_watches_over_all_sharing_and_departments_have_stewards(linjiang_people):
    steward = linjiang_people["steward1"]
    assert policy.watches_all(steward)
    several = {unit.code for unit in UNITS if len(unit.officers) > 1}
    for code in several:
        own = linjiang_people[f"{code}03"]
        assert Role.STEWARD in own.roles
        assert not policy.watches_all(own)


@pytest.mark.parametrize(
    ("scale", "residents"),
    [("small", 20_000), ("tiny", 1_000), ("100k", 100_000), ("5m", 5_000_000), ("2M", 2_000_000)],
)
def test_a_scale_is_a_number_of_residents(scale, residents):
    assert registers.residents_at(scale) == residents


@pytest.mark.parametrize("scale", ["", "huge", "100", "0k", "6m", "-1k", "1.5m", "9999999m"])
def test_an_unknown_scale_is_refused_before_anything_is_touched(linjiang_people, scale):
    with pytest.raises(registers.UnknownScaleError) as told:
        linjiang.seed(scale=scale, reset=True)
    assert "small" in told.value.advice()
    assert not (home() / "seeding.json").exists()
    assert Person.objects.count() == len(linjiang_people)


def test_what_work_rests_on_was_there_before_it(seeded):
    """The city is set up first, then worked in; and some lookups are denied."""
    facts = list(Fact.objects.order_by("id").values_list("verb", "at", "data", "department"))
    assert [at for _verb, at, _data, _by in facts] == sorted(at for _verb, at, _data, _by in facts)
    granted = set()
    for verb, _at, data, department in facts:
        if verb == "exchange.grant.given":
            granted.add((data["resource"], data["consumer"], data["purpose"], data["legal_basis"]))
        if verb == "exchange.lookup.answered":
            use = (data["resource"], department, data["purpose"], data["legal_basis"])
            assert use in granted
    first = {}
    for verb, at, _data, _by in facts:
        first.setdefault(verb, at)
    assert first["organisation.department.created"] < first["exchange.grant.given"]
    assert first["exchange.grant.given"] < first["cases.procedure.published"]
    assert first["cases.procedure.published"] < first["cases.matter.received"]
    # Emergencies, questions to a colleague, appeals and corrections wait for somebody.
    judged = set(Override.objects.values_list("rule__department", "verdict"))
    assert judged == {("wjw", "justified"), ("xfjy", "")}
    assert set(Confirmation.objects.values_list("confirmed", flat=True)) == {None, True}
    assert Appeal.objects.filter(decided_at=None).exists()
    assert Recipient.objects.filter(acknowledged_at=None).exists()
    week = clock.now() - dt.timedelta(days=7)
    denied = Access.objects.exclude(reason="")
    assert denied.filter(at__gte=week).count() >= 3
    assert {row.reason for row in denied} >= {"exchange.no_grant", "exchange.matter_closed"}
    assert Absence.objects.count() == 3
    # Whoever steps into an officer of the start page finds work on the desk.
    for username in matters.DESKS:
        assert queue(Person.objects.get(username=username)).exists(), username


def test_nobody_asks_under_a_law_for_somebody_else():
    """Fire safety asks under fire law, food safety under food law, and so on."""
    named = {
        "消防法": "xfjy",
        "食品安全法": "scjg",
        "市容": "cgj",
        "大气污染": "sthj",
        "税收": "swj",
    }
    rows = json.loads((registers.CONTRACTS / "grants.json").read_text("utf-8"))
    for row in rows:
        for word, department in named.items():
            if word in row["legal_basis"]:
                assert row["consumers"] == [department], row["legal_basis"]
