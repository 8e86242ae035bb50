"""Taking people on, appointing them, posts and closing systems, over REST."""

import pytest

from heli.kernel.actor import HELI
from heli.kernel.models import IdempotencyRecord
from heli.kernel.permissions import Role
from heli.ledger.models import Fact
from heli.organisation import selectors, services
from heli.organisation.models import Appointment, Person, Post
from heli.organisation.ranks import Rank

BASE = "/api/v1/organisation"
NEW = {"username": "zhao-min", "name_zh": "演示 赵敏", "department": "xfjy"}
POST = {"name_zh": "科长", "rank": 35, "seats": 1, "is_head": True}


@pytest.fixture
def post(city) -> Post:
    return services.create_post("scjg", "科长", Rank.SECTION, actor=HELI)


@pytest.fixture
def send(client):
    def send(method, path, body=None, key=""):
        headers = {"accept-language": "en", **({"idempotency-key": key} if key else {})}
        given = {"content_type": "application/json", "headers": headers}
        return getattr(client, method)(BASE + path, *([body] if body is not None else []), **given)

    return send


def test_somebody_is_taken_on_and_their_password_is_given_out_once(client, send, system_admin):
    client.force_login(system_admin)
    first = send("post", "/people", NEW, key="new")
    assert first.status_code == 201, first.content
    password = first.json()["password"]
    person = Person.objects.get(username="zhao-min")
    assert person.check_password(password)
    assert person.must_change_password
    assert first.json()["person"]["id"] == person.pk
    again = send("post", "/people", NEW, key="new")
    assert (again.status_code, again.json()["password"]) == (201, "")
    assert again.json()["person"] == first.json()["person"]
    person.refresh_from_db()
    assert person.check_password(password), "a repeat draws no other one"
    assert Fact.objects.filter(verb="organisation.person.created").count() == 2
    assert password not in str(IdempotencyRecord.objects.values())


def test_a_login_name_that_is_taken_leaves_key_and_people_as_they_were(client, send, system_admin):
    client.force_login(system_admin)
    taken = send("post", "/people", {**NEW, "username": "system_admin"}, key="k")
    assert (taken.status_code, taken.json()["code"]) == (409, "organisation.username_taken")
    assert send("post", "/people", {**NEW, "department": "none"}, key="k").status_code == 404
    assert send("post", "/people", {**NEW, "username": "with space"}, key="k").status_code == 422
    assert send("post", "/people", NEW, key="k").status_code == 201


def test_a_new_password_is_drawn_once_for_a_key(client, send, system_admin, owner):
    client.force_login(system_admin)
    password = send("post", f"/people/{owner.pk}/password", key="p").json()["password"]
    assert send("post", f"/people/{owner.pk}/password", key="p").json()["password"] == ""
    owner.refresh_from_db()
    assert owner.check_password(password)
    own = send("post", f"/people/{system_admin.pk}/password")
    assert (own.status_code, own.json()["code"]) == (403, "denied")


def test_an_appointment_and_its_end(client, send, system_admin, owner, post):
    client.force_login(system_admin)
    made = send("post", f"/people/{owner.pk}/posts", {"post": post.pk}, key="a")
    assert made.status_code == 201, made.content
    assert [item["id"] for item in made.json()["posts"]] == [post.pk]
    assert made.json()["department"] == "scjg"
    assert send("post", f"/people/{owner.pk}/posts", {"post": post.pk}, key="a").status_code == 201
    assert Appointment.objects.filter(person=owner).count() == 1
    twice = send("post", f"/people/{owner.pk}/posts", {"post": post.pk})
    assert twice.json()["code"] == "organisation.already_appointed"
    unknown = send("post", f"/people/{owner.pk}/posts", {"post": 0})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "organisation.unknown_post")
    ended = send("delete", f"/people/{owner.pk}/posts/{post.pk}")
    assert (ended.status_code, ended.json()["posts"]) == (200, [])
    again = send("delete", f"/people/{owner.pk}/posts/{post.pk}")
    assert (again.status_code, again.json()["code"]) == (409, "organisation.not_appointed")


