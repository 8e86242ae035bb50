"""Combinations of data: refused before a grant is given, and before an answer leaves."""

import datetime as dt
import threading

import pytest
from django.db import connection
from tests.exchange.combining import ASKER, PARTS, ask, forbid, give, usable_after

from heli.engines.contracts.errors import CombinationRuleError
from heli.errors import ConflictError
from heli.exchange import errors_applications as refused
from heli.exchange import lookup, services
from heli.exchange.calls import combinations, reading
from heli.exchange.calls.hashes import subject_hash
from heli.exchange.calls.model import Call, ListQuery, Query
from heli.exchange.calls.settling import settle
from heli.exchange.compiled import catalogue
from heli.exchange.errors import PolicyChangedError
from heli.exchange.facts import ListAnswered, OverrideUsed
from heli.exchange.models import CombinationRule, Grant, Holding
from heli.exchange.services import Wish
from heli.feeds.grounds import usable_grant
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.ledger import services as ledger
from heli.ledger.models import Fact


def test_the_last_part_is_refused_by_name_and_ground(bare):
    forbid()
    give(bare, "health_certificates", "valid_until")
    give(bare, "residents", "address")
    with pytest.raises(refused.CombinationError) as told:
        give(bare, "employment", "employer")
    assert "健康、单位与住址" in str(told.value)
    assert "《中华人民共和国个人信息保护法》第六条" in str(told.value)
    assert told.value.figures["fields"] == "employer"
    give(bare, "employment", "employer", consumer="jyj")
    give(bare, "employment", "since")


def test_what_says_nothing_of_the_subject_does_not_count(bare):
    forbid()
    give(bare, "health_certificates", "valid_until")
    give(bare, "residents", "address", mask="redact")
    give(bare, "employment", "employer", mask="hash")


def test_access_that_was_taken_back_or_has_ended_does_not_count(bare):
    forbid()
    first = give(bare, "health_certificates", "valid_until")
    second = give(bare, "residents", "address")
    services.suspend(first.pk, actor=HELI, reason="x")
    with pytest.raises(refused.CombinationError):
        give(bare, "employment", "employer")
    services.revoke(first.pk, actor=HELI, reason="x")
    give(bare, "employment", "employer")
    Grant.objects.filter(pk=second.pk).update(expires_at=clock.now())
    give(bare, "health_certificates", "valid_until")


def test_a_renewal_is_not_counted_twice_and_not_widened_into_a_combination(bare):
    forbid(parts={"name": ["gaj/residents.name"], "address": ["gaj/residents.address"]})
    grant = give(bare, "residents", "name")
    later = clock.now() + dt.timedelta(days=60)
    services.renew(grant.pk, actor=HELI, policy=grant.policy, expires_at=later)
    with pytest.raises(refused.CombinationError):
        services.renew(grant.pk, actor=HELI, expires_at=later,
                       policy={"fields": [{"field": "name"}, {"field": "address"}]})  # fmt: skip
    wish = Wish("other", "其他", "核验", "dsl-38", {"fields": [{"field": "address"}]},
                clock.today() + dt.timedelta(days=9))  # fmt: skip
    with pytest.raises(refused.CombinationError):
        services.apply(bare["residents"], wish, actor=ASKER, consumer="scjg")


def test_where_a_rule_came_after_the_grants_each_subject_is_looked_at(granted):
    forbid()
    one, other = granted[0], granted[1]
    with_data = [r for r in ("gaj/residents", "rsj/employment", "wjw/health_certificates")
                 if ask(one, r).data]  # fmt: skip
    assert "gaj/residents" in with_data
    held = {(row.consumer, *row.parts) for row in Holding.objects.all()}
    assert ("scjg", "address", *(["employer"] if "rsj/employment" in with_data else [])) in held
    assert ask(other, "gaj/residents").data


def test_the_answer_that_would_complete_it_is_refused_and_is_a_fact(granted):
    forbid(parts={"address": PARTS["address"], "employer": PARTS["employer"]})
    number = granted[0]
    assert ask(number, "gaj/residents").data
    with pytest.raises(refused.CombinationError):
        ask(number, "rsj/employment")
    fact = Fact.objects.filter(verb="exchange.lookup.denied").latest("id")
    assert fact.data["reason"] == "exchange.combination"
    assert ask(number, "gaj/residents").data, "what is held already may be asked for again"
    assert ask(granted[1], "rsj/employment") is not None, "of somebody else it is another matter"


def test_what_was_received_before_the_rule_counts(granted):
    number = granted[0]
    assert ask(number, "gaj/residents").data
    forbid(parts={"address": PARTS["address"], "employer": PARTS["employer"]})
    with pytest.raises(refused.CombinationError):
        ask(number, "rsj/employment")
    services.allow_combination("test", actor=HELI, reason="辖区应急")
    assert ask(number, "rsj/employment")
    assert not Holding.objects.exists()


