import json

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest
from django.test import Client, RequestFactory
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


class SecretFailure(RuntimeError):
    pass


@pytest.fixture
def failing(monkeypatch):
    """The operation ``GET /api/v1/organisation/me`` fails in a way nobody foresaw."""

    def fail(*_):
        raise SecretFailure("password=hunter2")

    # The audience is asked first and looks for the calling system.
    monkeypatch.setattr("heli.kernel.permissions._refusal", fail)


@pytest.mark.django_db
def test_what_nobody_foresaw_is_a_problem_that_gives_nothing_away(failing, caplog):
    answer = Client().get("/api/v1/organisation/me", headers={"accept-language": "en"})
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    body = json.loads(answer.content)
    assert (body["status"], body["code"]) == (500, "unexpected")
    assert body["title"]
    assert body["remedy"]
    told = answer.content.decode()
    for secret in ("hunter2", "SecretFailure", "Traceback", ".py"):
        assert secret not in told
    (record,) = [item for item in caplog.records if item.name == "heli.kernel.rest"]
    assert record.levelname == "ERROR"
    assert "GET /api/v1/organisation/me" in record.getMessage()
    assert record.exc_info[0] is SecretFailure


@pytest.mark.django_db
def test_a_failure_before_the_operation_is_a_problem_too(monkeypatch):
    def fail(request):
        raise SecretFailure("password=hunter2")

    monkeypatch.setattr("heli.organisation.middleware._is_forged", fail)
    client = Client(raise_request_exception=False)
    answer = client.get("/api/v1/organisation/me")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert answer.json()["code"] == "unexpected"
    assert "hunter2" not in answer.content.decode()
    page = client.get("/account/")
    assert (page.status_code, page["Content-Type"]) == (500, "text/html; charset=utf-8")


@pytest.mark.django_db
def test_an_address_of_the_api_that_does_not_exist_is_a_problem():
    answer = Client().get("/api/v1/nothing")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "http.404"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404("no row"), 404, "http.404"),
        (SuspiciousOperation("bent"), 400, "http.400"),
        (RequestDataTooBig("much"), 413, "http.413"),
    ],
)
def test_errors_of_the_framework_keep_their_status(error, status, code):
    api = NinjaAPI(urls_namespace=f"test-framework-{status}")
    rest.install_error_handlers(api)
    answer = api.on_exception(RequestFactory().get("/x"), error)
    assert answer.status_code == status
    assert json.loads(answer.content)["code"] == code
    assert str(error) not in answer.content.decode()
