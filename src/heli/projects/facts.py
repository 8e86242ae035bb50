"""Facts about digital projects and their gate."""

from heli.errors import gettext_noop
from heli.ledger.verbs import FactData, fact


@fact("projects.project.registered", gettext_noop("{department} registered the project {code}"))
class ProjectRegistered(FactData, frozen=True, kw_only=True):
    """A digital project was proposed."""

    project: str
    code: str
    needs: list[str]


@fact("projects.project.withdrawn", gettext_noop("{department} withdrew the project {code}"))
class ProjectWithdrawn(FactData, frozen=True, kw_only=True):
    """A project is not pursued."""

    project: str
    code: str
    reason: str


@fact(
    "projects.interface.declared",
    gettext_noop("{department} declared the interface {interface} of the project {code}"),
)
class InterfaceDeclared(FactData, frozen=True, kw_only=True):
    """A project promises an interface, or promises it anew."""

    project: str
    code: str
    interface: str
    version: str
    contract_hash: str
    url: str


@fact(
    "projects.interface.removed",
    gettext_noop("{department} took back the interface {interface} of the project {code}"),
)
class InterfaceRemoved(FactData, frozen=True, kw_only=True):
    """A project no longer promises an interface."""

    project: str
    code: str
    interface: str
    reason: str


@fact(
    "projects.run.asked",
    gettext_noop("{department} asked to test the interfaces of the project {code}"),
)
class RunAsked(FactData, frozen=True, kw_only=True):
    """The interfaces of a project are to be tested."""

    project: str
    code: str
    gate: str
    run: str


@fact(
    "projects.run.finished",
    gettext_noop("The interfaces of the project {code} were tested: {passed} of {total} conform"),
)
class RunFinished(FactData, frozen=True, kw_only=True):
    """The interfaces of a project were tested.

    Attributes:
        evidence_hash: SHA-256 over the reports, which are kept.
        failing: Names of the interfaces that do not conform.
    """

    project: str
    code: str
    gate: str
    run: str
    passed: int
    total: int
    failing: list[str]
    evidence_hash: str


@fact(
    "projects.exemption.granted",
    gettext_noop(
        "{department} excepted the interface {interface} of the project {code} until {expires_at}: "
        "{ground}"
    ),
)
class ExemptionGranted(FactData, frozen=True, kw_only=True):
    """An interface need not conform until a day."""

    project: str
    code: str
    interface: str
    ground: str
    legal_basis: str
    expires_at: str


@fact(
    "projects.exemption.ended",
    gettext_noop("The exception for the interface {interface} of the project {code} was ended"),
)
class ExemptionEnded(FactData, frozen=True, kw_only=True):
    """An exception was taken back."""

    project: str
    code: str
    interface: str
    reason: str


@fact(
    "projects.exemption.expired",
    gettext_noop("The exception for the interface {interface} of the project {code} expired"),
)
class ExemptionExpired(FactData, frozen=True, kw_only=True):
    """An exception ran out.

    Attributes:
        gate_shut: Whether that shuts the gate that the project has passed.
    """

    project: str
    code: str
    interface: str
    gate_shut: bool


@fact(
    "projects.gate.passed",
    gettext_noop("{department} let the project {code} pass: {reason}"),
)
class GatePassed(FactData, frozen=True, kw_only=True):
    """A project passed a gate.

    Attributes:
        exceptions: Names of the interfaces that passed by an exception.
    """

    project: str
    code: str
    gate: str
    run: str
    evidence_hash: str
    exceptions: list[str]
    reason: str


@fact(
    "projects.gate.refused",
    gettext_noop("{department} did not let the project {code} pass: {reason}"),
)
class GateRefused(FactData, frozen=True, kw_only=True):
    """A project did not pass a gate."""

    project: str
    code: str
    gate: str
    run: str
    reason: str
