"""Data within a matter: pre-filling, prepared tasks, standing; and what the system does itself."""

import datetime as dt

import pytest
from django.urls import reverse
from tests.cases.conftest import CREDIT_CODE, RESIDENT_ID, UNIT_CODE, inbox, restaurant_form

from heli.cases import sealing, selectors, service_tasks, services
from heli.cases.answers import open_matters, standing, standings, subjects_at_work
from heli.cases.errors import IdentityNeededError, SubjectNotDeclaredError, UnknownCodeError
from heli.cases.models import Matter, ServiceJob, Task
from heli.cases.tasks import prepare_tasks
from heli.demo import registers
from heli.exchange.compiled import catalogue
from heli.exchange.models import Access, Grant
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.home import home
from heli.kernel.permissions import DeniedError
from heli.ledger.models import Fact
from heli.organisation import services as organisation
from heli.organisation.models import Identity, Person
from heli.organisation.selectors import system_by_key_id

NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def written():
    registers.seed_registers(home(), seed=3, scale="tiny")
    return registers.personas(home(), 3)


@pytest.fixture
def persona(linjiang, written, applicant):
    """applicant1 is a resident who owns a flat and runs an enterprise."""
    catalogue.forget()
    with clock.frozen(NOW):
        registers.seed_catalogue()
        organisation.set_identity(applicant, written[0].resident_id)
        yield written[0]
    catalogue.forget()


def typed(persona):
    return {"credit_code": persona.credit_code, "unit_code": persona.unit_code}


def test_what_the_city_holds_is_filled_in_under_receipt(persona, applicant):
    found = services.prefill("open-restaurant", applicant, given=typed(persona))
    assert found.values["person_name"] == persona.name
    assert found.values["enterprise_name"] == persona.enterprise
    assert found.values["area"] > 0
    receipts = {item.receipt for item in found.prepared if not item.refused}
    facts = Fact.objects.filter(verb="exchange.lookup.answered", matter=found.draft.code)
    assert receipts == {str(fact.pk) for fact in facts}
    assert facts.count() == 3
    assert persona.resident_id not in str(found.draft.form) + str(found.draft.prefilled)


def test_what_is_only_known_to_be_on_record_is_asked(persona, applicant):
    grant = Grant.objects.get(
        resource__name="residents", consumer="zwzx", purpose="intake", revoked_at=None
    )
    rules = [rule | {"mask": "redact"} for rule in grant.policy["fields"]]
    Grant.objects.filter(pk=grant.pk).update(policy={"fields": rules})
    catalogue.forget()
    found = services.prefill("open-restaurant", applicant)
    assert "person_name" not in found.values
    assert "***" not in str(found.draft.prefilled)


def test_filled_answers_are_shown_not_asked(persona, applicant):
    found = services.prefill("open-restaurant", applicant, given=typed(persona))
    form = restaurant_form(**typed(persona), enterprise_name="别的公司", area=1)
    started = services.start_matter("open-restaurant", form, by=applicant, draft=found.draft)
    assert started.matter.form["enterprise_name"] == persona.enterprise
    assert started.matter.form["area"] == found.values["area"]
    received = Fact.objects.get(verb="cases.matter.received")
    assert received.data["prefilled"] == len(found.values)
    shown = {a.field: a for a in selectors.matter_page(started.matter.code, applicant).answers}
    assert shown["enterprise_name"].source
    assert not shown["shop_name"].source


def test_asking_again_looks_nothing_up_twice(persona, applicant):
    first = services.prefill("open-restaurant", applicant, given=typed(persona))
    again = services.prefill("open-restaurant", applicant, draft=first.draft)
    assert again.values == first.values
    assert Fact.objects.filter(verb="exchange.lookup.answered").count() == 3


def test_another_subject_is_looked_up_anew(persona, applicant, written):
    first = services.prefill("open-restaurant", applicant, given=typed(persona))
    other = {"credit_code": written[1].credit_code}
    second = services.prefill("open-restaurant", applicant, draft=first.draft, given=other)
    assert second.values["enterprise_name"] == written[1].enterprise
    assert second.values["person_name"] == persona.name
    facts = Fact.objects.filter(verb="exchange.lookup.answered", matter=first.draft.code)
    assert facts.count() == 4
    # The enterprise was asked for twice: both times count, though one answer stands.
    draft = Matter.objects.get(pk=first.draft.pk)
    assert draft.lookups == 4
    services.discard_draft(draft, by=applicant)
    assert Fact.objects.get(verb="cases.matter.discarded").data["lookups"] == 4


