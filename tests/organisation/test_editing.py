"""Changing people, posts and departments: services, pages and REST."""

import pytest
from django.urls import reverse

from heli.kernel.actor import HELI
from heli.kernel.permissions import ADMINISTRATORS
from heli.ledger.models import Fact
from heli.organisation import policy, selectors, services
from heli.organisation.errors import (
    HoldsPostError,
    PostOccupiedError,
    SeatsHeldError,
    UnknownDepartmentError,
    UnknownPostError,
)
from heli.organisation.models import Department, Person, Post
from heli.organisation.ranks import Rank

BASE = "/api/v1/organisation"
NOT_ALLOWED = ["owner", "head", "leader", "steward", "supervisor", "security_admin", "auditor"]


@pytest.fixture
def post(city) -> Post:
    return services.create_post("xfjy", "科长", Rank.SECTION, actor=HELI, seats=2)


def patch(client, path, body, **headers):
    return client.patch(BASE + path, body, content_type="application/json", headers=headers)


def person_form(person, **changes):
    return {
        "name_zh": person.name_zh,
        "name_en": person.name_en,
        "phone": person.phone,
        "department": person.department_id,
        **changes,
    }


def test_a_person_is_changed_and_the_fact_holds_no_name(system_admin, owner):
    services.change_person(
        owner.pk, by=system_admin, name_zh="演示 改名", phone="0571-0000", name_en=owner.name_en
    )
    owner.refresh_from_db()
    assert (owner.name_zh, owner.phone) == ("演示 改名", "0571-0000")
    fact = Fact.objects.get(verb="organisation.person.changed")
    assert fact.data == {"person": owner.pk, "fields": ["name_zh", "phone"]}
    assert (fact.actor, fact.department) == (f"person:{system_admin.pk}", "xfjy")
    assert "改名" not in str(fact.__dict__)
    assert "0571" not in str(fact.__dict__)


def test_what_is_as_it_was_leaves_no_fact(system_admin, owner, post):
    services.change_person(owner.pk, by=system_admin, name_zh=owner.name_zh, department="xfjy")
    services.change_post(post.pk, actor=HELI, name_zh="科长", seats=2)
    services.change_department("xfjy", actor=HELI, name_zh="消防救援支队")
    assert not Fact.objects.filter(verb__endswith=".changed").exists()


def test_a_person_moves_unless_a_post_holds_them(system_admin, owner, post):
    appointment = services.appoint(owner, post, actor=HELI)
    with pytest.raises(HoldsPostError, match="科长"):
        services.change_person(owner.pk, by=system_admin, department="jyj")
    services.relieve(appointment, actor=HELI)
    services.change_person(owner.pk, by=system_admin, department="jyj")
    owner.refresh_from_db()
    assert owner.department_id == "jyj"
    assert Fact.objects.get(verb="organisation.person.changed").department == "jyj"
    with pytest.raises(UnknownDepartmentError):
        services.change_person(owner.pk, by=system_admin, department="nowhere")


def test_the_page_is_filled_in_saves_and_keeps_what_was_typed(client, system_admin, owner, post):
    client.force_login(system_admin)
    address = reverse("organisation:person_edit", args=[owner.pk])
    assert address in client.get(reverse("organisation:person", args=[owner.pk])).content.decode()
    page = client.get(address)
    assert page.context["form"].initial["name_zh"] == owner.name_zh
    assert owner.name_zh in page.content.decode()
    assert "username" not in page.context["form"].fields
    services.appoint(owner, post, actor=HELI)
    refused = client.post(address, person_form(owner, name_zh="演示 新名", department="jyj"))
    assert refused.status_code == 409
    assert "演示 新名" in refused.content.decode()
    assert refused.context["form"].errors["department"]
    owner.refresh_from_db()
    assert owner.name_zh == "演示 owner"
    empty = client.post(address, person_form(owner, name_zh=""))
    assert empty.context["form"].errors["name_zh"]
    saved = client.post(address, person_form(owner, name_zh="演示 新名", phone="0571 99"))
    assert saved.headers["Location"] == reverse("organisation:person", args=[owner.pk])
    owner.refresh_from_db()
    assert (owner.name_zh, owner.phone) == ("演示 新名", "0571 99")
    shown = client.get(reverse("organisation:person", args=[owner.pk])).content.decode()
    assert "0571 99" in shown


