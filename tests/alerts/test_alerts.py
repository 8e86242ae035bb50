"""Broadcast, answer, escalate, recall, expire."""

import datetime as dt

import pytest
from tests.alerts.conftest import identity, inbox
from tests.feeds.conftest import receiver  # noqa: F401 - a fixture

from heli.alerts import policy, services
from heli.alerts.errors import (
    AlertEndedError,
    NothingToAcknowledgeError,
    SubjectError,
    TooLongError,
)
from heli.alerts.models import Alert, Notice, Slot
from heli.alerts.services import channels
from heli.clocks import polling
from heli.feeds.errors import BadWebhookError
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.ledger.models import Fact
from heli.ledger.screening import PersonalNumberError

DEPARTMENTS = 6


def facts(verb):
    return list(Fact.objects.filter(verb=verb).order_by("id"))


def test_every_department_is_told_at_once_and_its_officer_by_name(alert, rostered):
    notices = list(alert.notices.order_by("department"))
    assert len(notices) == DEPARTMENTS
    officers = {row.department_id: row.officer for row in notices}
    assert {code: each for code, each in officers.items() if each} == {
        each.department_id: each for each in rostered
    }
    assert {row.person_id for row in inbox("alerts.issue")} == {each.pk for each in rostered}
    assert all(row.due_at == clock.now() + dt.timedelta(minutes=10) for row in notices)


def test_nothing_that_describes_people_is_in_facts_or_in_the_clear(alert):
    kept = " ".join(str(fact.data) for fact in Fact.objects.all())
    assert "红色" not in kept
    assert identity() not in kept
    assert "红色".encode() not in bytes(alert.sealed)
    assert not any(
        identity().encode() in bytes(slot.tag) + bytes(slot.call) for slot in Slot.objects.all()
    )
    (fact,) = facts("alerts.alert.issued")
    assert set(fact.data) == {
        "alert", "number", "kind", "ground", "departments", "answer_minutes", "expires_at",
    }  # fmt: skip


def test_a_number_in_the_headline_is_refused(kinds, issuer):
    with pytest.raises(PersonalNumberError):
        services.issue(kinds["missing"], headline=f"寻找 {identity()}", actor=issuer)
    assert not Alert.objects.exists()


def test_what_lasts_too_long_or_names_something_else_is_refused(kinds, issuer):
    with pytest.raises(TooLongError):
        services.issue(kinds["missing"], headline="x", hours=721, actor=issuer)
    for kind, given in (("missing", ("batch", "A1")), ("missing", ("person", "123"))):
        subject = services.NewSubject(*given)
        with pytest.raises(SubjectError):
            services.issue(kinds[kind], headline="x", subjects=[subject], actor=issuer)
    assert not Alert.objects.exists()


def test_answered_once_in_time(alert, partner, now):
    now.advance(minutes=3)
    row = services.acknowledge(alert, department="scjg", person=partner, note="已布置")
    (fact,) = facts("alerts.notice.acknowledged")
    assert (fact.data["seconds"], fact.data["late"], fact.department) == (180, False, "scjg")
    with pytest.raises(NothingToAcknowledgeError):
        services.acknowledge(alert, department="scjg", person=partner)
    now.advance(minutes=30)
    polling.poll()
    row.refresh_from_db()
    assert (row.escalated_at, row.second) == (None, "")


def test_unanswered_the_second_channel_then_the_head_and_the_supervisors(alert, head, now):
    now.advance(minutes=4, seconds=59)
    assert polling.poll() == 0
    now.advance(seconds=2)
    polling.poll()
    assert {row.department_id for row in inbox("alerts.second")} == {
        row.department_id for row in alert.notices.all()
    }
    assert not facts("alerts.notice.escalated")
    now.advance(minutes=5)
    polling.poll()
    polling.poll()
    assert len(facts("alerts.notice.escalated")) == DEPARTMENTS
    to_heads = [row for row in inbox("alerts.escalated") if row.department_id]
    to_supervisors = [row for row in inbox("alerts.escalated") if not row.department_id]
    assert len(to_heads) == len(to_supervisors) == DEPARTMENTS
    assert {row.role for row in to_supervisors} == {"supervisor"}


def test_late_answers_say_so(alert, partner, now):
    now.advance(minutes=11)
    polling.poll()
    services.acknowledge(alert, department="scjg", person=partner)
    assert facts("alerts.notice.acknowledged")[0].data["late"] is True


