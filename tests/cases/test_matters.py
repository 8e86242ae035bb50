"""Raising, seeing and taking back a matter."""

import pytest
from django.db import transaction
from django.utils import translation
from tests.cases.conftest import CREDIT_CODE, RESIDENT_ID, restaurant_form

from heli.cases import sealing, selectors, services
from heli.cases.errors import (
    FormError,
    MatterClosedError,
    NoProcedureError,
    TooManyAttemptsError,
    UnknownCodeError,
    WrongCheckDigitError,
    WrongSecretError,
)
from heli.cases.models import Matter, Task
from heli.cases.services.matters import draft_answers
from heli.clocks.models import Clock
from heli.kernel import prepared
from heli.kernel.permissions import DeniedError
from heli.kernel.rest import KeyReusedError
from heli.ledger.models import Fact
from heli.organisation.selectors import identity_of


def test_starting_opens_every_parallel_task_with_officer_reason_and_clock(matter):
    tasks = list(matter.tasks.order_by("department_id"))
    assert [task.department_id for task in tasks] == ["cgj", "scjg", "sthj", "xfjy"]
    for task in tasks:
        assert task.assignee.department_id == task.department_id
        assert task.reason["rule"] == "least_loaded"
        assert task.reason["considered"] >= 2
        assert task.due_at == Clock.objects.get(pk=task.clock_id).due_at == task.order_at
    assert matter.accountable_id == matter.received_by_id == "zwzx"
    assert sorted(matter.waiting_for) == ["cgj", "scjg", "sthj", "xfjy"]
    assert matter.title == "江畔小馆 · 临江市演示路 1 号"
    received = Fact.objects.get(matter=matter.code, verb="cases.matter.received")
    assert received.data["accountable"] == "zwzx"
    assert Fact.objects.filter(matter=matter.code, verb="cases.task.opened").count() == 4


def test_the_reason_reads_in_both_languages(matter, task):
    from heli.cases.assignment import explain

    reason = task("Task_Fire").reason
    with translation.override("en"):
        assert f"least work of {reason['considered']} people (0 open tasks)" in explain(reason)
    with translation.override("zh-hans"):
        assert str(reason["considered"]) in explain(reason)


def test_work_is_spread_by_load(now, applicant):
    for _ in range(3):
        services.start_matter("open-restaurant", restaurant_form(), by=applicant)
    officers = Task.objects.filter(node="Task_Fire").values_list("assignee", flat=True)
    assert len(set(officers)) == 3


def test_no_identifier_is_left_readable(matter, applicant):
    own = identity_of(applicant.pk)
    for row in (Matter.objects.filter(pk=matter.pk).values().get(), *Fact.objects.values()):
        text = str(row)
        assert RESIDENT_ID not in text
        assert CREDIT_CODE not in text
        assert own not in text
    person = matter.subjects.get(type="person")
    assert sealing.unseal("person", bytes(person.sealed)) == own
    assert person.digest == sealing.digest("person", own.lower())
    assert "*" in person.hint


def test_an_applicant_can_only_file_as_themselves(matter, applicant):
    """The form said somebody else's number; the account's counts."""
    own = identity_of(applicant.pk)
    assert own != RESIDENT_ID
    assert matter.subjects.filter(digest=sealing.digest("person", own)).exists()
    assert not matter.subjects.filter(digest=sealing.digest("person", RESIDENT_ID)).exists()


def test_the_desk_takes_in_for_somebody_else(now, ambassador):
    started = services.start_matter(
        "open-restaurant", restaurant_form(), by=ambassador, on_behalf={"name": "演示 经营者"}
    )
    matter = started.matter
    assert matter.applicant is None
    assert matter.taken_in_by == ambassador
    assert matter.subjects.filter(digest=sealing.digest("person", RESIDENT_ID)).exists()


def test_the_desk_of_another_department_is_the_first_receiver(now, linjiang):
    desk = linjiang["scjg06"]
    started = services.start_matter("open-restaurant", restaurant_form(), by=desk, on_behalf={})
    assert started.matter.accountable_id == "scjg"


def test_officers_do_not_take_matters_in(now, linjiang):
    with pytest.raises(DeniedError):
        services.start_matter("open-restaurant", restaurant_form(), by=linjiang["xfjy02"])
    with pytest.raises(DeniedError):
        services.start_matter(
            "open-restaurant", restaurant_form(), by=linjiang["applicant1"], on_behalf={"name": "x"}
        )


