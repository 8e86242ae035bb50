"""Pages and REST of extracts for the fixed kinds of people."""

import io
import json
import uuid

import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from tests.exchange.extracts.conftest import POLICY, QUERY

from heli.exchange import services
from heli.exchange.extracts import found as found_files
from heli.exchange.models import Extract, ExtractState
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.ledger.models import Fact
from heli.organisation.services import NewPerson, create_person


@pytest.fixture
def sign_in(grant):
    def make(*roles, department="fgw", name=""):
        person = create_person(
            NewPerson(name or f"u{department}{'-'.join(roles)}", "演示人员", "Demo person",
                      department=department, roles=frozenset(roles)),
            actor=HELI,
        )  # fmt: skip
        client = Client(headers={"accept-language": "en"})
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        client.person = person
        return client

    return make


@pytest.fixture
def officer(sign_in):
    return sign_in(Role.OFFICER)


def url(name, *arguments):
    return reverse(f"exchange:{name}", args=arguments)


def ask(officer, grant, **more):
    given = {"task": "survey", "file_format": "csv"} | more
    return officer.post(url("extract_ask", grant.pk), given)


def test_an_officer_asks_watches_fetches_and_checks(officer, grant, tmp_path):
    page = officer.get(url("grant", grant.pk)).text
    assert url("extract_ask", grant.pk) in page
    form = officer.get(url("extract_ask", grant.pk)).text
    assert "at most 5,000 records" in form
    assert "Employed since, Monthly contribution base (yuan)" in form
    answer = ask(officer, grant)
    row = Extract.objects.get()
    assert answer.url == url("extract", row.pk)
    waiting = officer.get(answer.url).text
    assert 'hx-trigger="every 2s"' in waiting
    assert "Fetch the file" not in waiting
    assert services.make_next_extract() == 1
    part = officer.get(answer.url, headers={"HX-Target": "extract-state"}).text
    assert "Fetch the file" in part
    assert "<html" not in part
    assert "hx-trigger" not in part
    file = officer.post(url("extract_fetch", row.pk))
    content = file.getvalue()
    assert file["Content-Type"].startswith("text/csv")
    assert len(content) == int(file["Content-Length"])
    row.refresh_from_db()
    assert row.state == ExtractState.FETCHED
    again = officer.post(url("extract_fetch", row.pk))
    assert again.status_code == 409
    proof = officer.get(url("extract_proof", row.pk))
    assert row.name in proof["Content-Disposition"]
    from heli.exchange.extracts.verifying import verify_extract

    (tmp_path / "f").write_bytes(content)
    (tmp_path / "p").write_bytes(proof.content)
    assert verify_extract(tmp_path / "f", tmp_path / "p").holds
    listed = officer.get(url("extracts")).text
    assert "Fetched" in listed


def test_a_refusal_keeps_what_was_typed_and_says_why(officer, grant):
    bound = POLICY | {"binding": "project"}
    services.renew(grant.pk, actor=HELI, policy=bound, expires_at=grant.expires_at)
    page = ask(officer, grant, project="P-404")
    assert page.status_code == 200
    assert "P-404" in page.text
    assert "no approved project" in page.text
    assert not Extract.objects.exists()


def test_without_a_registered_duty_the_page_says_so_and_asks_nothing(officer, grant, duty):
    page = url("extract_ask", grant.pk)
    assert 'name="task"' in officer.get(page).text
    services.withdraw_duty(duty.pk, actor=HELI, reason="over")
    told = officer.get(page).text
    assert "Your department has no registered duty yet" in told
    assert 'name="task"' not in told


def test_a_grant_that_is_bound_to_a_matter_offers_no_file(officer, grant):
    bound = POLICY | {"binding": "matter"}
    services.renew(grant.pk, actor=HELI, policy=bound, expires_at=grant.expires_at)
    assert url("extract_ask", grant.pk) not in officer.get(url("grant", grant.pk)).text
    assert officer.get(url("extract_ask", grant.pk)).status_code == 403