def test_an_applicant_cannot_look_up_somebody_else(persona, applicant, written):
    other = {"person_id": written[1].resident_id}
    found = services.prefill("open-restaurant", applicant, given=other)
    assert found.values["person_name"] == persona.name


def at_desk(someone):
    return {"name": someone.name, "contact": "窗口登记", "number": someone.resident_id}


def test_the_desk_fills_in_for_whoever_stands_there(persona, ambassador, written):
    found = services.prefill("open-restaurant", ambassador, on_behalf=at_desk(written[1]))
    assert found.values["person_name"] == written[1].name
    kept = Matter.objects.get(pk=found.draft.pk)
    assert written[1].resident_id not in str([kept.on_behalf, kept.form, kept.prefilled])


def test_a_desk_that_declares_another_name_is_shown_nothing_of_the_numbers_owner(
    persona, ambassador, written
):
    wrong = at_desk(written[1]) | {"name": "别人"}
    found = services.prefill("open-restaurant", ambassador, on_behalf=wrong)
    assert "person_name" not in found.values
    assert "mobile" not in found.values
    kept = Matter.objects.get(pk=found.draft.pk)
    assert "另一" in kept.prefilled["person_name"]["refused"]
    assert written[1].name not in str([kept.on_behalf, kept.form, kept.prefilled])
    assert Access.objects.filter(matter=found.draft.code).exists(), "and it is on record"


def test_an_account_without_an_identity_number_looks_nobody_up(persona, applicant, written):
    Identity.objects.filter(pk=applicant.pk).delete()
    with pytest.raises(IdentityNeededError) as refused:
        services.prefill("open-restaurant", applicant, given={"person_id": written[1].resident_id})
    assert "service centre" in refused.value.advice()
    assert not Access.objects.exists()
    assert not Matter.objects.exists()


@pytest.mark.parametrize("on_behalf", [None, {}, {"name": "某人"}])
def test_a_desk_that_names_nobody_looks_nobody_up(persona, ambassador, written, on_behalf):
    given = {"person_id": written[1].resident_id}
    with pytest.raises(SubjectNotDeclaredError):
        services.prefill("open-restaurant", ambassador, given=given, on_behalf=on_behalf)
    assert not Access.objects.exists()


def test_an_applicant_is_no_desk(persona, applicant, written):
    for on_behalf in ({}, at_desk(written[1])):
        with pytest.raises(DeniedError):
            services.prefill("open-restaurant", applicant, on_behalf=on_behalf)
    assert not Access.objects.exists()


def test_for_whom_a_draft_is_does_not_change(persona, ambassador, written):
    first = services.prefill("open-restaurant", ambassador, on_behalf=at_desk(written[1]))
    again = services.prefill(
        "open-restaurant", ambassador, draft=first.draft,
        given={"person_id": written[2].resident_id}, on_behalf=at_desk(written[2]),
    )  # fmt: skip
    assert again.values["person_name"] == written[1].name
    form = restaurant_form(person_id=written[2].resident_id)
    matter = services.start_matter(
        "open-restaurant", form, by=ambassador, on_behalf=first.draft.on_behalf, draft=again.draft
    ).matter
    hint = sealing.hint("person", written[1].resident_id)
    assert [row.hint for row in matter.subjects.filter(type="person")] == [hint]


def test_data_is_charged_to_who_receives_the_matter(persona, applicant, ambassador, written):
    services.prefill("open-restaurant", applicant)
    access = Access.objects.filter(reason="").first()
    fact = Fact.objects.get(pk=access.fact_id)
    assert access.consumer == fact.department == "zwzx"
    assert access.actor == fact.actor == f"person:{applicant.pk}"


def test_a_desk_of_another_department_needs_its_own_grant(persona, ambassador, linjiang, written):
    ambassador.department_id = "jyj"
    ambassador.save()
    desk = Person.objects.get(pk=ambassador.pk)
    found = services.prefill("open-restaurant", desk, on_behalf=at_desk(written[1]))
    assert not found.values
    reasons = set(Access.objects.values_list("consumer", "reason"))
    assert reasons == {("jyj", "exchange.no_grant")}
    assert set(Fact.objects.filter(verb__startswith="exchange.lookup").values_list(
        "department", "actor"
    )) == {("jyj", f"person:{desk.pk}")}  # fmt: skip