def test_a_post_is_set_up(client, send, system_admin):
    client.force_login(system_admin)
    made = send("post", "/departments/xfjy/posts", POST, key="p")
    assert made.status_code == 201, made.content
    assert send("post", "/departments/xfjy/posts", POST, key="p").json() == made.json()
    (row,) = selectors.posts_of("xfjy")
    assert (row.name_zh, row.rank, row.seats, row.is_head) == ("科长", 35, 1, True)
    assert send("get", "/departments/xfjy/posts").json() == [made.json()]
    assert send("post", "/departments/xfjy/posts", {**POST, "rank": 36}).status_code == 422
    assert send("post", "/departments/none/posts", POST).status_code == 404


def test_a_head_sets_competences_of_their_own_people_only(client, send, head, owner, partner):
    client.force_login(head)
    body = {"competences": ["fire.inspection", "intake"]}
    set_ = send("put", f"/people/{owner.pk}/competences", body)
    assert (set_.status_code, set_.json()["competences"]) == (200, body["competences"])
    assert send("put", f"/people/{partner.pk}/competences", body).status_code == 403
    bad = send("put", f"/people/{owner.pk}/competences", {"competences": ["Fire!"]})
    assert bad.json()["code"] == "organisation.competence_name"


def test_a_second_step_is_removed(client, send, system_admin, owner):
    device = services.begin_second_step(owner)
    services.confirm_second_step(owner, device)
    client.force_login(system_admin)
    assert send("delete", f"/people/{owner.pk}/second-step").status_code == 200
    assert not owner.totpdevice_set.exists()


def test_a_system_is_shut_out(client, send, security_admin, city):
    system, _key = services.register_system("xfjy", "消防系统", b"k" * 32, actor=HELI)
    client.force_login(security_admin)
    for _ in range(2):
        closed = send("post", f"/systems/{system.pk}/close", key="c")
        assert (closed.status_code, closed.json()["is_active"]) == (200, False)
    assert Fact.objects.filter(verb="organisation.system.closed").count() == 1
    unknown = send("post", "/systems/01a207f1-b898-7070-b745-27d7bac083ad/close")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "organisation.unknown_system")


WRITES = [
    ("post", "/people", NEW, "system_admin"),
    ("post", "/people/{owner}/password", None, "system_admin"),
    ("delete", "/people/{owner}/second-step", None, "system_admin"),
    ("post", "/people/{owner}/posts", {"post": 1}, "system_admin"),
    ("delete", "/people/{owner}/posts/1", None, "system_admin"),
    ("post", "/departments/xfjy/posts", POST, "system_admin"),
    ("post", "/systems/01a207f1-b898-7070-b745-27d7bac083ad/close", None, "security_admin"),
]
OTHERS = ["owner", "head", "leader", "steward", "supervisor", "auditor", "applicant"]


@pytest.mark.parametrize(("method", "path", "body", "whose"), WRITES)
def test_each_write_belongs_to_one_administrator(
    client, send, request, owner, method, path, body, whose
):
    address = path.format(owner=owner.pk)
    assert send(method, address, body).status_code == 401
    for name in [*OTHERS, *({"system_admin", "security_admin"} - {whose})]:
        persona = request.getfixturevalue(name)
        before = Fact.objects.count()
        client.force_login(persona)
        assert send(method, address, body).status_code == 403, name
        assert Fact.objects.count() == before, name


def test_an_administrator_is_appointed_by_nobody_alone(client, send, system_admin, make_person):
    other = make_person("other_admin", Role.AUDIT_ADMIN, department="sjj")
    post = services.create_post("sjj", "处长", Rank.DIVISION, actor=HELI)
    client.force_login(system_admin)
    assert send("post", f"/people/{other.pk}/posts", {"post": post.pk}).status_code == 403
    assert send("post", f"/people/{other.pk}/password").status_code == 403