def test_a_number_of_somebody_not_yet_born_is_refused(now, ambassador):
    form = restaurant_form(person_id="110105299901010014")
    with pytest.raises(FormError) as caught:
        services.start_matter("open-restaurant", form, by=ambassador, on_behalf={})
    assert [key for key, _ in caught.value.problems] == ["person_id"]


def test_every_wrong_field_is_named_and_nothing_is_kept(now, applicant):
    form = restaurant_form(credit_code="91370000XXXXXXXXXX", area=0, dishes="soup", unknown=1)
    del form["shop_name"]
    with pytest.raises(FormError) as caught:
        services.start_matter("open-restaurant", form, by=applicant)
    fields = {field for field, _ in caught.value.problems}
    assert fields == {"credit_code", "area", "dishes", "unknown", "shop_name"}
    assert not Matter.objects.exists()
    assert not Fact.objects.filter(verb__startswith="cases.matter").exists()


def test_an_unknown_procedure_names_the_known_ones(now, applicant):
    with pytest.raises(NoProcedureError) as caught:
        services.start_matter("fly", {}, by=applicant)
    assert "open-restaurant, start-enterprise, urban-renewal" in caught.value.advice()


def test_a_repeated_submission_is_the_same_matter(now, applicant):
    def send(**changes):
        return services.start_matter(
            "open-restaurant", restaurant_form(**changes), by=applicant, idempotency_key="k1"
        )

    first, second = send(), send()
    assert (second.matter.pk, second.secret) == (first.matter.pk, first.secret)
    assert second.repeated
    assert not first.repeated
    assert Matter.objects.count() == 1
    with pytest.raises(KeyReusedError):
        send(seats=41)


def test_the_same_key_of_two_people_is_two_matters(now, linjiang):
    for name in ("applicant1", "applicant2"):
        services.start_matter(
            "open-restaurant", restaurant_form(), by=linjiang[name], idempotency_key="k1"
        )
    assert Matter.objects.count() == 2


def test_a_taken_code_is_drawn_again(now, applicant, monkeypatch):
    from heli.cases import codes

    first = services.start_matter("open-restaurant", restaurant_form(), by=applicant).matter
    drawn = iter([first.code, first.code, codes.new_code()])
    monkeypatch.setattr(codes, "new_code", lambda: next(drawn))
    second = services.start_matter("open-restaurant", restaurant_form(), by=applicant).matter
    assert second.code != first.code
    assert second.tasks.count() == 4


def test_free_codes_are_free_and_differ(matter, monkeypatch):
    from heli.cases import codes
    from heli.cases.services.matters import free_codes

    drawn = iter([matter.code, "LJ-A", "LJ-A", "LJ-B", "LJ-C"])
    monkeypatch.setattr(codes, "new_code", lambda: next(drawn))
    assert sorted(free_codes(3)) == ["LJ-A", "LJ-B", "LJ-C"]


def test_a_failed_start_leaves_nothing(now, applicant, monkeypatch):
    """A fault after everything was written takes everything back."""
    write = prepared.Batch.run

    def fault(batch, **how):
        write(batch, **how)
        if Task.objects.exists():
            raise OSError("disk full")

    monkeypatch.setattr(prepared.Batch, "run", fault)
    with pytest.raises(OSError, match="disk full"), transaction.atomic():
        services.start_matter("open-restaurant", restaurant_form(), by=applicant)
    assert not Matter.objects.exists()
    assert not Task.objects.exists()
    assert not Clock.objects.exists()


# -- drafts -------------------------------------------------------------------------------------


def test_a_draft_keeps_what_was_typed_and_hides_identifiers(now, applicant):
    form = restaurant_form()
    del form["seats"]
    draft = services.save_draft("open-restaurant", form, by=applicant)
    assert draft.state == "draft"
    assert CREDIT_CODE not in str(draft.form)
    assert draft_answers(draft)["credit_code"] == CREDIT_CODE
    started = services.start_matter(
        "open-restaurant", draft_answers(draft) | {"seats": 9}, by=applicant, draft=draft
    )
    assert started.matter.code == draft.code
    assert started.matter.state == "running"
    assert Matter.objects.get().tasks.count() == 4


