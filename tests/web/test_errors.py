"""Errors reach people as pages with code, cause and remedy; switches remember."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DataError
from django.http import HttpResponse
from django.test import Client

from heli.kernel.permissions import Role
from heli.web import navigation
from heli.web.middleware import HeliErrorMiddleware
from heli.web.navigation import NavItem


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 500])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_each_status_has_its_page(client: Client, status: int, language: str) -> None:
    client.cookies["django_language"] = language
    answer = client.get(f"/web/gallery/errors/{status}/")
    assert answer.status_code == status
    text = answer.content.decode()
    assert ("错误代码" if language == "zh-hans" else "Error code") in text
    assert str(status) in text


def test_a_heli_error_shows_its_code_cause_and_remedy(client: Client) -> None:
    text = client.get("/web/gallery/errors/409/").content.decode()
    assert "当前无法办理：该任务已被其他经办人领取。" in text
    assert "请刷新查看最新状态后再作决定。" in text
    assert "<code>conflict</code>" in text


def test_htmx_gets_an_alert_instead_of_a_page(client: Client) -> None:
    answer = client.get("/web/gallery/errors/422/", headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#notices"
    text = answer.content.decode()
    assert 'role="alert"' in text
    assert "<html" not in text


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [("/web/gallery/?a=1", "/web/gallery/?a=1"), ("https://elsewhere.example/", "/"), ("", "/")],
)
def test_switching_language_keeps_the_page_and_never_leaves_the_site(target, leads_to) -> None:
    client = Client()
    answer = client.post("/web/language/", {"language": "en", "next": target})
    assert answer.status_code == 302
    assert answer["Location"] == leads_to
    assert 'lang="en"' in client.get("/web/gallery/").content.decode()


def test_an_unknown_language_or_theme_is_not_remembered() -> None:
    client = Client()
    assert "django_language" not in client.post("/web/language/", {"language": "xx"}).cookies
    assert client.post("/web/theme/", {"theme": "dark"}).cookies["heli_theme"].value == "dark"
    assert client.post("/web/theme/", {"theme": "pink"}).cookies["heli_theme"].value == ""


def test_switches_need_the_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/web/theme/", {"theme": "dark"}).status_code == 403


class Someone:
    is_authenticated = True

    def __init__(self, *roles: Role) -> None:
        self.roles = roles


def test_navigation_shows_what_the_role_may_see_and_marks_the_page(rf, monkeypatch) -> None:
    monkeypatch.setattr(navigation, "_bar", navigation._Bar())
    navigation.register(NavItem("g", "Gallery", "web:gallery", {Role.OFFICER}, 20))
    navigation.register(
        NavItem("q", "Queue", "web:gallery_queue", {Role.OFFICER}, 10, badge=lambda request: 3)
    )
    navigation.register(NavItem("lost", "Lost", "web:lost", {Role.OFFICER}))
    request = rf.get("/web/gallery/queue/")
    request.user = Someone(Role.OFFICER)
    shown = navigation.entries(request)
    assert [(item.key, item.badge, item.current) for item in shown] == [
        ("q", 3, True),
        ("g", None, False),
    ]
    request.user = Someone(Role.APPLICANT)
    assert navigation.entries(request) == []
    with pytest.raises(ValueError, match="two rooms"):
        navigation.register(NavItem("q", "Other", "web:gallery"))


def test_the_page_of_an_entry_one_is_not_shown_belongs_to_the_one_above(rf, monkeypatch) -> None:
    monkeypatch.setattr(navigation, "_bar", navigation._Bar())
    navigation.register(NavItem("g", "Gallery", "web:gallery", {Role.OFFICER}))
    navigation.register(
        NavItem("q", "Queue", "web:gallery_queue", {Role.STEWARD}, under="g", badge=lambda _: 3)
    )
    request = rf.get("/web/gallery/events/")
    request.user = Someone(Role.OFFICER)
    (shown,) = navigation.entries(request, "q")
    assert (shown.key, shown.current, shown.badge) == ("g", True, None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/nosuch",
        "/api/v1/cases/tasks/notauuid",
        "/api/v1/cases/tasks/notauuid/claim",
        "/api/nosuch",
        "/x/nosuch",
        "/x/v1/nosuch",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_machine_learns_of_an_unknown_address_as_a_problem(client, method, path):
    answer = getattr(client, method)(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"]) == (404, "http.404")
    assert body["detail"] == f"There is nothing at {path}."
    assert "openapi.json" in body["remedy"]


@pytest.mark.django_db
def test_a_person_gets_a_page_for_an_unknown_address(client):
    answer = client.get("/apinosuch/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_a_page_that_is_not_there_says_so(client: Client) -> None:
    assert "没有这个页面" in client.get("/web/gallery/errors/404/").content.decode()


def test_who_may_is_listed_as_the_language_lists(client: Client, owner) -> None:
    client.force_login(owner)
    chinese = client.get("/organisation/trail/").content.decode()
    assert "、" in chinese
    english = client.get("/organisation/trail/", headers={"accept-language": "en"})
    assert "、" not in english.content.decode().split("<main")[1]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_form_asks_for_what_is_missing_in_the_same_words(
    client: Client, db, language
) -> None:
    client.cookies["django_language"] = language
    text = client.post("/sign-in/", {"username": "x", "password": ""}).content.decode()
    assert ("此项必填" if language == "zh-hans" else "This field is required") in text
    assert "这个字段" not in text


def test_entries_of_a_second_row_stand_below_their_own(rf, monkeypatch) -> None:
    monkeypatch.setattr(navigation, "_bar", navigation._Bar())
    for item in (
        NavItem("g", "Gallery", "web:gallery", {Role.OFFICER}, 10),
        NavItem("all", "All", "web:gallery", {Role.OFFICER}, 11, under="g"),
        NavItem("q", "Queue", "web:gallery_queue", set(), 12, lambda request: 3, under="g"),
    ):
        navigation.register(item)
    request = rf.get("/web/gallery/queue/")
    request.user = Someone(Role.OFFICER)
    [shown] = navigation.entries(request, "g")
    assert (shown.url, shown.badge, shown.current) == ("/web/gallery/", 3, True)
    assert [(each.key, each.current) for each in shown.below] == [("all", False), ("q", True)]
    request.path = "/web/gallery/other/"
    [shown] = navigation.entries(request, "g")
    assert [(each.key, each.current) for each in shown.below] == [("all", True), ("q", False)]
    request.user = Someone(Role.APPLICANT)
    [shown] = navigation.entries(request)
    assert (shown.label, shown.url, shown.below) == ("Gallery", "/web/gallery/queue/", ())


def test_what_the_database_cannot_hold_is_a_page_with_its_remedy(rf) -> None:
    made = HeliErrorMiddleware(lambda request: HttpResponse())
    request = rf.get("/matters/", {"q": "\x00"})
    request.user = AnonymousUser()
    answer = made.process_exception(request, DataError("NUL (0x00)"))
    assert answer.status_code == 422
    assert "input.unkeepable" in answer.content.decode()
    assert made.process_exception(request, ZeroDivisionError()) is None
