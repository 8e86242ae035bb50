import base64
import datetime as dt
import json
import uuid

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError
from django.http import Http404, HttpRequest
from django.test import Client, RequestFactory
from django.utils import translation
from ninja import NinjaAPI, Status

from heli.errors import BadInputError
from heli.kernel import clock, rest
from heli.kernel.faults import fault_words
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
        told = rest.Problem(title="t", status=1, code="c", detail="d", remedy=str(len(made)))
        return Status(201, told)

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
def test_an_answer_of_plain_data_is_kept_with_its_instants_and_ids():
    at = dt.datetime(2026, 11, 28, 9, tzinfo=dt.UTC)
    answered = rest.idempotent(lambda _request: {"at": at, "id": uuid.UUID(int=1), "due": None})
    found = json.loads(answered(request({"a": 1}, "k1")).content)
    assert found == {"at": "2026-11-28T09:00:00Z", "id": str(uuid.UUID(int=1)), "due": None}


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


@pytest.mark.django_db
def test_a_key_serves_one_operation(counter):
    answered = rest.keyed(lambda _request: "done")
    counter(request({"a": 1}, "k1"))
    other = request({"a": 1}, "k1")
    other.path = other.path_info = "/api/v1/others"
    with pytest.raises(rest.KeyReusedError):
        answered(other)
    assert answered(request({"a": 2}, "k2")) == "done"
    with pytest.raises(rest.KeyReusedError):
        counter(request({"a": 3}, "k2"))
    assert len(counter.made) == 1


@pytest.mark.django_db
def test_a_keyed_write_runs_again_knows_it_and_keeps_no_answer():
    repeats = []

    @rest.keyed
    def show(request):
        repeats.append(rest.is_repeat(request))
        return "secret"

    assert [show(request({}, "k1")) for _ in range(2)] == ["secret", "secret"]
    show(request({}))
    assert repeats == [False, True, False]
    assert IdempotencyRecord.objects.get().body == ""


@pytest.mark.django_db
def test_a_keyed_write_that_fails_leaves_the_key_free_unless_it_had_succeeded():
    outcomes = [BadInputError(reason="wrong"), None, BadInputError(reason="late")]

    @rest.keyed
    def write(request):
        if error := outcomes.pop(0):
            raise error
        return "done"

    with pytest.raises(BadInputError):
        write(request({"a": 1}, "k1"))
    assert write(request({"a": 2}, "k1")) == "done"
    with pytest.raises(BadInputError):
        write(request({"a": 2}, "k1"))
    assert IdempotencyRecord.objects.count() == 1


@pytest.mark.django_db
def test_what_was_sent_cannot_be_guessed_from_its_hash(counter):
    import hashlib

    sent = request({"a": 1}, "k1")
    counter(sent)
    plain = hashlib.sha256(f"POST {sent.path}\n".encode() + sent.body).hexdigest()
    assert IdempotencyRecord.objects.get().request_hash != plain


@pytest.mark.parametrize("operation", [rest.idempotent, rest.keyed])
def test_a_key_that_is_too_long_is_refused(operation):
    with pytest.raises(BadInputError) as caught:
        operation(lambda _request: "done")(request({}, "k" * 121))
    assert caught.value.field == "Idempotency-Key"


@pytest.mark.django_db
def test_the_worker_forgets_keys_after_seven_days(counter):
    from heli.kernel import tasks

    begin = clock.now()
    with clock.frozen(begin):
        counter(request({"a": 1}, "old"))
    with clock.frozen(begin + dt.timedelta(days=1)):
        counter(request({"a": 1}, "new"))
    with clock.frozen(begin + rest.KEPT):
        assert tasks.forget_keys() == 0
    with clock.frozen(begin + rest.KEPT + dt.timedelta(seconds=1)):
        assert tasks.forget_keys() == 1
        assert [record.key for record in IdempotencyRecord.objects.all()] == ["new"]
        counter(request({"a": 2}, "old"))
    assert len(counter.made) == 3


def test_forgetting_is_a_job_of_the_worker():
    import heli.kernel.tasks  # noqa: F401
    from heli.kernel.worker import jobs

    assert "kernel.forget_keys" in [job.name for job in jobs()]


INSTANT = dt.datetime(2026, 11, 23, 10, 0, 0, 5, dt.UTC)


def test_cursors_come_back_as_they_went():
    values = ["a·\u4e00", 3, INSTANT, uuid.UUID(int=7)]
    cursor = rest.encode_cursor("a·\u4e00", 3, INSTANT.isoformat(), uuid.UUID(int=7))
    assert rest.decode_cursor(cursor, str, int, dt.datetime, uuid.UUID) == values
    assert rest.decode_cursor(None, str) is None
    assert rest.decode_cursor("", str) is None


def packed(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("cursor", "kinds"),
    [
        ("!!", [str]),
        ("abcd", [str]),
        ("\u4e00", [str]),
        (packed("[" * 700), [str]),
        (packed(["one"]), [str, str]),
        (packed(["one", "two"]), [str]),
        (packed({"0": "one"}), [str]),
        (packed("one"), [str]),
        (packed([1]), [int]),
        (packed([None]), [str]),
        (packed([["one"]]), [str]),
        (packed(["\0"]), [str]),
        (packed('["\\ud800"]'), [str]),
        (packed(["x" * 2000]), [str]),
        (packed(["-1"]), [int]),
        (packed(["9223372036854775808"]), [int]),
        (packed(["1.5"]), [int]),
        (packed(["nonsense"]), [uuid.UUID]),
        (packed(["2026-11-23T10:00:00"]), [dt.datetime]),
        (packed(["0001-01-01T00:00:00+14:00"]), [dt.datetime]),
        (packed(["9999-12-31T23:59:59-14:00"]), [dt.datetime]),
        (packed(["soon"]), [dt.datetime]),
    ],
)
def test_a_cursor_that_no_list_gave_out_is_refused(cursor, kinds):
    with pytest.raises(rest.BadCursorError) as caught:
        rest.decode_cursor(cursor, *kinds)
    assert (caught.value.status, caught.value.field) == (422, "cursor")


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
    (record,) = [item for item in caplog.records if item.name == rest.problems.__name__]
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
        (DataError("NUL (0x00)"), 422, "input.unkeepable"),
    ],
)
def test_errors_of_the_framework_keep_their_status(error, status, code):
    api = NinjaAPI(urls_namespace=f"test-framework-{status}")
    rest.install_error_handlers(api)
    answer = api.on_exception(RequestFactory().get("/x"), error)
    assert answer.status_code == status
    assert json.loads(answer.content)["code"] == code
    assert str(error) not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_method_that_is_not_there_is_a_problem_that_names_the_ones_that_are(language):
    answer = Client().delete("/api/v1/exchange/resources", headers={"Accept-Language": language})
    assert answer.status_code == 405
    assert answer["Content-Type"].startswith("application/problem+json")
    assert set(answer["Allow"].split(", ")) == {"GET", "POST"}
    assert "GET" in answer.json()["remedy"]


@pytest.mark.parametrize(
    ("kind", "told"),
    [("missing", "缺少此项。"), ("string_too_long", "最多只能有 5 个字符。")],
)
def test_faults_of_fields_are_in_the_readers_language(kind, told):
    item = {"type": kind, "msg": "English", "ctx": {"max_length": 5}}
    with translation.override("zh-hans"):
        assert fault_words(item) == told
    assert fault_words({"type": "a_kind_of_its_own", "msg": "English"}) == "English"
