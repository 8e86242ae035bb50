"""How the values in this room's facts are said: posts, roles, competences, systems, people."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from heli.kernel.permissions import ROLE_LABELS, Role
from heli.ledger.sentences import say, say_by_fact
from heli.organisation import competences
from heli.organisation.models import Post, System
from heli.organisation.ranks import Rank


def person(identifier: Any) -> str:
    """Somebody without a name: facts hold no direct identifiers of people."""
    return _("Person no. {id}").format(id=identifier)


def role(value: str) -> str:
    """A role's name."""
    return str(ROLE_LABELS[Role(value)]) if value in set(Role) else value


def rank(value: int) -> str:
    """A rank's name."""
    return Rank(value).label if value in set(Rank) else str(value)


def competence_names(names: list[str]) -> str:
    """Competences, one after the other."""
    return _(", ").join(competences.label(name) for name in names) or "—"


def post(identifier: int, data: Mapping[str, Any]) -> str:
    """A post as the fact names it; in English by the post's English name."""
    found = None
    if (get_language() or "").startswith("en"):
        found = Post.objects.filter(pk=identifier).first()
    return found.name if found else str(data.get("name", identifier))


def system(identifier: str, data: Mapping[str, Any]) -> str:
    """A system's name."""
    found = System.objects.filter(pk=identifier).first()
    return found.name if found else str(data.get("name", identifier))


def register() -> None:
    """Make them known to whoever tells facts; called when the application starts."""
    for field in ("person", "substitute", "assignee"):
        say(field, person)
    say("role", role)
    say("rank", rank)
    say("names", competence_names)
    say_by_fact("post", post)
    say_by_fact("system", system)