def test_tasks_are_prepared_in_the_background_within_the_matter(persona, applicant):
    found = services.prefill("open-restaurant", applicant, given=typed(persona))
    form = restaurant_form(**typed(persona))
    matter = services.start_matter("open-restaurant", form, by=applicant, draft=found.draft).matter
    assert prepare_tasks() == 4
    assert prepare_tasks() == 0
    fire = matter.tasks.select_related("assignee").get(node="Task_Fire")
    prepared = selectors.task_detail(fire.pk, fire.assignee).prepared
    assert {item.field for item in prepared} == {"floor_area", "use", "name", "trade"}
    assert all(item.receipt and not item.refused for item in prepared)
    uses = selectors.matter_page(matter.code, applicant).uses
    assert {use.consumer.code for use in uses} >= {"xfjy", "scjg", "zwzx"}


def test_only_who_holds_a_task_looks_up(persona, applicant, linjiang):
    form = restaurant_form(**typed(persona))
    matter = services.start_matter("open-restaurant", form, by=applicant).matter
    fire = matter.tasks.select_related("assignee").get(node="Task_Fire")
    with pytest.raises(DeniedError):
        services.prepare_data(fire.pk, by=linjiang["scjg02"])
    assert services.prepare_data(fire.pk, by=fire.assignee)


# -- standing -------------------------------------------------------------------------------------


def test_many_standings_at_once_are_those_asked_one_by_one(matter, work, applicant):
    draft = services.save_draft("open-restaurant", {}, by=applicant)
    asked = [
        (code, department, kind, number)
        for code in (matter.code, draft.code, "LJ-NO-SUCH")
        for department in ("zwzx", "xfjy", "scjg", "jyj")
        for kind, number in (("enterprise", CREDIT_CODE), ("person", "x"))
    ]
    before = standings(asked)
    assert before == [standing(*each) for each in asked]
    assert {each.live for each in before} == {True, False}
    work("Task_Fire")
    assert standings(asked) == [standing(*each) for each in asked] != before


def test_standing_is_matter_task_and_subject(matter, work):
    def answer(department, kind="enterprise", number=CREDIT_CODE, code=matter.code):
        found = standing(code, department, kind, number)
        return found.known, found.live, found.holds_task, found.concerns_subject

    assert answer("xfjy") == (True, True, True, True)
    assert answer("xfjy", number=CREDIT_CODE.lower()) == (True, True, True, True)
    assert answer("jyj") == (True, True, False, True)
    assert answer("xfjy", "enterprise", "91370000000000000X") == (True, True, True, False)
    assert answer("xfjy", "person", CREDIT_CODE) == (True, True, True, False)
    assert answer("xfjy", "property", UNIT_CODE) == (True, True, True, True)
    assert answer("xfjy", code="LJ-AAAAAA-00") == (False, False, False, False)
    assert not standing(matter.code, "jyj", "enterprise", CREDIT_CODE).took_part
    work("Task_Fire")
    assert answer("xfjy") == (True, True, False, True), "the task is closed"
    for node in ("Task_Food", "Task_Environment", "Task_Signboard", "Task_Issue"):
        work(node)
    assert answer("zwzx")[1] is False, "the matter is closed"
    assert standing(matter.code, "xfjy", "enterprise", CREDIT_CODE).took_part, "and it may know"


def test_a_department_cannot_open_its_own_door_by_filing_a_matter(linjiang, now):
    """What its system filed is a ground for every department that has a task in it but its own."""
    _row, key = organisation.register_system("xfjy", "消防系统", b"k" * 32, actor=HELI)
    system = system_by_key_id(key.key_id)
    filed = services.start_matter("open-restaurant", restaurant_form(), by=system).matter
    asked = [(filed.code, each, "person", RESIDENT_ID) for each in ("xfjy", "sthj", "jyj")]
    found = standings(asked)
    assert found == [standing(*each) for each in asked]
    assert [each.own_filing for each in found] == [True, False, False]
    assert [each.holds_task and each.concerns_subject for each in found] == [True, True, False]
    assert subjects_at_work("xfjy", "person") == {}
    assert open_matters("xfjy", "person", [RESIDENT_ID]) == {}
    assert subjects_at_work("sthj", "person") == {RESIDENT_ID: filed.code}


def test_a_draft_stands_for_its_first_receiver_only(now, applicant):
    draft = services.save_draft("open-restaurant", {}, by=applicant)
    assert standing(draft.code, "zwzx", "person", "x").holds_task
    assert not standing(draft.code, "xfjy", "person", "x").holds_task
    assert not standing(draft.code, "zwzx", "person", "x").concerns_subject