def test_a_new_person_is_taken_on_with_a_telephone(client, system_admin):
    client.force_login(system_admin)
    client.post(
        reverse("organisation:person_new"),
        {"username": "fresh", "name_zh": "演示 新", "department": "xfjy", "phone": "0571 1"},
    )
    assert Person.objects.get(username="fresh").phone == "0571 1"


@pytest.mark.parametrize("persona", NOT_ALLOWED)
def test_others_edit_nobody_and_nothing(client, request, persona, partner, post):
    client.force_login(request.getfixturevalue(persona))
    before = Fact.objects.count()
    pages = [
        reverse("organisation:person_edit", args=[partner.pk]),
        reverse("organisation:post_edit", args=[post.pk]),
        reverse("organisation:department_edit", args=["jyj"]),
    ]
    for address in pages:
        assert client.get(address).status_code == 403
        assert client.post(address, person_form(partner, name_zh="x")).status_code == 403
    for path in (f"/people/{partner.pk}", f"/posts/{post.pk}", "/departments/jyj"):
        assert patch(client, path, {"name_zh": "x"}).status_code == 403
    for act in ("close", "reopen"):
        assert client.post(f"{BASE}/people/{partner.pk}/{act}").status_code == 403
    assert Fact.objects.count() == before


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_an_administrator_is_edited_by_nobody_while_in_office(
    client, make_person, system_admin, security_admin, post, role
):
    target = make_person("target", role, department="sjj")
    assert policy.may_edit_person(system_admin, target).code == "administrator"
    client.force_login(system_admin)
    edit = reverse("organisation:person_edit", args=[target.pk])
    assert client.post(edit, person_form(target, name_zh="x")).status_code == 403
    appoint = reverse("organisation:appoint", args=[target.pk])
    assert client.post(appoint, {"post": post.pk}).status_code == 403
    assert patch(client, f"/people/{target.pk}", {"name_zh": "x"}).status_code == 403
    assert client.post(f"{BASE}/people/{target.pk}/close").status_code == 403
    target.refresh_from_db()
    assert target.is_active
    assert target.name_zh == "演示 target"
    services.revoke_role(target.pk, role, by=security_admin)
    assert patch(client, f"/people/{target.pk}", {"name_zh": "演示 前任"}).status_code == 200


def test_nobody_edits_themselves(client, system_admin):
    client.force_login(system_admin)
    assert patch(client, f"/people/{system_admin.pk}", {"name_zh": "x"}).status_code == 403


def test_an_applicant_is_not_edited_as_an_official(client, system_admin, applicant):
    client.force_login(system_admin)
    address = reverse("organisation:person_edit", args=[applicant.pk])
    assert client.get(address).status_code == 404
    assert patch(client, f"/people/{applicant.pk}", {"name_zh": "x"}).status_code == 404


def test_a_post_is_changed(client, system_admin, post):
    client.force_login(system_admin)
    address = reverse("organisation:post_edit", args=[post.pk])
    listed = client.get(reverse("organisation:department", args=["xfjy"])).content.decode()
    assert address in listed
    assert "科长" in client.get(address).content.decode()
    values = {"name_zh": "处长", "rank": int(Rank.DIVISION), "seats": 3, "department": "jyj"}
    assert client.post(address, values).headers["Location"] == reverse(
        "organisation:department", args=["jyj"]
    )
    post.refresh_from_db()
    assert (post.name_zh, post.rank, post.seats, post.department_id) == (
        "处长",
        Rank.DIVISION,
        3,
        "jyj",
    )
    fact = Fact.objects.get(verb="organisation.post.changed")
    assert fact.data["fields"] == ["department", "name_zh", "rank", "seats"]
    assert fact.department == "jyj"


def test_a_post_that_is_held_stays_and_keeps_its_seats(client, system_admin, post, owner, head):
    services.appoint(owner, post, actor=HELI)
    services.appoint(head, post, actor=HELI)
    with pytest.raises(PostOccupiedError, match="2 people"):
        services.change_post(post.pk, actor=HELI, department="jyj")
    with pytest.raises(SeatsHeldError):
        services.change_post(post.pk, actor=HELI, seats=1)
    client.force_login(system_admin)
    values = {"name_zh": "新职务", "rank": int(Rank.SECTION), "seats": 1, "department": "xfjy"}
    refused = client.post(reverse("organisation:post_edit", args=[post.pk]), values)
    assert refused.status_code == 409
    assert "新职务" in refused.content.decode()
    assert refused.context["form"].errors["seats"]
    post.refresh_from_db()
    assert (post.name_zh, post.seats) == ("科长", 2)


