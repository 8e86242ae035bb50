"""Applications, appeals, conflicts and combinations on pages and over REST."""

import datetime as dt

import pytest
from django.urls import reverse
from tests.exchange.cast import API, as_, people, post

from heli.exchange import services
from heli.exchange.applying.lists import waiting
from heli.exchange.models import (
    Appeal,
    Application,
    Claim,
    CombinationRule,
    Conflict,
    Grant,
    PublicDuty,
)
from heli.exchange.questions import matter_kinds
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.organisation.services import NewPerson, create_person

State = Application.State
__all__ = ["as_", "people"]


def filled(**change):
    return {
        "purpose_zh": "核验户籍",
        "purpose": "enrolment",
        "need": "入学时逐件核验",
        "basis": "education-12",
        "until": (clock.today() + dt.timedelta(days=100)).isoformat(),
        "field_name": "clear",
        "field_address": "clear",
    } | change


APPLY = reverse("exchange:apply", args=["gaj", "residents"])


def hand_in(as_):
    asker = as_("asker")
    assert "入学时逐件核验" in asker.post(APPLY, filled()).text
    answer = asker.post(APPLY, filled(confirm="1"))
    row = Application.objects.latest("submitted_at")
    assert answer.url == page(row)
    return row


def page(row):
    return reverse("exchange:application", args=[row.pk])


def test_from_the_form_to_the_grant_on_pages(as_):
    row = hand_in(as_)
    source = as_("source")
    assert "核验户籍" in source.get(reverse("exchange:applications")).text
    source.post(page(row), {"do": "review", "review-text": "相符"})
    row.refresh_from_db()
    assert row.state == State.REVIEWED
    cut = {"do": "grant", "grant-field_name": "partial", "grant-until": row.until.isoformat()}
    refused = source.post(page(row), cut)
    assert "请填写理由" in refused.text
    source.post(page(row), cut | {"grant-reason": "住址不必要"})
    row.refresh_from_db()
    assert row.state == State.PARTLY
    assert "住址不必要" in as_("asker").get(page(row)).text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_last_day_that_was_applied_for_is_offered(as_, language):
    post(as_("asker"), "/applications", wanted())
    row = Application.objects.get()
    post(as_("source"), f"/applications/{row.pk}/review", {"text": "相符"})
    client = as_("chief")
    client.cookies["django_language"] = language
    assert f'value="{row.until.isoformat()}"' in client.get(page(row)).text


def test_what_a_call_serves_and_files_are_applied_for_and_stay_when_it_is_granted(as_):
    asker, more = as_("asker"), {"binding": "public_task", "extract": "5000"}
    assert "可批量提取，每次最多 5,000 条记录" in asker.post(APPLY, filled(**more)).text
    asker.post(APPLY, filled(**more, confirm="1"))
    row = Application.objects.latest("submitted_at")
    assert (row.policy["binding"], row.policy["extract"]) == ("public_task", {"rows": 5000})
    source = as_("source")
    source.post(page(row), {"do": "review", "review-text": "相符"})
    assert 'value="5000"' in source.get(page(row)).text
    source.post(page(row), {"do": "grant", "grant-field_name": "clear",
                            "grant-field_address": "clear", "grant-extract": "5000",
                            "grant-until": row.until.isoformat()})  # fmt: skip
    row.refresh_from_db()
    assert row.state == State.GRANTED
    assert (row.grant.policy["binding"], row.grant.policy["extract"]["rows"]) == (
        "public_task",
        5000,
    )


def test_a_decision_narrows_records_hours_and_amounts_with_a_reason(as_):
    row = hand_in(as_)
    source = as_("source")
    source.post(page(row), {"do": "review", "review-text": "相符"})
    narrow = {"do": "grant", "grant-field_name": "clear", "grant-field_address": "clear",
              "grant-until": row.until.isoformat(), "grant-per_day": "20",
              "grant-opens": "09:00", "grant-closes": "17:00", "grant-second_person": "on",
              "grant-row0_field": "born", "grant-row0_op": "ge",
              "grant-row0_value": "2015-01-01"}  # fmt: skip
    assert "请填写理由" in source.post(page(row), narrow).text
    source.post(page(row), narrow | {"grant-reason": "只涉及学龄儿童"})
    row.refresh_from_db()
    assert row.state == State.PARTLY
    given = row.grant.policy
    assert given["rows"] == [{"field": "born", "op": "ge", "value": "2015-01-01"}]
    assert given["limits"] == {"per_day": 20}
    assert given["hours"] == [{"days": "working", "from": "09:00", "to": "17:00"}]
    assert given["second_person"] is True


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ({"rows": [{"field": "name", "op": "prefix", "value": "王"}]}, {}),
        ({"limits": {"per_day": 5}}, {"limits": {"per_day": 6}}),
        ({"second_person": True}, {}),
        ({}, {"extract": {"rows": 10}}),
        ({"binding": "matter"}, {"binding": "project"}),
        ({"hours": [{"days": "working", "from": "09:00", "to": "12:00"}]}, {}),
    ],
)
def test_a_decision_never_widens_what_was_applied_for(as_, asked, given):
    post(as_("asker"), "/applications", wanted())
    row = Application.objects.get()
    fields = row.policy["fields"]
    Application.objects.filter(pk=row.pk).update(policy={"fields": fields} | asked)
    post(as_("source"), f"/applications/{row.pk}/review", {"text": "相符"})
    answer = post(as_("chief"), f"/applications/{row.pk}/grant",
                  {"policy": {"fields": fields} | given, "reason": "试行"})  # fmt: skip
    assert answer.json()["code"] == "exchange.more_than_applied"