def test_a_draft_stands_for_no_other_person_than_its_applicant(persona, applicant, written):
    """Not even for one who stands in its form."""
    draft = services.prefill("open-restaurant", applicant, given=typed(persona)).draft
    other = written[1].resident_id
    draft.subjects.create(
        type="person", digest=sealing.digest("person", other), sealed=b"", hint="", role="other"
    )

    def concerns(kind, number):
        return standing(draft.code, "zwzx", kind, number).concerns_subject

    assert concerns("person", persona.resident_id)
    assert not concerns("person", other)
    assert concerns("enterprise", persona.credit_code)
    assert not concerns("enterprise", written[1].credit_code)


def test_who_audits_accesses_sees_drafts_with_accesses(persona, applicant, linjiang, client):
    silent = services.save_draft("open-restaurant", {}, by=applicant)
    found = services.prefill("open-restaurant", applicant, given=typed(persona))
    for name in ("supervisor1", "auditadmin"):
        auditor = linjiang[name]
        page = selectors.matter_page(found.draft.code, auditor)
        assert len(page.uses) == 3
        assert not page.answers
        assert not page.subjects
        with pytest.raises(UnknownCodeError):
            selectors.matter_page(silent.code, auditor)
        client.force_login(auditor)
        text = client.get(reverse("cases:matter", args=[found.draft.code]))
        assert text.status_code == 200
        assert persona.name not in text.content.decode()
    for name in ("leader1", "applicant2", "zwzx02", "scjg02"):
        with pytest.raises(UnknownCodeError):
            selectors.matter_page(found.draft.code, linjiang[name])


def test_sealed_values_do_not_move_between_kinds():
    from cryptography.exceptions import InvalidTag

    sealed = sealing.seal("person", "370000199001011234")
    assert sealing.unseal("person", sealed) == "370000199001011234"
    with pytest.raises(InvalidTag):
        sealing.unseal("enterprise", sealed)


# -- service tasks --------------------------------------------------------------------------------


@pytest.fixture
def enterprise(now, applicant):
    form = {
        "person_name": "演示 甲",
        "mobile": "13900000000",
        "home_address": "临江市",
        "enterprise_name": "演示有限公司",
        "kind": "limited",
        "capital": 50,
        "scope": "餐饮",
        "staff": 3,
        "unit_code": UNIT_CODE,
        "address": "临江市演示路 2 号",
    }
    return services.start_matter("start-enterprise", form, by=applicant).matter


def test_a_service_task_runs_after_the_step_and_once(enterprise):
    assert not enterprise.tasks.filter(node="Task_Register").exists()
    assert service_tasks.run_due() == 1
    assert service_tasks.run_due() == 0
    assert enterprise.tasks.filter(node="Task_Register", closed_at=None).count() == 1
    assert Fact.objects.filter(verb="cases.service.done").count() == 1
    done = enterprise.tasks.get(node="Task_Prepare")
    assert (done.state, done.closed_by) == ("done", "heli")


def test_a_crash_between_work_and_step_repeats_no_step(enterprise, now):
    """The worker died holding the job; another takes it after two minutes."""
    ServiceJob.objects.update(claimed_at=now())
    assert service_tasks.run_due() == 0
    now.advance(minutes=3)
    assert service_tasks.run_due() == 1
    ServiceJob.objects.update(state="pending", claimed_at=None)
    assert service_tasks.run_due() == 1, "as if the end of the job had been lost"
    assert enterprise.tasks.filter(node="Task_Register").count() == 1
    assert Fact.objects.filter(verb="cases.service.done").count() == 1


def test_a_service_that_keeps_failing_is_handed_to_people(enterprise, now, monkeypatch, linjiang):
    calls = []

    def broken(task):
        calls.append(task.pk)
        raise OSError("source is down")

    monkeypatch.setitem(service_tasks._services, "cases.prepare_data", broken)
    for _ in range(30):
        service_tasks.run_due()
        now.advance(minutes=5)
    assert len(calls) == service_tasks.MOST_ATTEMPTS
    task = enterprise.tasks.get(node="Task_Prepare")
    assert task.kind == Task.Kind.MANUAL
    assert any("调取已有数据" in n.sentence for n in inbox(linjiang["zwzx01"]))
    officer = linjiang["zwzx03"]
    services.claim(task.pk, by=officer)
    services.approve(task.pk, by=officer)
    assert enterprise.tasks.filter(node="Task_Register").exists()


def test_withdrawing_takes_waiting_services_away(enterprise, applicant):
    services.withdraw_matter(enterprise, by=applicant)
    assert service_tasks.run_due() == 0
