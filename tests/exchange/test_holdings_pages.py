"""Pages and answers at once under watched grants: few queries, one order, nothing missed."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction
from tests.exchange.combining import ASKER, TWO, ask, forbid, give, usable_after

from heli.exchange import errors_applications as refused
from heli.exchange import services
from heli.exchange.calls import combinations
from heli.exchange.calls.model import Call, ListQuery, Query
from heli.exchange.compiled import catalogue
from heli.exchange.models import Grant, Holding
from heli.kernel.actor import HELI


def page(address, told):
    """A page of a list that tells of subjects, ready to be noted."""
    resource = catalogue.find(address)
    asked = Query(ASKER, "scjg", address, "", "", "", "check", listing=ListQuery())
    call = Call(asked, resource=resource, told=tuple(told))
    call.grant, call.policy = usable_after(call)
    return call


def test_a_page_is_noted_in_few_queries(granted, django_assert_max_num_queries):
    forbid(parts=TWO)
    told = [f"{number:032x}" for number in range(500)]
    first, again = page("gaj/residents", reversed(told)), page("gaj/residents", told)
    with django_assert_max_num_queries(8):
        combinations.remember([first])
    assert Holding.objects.filter(parts=["address"]).count() == 500
    with django_assert_max_num_queries(2):
        combinations.remember([again])


def test_a_page_is_refused_whole_for_one_subject_and_notes_nothing(granted):
    forbid(parts=TWO)
    told = [f"{number:032x}" for number in range(5)]
    combinations.remember([page("rsj/employment", told[4:])])
    call = page("gaj/residents", told)
    combinations.remember([call])
    assert isinstance(call.error, refused.CombinationError)
    assert [row.subject_hash for row in Holding.objects.all()] == told[4:]


def test_of_two_answers_recorded_together_the_second_is_refused(granted):
    forbid(parts=TWO)
    told = [f"{number:032x}" for number in range(3)]
    first, second = page("gaj/residents", told[:2]), page("rsj/employment", told[1:])
    combinations.remember([first, second])
    assert first.error is None
    assert isinstance(second.error, refused.CombinationError)
    held = {row.subject_hash: row.parts for row in Holding.objects.all()}
    assert [held[told[0]], held[told[1]], held[told[2]]] == [["address"], ["address"], []]


def test_pages_told_in_opposite_orders_do_not_wait_for_each_other(committed_city):
    Grant.objects.all().delete()
    services.allow_combination("health-employer-address", actor=HELI, reason="test")
    for name, field in (("residents", "address"), ("employment", "employer")):
        give(committed_city, name, field)
    forbid(parts=TWO)
    told = [f"{number:032x}" for number in range(60)]
    pages = [page("gaj/residents", told), page("gaj/residents", reversed(told))]
    failed, ready = [], threading.Barrier(2)

    def note(call):
        ready.wait()
        try:
            for _again in range(5):
                with transaction.atomic():
                    combinations.remember([call])
        except DatabaseError as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=note, args=(each,)) for each in pages]
    [each.start() for each in threads]
    [each.join() for each in threads]
    assert not failed
    assert Holding.objects.filter(parts=["address"]).count() == 60


@pytest.mark.parametrize("ends", ["given", "forbidden", "forbidden first"])
def test_an_answer_that_is_being_recorded_is_waited_for(committed_city, matters, ends):
    """What is noted at the very moment in which somebody looks back is not missed."""
    Grant.objects.all().delete()
    services.allow_combination("health-employer-address", actor=HELI, reason="test")
    if ends != "forbidden first":
        forbid("other", parts={"name": ["gaj/residents.name"], "sex": ["gaj/residents.sex"]})
    grant = give(committed_city, "residents", "address")
    if ends == "given":
        forbid(parts=TWO)
    else:
        give(committed_city, "employment", "employer")
    employed = catalogue.find("rsj/employment").connector.scan(["resident_id"], limit=1)
    number = next(employed).column("resident_id")[0].as_py()
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", number)])
    recorded = threading.Event()

    def look_back():
        recorded.wait()
        try:
            if ends == "given":
                services.renew(grant.pk, actor=HELI, expires_at=grant.expires_at,
                               policy={"fields": [{"field": "resident_id"}]})  # fmt: skip
                give(committed_city, "employment", "employer")
            else:
                forbid(parts=TWO)
        finally:
            connection.close()

    other = threading.Thread(target=look_back)
    other.start()
    with transaction.atomic():
        assert ask(number, "gaj/residents").data
        recorded.set()
        other.join(1)
    other.join()
    with pytest.raises(refused.CombinationError):
        ask(number, "rsj/employment")