def test_a_post_is_not_changed_into_one_that_is_there(client, system_admin, post):
    other = services.create_post("xfjy", "副科长", Rank.SECTION, actor=HELI)
    client.force_login(system_admin)
    answer = patch(client, f"/posts/{other.pk}", {"name_zh": "科长"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "name_zh")
    with pytest.raises(UnknownPostError):
        services.change_post(0, actor=HELI, seats=1)
    assert client.get(reverse("organisation:post_edit", args=[0])).status_code == 404


def test_people_posts_and_departments_are_changed_over_rest(client, system_admin, owner, post):
    client.force_login(system_admin)
    changed = patch(client, f"/people/{owner.pk}", {"phone": "0571 5", "department": "jyj"})
    assert changed.status_code == 200
    assert (changed.json()["phone"], changed.json()["department"]) == ("0571 5", "jyj")
    assert changed.json()["name_zh"] == owner.name_zh
    (listed,) = client.get(f"{BASE}/departments/xfjy/posts").json()
    assert (listed["id"], listed["name_zh"]) == (post.pk, "科长")
    assert patch(client, f"/posts/{post.pk}", {"rank": 60}).json()["rank"] == 60
    assert patch(client, f"/posts/{post.pk}", {"rank": 61}).status_code == 422
    moved = patch(client, "/departments/jyj", {"name_en": "Schools", "parent": "sjj"})
    assert (moved.json()["name_en"], moved.json()["parent"]) == ("Schools", "sjj")
    assert Department.objects.get(code="jyj").name_zh == "教育局"
    assert patch(client, "/departments/jyj", {"parent": "jyj"}).status_code == 422
    assert patch(client, "/departments/none", {"name_zh": "无"}).status_code == 404
    assert patch(client, f"/people/{owner.pk}", {"name_zh": ""}).status_code == 422


def test_a_change_over_rest_happens_once(client, system_admin, owner):
    client.force_login(system_admin)
    for _ in range(2):
        answer = patch(client, f"/people/{owner.pk}", {"phone": "1"}, idempotency_key="k")
        assert answer.status_code == 200
    assert Fact.objects.filter(verb="organisation.person.changed").count() == 1


def test_accounts_are_closed_and_reopened_over_rest(client, system_admin, owner):
    client.force_login(system_admin)
    closed = client.post(f"{BASE}/people/{owner.pk}/close")
    assert (closed.status_code, closed.json()["is_active"]) == (200, False)
    owner.refresh_from_db()
    assert not owner.is_active
    # Found all the same, or it could not be reopened.
    assert client.get(f"{BASE}/people/{owner.pk}").json()["is_active"] is False
    listed = client.get(f"{BASE}/people", {"closed": "true"}).json()["items"]
    assert [item["id"] for item in listed] == [owner.pk]
    assert owner.pk not in [item["id"] for item in client.get(f"{BASE}/people").json()["items"]]
    assert client.post(f"{BASE}/people/{owner.pk}/reopen").json()["is_active"]
    assert client.post(f"{BASE}/people/{system_admin.pk}/close").status_code == 403


def test_the_trail_tells_which_fields_were_changed(client, system_admin, auditor, owner):
    services.change_person(owner.pk, by=system_admin, phone="1", name_en="Demo renamed")
    client.force_login(auditor)
    page = client.get(reverse("organisation:trail"), headers={"accept-language": "en"})
    told = "The entry of Demo renamed was changed: English name、Telephone at work"
    assert told in page.content.decode()


def test_a_department_is_renamed_and_moved_on_its_page(client, system_admin):
    client.force_login(system_admin)
    address = reverse("organisation:department_edit", args=["jyj"])
    values = {"name_zh": "教育体育局", "name_en": "", "badge": "育", "parent": "sjj"}
    assert client.post(address, values).status_code == 302
    card = selectors.department("jyj")
    assert (card.name_zh, card.badge, card.parent) == ("教育体育局", "育", "sjj")
