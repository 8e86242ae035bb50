import json

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from ninja import NinjaAPI

from heli.errors import BadInputError
from heli.kernel import rest
from heli.kernel.models import IdempotencyRecord


def request(body: dict | None = None, key: str = "") -> HttpRequest:
    made = RequestFactory().post(
        "/api/v1/things",
        json.dumps(body or {}),
        content_type="application/json",
        headers={"Idempotency-Key": key} if key else {},
    )
    made.user = type("User", (), {"is_authenticated": True, "pk": 7})()
    return made


@pytest.fixture
def counter():
    made = []

    @rest.idempotent
    def create(request):
        made.append(1)
        return 201, rest.Problem(title="t", status=1, code="c", detail="d", remedy=str(len(made)))

    create.made = made
    return create


@pytest.mark.django_db
def test_a_repeat_gets_the_first_answer_and_has_no_second_effect(counter):
    first = counter(request({"a": 1}, "k1"))
    second = counter(request({"a": 1}, "k1"))
    assert len(counter.made) == 1
    assert first.status_code == second.status_code == 201
    assert first.content == second.content


@pytest.mark.django_db
def test_a_key_with_other_content_is_refused(counter):
    counter(request({"a": 1}, "k1"))
    with pytest.raises(rest.KeyReusedError, match="k1"):
        counter(request({"a": 2}, "k1"))
    assert len(counter.made) == 1


@pytest.mark.django_db
def test_without_a_key_each_call_counts(counter):
    counter(request())
    counter(request())
    assert len(counter.made) == 2


@pytest.mark.django_db(transaction=True)
def test_a_failed_write_leaves_the_key_free():
    calls = []

    @rest.idempotent
    def create(request):
        calls.append(1)
        if len(calls) == 1:
            raise BadInputError(reason="first time")
        return {"ok": True}

    with pytest.raises(BadInputError):
        create(request({}, "k2"))
    assert not IdempotencyRecord.objects.exists()
    assert json.loads(create(request({}, "k2")).content) == {"ok": True}


def test_cursors_come_back_as_they_went_and_garbage_is_refused():
    assert rest.decode_cursor(rest.encode_cursor("a", 3), 2) == ["a", "3"]
    assert rest.decode_cursor(None, 2) is None
    for bad in ("!!", "abcd", rest.encode_cursor("one")):
        with pytest.raises(rest.BadCursorError):
            rest.decode_cursor(bad, 2)


def test_errors_of_the_api_are_problem_details():
    api = NinjaAPI(urls_namespace="test-problems")
    rest.install_error_handlers(api)
    error = BadInputError(field="name", reason="it is empty")
    answer = api.on_exception(RequestFactory().get("/"), error)
    body = json.loads(answer.content)
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.status_code == body["status"] == 422
    assert body["code"] == "input.bad"
    assert body["errors"][0]["field"] == "name"
    assert body["remedy"]