def test_an_extract_is_given_up(officer, grant):
    ask(officer, grant)
    row = Extract.objects.get()
    assert officer.post(url("extract_withdraw", row.pk)).status_code == 302
    assert "given up" in officer.get(url("extract", row.pk)).text


@pytest.mark.parametrize(
    ("roles", "department", "sees", "asks"),
    [
        ((Role.OFFICER,), "fgw", False, True),
        ((Role.STEWARD,), "fgw", True, True),
        ((Role.HEAD,), "fgw", True, False),
        ((Role.STEWARD,), "rsj", True, False),
        ((Role.STEWARD,), "jyj", False, False),
        ((Role.OFFICER,), "rsj", False, False),
        ((Role.SUPERVISOR,), "szf", True, False),
        ((Role.AUDIT_ADMIN,), "szf", True, False),
        ((Role.APPLICANT,), "", False, False),
    ],
)
def test_who_may_see_ask_and_fetch(sign_in, grant, roles, department, sees, asks):
    row = services.make_extract(services.ask_extract(QUERY).pk)
    person = sign_in(*roles, department=department)
    assert (person.get(url("extract", row.pk)).status_code == 200) is sees
    assert (person.get(url("extract_proof", row.pk)).status_code == 200) is sees
    rest = f"/api/v1/exchange/extracts/{row.pk}"
    assert (person.get(rest).status_code == 200) is sees
    assert (person.get(f"{rest}/receipt").status_code == 200) is sees
    assert (person.get(url("extract_ask", grant.pk)).status_code == 200) is asks
    # Only who asked for it can have it, whatever else they may do.
    assert person.post(url("extract_fetch", row.pk)).status_code in (403, 404)
    assert person.post(f"{rest}/fetch").status_code in (403, 404)
    assert person.post(url("extract_withdraw", row.pk)).status_code in (403, 404)
    listed = person.get("/api/v1/exchange/extracts")
    assert listed.status_code == (403 if Role.APPLICANT in roles else 200)
    if listed.status_code == 200:
        assert (str(row.pk) in listed.text) is sees


def test_a_visitor_is_asked_to_sign_in(grant):
    assert Client().get(url("extracts")).status_code == 302
    assert Client().get(url("trace")).status_code == 302
    assert Client().get("/api/v1/exchange/extracts").status_code == 401


def test_rest_does_what_pages_do(officer, grant):
    path = f"/api/v1/exchange/grants/{grant.pk}/extracts"
    body = {"format": "parquet", "task": "survey"}
    key = {"Idempotency-Key": "k1"}
    asked = officer.post(path, body, content_type="application/json", headers=key)
    assert asked.status_code == 202
    again = officer.post(path, body, content_type="application/json", headers=key)
    assert again.json() == asked.json()
    one = f"/api/v1/exchange/extracts/{asked.json()['id']}"
    assert officer.get(one).json()["state"] == "waiting"
    assert officer.post(f"{one}/fetch").status_code == 409
    services.make_next_extract()
    told = officer.get(one).json()
    assert (told["state"], told["format"]) == ("ready", "parquet")
    assert Fact.objects.get(pk=told["fact"]).data["rows"] == told["rows"]
    content = officer.post(f"{one}/fetch").getvalue()
    assert pq.read_table(io.BytesIO(content)).num_rows == told["rows"]
    second = officer.post(path, body, content_type="application/json").json()
    gone = officer.post(f"/api/v1/exchange/extracts/{second['id']}/withdraw").json()
    assert gone["state"] == "withdrawn"
    page = officer.get("/api/v1/exchange/extracts?limit=1").json()
    assert [row["id"] for row in page["items"]] == [second["id"]]
    rest = officer.get(f"/api/v1/exchange/extracts?limit=1&cursor={page['next']}").json()
    assert [row["id"] for row in rest["items"]] == [told["id"]]
    assert rest["next"] is None
    assert officer.get(f"/api/v1/exchange/extracts/{uuid.uuid4()}").status_code == 404