def test_a_draft_is_its_authors_alone(now, linjiang, applicant):
    draft = services.save_draft("open-restaurant", {"seats": 3}, by=applicant)
    for name in ("applicant2", "leader1", "zwzx02", "supervisor1"):
        with pytest.raises(UnknownCodeError):
            selectors.matter_page(draft.code, linjiang[name])
    with pytest.raises(UnknownCodeError):
        services.save_draft("open-restaurant", {}, by=linjiang["applicant2"], draft=draft)


# -- codes and progress --------------------------------------------------------------------------


def test_unknown_code_and_wrong_check_digit_are_told_apart(matter, applicant):
    wrong = matter.code[:-1] + str((int(matter.code[-1]) + 1) % 10)
    with pytest.raises(WrongCheckDigitError):
        selectors.matter_page(wrong, applicant)
    from heli.cases.codes import new_code

    with pytest.raises(UnknownCodeError):
        selectors.matter_page(new_code(), applicant)


def test_public_progress_shows_departments_and_nobodys_data(now, applicant):
    started = services.start_matter("open-restaurant", restaurant_form(), by=applicant)
    shown = selectors.public_progress(started.matter.code.lower(), started.secret.lower())
    assert {task.department.code for task in shown.tasks} == {"cgj", "scjg", "sthj", "xfjy"}
    text = str(shown)
    assert "江畔小馆" not in text
    assert "演示 经营者" not in text
    assert shown.serial_days > shown.parallel_days > 0


def test_guessing_a_secret_is_slowed_down(matter):
    from heli.cases import codes

    for _ in range(10):
        with pytest.raises(WrongSecretError):
            selectors.public_progress(matter.code, "WRNGSCRT")
    with pytest.raises(TooManyAttemptsError):
        selectors.public_progress(matter.code, codes.secret_of(matter.pk, 1))


def test_guessing_codes_from_one_address_is_slowed_down(now, linjiang):
    from heli.cases.codes import new_code

    for _ in range(30):
        with pytest.raises(WrongSecretError):
            selectors.public_progress(new_code(), "WRNGSCRT", "192.0.2.1")
    with pytest.raises(TooManyAttemptsError):
        selectors.public_progress(new_code(), "WRNGSCRT", "192.0.2.1")


def test_waiting_ends_the_brake(matter, now):
    from heli.cases import codes

    for _ in range(10):
        with pytest.raises(WrongSecretError):
            selectors.public_progress(matter.code, "WRNGSCRT")
    now.advance(minutes=16)
    assert selectors.public_progress(matter.code, codes.secret_of(matter.pk, 1)).code == matter.code


def test_a_new_secret_closes_the_old_one(matter, applicant):
    from heli.cases import codes

    old = codes.secret_of(matter.pk, 1)
    new = services.renew_secret(matter, by=applicant)
    assert new != old
    assert selectors.public_progress(matter.code, new).code == matter.code
    with pytest.raises(WrongSecretError):
        selectors.public_progress(matter.code, old)


def test_the_qr_code_is_an_image_of_the_address(matter):
    svg = selectors.qr_svg(matter, f"https://linjiang.example/p/{matter.code}")
    assert svg.startswith("<svg")
    assert "style=" not in svg


# -- the end --------------------------------------------------------------------------------------


def test_withdrawing_ends_everything_in_it(matter, applicant, task):
    fire = task("Task_Fire")
    services.claim(fire.pk, by=fire.assignee)
    asked = services.request_collaboration(matter, "zjj", by=fire.assignee, text="请协助")
    matter.refresh_from_db()
    ended = services.withdraw_matter(matter, by=applicant, reason="不办了")
    ended.refresh_from_db()
    assert ended.state == "withdrawn"
    assert ended.waiting_for == []
    assert not ended.tasks.filter(closed_at=None).exists()
    asked.refresh_from_db()
    assert asked.state == "withdrawn"
    assert not Clock.objects.exclude(state="stopped").exists()
    with pytest.raises(MatterClosedError):
        services.approve(fire.pk, by=fire.assignee)
    with pytest.raises(MatterClosedError):
        services.withdraw_matter(matter, by=applicant)


def test_a_matter_page_costs_the_same_however_long_its_story(
    matter, applicant, work, django_assert_max_num_queries
):
    work("Task_Fire")
    work("Task_Signboard")
    with django_assert_max_num_queries(20):
        page = selectors.matter_page(matter.code, applicant)
    assert page.answers[0].field == "person_id"
    assert page.waiting_for
    assert len(page.timeline) == 7
