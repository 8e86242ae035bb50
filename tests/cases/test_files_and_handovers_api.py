"""Handovers, files and secrets over REST, for the fixed people of one matter and for a system."""

import uuid

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from heli.cases import services
from heli.cases.models import Attachment, Handover
from heli.engines import httpsig
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.models import IdempotencyRecord
from heli.ledger.models import Fact
from heli.organisation import services as organisation

BASE = "/api/v1/cases"
PDF = b"%PDF-1.7 a lease"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HELI_HOME", str(tmp_path))


@pytest.fixture
def send(client, linjiang):
    """Send as somebody by name."""

    def send(who, method, path, body=None, *, key="", kind="application/json"):
        client.force_login(linjiang[who])
        headers = {"Accept-Language": "en", **({"Idempotency-Key": key} if key else {})}
        given = {"content_type": kind} if method == "post" else {}
        sent = [] if body is None else [body]
        return getattr(client, method)(BASE + path, *sent, headers=headers, **given)

    return send


@pytest.fixture
def signed(client, linjiang):
    """Send as a department's system."""
    keys = {}

    def send(department, method, path, body=b""):
        if department not in keys:
            key = Ed25519PrivateKey.generate()
            _system, row = organisation.register_system(
                department, "系统", key.public_key().public_bytes_raw(), actor=HELI
            )
            keys[department] = key, row.key_id
        key, key_id = keys[department]
        covered = ["@method", "@target-uri", *(["content-digest"] if body else [])]
        digest = (("content-digest", httpsig.content_digest(body)),) if body else ()
        where, _, query = (BASE + path).partition("?")
        message = httpsig.Request(
            method=method.upper(),
            scheme="http",
            authority="testserver",
            path=where,
            query=query,
            headers=digest,
        )
        parameters = [
            ("created", int(clock.now().timestamp())),
            ("nonce", uuid.uuid4().hex),
            ("keyid", key_id),
            ("alg", "ed25519"),
        ]
        headers = dict(digest) | httpsig.sign(message, covered, key=key, parameters=parameters)
        kind = "application/octet-stream"
        return client.generic(method.upper(), BASE + path, body, kind, headers=headers)

    return send


@pytest.fixture
def offer(matter, linjiang):
    """The matter's accountable department offers it to the fire brigade."""
    head = next(
        person
        for person in linjiang.values()
        if person.department_id == matter.accountable_id and "officer" in person.roles
    )
    row = services.offer_handover(matter, "xfjy", by=head, reason="theirs")
    row.by = head.username
    return row


@pytest.fixture
def outsider(matter, linjiang):
    """An officer of a department that has nothing to do with the matter."""
    part = {matter.accountable_id, matter.received_by_id, "xfjy"}
    part |= set(matter.tasks.values_list("department_id", flat=True))
    return next(
        person
        for person in linjiang.values()
        if person.department_id not in part and "officer" in person.roles
    )


def test_both_sides_find_an_offer_and_nobody_else(send, offer):
    for who in (offer.by, "xfjy02"):
        (item,) = send(who, "get", "/handovers").json()["items"]
        assert (item["id"], item["state"], item["reason"]) == (str(offer.pk), "offered", "theirs")
        assert send(who, "get", f"/handovers/{offer.pk}").json() == item
    assert send("xfjy02", "get", "/handovers?side=given").json()["items"] == []
    assert len(send("xfjy02", "get", "/handovers?side=taken&state=offered").json()["items"]) == 1
    assert send("xfjy02", "get", "/handovers?state=accepted").json()["items"] == []
    assert send("xfjy02", "get", "/handovers?state=lost").status_code == 422


def test_an_offer_is_read_by_those_who_may_see_its_matter(send, offer, outsider):
    outsider = outsider.username
    assert send(outsider, "get", "/handovers").json()["items"] == []
    hidden = send(outsider, "get", f"/handovers/{offer.pk}")
    assert (hidden.status_code, hidden.json()["code"]) == (404, "cases.record_not_found")
    assert send("applicant1", "get", "/handovers").status_code == 403
    assert send("applicant1", "get", f"/handovers/{offer.pk}").status_code == 403


