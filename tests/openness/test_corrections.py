"""A correction reaches exactly those who received the wrong version, as the log proves."""

import datetime as dt

import pytest
from tests.openness.correcting import NEW, STEWARD, correct, inbox_of

from heli.cases.models import Notice
from heli.cases.selectors.inbox import notice_view
from heli.clocks.polling import poll
from heli.exchange import services as exchange
from heli.exchange.calls.model import Query
from heli.exchange.models import Grant
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.permissions import Role
from heli.ledger import services as ledger
from heli.ledger.models import Fact
from heli.openness import errors, selectors, services
from heli.openness.codes import unseal_values
from heli.openness.models import Alarm, Correction, Recipient
from heli.openness.services.corrections import source_record
from heli.organisation.services import NewPerson, create_person


def test_only_those_are_told_who_received_the_wrong_version(asked, resource, number, persona, two):
    (one, purpose), (other, other_purpose) = two
    asked(one, purpose=purpose)
    asked(other, persona[1].resident_id, other_purpose)
    row = correct(resource, number, address=NEW)
    assert [each.department_id for each in row.recipients.all()] == [one]
    told = row.recipients.get()
    assert told.proven
    assert told.fields == ["address"]
    use = told.uses.get()
    assert Fact.objects.get(pk=use.fact_id).verb == "exchange.lookup.answered"
    assert use.matter == f"LJ-{one}"


def test_who_received_it_while_it_was_being_decided_is_told_once(asked, resource, number, two):
    """Who received it is looked up before the decision holds anybody up; the rest with it."""
    (one, purpose), (other, other_purpose) = two
    asked(one, purpose=purpose)
    agreed = services.read_record(resource, "person", number, {"address": NEW})
    asked(other, purpose=other_purpose)
    row = services.open_correction(agreed, actor=STEWARD)
    told = {each.department_id: each.uses.count() for each in row.recipients.all()}
    assert told == {one: 1, other: 1}


def test_who_saw_it_in_an_emergency_is_told(exchange_city, resource, number):
    rule = exchange.allow_emergency(
        actor=STEWARD, resource=resource, department="wjw",
        document={"fields": [{"field": "address"}]}, legal_basis="x",
    )  # fmt: skip
    officer = create_person(
        NewPerson("e1", "演示", "Demo", department="wjw", roles=frozenset({Role.OFFICER}),
                  competences=("data.emergency",)),
        actor=HELI,
    )  # fmt: skip
    exchange.break_glass(by=officer, resource=resource, subject=number, reason="火灾现场伤员昏迷")
    row = correct(resource, number, address=NEW)
    told = row.recipients.get()
    assert (told.department_id, told.fields, told.proven) == ("wjw", ["address"], False)
    assert rule.department_id == "wjw"


@pytest.mark.parametrize(
    ("subject", "rows", "told"),
    [
        ({"field": "resident_id"}, [], True),
        ({"field": "resident_id", "mask": "hash"}, [], False),
        ({"field": "resident_id"}, [{"field": "name", "op": "eq", "value": "无此人"}], False),
    ],
    ids=["clear", "pseudonyms", "outside the row filter"],
)
def test_who_took_the_register_as_a_file_is_told_of_its_people(
    committed_city, number, subject, rows, told
):
    resource = committed_city["residents"]
    policy = {
        "fields": [subject, {"field": "address"}], "rows": rows, "binding": "public_task",
        "extract": {"rows": 100_000},
    }  # fmt: skip
    exchange.grant(
        actor=STEWARD, resource=resource, consumer="jtj", purpose="survey", purpose_zh="调查",
        legal_basis="x", policy=policy, expires_at=clock.now() + dt.timedelta(days=9),
    )  # fmt: skip
    exchange.register_duty(
        actor=STEWARD, department="jtj", code="survey", title_zh="调查", legal_ground="x"
    )
    asked = Query(
        Actor("person", "7", "jtj"), "jtj", resource.address, "", "", "", "survey",
        task="survey", extract="csv",
    )  # fmt: skip
    exchange.make_extract(exchange.ask_extract(asked).pk)
    row = correct(resource, number, address=NEW)
    assert [each.department_id for each in row.recipients.all()] == (["jtj"] if told else [])


def test_who_received_the_right_version_is_not_told(asked, resource, number, put_right, two):
    """The receipt shows which version an answer held, so the register may be right already."""
    (one, purpose), (other, other_purpose) = two
    asked(one, purpose=purpose)
    old = source_record(resource, number)
    put_right("residents", "resident_id", number, address=NEW)
    asked(other, purpose=other_purpose)
    put_right("residents", "resident_id", number, address=old["address"])
    row = correct(resource, number, address=NEW)
    assert [each.department_id for each in row.recipients.all()] == [one]


