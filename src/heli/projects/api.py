"""REST interface of digital projects and their gate."""

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from heli.kernel.permissions import audience, require
from heli.kernel.rest import Limit, Page, idempotent, page_of
from heli.organisation.selectors import Person
from heli.projects import policy, schemas, selectors, services, words
from heli.projects.gate import InterfaceStanding, shut_again, standing
from heli.projects.models import Decision, Exemption, Gate, Project, Run
from heli.projects.policy import OWNERS, READERS
from heli.projects.services.projects import NewProject

router = Router(tags=["projects"])


@router.get("", response=Page[schemas.ProjectOut])
@audience(*READERS)
def list_projects(
    request: HttpRequest, stage: str = "", cursor: str = "", limit: Limit = 50
) -> Any:
    """Projects the caller may see, the latest first."""
    rows = selectors.projects(request.user)
    rows = rows.filter(stage=stage) if stage else rows
    shown = page_of(
        rows, "registered_at", cursor, limit, lambda found: [_project(row) for row in found],
        newest_first=True,
    )  # fmt: skip
    return {"items": shown.items, "next": shown.next}


@router.post("", response={201: schemas.ProjectOut})
@audience(*OWNERS)
@idempotent
def register_project(request: HttpRequest, body: schemas.ProjectIn) -> Any:
    """Register a project of the caller's department."""
    person = _person(request)
    require(policy.may_register(person))
    row = services.register(
        NewProject(**body.model_dump()), department=_own(person), actor=person.actor
    )
    return Status(201, schemas.ProjectOut(**_project(row)))


@router.get("/{code}", response=schemas.ProjectDetail)
@audience(*READERS)
def get_project(request: HttpRequest, code: str) -> Any:
    """One project, with how its interfaces stand before the gate that it meets next."""
    return _detail(_seen(request, code))


@router.post("/{code}/withdraw", response=schemas.ProjectOut)
@audience(*OWNERS)
@idempotent
def withdraw_project(request: HttpRequest, code: str, body: schemas.ReasonIn) -> Any:
    """Give a project up."""
    row = _changed(request, code)
    done = services.withdraw(row, actor=_person(request).actor, reason=body.reason)
    return schemas.ProjectOut(**_project(done))


@router.post("/{code}/interfaces", response={201: schemas.ProjectDetail})
@audience(*OWNERS)
@idempotent
def declare_interface(request: HttpRequest, code: str, body: schemas.InterfaceIn) -> Any:
    """Declare an interface, or declare one of the same name anew."""
    row = _changed(request, code)
    services.declare(row, body.contract, body.url, actor=_person(request).actor, key=body.key)
    return Status(201, schemas.ProjectDetail(**_detail(row)))


@router.post("/{code}/interfaces/{name}/remove", response=schemas.ProjectDetail)
@audience(*OWNERS)
@idempotent
def remove_interface(request: HttpRequest, code: str, name: str, body: schemas.ReasonIn) -> Any:
    """Take the promise of an interface back."""
    row = _changed(request, code)
    services.remove_interface(row, name, actor=_person(request).actor, reason=body.reason)
    return schemas.ProjectDetail(**_detail(row))


@router.get("/{code}/runs", response=list[schemas.RunOut])
@audience(*READERS)
def list_runs(request: HttpRequest, code: str) -> Any:
    """The latest 50 tests of a project's interfaces."""
    row = _seen(request, code)
    return [_run(each) for each in Run.objects.filter(project=row)[:50]]


@router.post("/{code}/runs", response={202: schemas.RunOut})
@audience(*OWNERS)
@idempotent
def ask_run(request: HttpRequest, code: str) -> Any:
    """Have all interfaces tested in the background for the gate that comes next."""
    row = _seen(request, code)
    person = _person(request)
    require(policy.may_test(person, row))
    asked = services.ask_run(row, actor=person.actor, department=_own(person))
    return Status(202, schemas.RunOut(**_run(asked)))


@router.get("/{code}/runs/{uuid:run_id}", response=schemas.RunDetail)
@audience(*READERS)
def get_run(request: HttpRequest, code: str, run_id: uuid.UUID) -> Any:
    """One run with its reports, which are the evidence."""
    run = selectors.run_by_id(_seen(request, code), run_id)
    found = [
        {
            "interface": each.interface.name,
            "passed": each.passed,
            "digest": each.digest,
            "report": each.report,
        }
        for each in selectors.results(run)
    ]
    return _run(run) | {"results": found}