def test_a_system_learns_of_an_offer_and_accepts_it(signed, offer, matter):
    (item,) = signed("xfjy", "get", "/handovers").json()["items"]
    accepted = signed("xfjy", "post", f"/handovers/{item['id']}/accept")
    assert (accepted.status_code, accepted.json()["accountable"]) == (200, "xfjy")
    matter.refresh_from_db()
    assert matter.accountable_id == "xfjy"


def test_handovers_are_paged(send, offer, matter, linjiang):
    services.withdraw_handover(offer.pk, by=linjiang[offer.by])
    services.offer_handover(matter, "xfjy", by=linjiang[offer.by], reason="again")
    first = send("xfjy02", "get", "/handovers?limit=1").json()
    second = send("xfjy02", "get", f"/handovers?limit=1&cursor={first['next']}").json()
    assert second["next"] is None
    found = [first["items"][0]["id"], second["items"][0]["id"]]
    assert sorted(found) == sorted(str(row.pk) for row in Handover.objects.all())


def test_a_file_is_handed_in_listed_and_read(send, matter):
    path = f"/matters/{matter.code}/attachments"
    made = send("applicant1", "post", f"{path}?name=租约.pdf", PDF, kind="application/pdf")
    assert made.status_code == 201, made.content
    row = Attachment.objects.get()
    assert (row.name, row.media_type, row.size) == ("租约.pdf", "application/pdf", len(PDF))
    assert made.json()["id"] == str(row.pk)
    assert send("applicant1", "get", path).json() == [made.json()]
    read = send("xfjy02", "get", f"{path}/{row.pk}")
    assert b"".join(read.streaming_content) == PDF
    assert read["Content-Type"] == "application/pdf"
    assert read["Content-Disposition"].startswith("attachment;")
    fact = Fact.objects.get(verb="cases.attachment.added")
    assert fact.data["sha256"] == made.json()["sha256"] == row.sha256


def test_a_file_sent_twice_under_one_key_is_one(send, matter):
    path = f"/matters/{matter.code}/attachments?name=lease.pdf"
    first = send("applicant1", "post", path, PDF, key="f", kind="application/pdf")
    again = send("applicant1", "post", path, PDF, key="f", kind="application/pdf")
    assert first.json() == again.json()
    assert Attachment.objects.count() == 1
    other = send("applicant1", "post", path, PDF + b"2", key="f", kind="application/pdf")
    renamed = path.replace("lease", "other")
    named = send("applicant1", "post", renamed, PDF, key="f", kind="application/pdf")
    assert other.status_code == named.status_code == 409


def test_a_system_hands_a_file_in_where_its_department_has_a_task(signed, matter, outsider):
    path = f"/matters/{matter.code}/attachments"
    made = signed("xfjy", "post", f"{path}?name=report.pdf", PDF)
    assert made.status_code == 201, made.content
    assert [item["name"] for item in signed("xfjy", "get", path).json()] == ["report.pdf"]
    assert signed(outsider.department_id, "get", path).status_code == 404
    assert signed(outsider.department_id, "post", f"{path}?name=x.pdf", PDF).status_code == 404


@pytest.mark.parametrize(
    ("query", "content", "status", "code"),
    [
        ("?name=a.pdf", b"", 422, "cases.attachment_refused"),
        ("?name=a.html", b"<html>", 422, "cases.attachment_refused"),
        ("?name=a.exe", b"MZ\0\0", 422, "cases.attachment_refused"),
        ("?name=a.pdf", b"%PDF-" + bytes(8 * 1024 * 1024), 422, "cases.attachment_refused"),
        ("?name=a.pdf", bytes(11 * 1024 * 1024), 413, "http.413"),
        ("", PDF, 422, "input.bad"),
        (f"?name=a.pdf&supplement={uuid.UUID(int=1)}", PDF, 404, "cases.record_not_found"),
    ],
)
def test_a_file_that_is_not_taken_says_why(send, matter, query, content, status, code):
    path = f"/matters/{matter.code}/attachments{query}"
    answer = send("applicant1", "post", path, content, kind="application/octet-stream")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Attachment.objects.exists()


