"""Pages and operations of digital projects for the fixed kinds of people."""

import datetime as dt

import pytest
from django.urls import reverse
from tests.exchange.contracts.test_conformance import DOCUMENT

from heli.engines.contracts import write_yaml
from heli.kernel import clock
from heli.projects.models import Interface, Project, Run

CODE = "SZ-2026-014"
API = "/api/v1/projects"
JSON = {"content_type": "application/json"}


def page(name, *arguments):
    return reverse(f"projects:{name}", args=arguments)


@pytest.fixture
def enter(client):
    def make(person):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.mark.parametrize(
    ("who", "status"),
    [("steward", 200), ("head", 200), ("reviewer", 200), ("supervisor", 200), ("leader", 200),
     ("auditor", 200), ("owner", 403), ("outsider", 403), ("applicant", 403),
     ("system_admin", 403)],
)  # fmt: skip
def test_who_may_see_a_project(declared, enter, request, who, status):
    client = enter(request.getfixturevalue(who))
    assert client.get(page("project", CODE)).status_code == status
    assert client.get(page("list")).status_code == status
    assert client.get(f"{API}/{CODE}").status_code == status


def test_another_departments_steward_does_not_see_it(declared, enter, make_person):
    from heli.kernel.permissions import Role

    client = enter(make_person("other", Role.STEWARD, department="jyj"))
    assert client.get(page("project", CODE)).status_code == 403
    assert client.get(page("declare", CODE)).status_code == 403
    assert CODE not in client.get(page("list")).text
    assert client.get(API).json()["items"] == []
    assert client.post(f"{API}/{CODE}/runs", **JSON).status_code == 403


@pytest.mark.parametrize("name", ["decide", "exempt"])
def test_only_the_data_authority_decides(declared, enter, steward, head, supervisor, name):
    arguments = (CODE,) if name == "decide" else (CODE, "owners")
    for person in (steward, head, supervisor):
        assert enter(person).get(page(name, *arguments)).status_code == 403


def test_nobody_decides_on_their_own_departments_project(declared, enter, make_person):
    from heli.exchange.policy import AUTHORITY
    from heli.kernel.permissions import Role

    own = make_person("both", Role.STEWARD, department="xfjy", competences=(AUTHORITY,))
    answer = enter(own).post(f"{API}/{CODE}/decisions", {"passed": True, "reason": "x"}, **JSON)
    assert answer.status_code == 403


def test_a_project_from_registration_to_acceptance_on_pages(
    enter, steward, reviewer, url, endpoint
):
    from heli.projects import runs

    client = enter(steward)
    form = {"code": CODE, "title_zh": "床位一体化平台", "summary": "统一床位信息", "needs": ""}
    assert client.post(page("new"), form | {"code": "?"}).status_code == 422
    assert "床位一体化平台" in client.post(page("new"), form, follow=True).text
    bad = client.post(page("declare", CODE), {"contract": "a: [", "url": url})
    assert bad.status_code == 422
    assert "a: [" in bad.text
    text = write_yaml(DOCUMENT)
    shown = client.post(page("declare", CODE), {"contract": text, "url": url}, follow=True)
    assert "业主" in shown.text
    assert text[:30] in client.get(page("declare", CODE) + "?name=owners").text
    endpoint.faults = {"repeats records"}
    client.post(page("test", CODE))
    waiting = client.get(page("project", CODE)).text
    assert "hx-get" in waiting
    assert client.get(page("progress", CODE)).headers.get("HX-Refresh") is None
    runs.execute(runs.claim()[0])
    ended = client.get(page("progress", CODE))
    assert "HX-Refresh" not in ended.headers, "while it polls, a page cannot load"
    assert "?anew=1" in ended.content.decode()
    again = client.get(page("progress", CODE), {"anew": 1})
    assert again.headers["HX-Refresh"] == "true"
    shut = client.get(page("project", CODE)).text
    assert "不符合" in shut
    run = Run.objects.get()
    report = client.get(page("run", CODE, run.pk))
    assert run.digest in report.text
    client = enter(reviewer)
    refused = client.post(page("decide", CODE), {"passed": "yes", "reason": "可以"})
    assert refused.status_code == 409
    assert "可以" in refused.text
    day = (clock.today() + dt.timedelta(days=20)).isoformat()
    values = {"ground": "改造中", "legal_basis": "《办法》第十条", "last_day": day}
    assert "“业主”为何可暂不符合" in client.get(page("exempt", CODE, "owners")).text
    assert client.get(page("exempt", CODE, "anything")).status_code == 404
    client.post(page("exempt", CODE, "owners"), values)
    assert "改造中" in client.get(page("project", CODE)).text
    done = client.post(page("decide", CODE), {"passed": "yes", "reason": "可以"}, follow=True)
    assert "可以" in done.text
    assert Project.objects.get().stage == Project.Stage.APPROVED
    with clock.frozen(clock.now() + dt.timedelta(days=22)):
        client = enter(steward)
        assert "再次关闭" in client.get(page("project", CODE)).text
        assert "例外已到期" in client.get(page("list")).text
    english = enter(reviewer).get(
        page("interface", CODE, "owners"), headers={"accept-language": "en"}
    )
    assert "What does Owners promise, and is it kept?" in english.text


def test_a_project_over_rest(enter, steward, reviewer, url):
    from heli.projects import runs

    client = enter(steward)
    body = {"code": CODE, "title_zh": "床位一体化平台", "summary": "统一床位信息"}
    assert client.post(API, body, **JSON).status_code == 201
    assert client.post(API, body, **JSON).json()["code"] == "projects.code_taken"
    shown = client.post(
        f"{API}/{CODE}/interfaces", {"contract": DOCUMENT, "url": url, "key": "k"}, **JSON
    )
    assert shown.status_code == 201
    (interface,) = shown.json()["interfaces"]
    assert (interface["name"], interface["part"]) == ("owners", "untested")
    assert '"k"' not in shown.text
    asked = client.post(f"{API}/{CODE}/runs", **JSON)
    assert asked.status_code == 202
    runs.execute(runs.claim()[0])
    told = client.get(f"{API}/{CODE}/runs/{asked.json()['id']}").json()
    assert told["passed"] is True
    assert told["results"][0]["report"]["passed"] is True
    assert client.get(f"{API}/{CODE}").json()["gate_open"] is True
    decided = enter(reviewer).post(
        f"{API}/{CODE}/decisions", {"passed": True, "reason": "齐备"}, **JSON
    )
    assert decided.status_code == 201
    assert client.get(API, {"stage": "approved"}).json()["items"][0]["code"] == CODE
    day = (clock.today() + dt.timedelta(days=20)).isoformat()
    values = {"ground": "x", "legal_basis": "y", "last_day": day}
    made = client.post(f"{API}/{CODE}/interfaces/owners/exemption", values, **JSON)
    assert made.status_code == 201
    assert client.get(f"{API}/{CODE}/exemptions").json()[0]["ground"] == "x"
    ended = client.post(f"{API}/{CODE}/interfaces/owners/exemption/end", {"reason": "z"}, **JSON)
    assert ended.status_code == 200
    client = enter(steward)
    removed = client.post(f"{API}/{CODE}/interfaces/owners/remove", {"reason": "z"}, **JSON)
    assert removed.json()["interfaces"] == []
    withdrawn = client.post(f"{API}/{CODE}/withdraw", {"reason": "z"}, **JSON)
    assert withdrawn.json()["stage"] == "withdrawn"
    assert client.get(f"{API}/NONE-1").json()["code"] == "projects.unknown"
    assert Interface.objects.get().removed_at