def test_all_of_it_is_granted_without_a_reason_however_it_was_written(as_):
    row = hand_in(as_)
    Application.objects.filter(pk=row.pk).update(
        policy={"fields": [{"field": "address"}, {"field": "name"}]}
    )
    source = as_("source")
    source.post(page(row), {"do": "review", "review-text": "相符"})
    source.post(page(row), {"do": "grant", "grant-field_name": "clear",
                            "grant-field_address": "clear",
                            "grant-until": row.until.isoformat()})  # fmt: skip
    row.refresh_from_db()
    assert row.state == State.GRANTED


def test_a_form_that_is_refused_keeps_what_was_typed(as_):
    asker = as_("asker")
    answer = asker.post(APPLY, filled(field_name="", field_address="", need="我的说明"))
    assert "我的说明" in answer.text
    assert "请至少选择一个字段" in answer.text
    answer = asker.post(APPLY, filled(until="2020-01-01", confirm="1", need="我的说明"))
    assert "我的说明" in answer.text
    assert not Application.objects.exists()


def test_returned_corrected_refused_and_appealed_through_both_tiers(as_):
    row = hand_in(as_)
    as_("source").post(page(row), {"do": "return", "return-text": "请去掉住址"})
    assert "请去掉住址" in as_("asker").get(page(row)).text
    correct = reverse("exchange:correct", args=[row.pk])
    as_("asker").post(correct, filled(field_address="", confirm="1"))
    row.refresh_from_db()
    assert (row.state, len(row.policy["fields"])) == (State.SUBMITTED, 1)
    as_("source").post(page(row), {"do": "review", "review-text": "不必要"})
    refuse = {"do": "refuse", "refuse-reason": "超出最小必要范围", "refuse-ground": "pipl-6"}
    as_("chief").post(page(row), refuse)
    shown = as_("asker").get(page(row)).text
    assert "超出最小必要范围" in shown
    assert "《中华人民共和国个人信息保护法》第六条" in shown
    for who, upheld in (("authority", "no"), ("mayor", "yes")):
        as_("asker").post(page(row), {"do": "appeal", "appeal-text": "确需"})
        appeal = Appeal.objects.latest("tier")
        decide = reverse("exchange:appeal", args=[appeal.pk])
        assert as_("source").get(decide).status_code == 403
        assert as_("asker").get(decide).status_code == 403
        assert as_(who).get(decide).status_code == 200
        as_(who).post(decide, {"upheld": upheld, "reason": "理由"})
    row.refresh_from_db()
    assert (row.state, row.grant.consumer_id) == (State.GRANTED, "jyj")


@pytest.mark.parametrize(
    ("who", "status"),
    [("asker", 200), ("source", 200), ("chief", 200), ("authority", 200), ("mayor", 200),
     ("auditor", 200), ("other", 403), ("officer", 403), ("resident", 403)],
)  # fmt: skip
def test_who_may_see_an_application(as_, who, status):
    row = hand_in(as_)
    assert as_(who).get(page(row)).status_code == status
    assert as_(who).get(f"{API}/applications/{row.pk}").status_code == status
    listed = as_(who).get(f"{API}/applications")
    if listed.status_code == 200:
        assert len(listed.json()["items"]) == int(status == 200)


@pytest.mark.parametrize("who", ["asker", "other", "authority", "auditor", "mayor"])
@pytest.mark.parametrize(
    ("path", "body"),
    [("review", {"text": "x"}), ("return", {"text": "x"}), ("grant", {}),
     ("refuse", {"reason": "x", "ground": "pipl-6"})],
)  # fmt: skip
def test_only_the_source_department_reviews_and_decides(as_, who, path, body):
    row = hand_in(as_)
    answer = post(as_(who), f"/applications/{row.pk}/{path}", body)
    assert answer.status_code == 403
    row.refresh_from_db()
    assert row.state == State.SUBMITTED