def test_who_received_another_version_is_told_that_it_is_not_proven(
    asked, resource, number, put_right, two
):
    (one, purpose), _other = two
    put_right("residents", "resident_id", number, address="另一处地址")
    asked(one, purpose=purpose)
    put_right("residents", "resident_id", number, address="第三处地址")
    row = correct(resource, number, address=NEW)
    assert not row.recipients.get().proven


def test_answers_from_before_the_mistake_are_left_out(asked, resource, number, two):
    (one, purpose), _other = two
    asked(one, purpose=purpose)
    row = correct(resource, number, since=clock.now(), address=NEW)
    assert not row.recipients.exists()


def test_values_are_those_the_grant_shows_and_the_fact_binds_them(asked, resource, number, two):
    (one, purpose), _other = two
    asked(one, purpose=purpose)
    row = correct(resource, number, address=NEW, education="doctorate"
                  if "doctorate" in resource.parsed_contract.field("education").allowed
                  else resource.parsed_contract.field("education").allowed[0])  # fmt: skip
    told = row.recipients.get()
    grant = Grant.objects.get(resource=resource, consumer=one, purpose=purpose)
    granted = {rule["field"] for rule in grant.policy["fields"]}
    values = unseal_values("notice", told.values)
    assert set(values) <= granted & set(row.fields)
    assert values["address"]
    sent = Fact.objects.get(verb="openness.correction.sent")
    from heli.exchange.lookup import response_hash

    assert sent.data["values_hash"] == response_hash(values, bytes(told.key))


def test_no_fact_holds_a_value_or_the_number(asked, resource, number, two):
    (one, purpose), _other = two
    asked(one, purpose=purpose)
    old = source_record(resource, number)
    row = correct(resource, number, address=NEW)
    services.acknowledge(row.recipients.get(), actor=Actor("person", "3", one), action="updated")
    for fact in Fact.objects.filter(verb__startswith="openness."):
        text = str(fact.data)
        assert NEW not in text
        assert number not in text
        assert old["address"] not in text
    for value in Correction.objects.values_list("old", "new", "subject_sealed").get():
        assert number.encode() not in bytes(value)
        assert NEW.encode() not in bytes(value)


def test_the_source_is_believed_only_when_it_gives_the_right_value(
    asked, resource, number, put_right, two
):
    (one, purpose), _other = two
    asked(one, purpose=purpose)
    row = correct(resource, number, address=NEW)
    assert not services.check_source(row)
    row.refresh_from_db()
    assert row.state == Correction.State.DECIDED
    put_right("residents", "resident_id", number, address=NEW)
    assert services.check_source(row)
    row.refresh_from_db()
    assert row.state == Correction.State.APPLIED
    services.acknowledge(row.recipients.get(), actor=Actor("person", "3", one), action="updated")
    row.refresh_from_db()
    assert row.state == Correction.State.CLOSED
    verbs = set(Fact.objects.values_list("verb", flat=True))
    assert {"openness.correction.applied", "openness.correction.closed"} <= verbs


def test_a_source_that_falls_back_raises_an_alarm(resource, number, put_right):
    row = correct(resource, number, address=NEW)
    put_right("residents", "resident_id", number, address=NEW)
    services.check_source(row)
    put_right("residents", "resident_id", number, address="旧地址")
    assert not services.check_source(row)
    assert Alarm.objects.get().kind == "source"
    assert not services.check_source(row)
    assert Alarm.objects.count() == 1
    put_right("residents", "resident_id", number, address=NEW)
    services.check_source(row)
    assert Alarm.objects.get().settled_at


def test_a_later_answer_with_the_wrong_value_is_an_alarm_and_is_told(asked, resource, number, two):
    (one, purpose), (other, other_purpose) = two
    asked(one, purpose=purpose)
    row = correct(resource, number, address=NEW)
    with clock.frozen(clock.now() + dt.timedelta(seconds=1)):
        late = asked(other, purpose=other_purpose)
        services.watch()
        services.watch()
    alarm = Alarm.objects.get(kind="answer")
    assert (alarm.department, alarm.fact_id) == (other, late.fact_id)
    assert {each.department_id for each in row.recipients.all()} == {one, other}


def test_a_later_answer_with_the_right_value_is_none(asked, resource, number, put_right, two):
    (one, purpose), _other = two
    row = correct(resource, number, address=NEW)
    put_right("residents", "resident_id", number, address=NEW)
    with clock.frozen(clock.now() + dt.timedelta(seconds=1)):
        asked(one, purpose=purpose)
        services.watch()
    assert not Alarm.objects.exists()
    assert not row.recipients.exists()