@pytest.mark.parametrize("way", ["emergency", "list"])
def test_what_was_received_otherwise_before_the_rule_counts(granted, way):
    number = granted[0]
    residents = catalogue.find("gaj/residents")
    common = {
        "resource": "gaj/residents", "source": "gaj", "fields": ["address"], "rows": 1,
        "legal_basis": "x", "contract_version": residents.contract.version,
        "policy_hash": "", "response_hash": "",
    }  # fmt: skip
    told = (
        OverrideUsed(rule="", reason="x", subject_hash=subject_hash("person", number), **common)
        if way == "emergency"
        else ListAnswered(grant="", purpose="check", filter_hash="", **common)
    )
    ledger.record(told, actor=ASKER, subject="exchange.resource:gaj/residents")
    forbid(parts={"address": PARTS["address"], "employer": PARTS["employer"]})
    with pytest.raises(refused.CombinationError):
        ask(number, "rsj/employment")


def test_a_rule_that_comes_while_a_source_is_read_is_kept(granted):
    call = Call(Query(ASKER, "scjg", "gaj/residents", "person", granted[0], "LJ-1", "check"))
    lookup.check([call])
    reading.read([call])
    reading.release_all([call])
    forbid(parts={"address": PARTS["address"], "employer": PARTS["employer"]})
    settle([call])
    assert call.error is None
    with pytest.raises(refused.CombinationError):
        ask(granted[0], "rsj/employment")


def test_what_was_released_under_another_policy_does_not_leave(granted):
    call = Call(Query(ASKER, "scjg", "gaj/residents", "person", granted[0], "LJ-1", "check"))
    lookup.check([call])
    reading.read([call])
    reading.release_all([call])
    grant = Grant.objects.get(resource__name="residents", consumer="scjg")
    services.renew(grant.pk, actor=HELI, policy={"fields": [{"field": "sex"}]},
                   expires_at=grant.expires_at)  # fmt: skip
    settle([call])
    assert isinstance(call.error, PolicyChangedError)
    assert call.fact.verb == "exchange.lookup.denied"


def test_a_rule_that_nobody_reaches_costs_no_query(granted, django_assert_max_num_queries):
    ask(granted[0], "gaj/residents")
    with django_assert_max_num_queries(60) as before:
        ask(granted[0], "gaj/residents")
    forbid(parts={"address": PARTS["address"], "pupil": ["jyj/pupils.school"]})
    ask(granted[0], "gaj/residents")
    with django_assert_max_num_queries(len(before)):
        ask(granted[0], "gaj/residents")


def test_two_answers_at_once_do_not_complete_it(committed_city, matters):
    Grant.objects.all().delete()
    services.allow_combination("health-employer-address", actor=HELI, reason="test")
    for name, field in (("residents", "address"), ("employment", "employer")):
        give(committed_city, name, field)
    forbid(parts={"address": PARTS["address"], "employer": PARTS["employer"]})
    employed = catalogue.find("rsj/employment").connector.scan(["resident_id"], limit=1)
    number = next(employed).column("resident_id")[0].as_py()
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", number)])
    answers, ready = [], threading.Barrier(2)

    def look(resource):
        ready.wait()
        try:
            answers.append(ask(number, resource).data)
        except refused.CombinationError:
            answers.append(None)
        finally:
            connection.close()

    threads = [threading.Thread(target=look, args=(each,)) for each in
               ("gaj/residents", "rsj/employment")]  # fmt: skip
    [each.start() for each in threads]
    [each.join() for each in threads]
    assert sum(answer is not None for answer in answers) == 1


def test_a_rule_is_refused_with_a_clear_reason(bare):
    with pytest.raises(CombinationRuleError, match="address"):
        forbid(parts={"address": ["anything"], "b": ["a/b.c"]})
    with pytest.raises(refused.GroundError):
        forbid(ground="nothing")
    forbid()
    with pytest.raises(ConflictError):
        forbid()
    assert CombinationRule.objects.filter(pk="test").count() == 1


def test_a_file_and_a_feed_of_everybody_are_refused_where_single_answers_are_watched(granted):
    def usable():
        return usable_grant(catalogue.find("gaj/residents"), "gaj/residents", "scjg", "check")

    query = Query(ASKER, "scjg", "gaj/residents", "", "", "LJ-1", "check", extract="csv")
    assert usable()
    forbid(parts={"address": PARTS["address"], "employer": PARTS["employer"]})
    with pytest.raises(refused.CombinationError):
        usable()
    call = Call(query, resource=catalogue.find("gaj/residents"))
    call.grant, call.policy = usable_after(call)
    combinations.check([call])
    assert isinstance(call.error, refused.CombinationError)


def test_a_list_is_counted_subject_by_subject(granted):
    forbid(parts={"address": PARTS["address"], "employer": PARTS["employer"]})
    resource = catalogue.find("gaj/residents")
    asked = Query(ASKER, "scjg", "gaj/residents", "", "", "", "check", listing=ListQuery())
    call = Call(asked, resource=resource)
    call.grant, call.policy = usable_after(call)
    call.records = [resource.connector.lookup(number) for number in granted]
    reading.release_all([call])
    combinations.remember([call])
    assert call.error is None
    assert {row.subject_hash for row in Holding.objects.all()} == {
        subject_hash("person", number) for number in granted}  # fmt: skip
    with pytest.raises(refused.CombinationError):
        ask(granted[0], "rsj/employment")


def test_a_suspended_grant_feeds_nothing(granted):
    grant = Grant.objects.get(resource__name="residents", consumer="scjg")
    services.suspend(grant.pk, actor=HELI, reason="自查")
    with pytest.raises(refused.GrantSuspendedError):
        usable_grant(catalogue.find("gaj/residents"), "gaj/residents", "scjg", "check")
