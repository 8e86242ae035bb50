"""Reading departments."""

import time
from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet
from django.urls import NoReverseMatch, reverse

from heli.kernel.localise import bilingual
from heli.organisation.errors import UnknownDepartmentError, UnknownPostError
from heli.organisation.models import Appointment, Department, Person, Post

# Seconds for which another process's change may stay unseen.
FRESH = 2.0


@dataclass(frozen=True, slots=True)
class DepartmentCard:
    """A department as a badge and lists show it."""

    code: str
    name_zh: str
    name_en: str
    badge: str
    parent: str
    is_active: bool

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return bilingual(self.name_zh, self.name_en)

    def goes_by(self, text: str) -> bool:
        """Whether its Chinese or English name or its code contains the text."""
        return text.casefold() in f"{self.name_zh} {self.name_en} {self.code}".casefold()

    @property
    def url(self) -> str:
        """Its page."""
        try:
            return reverse("organisation:department", args=[self.code])
        except NoReverseMatch:
            return ""


@dataclass(frozen=True, slots=True)
class Branch:
    """A department at its depth in the tree.

    Attributes:
        people: Active people who serve in it.
        posts: Posts it has.
    """

    department: DepartmentCard
    depth: int
    people: int
    posts: int


class _Cache:
    cards: dict[str, DepartmentCard] | None = None
    until: float = 0.0


_cache = _Cache()


def departments() -> dict[str, DepartmentCard]:
    """All departments by code, in their order; kept in memory for two seconds."""
    if _cache.cards is None or time.monotonic() > _cache.until:
        _cache.cards = {
            row.code: DepartmentCard(
                row.code, row.name_zh, row.name_en, row.badge, row.parent_id or "", row.is_active
            )
            for row in Department.objects.all()
        }
        _cache.until = time.monotonic() + FRESH
    return _cache.cards


def forget_departments() -> None:
    """Read the departments afresh next time; called by whatever changes them."""
    _cache.cards = None


def department(code: str) -> DepartmentCard:
    """One department.

    Raises:
        UnknownDepartmentError: There is none.
    """
    card = departments().get(code)
    if card is None:
        forget_departments()
        card = departments().get(code)
    if card is None:
        raise UnknownDepartmentError(department=code)
    return card


def tree() -> list[Branch]:
    """All departments, each after its parent, with how many people and posts they have."""
    rows = Department.objects.annotate(
        n_people=Count("people", filter=Q(people__is_active=True), distinct=True),
        n_posts=Count("posts", distinct=True),
    )
    counts = {row.code: (row.n_people, row.n_posts) for row in rows}
    cards = [card for card in departments().values() if card.code in counts]
    found: list[Branch] = []

    def add(parent: str, depth: int) -> None:
        for card in cards:
            if card.parent == parent:
                found.append(Branch(card, depth, *counts[card.code]))
                add(card.code, depth + 1)

    add("", 0)
    return found


def within(code: str) -> set[str]:
    """A department and all below it."""
    below = {code}
    grown = True
    while grown:
        more = {card.code for card in departments().values() if card.parent in below} - below
        grown = bool(more)
        below |= more
    return below


def posts_of(code: str) -> QuerySet[Post]:
    """Posts of a department, highest rank first, with ``holders`` (appointments) ready."""
    standing = Appointment.objects.filter(until=None).select_related("person").order_by("since")
    return Post.objects.filter(department=code).prefetch_related(
        Prefetch("appointments", queryset=standing, to_attr="holders")
    )


def post(post_id: int) -> Post:
    """One post, with its department.

    Raises:
        UnknownPostError: There is none.
    """
    found = Post.objects.select_related("department").filter(pk=post_id).first()
    if found is None:
        raise UnknownPostError(post=post_id)
    return found


def without_post(code: str) -> QuerySet[Person]:
    """Active people of a department who hold none of its posts."""
    return (
        Person.objects.filter(department=code, is_active=True)
        .exclude(
            pk__in=Appointment.objects.filter(until=None, post__department=code).values("person")
        )
        .order_by("username")
    )
