"""What the layout needs to know and only upper rooms can tell."""

from dataclasses import dataclass, field

from django.http import HttpRequest

from heli.kernel.registry import question
from heli.web.shapes import Department, Link


@dataclass(frozen=True, slots=True)
class Identity:
    """The signed-in person as the top bar shows them.

    Attributes:
        name: The person's name.
        post: What they are here, for example "Case officer".
        department: Their department, if they act for one.
        home_url: Where their name leads.
        sign_out_url: Where the sign-out form posts to; empty hides it.
        links: Further entries of the personal menu.
    """

    name: str
    post: str = ""
    department: Department | None = None
    home_url: str = ""
    sign_out_url: str = ""
    links: tuple[Link, ...] = field(default=())


@question("web.identity")
def identity(request: HttpRequest) -> Identity | None:
    """Who is signed in, as the top bar shows them."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    return Identity(name=user.get_username())


@question("web.inbox")
def inbox(request: HttpRequest) -> int | None:
    """How many things wait for this person; None hides the inbox."""
    return None


@question("web.inbox_url")
def inbox_url(request: HttpRequest) -> str:
    """Where the inbox is."""
    return ""


@question("web.search")
def search(request: HttpRequest) -> str:
    """URL name of the search page, which gets ``?q=``; empty hides the search."""
    return ""


@question("web.city")
def city() -> str:
    """Name of the city this Heli serves, shown beside the mark."""
    return ""


@question("web.banner")
def banner(request: HttpRequest) -> str:
    """Safe HTML of a bar at the foot of every full page; empty shows none."""
    return ""
