"""What a department holds from grants that ended or were narrowed, and from emergencies."""

import datetime as dt

import pytest
from django.db import transaction
from tests.exchange.combining import PARTS, TWO, ask, forbid, give

from heli.exchange import errors_applications as refused
from heli.exchange import services
from heli.exchange.compiled import catalogue
from heli.exchange.models import Grant, Holding
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.ledger import services as ledger
from heli.ledger.models import Fact
from heli.organisation import services as organisation
from heli.organisation.services import NewPerson


@pytest.fixture
def people(bare, matters, persona):
    """Two people in one matter, and the rule from the beginning."""
    forbid(parts=TWO)
    numbers = [each.resident_id for each in persona]
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", number) for number in numbers])
    return numbers


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_what_was_received_under_a_grant_that_has_ended_counts(bare, people, end):
    first = give(bare, "residents", "address")
    assert ask(people[0], "gaj/residents").data
    if end == "revoked":
        services.revoke(first.pk, actor=HELI, reason="x")
    else:
        Grant.objects.filter(pk=first.pk).update(expires_at=clock.now())
    give(bare, "employment", "employer")
    with pytest.raises(refused.CombinationError):
        ask(people[0], "rsj/employment")
    assert ask(people[1], "rsj/employment") is not None, "of whom nothing was received"


def test_a_grant_that_ended_unused_is_not_looked_at(bare, people):
    services.revoke(give(bare, "residents", "address").pk, actor=HELI, reason="x")
    give(bare, "employment", "employer")
    assert ask(people[0], "rsj/employment") is not None
    assert not any(grant.watched for grants in catalogue.find("rsj/employment").grants.values()
                   for grant in grants)  # fmt: skip


def test_what_was_seen_in_an_emergency_counts_from_then_on(bare, people):
    give(bare, "employment", "employer")
    services.allow_emergency(
        actor=HELI, resource=bare["residents"], department="scjg", legal_basis="x",
        document={"fields": [{"field": "address"}]},
    )  # fmt: skip
    officer = organisation.create_person(
        NewPerson("e9", "演示九", "Demo Nine", department="scjg",
                  roles=frozenset([Role.OFFICER]), competences=("data.emergency",)),
        actor=HELI,
    )  # fmt: skip
    seen = services.break_glass(by=officer, resource=bare["residents"], subject=people[0],
                                reason="火灾现场伤员昏迷，需联系家属")  # fmt: skip
    assert seen.data
    with pytest.raises(refused.CombinationError):
        ask(people[0], "rsj/employment")
    assert ask(people[1], "rsj/employment") is not None


RENEWED = {"name": ["gaj/residents.name"], "employer": PARTS["employer"]}


@pytest.fixture
def narrowed(bare, matters, persona):
    """Two people; a grant that showed the name to be renewed to something else."""
    forbid(parts=RENEWED)
    numbers = [each.resident_id for each in persona]
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", number) for number in numbers])
    return numbers, give(bare, "residents", "name")


def narrow(grant):
    services.renew(grant.pk, actor=HELI, policy={"fields": [{"field": "resident_id"}]},
                   expires_at=clock.now() + dt.timedelta(days=60))  # fmt: skip


def test_what_was_received_before_a_grant_was_renewed_to_less_counts(bare, narrowed):
    numbers, grant = narrowed
    assert ask(numbers[0], "gaj/residents").data
    narrow(grant)
    narrow(grant)
    give(bare, "employment", "employer")
    with pytest.raises(refused.CombinationError):
        ask(numbers[0], "rsj/employment")
    assert ask(numbers[1], "rsj/employment") is not None, "of whom nothing was received"
    assert ask(numbers[1], "gaj/residents").data, "the other grant shows no part any more"
    (residents,) = catalogue.find("gaj/residents").grants["scjg"]
    assert not residents.watched


def test_a_grant_that_was_renewed_unused_keeps_nothing(bare, narrowed):
    numbers, grant = narrowed
    narrow(grant)
    grant.refresh_from_db()
    assert grant.revealed_before == []
    give(bare, "employment", "employer")
    assert ask(numbers[0], "rsj/employment") is not None
    (employment,) = catalogue.find("rsj/employment").grants["scjg"]
    assert not employment.watched


def test_what_was_starred_out_when_it_was_received_does_not_count(bare, matters, persona):
    number = persona[0].resident_id
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", number)])
    grant = give(bare, "residents", "name", mask="redact")
    assert ask(number, "gaj/residents").data
    services.renew(grant.pk, actor=HELI, policy={"fields": [{"field": "name"}]},
                   expires_at=grant.expires_at)  # fmt: skip
    give(bare, "employment", "employer")
    forbid(parts=RENEWED)
    assert not Holding.objects.exists()
    assert ask(number, "rsj/employment") is not None


def test_what_the_law_made_forgotten_does_not_count(bare, matters, persona):
    numbers = [each.resident_id for each in persona]
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", number) for number in numbers])
    give(bare, "residents", "address")
    give(bare, "employment", "employer")
    kept, forgotten = (ask(number, "gaj/residents") for number in numbers[:2])
    assert Fact.objects.filter(pk__in=[forgotten.fact_id, kept.fact_id]).count() == 2
    ledger.integrate()
    with transaction.atomic():
        ledger.forget(forgotten.fact_id, actor=HELI, ground="依法删除")
    forbid(parts=TWO)
    assert Holding.objects.count() == 1
    assert ask(numbers[1], "rsj/employment") is not None
    with pytest.raises(refused.CombinationError):
        ask(numbers[0], "rsj/employment")
