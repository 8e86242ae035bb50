"""Whether a gate is open for a project, and what each interface's part in that is."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Prefetch

from heli.kernel import clock
from heli.projects.models import Exemption, Gate, Interface, Project, Result, Run

FRESH = dt.timedelta(days=30)
"""How long a test result counts: an endpoint that once conformed may have changed."""


class Part(StrEnum):
    """How an interface stands before a gate."""

    CONFORMS = "conforms"
    EXCEPTED = "excepted"
    UNTESTED = "untested"
    OUTDATED = "outdated"
    FAILS = "fails"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class InterfaceStanding:
    """One interface before a gate.

    Attributes:
        part: How it stands.
        result: The latest result that counts for it.
        exemption: Its latest exception, valid or expired.
    """

    interface: Interface
    part: Part
    result: Result | None
    exemption: Exemption | None

    @property
    def open(self) -> bool:
        """Whether it lets the project pass."""
        return self.part in (Part.CONFORMS, Part.EXCEPTED)


@dataclass(frozen=True, slots=True)
class GateStanding:
    """All interfaces of a project before a gate."""

    gate: Gate
    interfaces: tuple[InterfaceStanding, ...]

    @property
    def open(self) -> bool:
        """Whether the project may pass; one without interfaces may not."""
        return bool(self.interfaces) and all(each.open for each in self.interfaces)

    @property
    def shut_by(self) -> tuple[InterfaceStanding, ...]:
        """The interfaces that keep it shut."""
        return tuple(each for each in self.interfaces if not each.open)


def standing(project: Project, gate: Gate) -> GateStanding:
    """How a project stands before a gate at this moment.

    A result counts if it was found in a run for this gate, for the contract and address that are
    declared now, and within :data:`FRESH`.
    """
    return standings([project], gate)[0]


def standings(projects: list[Project], gate: Gate) -> list[GateStanding]:
    """The same for many projects, in three queries."""
    now = clock.now()
    results = Result.objects.filter(run__gate=gate, run__state=Run.State.DONE).defer("report")
    rows = Interface.objects.filter(project__in=projects, removed_at=None).prefetch_related(
        Prefetch("results", results), "exemptions"
    )
    by_project: dict[object, list[InterfaceStanding]] = {}
    for row in rows.order_by("name"):
        by_project.setdefault(row.project_id, []).append(_interface(row, now))
    return [GateStanding(gate, tuple(by_project.get(each.pk, ()))) for each in projects]


def _interface(row: Interface, now: dt.datetime) -> InterfaceStanding:
    result = next(iter(row.results.all()), None)
    exemption = next((each for each in row.exemptions.all() if each.ended_at is None), None)
    part = _of_result(row, result, now)
    if part is not Part.CONFORMS and exemption is not None:
        part = Part.EXCEPTED if exemption.expires_at > now else Part.EXPIRED
    return InterfaceStanding(row, part, result, exemption)


def _of_result(row: Interface, result: Result | None, now: dt.datetime) -> Part:
    if result is None:
        return Part.UNTESTED
    same = result.contract_digest == row.digest and result.url == row.url
    if not same or now - result.at > FRESH:
        return Part.OUTDATED
    return Part.CONFORMS if result.passed else Part.FAILS


def shut_again(project: Project) -> tuple[InterfaceStanding, ...]:
    """Interfaces by whose expired exceptions the gate that a project has passed is shut again."""
    passed = {
        Project.Stage.APPROVED: Gate.APPROVAL,
        Project.Stage.ACCEPTED: Gate.ACCEPTANCE,
    }.get(Project.Stage(project.stage))
    if passed is None:
        return ()
    found = standing(project, passed).interfaces
    return tuple(each for each in found if each.part is Part.EXPIRED)
