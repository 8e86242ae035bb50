"""The entries of the top bar, registered by the rooms that own the pages."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from heli.kernel.permissions import Role, roles_of
from heli.web.shapes import Text


@dataclass(frozen=True)
class NavItem:
    """One entry of the top bar.

    Attributes:
        key: Stable name; a page marks its entry with ``nav`` in its context.
        label: What it says.
        url_name: Name of the page it opens.
        roles: Who sees it; empty: every signed-in person.
        order: Position, small first.
        badge: Gives the number beside the label, from the request; 0 or None shows none.
        public: Also shown to visitors who are not signed in.
    """

    key: str
    label: Text
    url_name: str
    roles: Iterable[Role] = frozenset()
    order: int = 100
    badge: Callable[[HttpRequest], int | None] | None = None
    public: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A navigation entry as one person sees it."""

    key: str
    label: Text
    url: str
    badge: int | None = None
    current: bool = False


@dataclass
class _Bar:
    items: dict[str, NavItem] = field(default_factory=dict)


_bar = _Bar()


def register(item: NavItem) -> None:
    """Add an entry; called from ``AppConfig.ready``."""
    if item.key in _bar.items and _bar.items[item.key] != item:
        raise ValueError(f"two rooms register the navigation entry {item.key}")
    _bar.items[item.key] = item


def entries(request: HttpRequest, current: str = "") -> list[Shown]:
    """The entries this person may see, the present one marked.

    Args:
        request: Tells the person and the path.
        current: Key of the present entry; without it the longest matching path is the one.
    """
    found = []
    for item in sorted(_bar.items.values(), key=lambda item: (item.order, item.key)):
        url = _address(item)
        if url and _visible(item, request):
            found.append((item, url))
    if not current:
        matches = [(len(url), item.key) for item, url in found if request.path.startswith(url)]
        current = max(matches)[1] if matches else ""
    return [
        Shown(
            item.key,
            item.label,
            url,
            item.badge(request) if item.badge else None,
            item.key == current,
        )
        for item, url in found
    ]


def _visible(item: NavItem, request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return item.public
    wanted = frozenset(item.roles)
    return not wanted or bool(wanted & roles_of(user))


def _address(item: NavItem) -> str:
    try:
        return reverse(item.url_name)
    except NoReverseMatch:
        return ""
