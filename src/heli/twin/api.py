"""REST interface of city models, scenarios and runs."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from heli.kernel.permissions import audience, require
from heli.kernel.rest import Limit, Page, idempotent, page_of
from heli.organisation.selectors import Person
from heli.twin import policy, schemas, selectors, services
from heli.twin.api_predictions import router as predictions
from heli.twin.errors import BadEntryError, UnknownModelError
from heli.twin.models import Build, Citation, CityModel, CityVersion, Run
from heli.twin.models import Scenario as Row
from heli.twin.packing import result_bytes
from heli.twin.policy import READERS
from heli.twin.scenarios import check_scenario

router = Router(tags=["twin"])
router.add_router("", predictions)


@router.get("/models", response=list[schemas.ModelOut])
@audience(*READERS)
def list_models(request: HttpRequest) -> Any:
    """All city models with their versions."""
    return [_model(row) for row in selectors.models()]


@router.get("/models/{slug:model}/versions/{int:number}", response=schemas.VersionDetail)
@audience(*READERS)
def get_version(request: HttpRequest, model: str, number: int) -> Any:
    """One version: what it was built from, what it assumes, how well it agrees with counts."""
    row = selectors.version(selectors.model_by_name(model), number)
    city = selectors.city_of(row)
    return _version(row) | {
        "fit": row.fit if policy.may_take(request.user, row) else _without_points(row.fit),
        "sources": list(selectors.sources(row).values(*schemas.SourceOut.model_fields)),
        "assumptions": [
            {"name": name, "value": each.value, "low": each.low, "high": each.high,
             "source": each.source}
            for name, each in city.assumptions.items()
        ],
    }  # fmt: skip


@router.get("/models/{slug:model}/builds", response=list[schemas.BuildOut])
@audience(*READERS)
def list_builds(request: HttpRequest, model: str) -> Any:
    """The latest 50 times that a version was asked for, and how that ended."""
    row = selectors.model_by_name(model)
    return [_build(each) for each in Build.objects.filter(model=row)[:50]]


@router.post("/models/{slug:model}/builds", response={202: schemas.BuildOut})
@audience(*READERS)
@idempotent
def ask_build(request: HttpRequest, model: str, body: schemas.BuildIn) -> Any:
    """Have a version built from the exchange in the background, under the department's grants."""
    from heli.twin.building.recipe import check_recipe  # with it comes NumPy

    person = _planner(request)
    require(policy.may_build(person))
    row = selectors.model_by_name(model)
    last = selectors.last_build(row)
    recipe = body.recipe if body.recipe is not None else last and last.recipe
    if recipe is None:
        raise UnknownModelError(model=f"{row.name}: recipe")
    made = services.ask_build(
        row,
        check_recipe(recipe),
        actor=person.actor,
        department=_own(person),
        note=body.note,
    )
    return Status(202, schemas.BuildOut(**_build(made)))


@router.get("/models/{slug:model}/scenarios", response=list[schemas.ScenarioOut])
@audience(*READERS)
def list_scenarios(request: HttpRequest, model: str) -> Any:
    """The scenarios of a city model, by name."""
    rows = selectors.scenarios(selectors.model_by_name(model)).select_related("model")
    return [_scenario(row) for row in rows]


@router.get("/models/{slug:model}/scenarios/{slug:name}", response=schemas.ScenarioOut)
@audience(*READERS)
def get_scenario(request: HttpRequest, model: str, name: str) -> Any:
    """One scenario."""
    return _scenario(selectors.scenario(selectors.model_by_name(model), name))


@router.put("/models/{slug:model}/scenarios/{slug:name}", response=schemas.ScenarioOut)
@audience(*READERS)
@idempotent
def save_scenario(request: HttpRequest, model: str, name: str, body: schemas.ScenarioIn) -> Any:
    """Keep a scenario, new or changed, if it fits the version of the city that it names."""
    row, person = selectors.model_by_name(model), _planner(request)
    scenario = check_scenario(body.document, "document")
    if scenario.id != name:
        raise BadEntryError(field="document", place="id", reason=f"it is not “{name}”")
    kept = selectors.scenarios(row).filter(name=name).first()
    if kept is not None:
        require(policy.may_change(person, kept.department))
    saved = services.save_scenario(
        row, scenario, actor=person.actor, department=_own(person), opened=body.opened
    )
    return schemas.ScenarioOut(**_scenario(saved))


@router.delete("/models/{slug:model}/scenarios/{slug:name}", response=schemas.ScenarioOut)
@audience(*READERS)
@idempotent
def remove_scenario(request: HttpRequest, model: str, name: str) -> Any:
    """Put a scenario away; runs that used it keep what it was."""
    row, person = selectors.model_by_name(model), _planner(request)
    removed = selectors.scenario(row, name)
    require(policy.may_change(person, removed.department))
    services.remove_scenario(row, name, actor=person.actor, department=_own(person))
    return schemas.ScenarioOut(**_scenario(removed))


