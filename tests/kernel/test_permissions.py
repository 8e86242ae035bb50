from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse
from django.test import RequestFactory

from heli.kernel.permissions import (
    DeniedError,
    Role,
    SignInRequiredError,
    allow,
    audience,
    deny,
    require,
)


def person(*roles):
    return SimpleNamespace(is_authenticated=True, roles=frozenset(roles), pk=1)


NOBODY = SimpleNamespace(is_authenticated=False, roles=frozenset())


def call(view, user, path="/cases/"):
    request = RequestFactory().get(path)
    request.user = user
    return view(request)


@audience(Role.OFFICER)
def for_officers(request):
    return HttpResponse("in")


@audience()
def for_anyone_known(request):
    return HttpResponse("in")


@audience(public=True)
def for_everyone(request):
    return HttpResponse("in")


def test_a_role_opens_the_door():
    assert call(for_officers, person(Role.OFFICER, Role.HEAD)).content == b"in"


def test_another_role_does_not():
    with pytest.raises(DeniedError) as told:
        call(for_officers, person(Role.APPLICANT))
    assert told.value.figures["ground"] == "role"


def test_an_unknown_visitor_of_a_page_is_sent_to_sign_in_and_back():
    answer = call(for_officers, NOBODY, "/cases/?state=open")
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in/?next=%2Fcases%2F%3Fstate%3Dopen"


def test_an_unknown_caller_of_the_api_is_told_401():
    with pytest.raises(SignInRequiredError):
        call(for_anyone_known, NOBODY, "/api/v1/cases/tasks")


def test_the_public_route_asks_nothing():
    assert call(for_everyone, NOBODY).content == b"in"


def test_a_system_enters_only_where_systems_may():
    @audience(Role.OFFICER, systems=True)
    def open_to_systems(request):
        return HttpResponse("in")

    request = RequestFactory().get("/api/v1/x")
    request.user = NOBODY
    request.system = SimpleNamespace(id="s1")
    assert open_to_systems(request).content == b"in"
    with pytest.raises(SignInRequiredError):
        for_officers(request)


def test_an_asynchronous_view_is_guarded_too():
    async_to_sync(guard_an_asynchronous_view)()


async def guard_an_asynchronous_view():
    @audience(Role.LEADER)
    async def stream(request):
        return HttpResponse("in")

    request = RequestFactory().get("/cockpit/stream")
    request.user = person(Role.OFFICER)

    async def auser():
        return request.user

    request.auser = auser
    with pytest.raises(DeniedError):
        await stream(request)
    request.user = person(Role.LEADER)
    assert (await stream(request)).content == b"in"


def test_a_decision_carries_its_reason_into_the_refusal():
    require(allow("owner", "it is yours"))
    with pytest.raises(DeniedError, match="other department") as told:
        require(deny("outsider", "it belongs to another other department"))
    assert told.value.figures["ground"] == "outsider"
