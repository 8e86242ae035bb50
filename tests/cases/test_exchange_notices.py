"""What the exchange tells in inboxes: who must act, who got an answer, who broke the glass."""

import datetime as dt

import pytest
from django.urls import reverse
from tests.exchange.conftest import *  # noqa: F403 - the exchange's city is the ground here
from tests.exchange.test_applications import apply, city, reviewed, time, wish  # noqa: F401

from heli.cases.models import Notice
from heli.cases.selectors.inbox import notice_view, notices_of
from heli.clocks import polling
from heli.exchange import services
from heli.kernel.actor import HELI, Actor
from heli.kernel.permissions import Role
from heli.organisation.models import Person
from heli.organisation.services import NewPerson, create_person

STEWARD = Actor("person", "9", "gaj")


@pytest.fixture
def people(city):  # noqa: F811
    """Stewards and heads who read their inboxes."""
    made = {}
    for name, role, department in (
        ("source", Role.STEWARD, "gaj"), ("chief", Role.HEAD, "gaj"),
        ("consumer", Role.STEWARD, "jyj"), ("outsider", Role.STEWARD, "rsj"),
        ("supervisor", Role.SUPERVISOR, None), ("health", Role.HEAD, "wjw"),
    ):  # fmt: skip
        made[name] = create_person(
            NewPerson(f"n-{name}", name, name, department=department, roles=frozenset({role})),
            actor=HELI,
        )
    return made


def told(person):
    rows = notices_of(person).filter(key__startswith="exchange.").order_by("created_at", "id")
    assert all("{" not in notice_view(row).sentence for row in rows)
    return [row.key.removeprefix("exchange.") for row in rows]


@pytest.fixture
def authority(people):
    return Person.objects.get(username="authority")


@pytest.fixture
def mayor(people):
    return Person.objects.get(username="mayor")


def test_who_must_act_on_an_application_and_who_made_it_are_told(city, people):  # noqa: F811
    row = apply(city)
    assert told(people["source"]) == ["application.waits"]
    services.return_application(row.pk, actor=STEWARD, reason="请说明用途")
    assert told(people["consumer"]) == ["application.returned"]
    services.correct_application(row.pk, wish(), actor=HELI)
    assert told(people["source"]) == ["application.waits"] * 2
    services.review_application(row.pk, actor=STEWARD, opinion="相符")
    assert told(people["chief"]) == ["application.reviewed"]
    services.grant_application(row.pk, actor=STEWARD)
    assert told(people["consumer"])[1:] == ["application.granted"]
    assert told(people["outsider"]) == []


def test_a_refusal_says_its_reason_and_the_appeal_goes_to_who_decides_it(
    city, people, authority, mayor  # noqa: F811
):  # fmt: skip
    row = reviewed(city)
    services.refuse_application(row.pk, actor=STEWARD, reason="不必要", ground="pipl-6")
    (notice,) = notices_of(people["consumer"]).filter(key="exchange.application.refused")
    assert "不必要" in notice_view(notice).sentence
    first = services.file_appeal(row.pk, actor=HELI, argument="需要")
    assert told(authority) == ["application.appeal_waits"]
    assert told(people["source"])[-1] == "application.appealed"
    assert told(people["consumer"])[-1] == "application.appeal_filed"
    services.decide_appeal(first.pk, actor=authority.actor, upheld=False, reason="维持")
    assert told(people["consumer"])[-1] == "application.appeal_dismissed"
    second = services.file_appeal(row.pk, actor=HELI, argument="仍需要")
    assert told(mayor) == ["application.appeal_waits"]
    services.decide_appeal(second.pk, actor=mayor.actor, upheld=True, reason="应当共享")
    assert told(people["consumer"])[-2:] == ["application.granted", "application.appeal_upheld"]
    assert told(people["source"])[-1] == "application.appeal_upheld"


def test_silence_is_told_to_both_and_to_who_decides_instead(
    city, people, authority, time  # noqa: F811
):  # fmt: skip
    row = apply(city)
    time.instant += dt.timedelta(days=40)
    polling.poll()
    assert told(people["consumer"]) == ["application.silent"]
    assert told(people["source"]) == ["application.waits", "application.overdue"]
    assert told(authority) == ["application.passed_on"]
    services.file_appeal(row.pk, actor=HELI, argument="没有答复")
    time.instant += dt.timedelta(days=60)
    polling.poll()
    assert told(people["consumer"])[-1] == "application.appeal_late"
    assert told(authority)[-1] == "application.appeal_overdue"


def test_what_is_granted_at_once_waits_for_nobody(city, people):  # noqa: F811
    apply(city, "parcels", policy={"fields": [{"field": "land_use"}]}, basis="dsl-38")
    assert "application.waits" not in Notice.objects.values_list("key", flat=True)
    assert told(people["consumer"]) == ["application.granted"]


def test_a_withdrawn_application_waits_for_nobody_any_more(city, people):  # noqa: F811
    services.withdraw_application(apply(city).pk, actor=HELI)
    assert told(people["source"]) == ["application.waits", "application.withdrawn"]


def test_a_broken_glass_is_told_at_once_and_again_when_it_is_not_justified(
    city, people, persona, time  # noqa: F811
):  # fmt: skip
    services.allow_emergency(
        actor=STEWARD, resource=city["residents"], department="wjw",
        document={"fields": [{"field": "address"}]}, legal_basis="x",
    )  # fmt: skip
    officer = create_person(
        NewPerson("n-doctor", "演示", "Demo", department="wjw", roles=frozenset({Role.OFFICER}),
                  competences=("data.emergency",)),
        actor=HELI,
    )  # fmt: skip
    services.break_glass(by=officer, resource=city["residents"],
                         subject=persona[0].resident_id, reason="火灾现场伤员昏迷")  # fmt: skip
    for reader in ("source", "health"):
        assert told(people[reader]) == ["override.used"]
    assert told(people["supervisor"]) == []
    (notice,) = notices_of(people["source"]).filter(key="exchange.override.used")
    assert "火灾现场伤员昏迷" in notice_view(notice).sentence
    assert persona[0].resident_id not in str(notice.data)
    time.instant += dt.timedelta(hours=25)
    polling.poll()
    for reader in ("source", "health"):
        assert told(people[reader]) == ["override.used", "override.unjustified"]
    assert told(people["supervisor"]) == ["override.unjustified"]
    assert told(people["outsider"]) == []


def test_a_notice_leads_to_its_page(city, people, client):  # noqa: F811
    row = apply(city)
    client.force_login(people["source"])
    notice = notices_of(people["source"]).get(key="exchange.application.waits")
    answer = client.post(reverse("cases:notice", args=[notice.pk]))
    assert answer.status_code == 302
    assert answer.url == reverse("exchange:application", args=[row.pk])
    assert client.get(answer.url).status_code == 200
    notice.refresh_from_db()
    assert notice.read_at
