"""Rules and grants that come at once: the second sees what the first gave or forbade.

The first is held open before its transaction ends; the second has to wait for it, on PostgreSQL by
a row that both lock, on SQLite because one transaction writes after the other.
"""

import threading

import pytest
from django.db import connection, transaction
from tests.exchange.combining import TWO, forbid, give

from heli.errors import HeliError
from heli.exchange import errors_applications as refused
from heli.exchange import services
from heli.exchange.compiled import revision, touch
from heli.exchange.models import Grant, Revision
from heli.kernel.actor import HELI

PAUSE = 0.7
"""Seconds for which the first is held open; long enough for the second to come up to it."""


@pytest.fixture
def city(committed_city):
    Grant.objects.all().delete()
    services.allow_combination("health-employer-address", actor=HELI, reason="test")
    return committed_city


def beside(first, second):
    """Do one thing while the transaction of another is open; what became of the second."""
    begun, outcome = threading.Event(), []

    def run():
        begun.wait()
        try:
            second()
        except HeliError as error:
            outcome.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=run)
    other.start()
    with transaction.atomic():
        first()
        begun.set()
        other.join(PAUSE)
        assert other.is_alive(), "it did not wait"
    other.join()
    return outcome


def test_of_two_grants_that_complete_a_combination_the_second_is_refused(city):
    forbid(parts=TWO)
    (error,) = beside(
        lambda: give(city, "residents", "address"), lambda: give(city, "employment", "employer")
    )
    assert isinstance(error, refused.CombinationError)
    assert Grant.objects.count() == 1


def test_a_grant_beside_the_first_rule_of_a_kind_is_refused(city):
    give(city, "residents", "address")
    (error,) = beside(lambda: forbid(parts=TWO), lambda: give(city, "employment", "employer"))
    assert isinstance(error, refused.CombinationError)


def test_a_renewal_beside_the_first_rule_of_a_kind_is_refused(city):
    give(city, "residents", "address")
    grant = give(city, "employment", "since")
    policy = {"fields": [{"field": "employer"}]}
    (error,) = beside(
        lambda: forbid(parts=TWO),
        lambda: services.renew(grant.pk, actor=HELI, policy=policy, expires_at=grant.expires_at),
    )
    assert isinstance(error, refused.CombinationError)


def test_two_first_rules_of_a_kind_stand_both(city):
    one = {"address": TWO["address"], "name": ["gaj/residents.name"]}
    assert beside(lambda: forbid("one", parts=one), lambda: forbid("two", parts=TWO)) == []
    give(city, "residents", "address")
    with pytest.raises(refused.CombinationError):
        give(city, "employment", "employer")


def test_the_first_changes_of_a_catalogue_may_come_at_once(transactional_db):
    Revision.objects.all().delete()
    assert beside(touch, touch) == []
    assert revision() == 2