def test_a_matter_decided_without_an_answer_is_an_alarm(asked, resource, number, two, db):
    from heli.cases import facts as cases_facts

    (one, purpose), _other = two
    asked(one, purpose=purpose)
    row = correct(resource, number, address=NEW)
    with clock.frozen(clock.now() + dt.timedelta(minutes=1)):
        ledger.record(
            cases_facts.TaskRefused(**_task_refused()), actor=Actor("person", "7", one),
            department=one, matter=f"LJ-{one}",
        )  # fmt: skip
        services.watch()
        services.watch()
    alarm = Alarm.objects.get(kind="decision")
    assert (alarm.department, alarm.matter) == (one, f"LJ-{one}")
    services.acknowledge(row.recipients.get(), actor=Actor("person", "3", one), action="redecided")
    alarm.refresh_from_db()
    assert alarm.settled_at


def _task_refused():
    from heli.cases import facts as cases_facts

    kinds = {str: "", int: 0, bool: False, list: []}
    return {
        name: kinds.get(kind, "")
        for name, kind in cases_facts.TaskRefused.__annotations__.items()
        if isinstance(kind, type)
    }


def test_silence_is_reminded_and_escalated_by_the_clock(asked, resource, number, two):
    (one, purpose), _other = two
    asked(one, purpose=purpose)
    row = correct(resource, number, address=NEW)
    with clock.frozen(clock.now() + dt.timedelta(days=30)):
        while poll():
            pass
    told = row.recipients.get()
    assert told.reminded_at
    assert told.escalated_at
    assert {alarm.kind for alarm in Alarm.objects.all()} == {"silence", "source"}
    services.acknowledge(told, actor=Actor("person", "3", one), action="no_effect")
    assert Alarm.objects.get(kind="silence").settled_at


def test_an_answer_is_given_once(asked, resource, number, two):
    (one, purpose), _other = two
    asked(one, purpose=purpose)
    told = correct(resource, number, address=NEW).recipients.get()
    actor = Actor("person", "3", one)
    services.acknowledge(told, actor=actor, action="updated")
    with pytest.raises(errors.AcknowledgedError):
        services.acknowledge(told, actor=actor, action="no_effect")
    assert Recipient.objects.get().action == "updated"


@pytest.mark.parametrize("change", [{"address": None}, {}])
def test_nothing_is_corrected_that_is_right_already(resource, number, change):
    same = source_record(resource, number)["address"]
    values = {"address": same} if "address" in change else {}
    with pytest.raises(errors.NoRecordError):
        services.read_record(resource, "person", number, values)


def test_a_record_that_is_not_there_cannot_be_corrected(resource):
    with pytest.raises(errors.NoRecordError):
        services.read_record(resource, "person", "990101199001010019", {"address": "x"})


def test_stewards_find_what_was_wrong_in_their_inbox(asked, resource, number, two):
    (one, purpose), (other, _purpose) = two
    asked(one, purpose=purpose)
    row = correct(resource, number, address=NEW)
    (notice,) = Notice.objects.filter(key="openness.correction.told")
    assert (notice.department_id, notice.link) == (one, f"openness.correction:{row.code}")
    sentence = notice_view(notice).sentence
    assert row.code in sentence
    assert NEW not in str(notice.data)
    assert number not in str(notice.data)
    assert inbox_of(other) == []


def test_silence_and_a_source_that_stays_wrong_reach_inboxes(asked, resource, number, two):
    (one, purpose), _other = two
    asked(one, purpose=purpose)
    correct(resource, number, address=NEW)
    with clock.frozen(clock.now() + dt.timedelta(days=30)):
        while poll():
            pass
    assert inbox_of(one)[0] == "openness.correction.told"
    assert set(inbox_of(one)[1:]) == {"openness.correction.reminded", "openness.alarm.silence"}
    assert set(inbox_of("gaj")) == {"openness.alarm.silence", "openness.alarm.source"}
    assert set(inbox_of(None, Role.SUPERVISOR)) == {
        "openness.alarm.silence", "openness.alarm.source"}  # fmt: skip
    for row in Notice.objects.filter(key__startswith="openness."):
        assert "{" not in notice_view(row).sentence


def test_the_view_names_who_was_told_and_no_value(asked, resource, number, two):
    (one, purpose), _other = two
    asked(one, purpose=purpose)
    row = correct(resource, number, address=NEW)
    view = selectors.correction_view(row)
    assert view.recipients[0].department.code == one
    assert NEW not in str(view)
    assert number not in str(view)


# -- pages of lists --------------------------------------------------------------------------------
