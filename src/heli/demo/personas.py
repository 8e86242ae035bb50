"""Who a visitor can step into, grouped and explained."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Persona:
    """A kind of user with a fixed login.

    Attributes:
        does: What this person comes for, in one sentence.
    """

    username: str
    title: Promise
    does: Promise
    icon: str


@dataclass(frozen=True, slots=True)
class Group:
    """Kinds of users that belong together."""

    title: Promise
    personas: tuple[Persona, ...]


GROUPS = (
    Group(
        _("Residents, enterprises and the front desk"),
        (
            Persona(
                "applicant1",
                _("Applicant"),
                _("Opens a restaurant: one form, one code, every department's progress."),
                "user",
            ),
            Persona(
                "applicant2",
                _("Another applicant"),
                _("Starts an enterprise, and sees nothing of anybody else's matters."),
                "user",
            ),
            Persona(
                "zwzx02",
                _("Service ambassador"),
                _("Takes in any matter for any department, and stays answerable for it."),
                "heart-handshake",
            ),
        ),
    ),
    Group(
        _("Departments"),
        (
            Persona(
                "scjg02",
                _("Food permit officer"),
                _("Today's tasks, most urgent first, with the data already pulled."),
                "briefcase",
            ),
            Persona(
                "xfjy02",
                _("Fire safety officer"),
                _("Inspects, asks for supplements: the clock stops and says why."),
                "briefcase",
            ),
            Persona(
                "sthj02",
                _("Environment officer"),
                _("Reviews, and asks other departments for help within 48 hours."),
                "briefcase",
            ),
            Persona(
                "cgj02",
                _("Urban management officer"),
                _("Reviews the shop sign while the others do their part."),
                "briefcase",
            ),
            Persona(
                "zrzy02",
                _("Planner"),
                _("Tries a policy before it is decided: traffic, shops, air, and who loses."),
                "map",
            ),
            Persona(
                "xfjy01",
                _("Department head"),
                _("What the department owes others and is owed; who is away."),
                "building-community",
            ),
            Persona(
                "steward1",
                _("Data steward"),
                _("Who asked for what data, on which ground, with the receipt."),
                "database",
            ),
            Persona(
                "gaj03",
                _("Data steward of a source"),
                _("Keeps the residents register: applications, grants, objections to it."),
                "database",
            ),
        ),
    ),
    Group(
        _("The whole city"),
        (
            Persona(
                "leader1",
                _("Leader"),
                _("The cockpit: where it is stuck, and whose turn it is."),
                "dashboard",
            ),
            Persona(
                "supervisor1",
                _("Supervisor"),
                _("Overdue obligations and the facts behind every figure."),
                "eye",
            ),
            Persona(
                "arbitrator1",
                _("Arbitrator"),
                _("Looks into matters on which departments disagree."),
                "gavel",
            ),
        ),
    ),
    Group(
        _("Three separate administrators"),
        (
            Persona(
                "sysadmin",
                _("System administrator"),
                _("Manages departments and people, but grants no roles."),
                "settings",
            ),
            Persona(
                "secadmin",
                _("Security administrator"),
                _("Grants roles and registers systems, but manages no people."),
                "key",
            ),
            Persona(
                "auditadmin",
                _("Audit administrator"),
                _("Reads the trail of both, and changes nothing."),
                "shield-check",
            ),
        ),
    ),
)


def persona(username: str) -> Persona | None:
    """The persona of a login, if it has a card of its own."""
    return next((p for group in GROUPS for p in group.personas if p.username == username), None)