def wanted(**change):
    return {"resource": "gaj/residents", "purpose": "enrolment", "purpose_zh": "核验户籍",
            "need": "逐件核验", "basis": "education-12",
            "policy": {"fields": [{"field": "name"}, {"field": "address"}]},
            "until": (clock.today() + dt.timedelta(days=100)).isoformat()} | change  # fmt: skip


def test_the_whole_way_over_rest(as_):
    first = post(as_("asker"), "/applications", wanted(), key="k")
    again = post(as_("asker"), "/applications", wanted(), key="k")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    key = first.json()["id"]
    twice = post(as_("asker"), "/applications", wanted())
    assert (twice.status_code, twice.json()["code"]) == (409, "exchange.application_exists")
    assert first.json()["due_at"]
    assert post(as_("source"), f"/applications/{key}/review", {"text": "相符"}).json()["opinion"]
    done = post(as_("chief"), f"/applications/{key}/grant", {}).json()
    assert (done["state"], bool(done["grant"])) == ("granted", True)
    use = as_("asker").get(f"{API}/grants/{done['grant']}/use").json()
    assert (use["calls"], use["unused"]) == (0, False)
    held = post(as_("source"), f"/grants/{done['grant']}/suspend", {"reason": "自查"}).json()
    assert held["suspended_because"] == "自查"
    assert post(as_("asker"), f"/grants/{done['grant']}/resume", {"reason": "x"}).status_code == 403
    lifted = post(as_("source"), f"/grants/{done['grant']}/resume", {"reason": "完成"}).json()
    assert lifted["suspended_at"] is None


def test_a_grant_is_suspended_and_opened_again_on_its_page(as_):
    grant = Grant.objects.filter(resource__name="residents").first()
    there = {each: reverse(f"exchange:{each}", args=[grant.pk]) for each in
             ("grant", "suspend", "resume")}  # fmt: skip
    assert as_("other").get(there["suspend"]).status_code == 403
    source = as_("source")
    source.post(there["suspend"], {"reason": "密钥自查"})
    assert "密钥自查" in source.get(there["grant"]).text
    source.post(there["resume"], {"reason": "完成"})
    assert "密钥自查" not in source.get(there["grant"]).text


def test_a_conflict_is_settled_by_the_authority_alone(as_, exchange_city):
    body = {"category": "201001", "summary_zh": "就业", "openness": "closed",
            "condition_zh": "仅限核验", "elements": {"person.name": "name"}}  # fmt: skip
    path = f"{API}/resources/rsj/employment/entry"
    assert as_("source").put(path, body, content_type="application/json").status_code == 403
    create_person(NewPerson("rsj", "rsj", "rsj", department="rsj",
                            roles=frozenset({Role.STEWARD})), actor=HELI)  # fmt: skip
    services.claim(exchange_city["employment"], "name", element="person.name", actor=HELI)
    conflict = Conflict.objects.get()
    there = reverse("exchange:conflict", args=[conflict.pk])
    assert "人口基础信息" in as_("officer").get(there).text
    verdict = {"resource": "gaj/residents", "reason": "户籍登记为准"}
    assert as_("source").post(there, verdict).status_code == 403
    assert post(as_("source"), f"/conflicts/{conflict.pk}/settle", verdict).status_code == 403
    as_("authority").post(there, verdict)
    conflict.refresh_from_db()
    assert conflict.upheld.resource.name == "residents"
    assert Claim.objects.get(resource__name="employment", field="name").standing == "copy"
    assert as_("officer").get(f"{API}/conflicts", {"settled": True}).json()[0]["upheld"] == (
        "gaj/residents")  # fmt: skip


def test_combinations_are_forbidden_and_allowed_by_the_authority_alone(as_):
    there = reverse("exchange:combinations")
    body = {"title_zh": "姓名与地块", "code": "name-parcel", "subject_type": "person",
            "parts": "name: gaj/residents.name\nplace: zrzy/real_estate.parcel_code",
            "ground": "pipl-6"}  # fmt: skip
    assert as_("source").post(there, body).status_code == 403
    wrong = as_("authority").post(there, body | {"parts": "name gaj/residents.name"})
    assert "冒号" in wrong.text
    as_("authority").post(there, body)
    assert CombinationRule.objects.get(pk="name-parcel").parts["place"] == [
        "zrzy/real_estate.parcel_code"]  # fmt: skip
    seen = as_("officer").get(there).text
    assert "姓名与地块" in seen
    assert "人口基础信息：姓名" in seen
    assert "gaj/residents" not in seen
    as_("authority").post(there, {"end": "name-parcel", "reason": "应急"})
    assert CombinationRule.objects.get(pk="name-parcel").ended_at