def test_a_refusal_over_rest_stays_on_record(officer, grant):
    path = f"/api/v1/exchange/grants/{grant.pk}/extracts"
    key = {"Idempotency-Key": "k1"}
    body = {"format": "csv", "task": "nothing"}
    for _ in range(2):
        answer = officer.post(path, body, content_type="application/json", headers=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "exchange.task_standing")
    assert Fact.objects.filter(verb="exchange.lookup.denied").count() == 2
    good = body | {"task": "survey"}
    assert officer.post(path, good, content_type="application/json", headers=key).status_code == 202


def leaked(officer, grant):
    ask(officer, grant, file_format="parquet")
    row = Extract.objects.get()
    services.make_next_extract()
    content = officer.post(url("extract_fetch", row.pk)).getvalue()
    sink = io.BytesIO()
    pcsv.write_csv(pq.read_table(io.BytesIO(content)).slice(50, 300), sink)
    return row, sink.getvalue()


def test_the_supervisor_traces_a_file_and_reads_why(officer, sign_in, grant, monkeypatch):
    row, content = leaked(officer, grant)
    supervisor = sign_in(Role.SUPERVISOR, department="szf")
    assert url("trace") in supervisor.get(url("extracts")).text
    found = supervisor.post(url("trace"), {"file": SimpleUploadedFile("leak.csv", content)}).text
    assert "The file comes from this extract" in found
    assert url("extract", row.pk) in found
    assert "The moved values speak for it" in found
    unknown = supervisor.post(
        url("trace"), {"file": SimpleUploadedFile("x.csv", b"a,b\n1,2\n3,4\n")}
    ).text
    assert "It cannot be said whose extract this is" in unknown
    broken = supervisor.post(url("trace"), {"file": SimpleUploadedFile("x.bin", b"\x00")}).text
    assert "The file cannot be read" in broken
    deep, real = [], found_files.read_table
    monkeypatch.setattr(
        found_files,
        "read_table",
        lambda given: deep.append(list(connection.savepoint_ids)) or real(given),
    )
    rest = supervisor.post(
        "/api/v1/exchange/traces",
        content,
        content_type="text/csv",
        headers={"Idempotency-Key": "once"},
    ).json()
    assert deep == [connection.savepoint_ids], "no transaction is open but the test's own"
    (named,) = rest["named"]
    assert named["extract"] == str(row.pk)
    assert named["consumer"] == "fgw"
    assert named["error"] <= rest["limit"]
    assert json.dumps(rest)


@pytest.mark.parametrize("roles", [(Role.OFFICER,), (Role.STEWARD,), (Role.LEADER,)])
def test_only_who_supervises_traces(sign_in, roles):
    person = sign_in(*roles)
    assert person.get(url("trace")).status_code == 403
    answer = person.post("/api/v1/exchange/traces", b"a\n1\n", content_type="text/csv")
    assert answer.status_code == 403


def test_the_pages_speak_chinese(officer, grant):
    ask(officer, grant)
    row = Extract.objects.get()
    for page in (url("extract", row.pk), url("extracts"), url("extract_ask", grant.pk)):
        assert "提取" in officer.get(page, headers={"accept-language": "zh-hans"}).text


def test_decoys_are_counted_to_the_source_and_who_supervises_only(officer, sign_in, grant):
    ask(officer, grant)
    services.make_next_extract()
    row = Extract.objects.get()
    count = f"At most {row.plan['decoys']} of them"
    assert row.plan["decoys"]
    page = officer.get(url("extract", row.pk)).text
    assert "The contract allows extra records in the file" in page
    assert "decoy" not in page
    assert "Duty: Survey" in page
    watchers = [
        sign_in(Role.STEWARD, department="rsj"),
        sign_in(Role.SUPERVISOR, department="szf"),
    ]
    for client in watchers:
        assert count in client.get(url("extract", row.pk)).text
    own = sign_in(Role.SUPERVISOR, department="fgw", name="watcher-of-consumer")
    assert "decoy" not in own.get(url("extract", row.pk)).text