def test_files_are_closed_to_those_who_may_not_see_the_data(send, matter, linjiang):
    row = services.attach(matter, "lease.pdf", PDF, by=linjiang["applicant1"])
    path = f"/matters/{matter.code}/attachments"
    leader = next(name for name, person in linjiang.items() if "leader" in person.roles)
    for who, status in (("applicant2", 404), (leader, 403)):
        assert send(who, "get", path).status_code == status
        assert send(who, "get", f"{path}/{row.pk}").status_code == status
        refused = send(who, "post", f"{path}?name=a.pdf", PDF, kind="application/pdf")
        assert refused.status_code == status
    assert Attachment.objects.count() == 1


def test_a_file_of_another_matter_is_not_found(send, matter, linjiang, now):
    from tests.cases.conftest import restaurant_form

    person = linjiang["applicant1"]
    other = services.start_matter("open-restaurant", restaurant_form(), by=person).matter
    row = services.attach(other, "lease.pdf", PDF, by=person)
    answer = send("applicant1", "get", f"/matters/{matter.code}/attachments/{row.pk}")
    assert (answer.status_code, answer.json()["code"]) == (404, "cases.record_not_found")


def test_a_file_goes_with_the_answer_to_a_supplement(send, matter, task):
    row = task("Task_Fire")
    services.claim(row.pk, by=row.assignee)
    asked = services.ask_supplement(row.pk, by=row.assignee, text="the plan", ground="第三十二条")
    path = f"/matters/{matter.code}/attachments?name=plan.pdf&supplement={asked.pk}"
    made = send("applicant1", "post", path, PDF, kind="application/pdf")
    assert (made.status_code, made.json()["supplement"]) == (201, str(asked.pk))
    # Who asked may hand files in, but not as the applicant's answer.
    assert send("xfjy02", "post", path, PDF, kind="application/pdf").status_code == 403


def test_a_secret_is_renewed_and_the_old_one_opens_nothing(client, send, matter):
    path = f"/matters/{matter.code}"
    first = send("applicant1", "post", f"{path}/secret", key="s").json()["secret"]
    again = send("applicant1", "post", f"{path}/secret", key="s").json()["secret"]
    assert first == again
    matter.refresh_from_db()
    assert matter.secret_version == 2
    assert Fact.objects.filter(verb="cases.matter.secret_renewed").count() == 1
    assert first not in str(list(IdempotencyRecord.objects.values()))
    client.logout()
    assert client.get(f"{BASE}{path}/progress?secret={first}").status_code == 200
    second = send("applicant1", "post", f"{path}/secret").json()["secret"]
    assert second != first
    client.logout()
    assert client.get(f"{BASE}{path}/progress?secret={first}").status_code != 200


def test_a_secret_is_renewed_by_its_applicant_only(send, matter):
    path = f"/matters/{matter.code}/secret"
    for who, status in (("applicant2", 404), ("xfjy02", 403), ("zwzx02", 403)):
        assert send(who, "post", path).status_code == status, who
    matter.refresh_from_db()
    assert matter.secret_version == 1


def test_a_file_sent_as_a_form_is_told_how(linjiang, matter):
    """A browser's form is read for its token before the operation comes to its body."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(linjiang["zwzx02"])
    browser.cookies["csrftoken"] = "a" * 32
    answer = browser.post(
        f"{BASE}/matters/{matter.code}/attachments?name=lease.pdf",
        {"file": "a lease", "csrfmiddlewaretoken": "a" * 32},
        headers={"Accept-Language": "en"},
    )
    assert answer.status_code == 415
    assert answer.json()["code"] == "http.415"
    assert "body" in answer.json()["remedy"]
    assert not Attachment.objects.exists()