@router.get("/runs", response=Page[schemas.RunOut])
@audience(*READERS)
def list_runs(request: HttpRequest, state: str = "", cursor: str = "", limit: Limit = 50) -> Any:
    """All runs, the newest first."""
    rows = selectors.runs()
    rows = rows.filter(state=state) if state else rows
    shown = page_of(
        rows, "asked_at", cursor, limit, lambda found: [_run(row) for row in found],
        newest_first=True,
    )  # fmt: skip
    return {"items": shown.items, "next": shown.next}


@router.post("/runs", response={202: schemas.RunOut})
@audience(*READERS)
@idempotent
def ask_run(request: HttpRequest, body: schemas.RunIn) -> Any:
    """Have scenarios compared in the background."""
    person = _planner(request)
    version = selectors.version(selectors.model_by_name(body.model), body.version)
    run = services.ask_run(
        version,
        body.options,
        actor=person.actor,
        department=_own(person),
        draws=body.draws,
        by=body.by,
        note=body.note,
    )
    return Status(202, schemas.RunOut(**_run(run)))


@router.get("/runs/{code}", response=schemas.RunOut)
@audience(*READERS)
def get_run(request: HttpRequest, code: str) -> Any:
    """One run and how far it is."""
    return _run(selectors.run_by_code(code))


@router.get("/runs/{code}/result", response=dict[str, Any])
@audience(*READERS)
def get_result(request: HttpRequest, code: str) -> Any:
    """What a run found: exactly the bytes whose hash stands in its fact."""
    row = selectors.run_by_code(code)
    selectors.whole_result(row)
    return HttpResponse(result_bytes(bytes(row.result)), content_type="application/json")


@router.post("/runs/{code}/cancel", response=schemas.RunOut)
@audience(*READERS)
@idempotent
def cancel_run(request: HttpRequest, code: str) -> Any:
    """Stop a run."""
    row, person = selectors.run_by_code(code), _person(request)
    require(policy.may_cancel(person, row))
    services.cancel_run(row, actor=person.actor, department=_own(person))
    return schemas.RunOut(**_run(selectors.run_by_code(code)))


@router.get("/runs/{code}/citations", response=list[schemas.CitationOut])
@audience(*READERS)
def list_citations(request: HttpRequest, code: str) -> Any:
    """Matters that refer to a run."""
    row = selectors.run_by_code(code)
    return [_citation(each, row) for each in selectors.citations(row)]


@router.post("/runs/{code}/citations", response={201: schemas.CitationOut})
@audience(*READERS)
@idempotent
def cite_run(request: HttpRequest, code: str, body: schemas.CiteIn) -> Any:
    """Let a matter refer to a run that is done: of the caller's department, of all for leaders."""
    row, person = selectors.run_by_code(code), _planner(request)
    cited = services.cite_run(
        row,
        body.matter,
        actor=person.actor,
        department=_own(person),
        note=body.note,
        everywhere=policy.cites_everywhere(person),
    )
    return Status(201, schemas.CitationOut(**_citation(cited, row)))


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user


def _planner(request: HttpRequest) -> Person:
    require(policy.may_plan(request.user))
    return _person(request)


def _own(person: Person) -> str:
    return person.department_id or ""


def _model(row: CityModel) -> dict[str, Any]:
    return {
        "name": row.name,
        "title_zh": row.title_zh,
        "title_en": row.title_en,
        "department": row.department_id,
        "versions": [_version(each) for each in selectors.versions(row)],
    }


def _version(row: CityVersion) -> dict[str, Any]:
    return {name: getattr(row, name) for name in schemas.VersionOut.model_fields}


def _without_points(fit: dict[str, Any]) -> dict[str, Any]:
    """How well a city agrees, without what was observed of each place."""
    return {
        part: {name: each for name, each in told.items() if name != "points"}
        if isinstance(told, dict)
        else told
        for part, told in fit.items()
    }


def _build(row: Build) -> dict[str, Any]:
    names = ("id", "state", "step", "done", "total", "note", "asked_at", "department", "fault")
    number = row.version.number if row.version_id and row.version else None
    return {name: getattr(row, name) for name in names} | {"version": number}


def _scenario(row: Row) -> dict[str, Any]:
    names = set(schemas.ScenarioOut.model_fields) - {"model"}
    return {name: getattr(row, name) for name in names} | {"model": row.model.name}


def _run(row: Run) -> dict[str, Any]:
    names = ("code", "draws", "by", "note", "state", "step", "done", "total", "asked_at",
             "finished_at", "department", "fault", "fact")  # fmt: skip
    return {name: getattr(row, name) for name in names} | {
        "model": row.version.model.name,
        "version": row.version.number,
        "version_digest": row.version.digest,
        "options": [
            {name: each[name] for name in schemas.OptionOut.model_fields} for each in row.options
        ],
        "result_hash": row.digest,
    }


def _citation(row: Citation, run: Run) -> dict[str, Any]:
    names = ("matter", "note", "cited_at", "department", "fact")
    return {name: getattr(row, name) for name in names} | {"run": run.code}