@router.post("/{code}/decisions", response={201: schemas.DecisionOut})
@audience(*OWNERS)
@idempotent
def decide(request: HttpRequest, code: str, body: schemas.DecisionIn) -> Any:
    """Decide at the gate; to let pass, every interface must conform or have an exception."""
    row, person = _reviewed(request, code)
    made = services.decide(
        row, passed=body.passed, reason=body.reason, actor=person.actor, department=_own(person)
    )
    return Status(201, schemas.DecisionOut(**_decision(made)))


@router.get("/{code}/exemptions", response=list[schemas.ExemptionOut])
@audience(*READERS)
def list_exemptions(request: HttpRequest, code: str) -> Any:
    """All exceptions of a project, valid and past."""
    return [_exemption(each) for each in selectors.exemptions(_seen(request, code))]


@router.post("/{code}/interfaces/{name}/exemption", response={201: schemas.ExemptionOut})
@audience(*OWNERS)
@idempotent
def grant_exemption(request: HttpRequest, code: str, name: str, body: schemas.ExemptionIn) -> Any:
    """Decide that an interface need not conform until a day."""
    row, person = _reviewed(request, code)
    made = services.grant_exemption(
        row, name, actor=person.actor, department=_own(person), **body.model_dump()
    )
    return Status(201, schemas.ExemptionOut(**_exemption(made)))


@router.post("/{code}/interfaces/{name}/exemption/end", response=schemas.ProjectDetail)
@audience(*OWNERS)
@idempotent
def end_exemption(request: HttpRequest, code: str, name: str, body: schemas.ReasonIn) -> Any:
    """Take an exception back before it expires."""
    row, person = _reviewed(request, code)
    services.end_exemption(
        row, name, reason=body.reason, actor=person.actor, department=_own(person)
    )
    return schemas.ProjectDetail(**_detail(row))


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user


def _own(person: Person) -> str:
    return person.department_id or ""


def _seen(request: HttpRequest, code: str) -> Project:
    row = selectors.project_by_code(code)
    require(policy.may_see(request.user, row))
    return row


def _changed(request: HttpRequest, code: str) -> Project:
    row = selectors.project_by_code(code)
    require(policy.may_change(request.user, row))
    return row


def _reviewed(request: HttpRequest, code: str) -> tuple[Project, Person]:
    row = selectors.project_by_code(code)
    require(policy.may_review(request.user, row))
    return row, _person(request)


def _project(row: Project) -> dict[str, Any]:
    names = ("code", "title_zh", "title_en", "stage", "stage_since", "registered_at", "needs")
    return {name: getattr(row, name) for name in names} | {"department": row.department_id}


def _detail(row: Project) -> dict[str, Any]:
    row.refresh_from_db()
    gate = selectors.gate_of(row)
    found = standing(row, gate or Gate.ACCEPTANCE)
    return _project(row) | {
        "summary": row.summary,
        "gate": gate.value if gate else None,
        "gate_open": gate is not None and found.open,
        "shut_again_by": [each.interface.name for each in shut_again(row)],
        "interfaces": [_interface(each) for each in found.interfaces],
        "decisions": [_decision(each) for each in selectors.decisions(row)],
    }


def _interface(each: InterfaceStanding) -> dict[str, Any]:
    row = each.interface
    names = ("name", "title_zh", "title_en", "version", "url", "declared_at")
    return {name: getattr(row, name) for name in names} | {
        "contract_hash": row.digest,
        "part": each.part.value,
        "tested_at": each.result.at if each.result else None,
        "excepted_until": each.exemption.expires_at if each.exemption else None,
    }


def _decision(row: Decision) -> dict[str, Any]:
    names = ("gate", "passed", "reason", "decided_at", "department")
    return {name: getattr(row, name) for name in names} | {"run": row.run_id}


def _run(row: Run) -> dict[str, Any]:
    names = ("id", "gate", "state", "asked_at", "finished_at", "done", "total", "passed")
    return {name: getattr(row, name) for name in names} | {
        "step": words.step(row),
        "evidence_hash": row.digest,
    }


def _exemption(row: Exemption) -> dict[str, Any]:
    names = ("ground", "legal_basis", "granted_at", "department", "expires_at", "ended_at")
    return {name: getattr(row, name) for name in names} | {"interface": row.interface.name}
