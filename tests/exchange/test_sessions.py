"""Sessions of systems, seen and ended by people."""

import datetime as dt

import pytest
from django.urls import reverse
from tests.exchange.conftest import new_system

from heli.exchange.models import GatewaySession
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.ledger.models import Fact
from heli.organisation.services import NewPerson, create_person

API = "/api/v1/exchange"


@pytest.fixture
def held(exchange_city):
    """Three open sessions of two departments, and one that is over."""
    now = clock.now()
    keys = {code: new_system(code)[0] for code in ("scjg", "rsj")}
    for digest, code, minutes in (("a", "scjg", 9), ("b", "scjg", 8), ("c", "rsj", 7),
                                  ("d", "rsj", -1)):  # fmt: skip
        GatewaySession.objects.create(
            digest=digest * 64, key_id=keys[code], opened_at=now - dt.timedelta(minutes=5),
            expires_at=now + dt.timedelta(minutes=minutes), calls=7,
        )  # fmt: skip
    return keys


@pytest.fixture
def as_(exchange_city, client):
    def enter(role, department):
        person = create_person(
            NewPerson(f"{role}-{department}", "演示", "Demo", department=department,
                      roles=frozenset({role})), actor=HELI)  # fmt: skip
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return enter


@pytest.mark.parametrize(
    ("role", "department", "seen"),
    [
        (Role.STEWARD, "scjg", 2),
        (Role.HEAD, "rsj", 1),
        (Role.STEWARD, "jyj", 0),
        (Role.SECURITY_ADMIN, "sjj", 3),
        (Role.OFFICER, "scjg", None),
        (Role.AUDIT_ADMIN, "szf", None),
    ],
)
def test_who_sees_which_sessions(held, as_, role, department, seen):
    client = as_(role, department)
    page, told = client.get(reverse("exchange:sessions")), client.get(f"{API}/sessions")
    if seen is None:
        assert (page.status_code, told.status_code) == (403, 403)
        return
    for label in ("建立时间", "到期时间"):
        assert page.text.count(f'data-label="{label}"') == seen
    assert page.text.count('data-dialog="end-') == (seen + 1 if seen else 0)
    assert len(told.json()) == seen


def test_who_sees_only_their_own_is_not_offered_the_city(held, as_):
    own = as_(Role.STEWARD, "jyj").get(reverse("exchange:sessions")).text
    assert "本部门没有打开的会话" in own
    assert 'name="department"' not in own
    whole = as_(Role.SECURITY_ADMIN, "sjj").get(reverse("exchange:sessions")).text
    assert 'name="department"' in whole


def test_nobody_ends_another_departments_session(held, as_):
    client = as_(Role.STEWARD, "rsj")
    assert client.post(reverse("exchange:session_end", args=["a" * 64])).status_code == 403
    told = client.post(f"{API}/sessions/{'a' * 64}/end")
    assert told.status_code == 403
    assert client.post(f"{API}/departments/scjg/sessions/end").status_code == 403
    page = client.post(reverse("exchange:sessions_end"), {"department": "scjg"})
    assert page.status_code == 403
    assert client.get(f"{API}/sessions", {"department": "scjg"}).status_code == 403
    assert not Fact.objects.filter(verb="exchange.session.ended").exists()


@pytest.mark.parametrize("way", ["page", "rest"])
def test_all_sessions_of_a_department_are_ended_at_once(held, as_, way):
    client = as_(Role.STEWARD, "scjg")
    if way == "page":
        answer = client.post(reverse("exchange:sessions_end"), {"department": "scjg"}, follow=True)
        assert "2" in answer.text
    else:
        assert client.post(f"{API}/departments/scjg/sessions/end").json() == {"ended": 2}
    ended = GatewaySession.objects.exclude(closed_at=None)
    assert sorted(row.pk[0] for row in ended) == ["a", "b"]
    facts = Fact.objects.filter(verb="exchange.session.ended")
    assert [(fact.department, fact.data["calls"]) for fact in facts] == [("scjg", 7)] * 2


def test_the_button_in_the_list_carries_its_token(held, as_):
    client = as_(Role.STEWARD, "scjg")
    client.handler.enforce_csrf_checks = True
    there = reverse("exchange:session_end", args=["a" * 64])
    form = client.get(reverse("exchange:sessions")).text.partition(f'action="{there}"')[2]
    token = form.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    assert client.post(there).status_code == 403
    assert client.post(there, {"csrfmiddlewaretoken": token}).status_code == 302


def test_a_session_is_ended_over_rest_once(held, as_):
    client = as_(Role.SECURITY_ADMIN, "sjj")
    assert client.post(f"{API}/sessions/{'c' * 64}/end").json() == {"ended": 1}
    assert client.post(f"{API}/sessions/{'c' * 64}/end").status_code == 404
    assert client.post(f"{API}/sessions/{'d' * 64}/end").status_code == 404