def test_the_second_channel_calls_the_departments_system(alert, now, receiver):  # noqa: F811
    services.set_channel("scjg", address=receiver.url, telephone="0990-0000", actor=HELI)
    receiver.answers = [500]
    now.advance(minutes=6)
    polling.poll()
    for _ in range(3):
        for row in channels.due():
            services.send_second(row)
        now.advance(seconds=20)
    (first, second) = receiver.documents
    assert first == second
    assert set(first) == {"alert", "kind", "phase", "department", "due_at"}
    row = alert.notices.get(department="scjg")
    assert (row.second, row.second_attempts) == ("sent", 2)


def test_a_second_channel_leads_only_where_it_may(kinds):
    with pytest.raises(BadWebhookError):
        services.set_channel("scjg", address="https://10.0.0.1/", telephone="", actor=HELI)


def test_a_recall_reaches_everyone_who_answered_and_is_answered(alert, issuer, owner, partner, now):
    services.acknowledge(alert, department="scjg", person=partner)
    services.acknowledge(alert, department="xfjy", person=owner)
    now.advance(minutes=1)
    services.recall(alert, actor=issuer, reason="已找到")
    recalls = alert.notices.filter(phase=Notice.Phase.RECALL)
    assert {row.department_id for row in recalls} == {"scjg", "xfjy"}
    assert not alert.notices.filter(
        phase=Notice.Phase.ISSUE, acknowledged_at=None, closed_at=None
    ).exists()
    assert {row.person_id for row in inbox("alerts.recall")} == {owner.pk, partner.pk}
    services.acknowledge(alert, department="scjg", person=partner)
    assert recalls.get(department="scjg").acknowledged_at is not None
    now.advance(minutes=61)
    polling.poll()
    (late,) = facts("alerts.notice.escalated")
    assert (late.department, late.data["phase"]) == ("xfjy", "recall")
    assert facts("alerts.alert.recalled")[0].data["reached"] == 2
    with pytest.raises(AlertEndedError):
        services.recall(alert, actor=issuer, reason="again")


def test_an_alert_ends_by_itself(alert, partner, now):
    services.acknowledge(alert, department="scjg", person=partner)
    now.advance(hours=47, minutes=59)
    assert services.expire_due() == 0
    now.advance(minutes=2)
    assert services.expire_due() == 1
    assert services.expire_due() == 0
    alert.refresh_from_db()
    assert alert.state == "expired"
    assert facts("alerts.alert.expired")[0].data["unanswered"] == DEPARTMENTS - 1
    assert not Slot.objects.filter(alert=alert).exists()
    polling.poll()
    assert not alert.notices.filter(acknowledged_at=None, closed_at=None).exists()


def test_numbers_of_a_day_follow_one_another(kinds, issuer):
    made = [services.issue(kinds["missing"], headline="x", actor=issuer) for _ in range(3)]
    assert [row.number for row in made] == [f"20261123-00{n}" for n in (1, 2, 3)]


def test_reading_the_description_is_recorded(alert, partner):
    assert services.open_details(alert, person=partner) == "男，六岁，穿红色外套"
    (fact,) = facts("alerts.details.opened")
    assert (fact.department, fact.actor) == ("scjg", str(partner.actor))


def test_who_may(alert, kinds, owner, partner, head, supervisor, make_person):
    from heli.kernel.permissions import Role

    colleague = make_person("colleague", Role.OFFICER, department="scjg")
    kind = kinds["missing"]
    assert policy.may_issue(owner, kind)
    assert policy.may_issue(head, kind)
    assert not policy.may_issue(partner, kind)
    assert policy.may_acknowledge(partner, "scjg")
    assert not policy.may_acknowledge(colleague, "scjg")
    assert not policy.may_acknowledge(owner, "scjg")
    assert policy.may_recall(owner, alert)
    assert not policy.may_recall(partner, alert)
    assert policy.may_read_details(partner, alert)
    assert not policy.may_read_details(colleague, alert)
    assert not policy.may_read_details(supervisor, alert)


def test_the_same_kind_again_has_no_second_effect(kinds):
    before = len(facts("alerts.kind.defined"))
    services.ensure_shipped_kinds()
    values = {
        key: getattr(kinds["wanted"], key)
        for key in ("code", "title_zh", "title_en", "ground", "issuers", "subject_type",
                    "answer_minutes", "hours", "most_hours")
    }  # fmt: skip
    services.define_kind(values, actor=Actor("heli"))
    assert len(facts("alerts.kind.defined")) == before
