"""What there is to know about digital projects."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, pgettext

from heli.engines.contracts import Contract
from heli.exchange.conformance import CHECK_TITLES, State, read_outcomes
from heli.exchange.selectors import resource_titles
from heli.exchange.words import spoken
from heli.organisation import selectors as organisation
from heli.organisation.selectors import DepartmentCard
from heli.projects import policy, words
from heli.projects.errors import UnknownProjectError
from heli.projects.gate import GateStanding, InterfaceStanding, Part, shut_again, standing
from heli.projects.models import (
    GATE_OF_STAGE,
    STAGE_TAGS,
    Decision,
    Exemption,
    Gate,
    Result,
    Run,
)
from heli.projects.models import Project as Project


def projects(person: object) -> QuerySet[Project]:
    """The projects a person may see."""
    rows = Project.objects.all()
    if policy.may_see_all(person):
        return rows
    return rows.filter(department=getattr(person, "department_id", None) or "-")


def project_by_code(code: str) -> Project:
    """The project of a code.

    Raises:
        UnknownProjectError: There is none.
    """
    row = Project.objects.filter(code=code.strip().upper()).first()
    if row is None:
        raise UnknownProjectError(project=code)
    return row


def project_titles(codes: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Chinese and English titles of projects by their codes."""
    rows = Project.objects.filter(code__in=codes)
    return {code: (zh, en) for code, zh, en in rows.values_list("code", "title_zh", "title_en")}


def gate_of(project: Project) -> Gate | None:
    """The gate that a project meets next, ``None`` where there is none."""
    return GATE_OF_STAGE.get(Project.Stage(project.stage))


def open_run(project: Project) -> Run | None:
    """The run that is not through."""
    return Run.objects.filter(project=project).exclude(state=Run.State.DONE).first()


def last_run(project: Project) -> Run | None:
    """The latest run that is through."""
    return Run.objects.filter(project=project, state=Run.State.DONE).first()


def run_by_id(project: Project, run_id: uuid.UUID) -> Run:
    """One run of a project.

    Raises:
        UnknownProjectError: The project has no such run.
    """
    row = Run.objects.filter(project=project, pk=run_id).first()
    if row is None:
        raise UnknownProjectError(project=f"{project.code}/{run_id}")
    return row


def results(run: Run) -> QuerySet[Result]:
    """What a run found, by the name of the interface."""
    return Result.objects.filter(run=run).select_related("interface").order_by("interface__name")


def decisions(project: Project) -> QuerySet[Decision]:
    """What was decided, the newest first."""
    return Decision.objects.filter(project=project).select_related("run")


def exemptions(project: Project) -> list[Exemption]:
    """All exceptions of a project with the titles of their interfaces, the newest first."""
    found = list(Exemption.objects.filter(interface__project=project).select_related("interface"))
    for row in found:
        row.interface_title = words.title(row.interface)  # type: ignore[attr-defined]
    return found


@dataclass(frozen=True, slots=True)
class NeedRow:
    """A resource that a project needs; without an address where the catalogue has it no longer."""

    title: str
    url: str


def needs(project: Project) -> list[NeedRow]:
    """The resources that a project needs, in words."""
    titles = resource_titles()
    return [
        NeedRow(spoken(*titles[address]), reverse("exchange:resource", args=address.split("/")))
        if address in titles
        else NeedRow(address, "")
        for address in project.needs
    ]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check of a report in words."""

    title: str
    failed: bool
    state: tuple[str, Any]
    said: str
    details: tuple[str, ...]


def check_rows(report: dict[str, Any], contract: Contract) -> list[CheckRow]:
    """A report in the reader's language; columns are called by their titles in the contract."""
    titles = {each.name: spoken(each.title_zh, each.title_en) for each in contract.fields}

    def translate(text: str) -> str:
        names = text.split(", ")
        if all(name in titles for name in names):
            return pgettext("list", ", ").join(titles[name] for name in names)
        return gettext(text)

    return [
        CheckRow(
            title=gettext(CHECK_TITLES[each.check]),
            failed=each.state is State.FAILED,
            state=words.STATES[each.state],
            said=each.said.filled(translate),
            details=tuple(detail.filled(translate) for detail in each.details),
        )
        for each in read_outcomes(report)
    ]


@dataclass(frozen=True, slots=True)
class InterfaceRow:
    """An interface before a gate, in words."""

    standing: InterfaceStanding
    title: str
    state: tuple[str, Any]
    meaning: str
    reasons: tuple[str, ...]


def interface_rows(found: GateStanding) -> list[InterfaceRow]:
    """The interfaces of a project before a gate, with why they fail."""
    return [
        InterfaceRow(
            standing=each,
            title=words.title(each.interface),
            state=words.PARTS[each.part],
            meaning=str(words.MEANINGS[each.part]),
            reasons=_reasons(each),
        )
        for each in found.interfaces
    ]


def _reasons(each: InterfaceStanding) -> tuple[str, ...]:
    if each.open or each.result is None or each.result.passed:
        return ()
    report = Result.objects.only("report").get(pk=each.result.pk).report
    return tuple(
        gettext("{check}: {found}").format(check=row.title, found=row.said)
        for row in check_rows(report, each.interface.contract)
        if row.failed
    )


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project as a list shows it."""

    project: Project
    code: str
    title: str
    department: DepartmentCard
    stage: tuple[str, Any]
    gate: tuple[str, Any] | None
    interfaces: int
    pk: uuid.UUID


def project_rows(rows: list[Project]) -> list[ProjectRow]:
    """Projects in words."""
    return [_row(row) for row in rows]


def _row(row: Project) -> ProjectRow:
    stage = Project.Stage(row.stage)
    gate = GATE_OF_STAGE.get(stage)
    found = standing(row, gate or Gate.ACCEPTANCE)
    return ProjectRow(
        project=row,
        code=row.code,
        title=words.title(row),
        department=organisation.department(row.department_id),
        stage=(STAGE_TAGS[stage], stage.label),
        gate=_gate_tag(row, found if gate else None),
        interfaces=len(found.interfaces),
        pk=row.pk,
    )


def _gate_tag(row: Project, found: GateStanding | None) -> tuple[str, Any] | None:
    if shut_again(row):
        return words.PARTS[Part.EXPIRED]
    if found is None:
        return None
    if found.open:
        return "on_time", pgettext("gate", "Open")
    if any(each.part is Part.FAILS for each in found.interfaces):
        return "at_risk", pgettext("gate", "Shut")
    return "done", pgettext("interface", "Not tested")


def approved_project(code: str, department: str) -> Project | None:
    """An approved or accepted project of a department whose gate is not shut again."""
    row = Project.objects.filter(
        Q(stage=Project.Stage.APPROVED) | Q(stage=Project.Stage.ACCEPTED),
        code=code.strip().upper(),
        department=department,
    ).first()
    return row if row is not None and not shut_again(row) else None


def project_standing(project: str, department: str, resource: str) -> bool:
    """Whether an approved project of a department needs the data of a resource."""
    row = approved_project(project, department)
    return row is not None and resource in row.needs
