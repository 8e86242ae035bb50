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
        under: Key of the entry whose second row it stands in; empty: it stands in the top bar.
    """

    key: str
    label: Text
    url_name: str
    roles: Iterable[Role] = frozenset()
    order: int = 100
    badge: Callable[[HttpRequest], int | None] | None = None
    public: bool = False
    under: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A navigation entry as one person sees it.

    Attributes:
        badge: Its own number, or the sum of those of its second row.
        current: The page is this one, or one of its second row.
        below: Its second row; empty where there is no choice.
    """

    key: str
    label: Text
    url: str
    badge: int | None = None
    current: bool = False
    below: "tuple[Shown, ...]" = ()


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

    An entry whose page a person may not see, but some of its second row, leads to the first of
    those.

    Args:
        request: Tells the person and the path.
        current: Key of the present entry; without it the longest matching path is the one.
    """
    found: dict[str, tuple[NavItem, str]] = {}
    for item in sorted(_bar.items.values(), key=lambda item: (item.order, item.key)):
        url = _address(item)
        if url and _visible(item, request):
            found[item.key] = item, url
    rows: dict[str, list[tuple[NavItem, str]]] = {}
    for item, url in found.values():
        rows.setdefault(item.under or item.key, []).append((item, url))
    present = _present(found, request.path, current)
    return [_shown(request, _bar.items[key], row, present) for key, row in _ordered(rows)]


def _ordered(
    rows: dict[str, list[tuple[NavItem, str]]],
) -> list[tuple[str, list[tuple[NavItem, str]]]]:
    return sorted(rows.items(), key=lambda row: (_bar.items[row[0]].order, row[0]))


def _present(found: dict[str, tuple[NavItem, str]], path: str, current: str) -> str:
    """Key of the present entry; in a row the page's path tells it, where it can.

    The page of an entry that this person is not shown belongs to the one above it.
    """
    near = {
        key: len(url)
        for key, (item, url) in found.items()
        if path.startswith(url) and current in ("", key, item.under)
    }
    if not near:
        item = _bar.items.get(current)
        return item.under if item and current not in found else current
    return max(near, key=lambda key: (near[key], bool(found[key][0].under)))


def _shown(
    request: HttpRequest, head: NavItem, row: list[tuple[NavItem, str]], present: str
) -> Shown:
    below = tuple(
        Shown(
            item.key,
            item.label,
            url,
            item.badge(request) if item.badge else None,
            item.key == present,
        )
        for item, url in row
        if item is not head
    )
    own = next((url for item, url in row if item is head), "")
    badge = head.badge(request) if own and head.badge else None
    number = (badge or 0) + sum(item.badge or 0 for item in below)
    return Shown(
        head.key,
        head.label,
        own or below[0].url,
        number or badge,
        present == head.key or any(item.current for item in below),
        below if len(below) > 1 else (),
    )


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