def test_an_application_for_a_forbidden_combination_says_which(as_):
    body = {"title_zh": "姓名与住址", "code": "name-address", "subject_type": "person",
            "parts": "name: gaj/residents.name\nplace: gaj/residents.address",
            "ground": "pipl-6"}  # fmt: skip
    as_("authority").post(reverse("exchange:combinations"), body)
    answer = as_("asker").post(APPLY, filled(confirm="1"))
    assert "姓名与住址" in answer.text
    assert "第六条" in answer.text
    told = post(as_("asker"), "/applications", wanted()).json()
    assert told["code"] == "exchange.combination"


def duty_of_the_asker():
    return services.register_duty(
        actor=HELI, department="jyj", code="enrolment",
        title_zh="义务教育入学", legal_ground="义务教育法第十二条",
    )  # fmt: skip


NO_DUTY = "尚无已登记的法定职责"


def test_whether_there_is_a_duty_is_said_before_it_is_applied_for_and_decided(as_):
    more = {"binding": "public_task"}
    asker = as_("asker")
    for told in (asker.get(APPLY).text, asker.post(APPLY, filled(**more)).text):
        assert "本部门" + NO_DUTY in told
        assert reverse("exchange:duties") in told
    assert NO_DUTY not in asker.post(APPLY, filled(binding="matter")).text
    asker.post(APPLY, filled(**more, confirm="1"))
    row = Application.objects.latest("submitted_at")
    assert "演示jyj" + NO_DUTY in as_("source").get(page(row)).text
    duty_of_the_asker()
    assert "义务教育入学" in as_("source").get(page(row)).text
    assert "义务教育入学" in as_("asker").post(APPLY, filled(**more)).text
    assert NO_DUTY not in as_("source").get(page(row)).text


def test_kinds_of_matter_are_chosen_and_kept_only_for_matters(as_, monkeypatch):
    asker = as_("asker")
    assert 'type="text" name="matter_type"' in asker.get(APPLY).text
    monkeypatch.setattr(matter_kinds, "_answer", lambda: [("开办餐饮店", "Open a restaurant")])
    assert '<option value="开办餐饮店">' in asker.get(APPLY).text
    asker.post(APPLY, filled(matter_type="开办餐饮店", binding="public_task", confirm="1"))
    assert Application.objects.get().matter_type == ""
    asker.post(APPLY, filled(matter_type="开办餐饮店", binding="matter", purpose="b", confirm="1"))
    row = Application.objects.get(purpose="b")
    assert row.matter_type == "开办餐饮店"
    asker.cookies["django_language"] = "en"
    assert "Open a restaurant" in asker.get(page(row)).text


def test_fields_to_choose_from_are_not_called_optional_and_english_is(as_):
    shown = as_("asker").get(APPLY)
    assert "至少选一项" in shown.text
    fields = shown.context["form"].field_controls
    assert fields
    assert all(each.field.needed for each in fields)
    as_("asker").post(APPLY, filled(purpose_en="Check residence", confirm="1"))
    assert Application.objects.get().purpose_en == "Check residence"


def test_the_badge_counts_what_the_list_counts(as_, people):
    row = hand_in(as_)
    queue = reverse("exchange:applications")

    def counted(name):
        return as_(name).get(queue).context["table"].count

    def badge(name):
        request = type("Request", (), {"user": people[name]})
        return waiting(request)

    assert (counted("source"), badge("source")) == (1, 1)
    assert (counted("authority"), badge("authority")) == (0, 0)
    Application.objects.filter(pk=row.pk).update(overdue_at=clock.now())
    assert (counted("authority"), badge("authority")) == (1, 1)
    as_("source").post(page(row), {"do": "return", "return-text": "请补正"})
    row.refresh_from_db()
    assert row.state == State.RETURNED
    assert (counted("source"), badge("source")) == (0, 0)


def test_a_duty_is_registered_with_its_english_name(as_):
    body = {"department": "jyj", "title_zh": "义务教育入学", "title_en": "School enrolment",
            "code": "enrolment", "legal_ground": "义务教育法第十二条"}  # fmt: skip
    assert as_("authority").post(reverse("exchange:duty_new"), body).status_code == 302
    assert PublicDuty.objects.get(code="enrolment").title_en == "School enrolment"


def test_the_navigation_counts_what_waits_for_the_readers_department(as_, people, rf):
    row = hand_in(as_)

    def counted(name):
        request = rf.get("/")
        request.user = people[name]
        return waiting(request)

    before = counted("source")
    assert before >= 1
    assert counted("officer") == 0
    as_("source").post(page(row), {"do": "review", "review-text": "相符"})
    assert counted("source") == before
    as_("source").post(page(row), {"do": "grant", "grant-until": row.until.isoformat()})
    row.refresh_from_db()
    assert counted("source") == before - (row.state == State.GRANTED)
