"""Pages of the exchange for the fixed kinds of people."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from heli.exchange import errors, policy, services
from heli.exchange.models import Access, Grant
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.permissions import Role
from heli.organisation.services import NewPerson, create_person


@pytest.fixture
def sign_in(exchange_city, client):
    def make(*roles, department="", competences=()):
        person = create_person(
            NewPerson(f"u{len(roles)}{department}{'-'.join(roles)}", "演示人员", "Demo person",
                      department=department, roles=frozenset(roles), competences=competences),
            actor=HELI,
        )  # fmt: skip
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def used(exchange_city, matters, persona):
    number = persona[0].resident_id
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", number)])
    ask = {"actor": Actor("person", "7", "scjg"), "resource": "gaj/residents",
           "subject": ("person", number), "purpose": "restaurant"}  # fmt: skip
    services.lookup(matter="LJ-1", **ask)
    with pytest.raises(errors.NoTaskError):
        services.lookup(matter="LJ-222222-98", **ask)
    return number


RESOURCE = ("exchange:resource", ["gaj", "residents"])
NEW = ("exchange:grant_new", ["gaj", "residents"])
LOG = ("exchange:accesses", [])


@pytest.mark.parametrize(
    ("roles", "department", "page", "status"),
    [
        ((Role.OFFICER,), "scjg", ("exchange:catalogue", []), 200),
        ((Role.OFFICER,), "scjg", RESOURCE, 200),
        ((Role.APPLICANT,), "", ("exchange:catalogue", []), 403),
        ((Role.APPLICANT,), "", RESOURCE, 403),
        ((Role.STEWARD,), "gaj", NEW, 200),
        ((Role.STEWARD,), "scjg", NEW, 403),
        ((Role.OFFICER,), "gaj", NEW, 403),
        ((Role.STEWARD,), "gaj", LOG, 200),
        ((Role.SUPERVISOR,), "szf", LOG, 200),
        ((Role.AUDIT_ADMIN,), "szf", LOG, 200),
        ((Role.OFFICER,), "gaj", LOG, 403),
        ((Role.APPLICANT,), "", LOG, 403),
    ],
)
def test_who_may_open_what(sign_in, roles, department, page, status):
    name, arguments = page
    answer = sign_in(*roles, department=department).get(reverse(name, args=arguments))
    assert answer.status_code == status


def test_a_visitor_is_asked_to_sign_in(exchange_city, client):
    assert client.get(reverse("exchange:catalogue")).status_code == 302


def test_the_catalogue_is_searched_and_filtered(sign_in):
    officer = sign_in(Role.OFFICER, department="scjg")
    page = officer.get(reverse("exchange:catalogue"))
    assert "人口基础信息" in page.text
    assert "医院床位信息" in page.text
    found = officer.get(reverse("exchange:catalogue"), {"q": "床位"})
    assert "医院床位信息" in found.text
    assert "人口基础信息" not in found.text
    mine = officer.get(reverse("exchange:catalogue"), {"department": "zrzy"})
    assert "宗地信息" in mine.text
    assert "人口基础信息" not in mine.text


def test_a_resource_shows_its_contract_in_both_languages(sign_in):
    officer = sign_in(Role.OFFICER, department="scjg")
    url = reverse("exchange:resource", args=["gaj", "residents"])
    assert "居民身份号码" in officer.get(url).text
    english = officer.get(url, headers={"accept-language": "en"}).text
    assert "Resident identity number" in english
    assert "GB 11643" in english


def test_grounds_are_cited_in_the_readers_language(sign_in, used):
    steward = sign_in(Role.STEWARD, department="gaj")
    url = reverse("exchange:resource", args=["gaj", "residents"])
    assert "《中华人民共和国食品安全法》" in steward.get(url).text
    english = steward.get(url, headers={"accept-language": "en"}).text
    assert "Food Safety Law" in english
    assert "《中华人民共和国食品安全法》" not in english


def test_the_steward_sees_who_asked_and_why(sign_in, used):
    page = sign_in(Role.STEWARD, department="gaj").get(reverse("exchange:accesses")).text
    assert "LJ-1" in page
    assert "办理餐饮店开办" in page
    assert "《中华人民共和国食品安全法》" in page
    assert "LJ-222222-98" in page
    assert used not in page


def test_an_uninvolved_steward_sees_nothing_of_it(sign_in, used):
    page = sign_in(Role.STEWARD, department="jyj").get(reverse("exchange:accesses")).text
    assert "LJ-1" not in page


def test_the_stewards_of_the_data_authority_see_every_access_and_its_receipt(sign_in, used):
    """It is the function that counts: the department itself neither gave nor used anything."""
    authority = sign_in(Role.STEWARD, department="fgw", competences=(policy.AUTHORITY,))
    page = authority.get(reverse("exchange:accesses")).text
    assert "LJ-1" in page
    assert "LJ-2" in page
    for access in Access.objects.all():
        assert authority.get(reverse("ledger:receipt", args=[access.fact_id])).status_code == 200
    told = authority.get("/api/v1/exchange/accesses").json()["items"]
    assert {row["matter"] for row in told} == {"LJ-1", "LJ-222222-98"}
    # The competence without the role, and administering without being the source, open nothing.
    officer = sign_in(Role.OFFICER, department="fgw", competences=(policy.AUTHORITY,))
    assert officer.get(reverse("exchange:accesses")).status_code == 403
    again = sign_in(Role.STEWARD, Role.OFFICER, department="fgw", competences=(policy.AUTHORITY,))
    assert again.get(reverse(NEW[0], args=NEW[1])).status_code == 403


@pytest.mark.parametrize(
    ("role", "department", "status"),
    [
        (Role.STEWARD, "gaj", 200),  # the source
        (Role.STEWARD, "scjg", 200),  # the user
        (Role.HEAD, "gaj", 200),
        (Role.OFFICER, "gaj", 403),
        (Role.STEWARD, "jyj", 403),
        (Role.SECURITY_ADMIN, "sjj", 403),
    ],
)
def test_who_sees_an_access_can_open_its_receipt_and_nobody_else(
    sign_in, used, role, department, status
):
    answered = Access.objects.get(reason="")
    somebody = sign_in(role, department=department if department != "sjj" else "szf")
    url = reverse("ledger:receipt", args=[answered.fact_id])
    assert somebody.get(url).status_code == status


def test_the_log_says_whose_data_it_was(sign_in, used):
    watcher = sign_in(Role.SUPERVISOR, department="szf")
    url = reverse("exchange:accesses")
    assert "演示gaj" in watcher.get(url).content.decode().split("<tbody>")[1]
    assert "LJ-1" not in watcher.get(url, {"source": "zrzy"}).text
    assert "LJ-1" in watcher.get(url, {"source": "gaj"}).text


VALUES = {
    "consumer": "jyj",
    "purpose_zh": "办理入学",
    "purpose": "enrolment",
    "legal_basis": "《中华人民共和国义务教育法》第十二条",
    "field_name": "clear",
    "field_born": "year",
}


def test_a_grant_is_filled_in_checked_and_given(sign_in):
    steward = sign_in(Role.STEWARD, department="gaj")
    url = reverse("exchange:grant_new", args=["gaj", "residents"])
    values = VALUES | {"expires_on": (clock.today() + dt.timedelta(days=90)).isoformat()}
    check = steward.post(url, values)
    assert check.status_code == 200
    assert not Grant.objects.filter(consumer="jyj").exists()
    assert "办理入学" in steward.post(url, values | {"edit": "1"}).text
    done = steward.post(url, values | {"confirm": "1"}, follow=True)
    grant = Grant.objects.get(consumer="jyj")
    assert grant.policy == {
        "fields": [{"field": "name", "mask": "clear"}, {"field": "born", "mask": "year"}]
    }
    assert "办理入学" in done.text
    again = steward.post(url, values | {"confirm": "1"})
    assert again.status_code == 200
    assert Grant.objects.filter(consumer="jyj").count() == 1


@pytest.mark.parametrize(
    "change",
    [{"field_name": "", "field_born": ""}, {"consumer": "gaj"}, {"purpose": "a b"},
     {"legal_basis": ""}, {"expires_on": "2020-01-01", "confirm": "1"}],
)  # fmt: skip
def test_a_bad_grant_is_refused_and_what_was_typed_is_kept(sign_in, change):
    steward = sign_in(Role.STEWARD, department="gaj")
    url = reverse("exchange:grant_new", args=["gaj", "residents"])
    values = VALUES | {"expires_on": (clock.today() + dt.timedelta(days=90)).isoformat()}
    page = steward.post(url, values | change)
    assert page.status_code == 200
    assert "办理入学" in page.text
    assert not Grant.objects.filter(consumer="jyj").exists()


def test_a_grant_reaches_only_some_records_and_says_so(sign_in):
    steward = sign_in(Role.STEWARD, department="gaj")
    url = reverse("exchange:grant_new", args=["gaj", "residents"])
    values = VALUES | {
        "expires_on": (clock.today() + dt.timedelta(days=90)).isoformat(),
        "row0_field": "born", "row0_op": "ge", "row0_value": "2015-01-01",
        "row1_field": "name", "row1_op": "in", "row1_value": "王小、李小",
        "per_day": "40",
    }  # fmt: skip
    check = steward.post(url, values).text
    assert "仅限出生日期不小于2015-01-01的记录" in check.replace(" ", "")
    done = steward.post(url, values | {"confirm": "1"}, follow=True).text
    said = Grant.objects.get(consumer="jyj").policy
    assert said["rows"] == [
        {"field": "born", "op": "ge", "value": "2015-01-01"},
        {"field": "name", "op": "in", "value": ["王小", "李小"]},
    ]
    assert said["limits"] == {"per_day": 40}
    assert "2015-01-01" in done
    assert "王小、李小" in done


def test_a_code_list_is_chosen_from_by_its_names_and_said_by_them(sign_in):
    steward = sign_in(Role.STEWARD, department="gaj")
    url = reverse("exchange:grant_new", args=["gaj", "residents"])
    part = reverse("exchange:condition", args=["gaj", "residents", 0])
    typed = {"row0_field": "sex", "row0_op": "eq"}
    select = steward.get(part, typed).text
    assert '<select name="row0_value"' in select
    assert re.search(r'<option value="female">\s*女', select)
    boxes = steward.get(part, {**typed, "row0_op": "in", "row0_value": ["female"]}).text
    assert re.search(r'type="checkbox" name="row0_value" value="female"[^>]* checked', boxes)
    free = steward.get(part, typed | {"row0_op": "absent"}).text
    assert '<input type="text" name="row0_value"' in free
    named = {"prefix": "grant", "grant-row0_field": "sex", "grant-row0_op": "eq"}
    assert '<select name="grant-row0_value"' in steward.get(part, named).text
    assert (
        steward.get(reverse("exchange:condition", args=["gaj", "residents", 99])).status_code == 404
    )

    values = VALUES | {"expires_on": (clock.today() + dt.timedelta(days=90)).isoformat()}
    refused = steward.post(url, values | typed | {"row0_value": "X"}).text
    assert "契约为该字段规定了代码表" in refused
    assert "男、女" in refused
    for written in ("female", "女"):
        assert (
            "仅限性别为女的记录" in steward.post(url, values | typed | {"row0_value": written}).text
        )
    several = values | {"row0_field": "sex", "row0_op": "in", "row0_value": "女、male"}
    assert "女、男" in steward.post(url, several).text
    steward.post(url, several | {"row0_value": ["female", "male"], "confirm": "1"})
    said = Grant.objects.get(consumer="jyj").policy
    assert said["rows"] == [{"field": "sex", "op": "in", "value": ["female", "male"]}]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("born", "ge", "gestern"), "2026-11-30"),
        (("born", "ge", ""), "2026-11-30"),
        (("name", "lt", "a"), "只有数字和日期可以这样比较"),
        (("born", "prefix", "2015"), "只有文本"),
        (("", "eq", "王小"), "请选择要比较的字段"),
    ],
)
def test_a_condition_that_does_not_fit_is_told_where_it_stands(sign_in, row, told):
    steward = sign_in(Role.STEWARD, department="gaj")
    url = reverse("exchange:grant_new", args=["gaj", "residents"])
    values = VALUES | {"expires_on": (clock.today() + dt.timedelta(days=90)).isoformat()}
    typed = dict(zip(("row2_field", "row2_op", "row2_value"), row, strict=True))
    page = steward.post(url, values | typed | {"confirm": "1"}).text
    assert told in page
    assert not row[2] or row[2] in page
    assert not Grant.objects.filter(consumer="jyj").exists()


def test_only_the_source_revokes_and_says_why(sign_in, exchange_city):
    grant = exchange_city["residents"].grants.get(consumer="scjg", purpose="restaurant")
    url = reverse("exchange:revoke", args=[grant.pk])
    assert sign_in(Role.STEWARD, department="scjg").post(url, {"reason": "x"}).status_code == 403
    steward = sign_in(Role.STEWARD, department="gaj")
    assert steward.post(url, {"reason": ""}).status_code == 200
    page = steward.post(url, {"reason": "用途已终止"}, follow=True)
    assert "用途已终止" in page.text
    grant.refresh_from_db()
    assert grant.revoked_at
