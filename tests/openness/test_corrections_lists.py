"""Corrections reach who read a wrong record on a page of a list, as the log proves."""

import datetime as dt
from functools import partial

import pytest
from django.db import transaction
from tests.openness.correcting import NEW, STEWARD, correct

from heli.exchange import services as exchange
from heli.exchange.calls.hashes import subject_hash
from heli.exchange.calls.model import ListQuery, Query
from heli.exchange.calls.told import commitment
from heli.exchange.lookup import answer
from heli.exchange.models import Access, Grant, ListPage
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.ledger import services as ledger
from heli.ledger.models import Fact
from heli.openness import services
from heli.openness.codes import unseal_values
from heli.openness.models import Alarm
from heli.openness.services.corrections import source_record


def read_page(resource, *where, subject=None, consumer="jtj"):
    """Reads a page of the register for a department, by a condition."""
    if not Grant.objects.filter(resource=resource, consumer=consumer, purpose="survey"):
        exchange.register_duty(
            actor=STEWARD, department=consumer, code=f"survey-{consumer}", title_zh="调查",
            legal_ground="x",
        )  # fmt: skip
        exchange.grant(
            actor=STEWARD, resource=resource, consumer=consumer, purpose="survey",
            purpose_zh="调查", legal_basis="x", expires_at=clock.now() + dt.timedelta(days=9),
            policy={"fields": [subject or {"field": "resident_id"}, {"field": "address"}],
                    "binding": "public_task"},
        )  # fmt: skip
    query = Query(
        Actor("person", "7", consumer), consumer, resource.address, "", "", "", "survey",
        task=f"survey-{consumer}", listing=ListQuery(where=where, limit=500),
    )  # fmt: skip
    return answer(query)


@pytest.fixture
def listed(resource):
    return partial(read_page, resource)


def of(number):
    return {"field": "resident_id", "op": "eq", "value": number}


def test_who_read_it_on_a_page_of_a_list_is_told_and_the_log_proves_it(
    listed, resource, number, persona
):
    page = listed(of(number))
    listed(of(persona[1].resident_id), consumer="rsj")
    row = correct(resource, number, address=NEW)
    told = row.recipients.get()
    assert (told.department_id, told.fields, told.proven) == ("jtj", ["address"], True)
    assert told.uses.get().fact_id == page.fact_id
    assert unseal_values("notice", told.values) == {"address": NEW}
    services.acknowledge(told, actor=Actor("person", "3", "jtj"), action="updated")
    assert row.recipients.get().acknowledged_at


def test_a_long_page_names_all_of_its_people(listed, resource):
    page = listed()
    assert len(page.data) == 500
    for record in (page.data[0], page.data[250], page.data[-1]):
        row = correct(resource, record["resident_id"], address=NEW)
        assert [(each.department_id, each.proven) for each in row.recipients.all()] == [
            ("jtj", True)
        ]
    outside = somebody_else(resource, {record["resident_id"] for record in page.data})
    assert not correct(resource, outside, address=NEW).recipients.exists()


def somebody_else(resource, seen):
    from heli.exchange.compiled import catalogue

    connector = catalogue.find(resource.address).connector
    for batch in connector.scan(["resident_id"], limit=600):
        for record in batch.to_pylist():
            if record["resident_id"] not in seen:
                return record["resident_id"]
    raise AssertionError("nobody else")


def test_a_page_that_held_the_right_version_is_nobodys_business(
    listed, resource, number, put_right
):
    old = source_record(resource, number)
    put_right("residents", "resident_id", number, address=NEW)
    listed(of(number))
    put_right("residents", "resident_id", number, address=old["address"])
    assert not correct(resource, number, address=NEW).recipients.exists()


def test_a_page_of_pseudonyms_is_not_undone(listed, resource, number):
    listed(subject={"field": "resident_id", "mask": "hash"})
    assert not correct(resource, number, address=NEW).recipients.exists()


@pytest.mark.parametrize("done", ["changed", "lost", "emptied"])
def test_an_index_that_was_tampered_with_hides_nobody(listed, resource, number, done):
    page = listed(of(number))
    rows = ListPage.objects.filter(pk=page.fact_id)
    if done == "lost":
        rows.delete()
    else:
        told = bytes(rows.get().told)
        rows.update(told=b"" if done == "emptied" else bytes(8) + told[8:])
    told = correct(resource, number, address=NEW).recipients.get()
    assert (told.department_id, told.proven) == ("jtj", False)


def test_what_a_grant_showed_then_counts_also_when_it_shows_less_now(listed, resource, number):
    listed(of(number))
    grant = Grant.objects.get(resource=resource, consumer="jtj", purpose="survey")
    exchange.renew(
        grant.pk, actor=STEWARD, expires_at=clock.now() + dt.timedelta(days=9),
        policy={"fields": [{"field": "sex"}], "binding": "public_task"},
    )  # fmt: skip
    told = correct(resource, number, address=NEW).recipients.get()
    assert told.proven
    assert unseal_values("notice", told.values) == {}


def test_a_later_page_with_the_wrong_value_is_an_alarm(listed, resource, number, put_right):
    row = correct(resource, number, address=NEW)
    with clock.frozen(clock.now() + dt.timedelta(seconds=1)):
        late = listed(of(number))
        services.watch()
        put_right("residents", "resident_id", number, address=NEW)
        listed(of(number))
        services.watch()
    alarm = Alarm.objects.get(kind="answer")
    assert (alarm.department, alarm.fact_id) == ("jtj", late.fact_id)
    assert row.recipients.get().department_id == "jtj"


def test_no_fact_of_a_page_names_a_subject_and_its_index_goes_with_it(committed_city, number):
    resource = committed_city["residents"]
    page = read_page(resource, of(number))
    fact = Fact.objects.get(pk=page.fact_id)
    keyed = subject_hash("person", number)
    assert keyed[:16] not in str(fact.data)
    index, key = bytes(ListPage.objects.get().told), bytes(page.response_key)
    assert index.hex()[:16] == keyed[:16]
    assert fact.data["told_hash"] == commitment(index, key)
    with transaction.atomic():
        ledger.forget(page.fact_id, actor=HELI, ground="依法删除")
    assert not ListPage.objects.exists()
    assert not Access.objects.filter(pk=page.fact_id).exists()
    assert not correct(resource, number, address=NEW).recipients.exists()
