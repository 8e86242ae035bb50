"""What the organisation room tells the rooms below it."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.kernel.permissions import ROLE_LABELS, Role
from heli.organisation.homes import HOMES
from heli.organisation.models import Person
from heli.organisation.selectors import departments
from heli.web.questions import Identity
from heli.web.shapes import Department, Link


def identity(request: HttpRequest) -> Identity | None:
    """The signed-in person, with the role that says most about why they came."""
    person = getattr(request, "user", None)
    if not isinstance(person, Person):
        return None
    card = departments().get(person.department_id or "")
    return Identity(
        name=person.name,
        post=main_role(person),
        department=Department(card.badge, card.name, card.url) if card else None,
        home_url=reverse("organisation:home"),
        sign_out_url=reverse("organisation:sign_out"),
        links=(Link(_("My account"), reverse("organisation:account")),),
    )


def main_role(person: Person) -> str:
    """The label of the role that decides a person's first page; empty without roles."""
    for role, _pages in HOMES:
        if role in person.roles:
            return str(ROLE_LABELS[Role(role)])
    return ""


def department_name(code: str) -> str:
    """A department's name in the reader's language, its code where it is unknown."""
    card = departments().get(code)
    return card.name if card else code
