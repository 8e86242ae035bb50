"""What every page's layout shows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from heli.web import navigation, questions

THEME_COOKIE = "heli_theme"
THEMES = ("light", "dark")


def heli(request: HttpRequest) -> dict[str, Any]:
    """The context processor: one lazy value, ``heli``, so that fragments pay nothing."""
    return {"heli": SimpleLazyObject(lambda: Layout(request))}


class Layout:
    """The top bar and the page frame for one request; each part is worked out when shown."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def theme(self) -> str:
        """``light``, ``dark``, or empty to follow the reader's system."""
        chosen = self.request.COOKIES.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else ""

    @property
    def part(self) -> str:
        """The bare layout when htmx asks for a part of a page, else empty."""
        headers = self.request.headers
        partial = headers.get("HX-Request") and not headers.get("HX-Boosted")
        return "web/fragment.html" if partial else ""

    @property
    def language(self) -> str:
        """The language tag of the page."""
        return "en" if get_language() == "en" else "zh-Hans"

    @property
    def other_language(self) -> dict[str, str]:
        """The language the switch leads to."""
        if self.language == "en":
            return {"code": "zh-hans", "label": "中文", "lang": "zh-Hans"}
        return {"code": "en", "label": "English", "lang": "en"}

    @property
    def here(self) -> str:
        """The present address, to come back to after a switch."""
        return self.request.get_full_path()

    @property
    def identity(self) -> questions.Identity | None:
        """Who is signed in."""
        return questions.identity(self.request)

    @property
    def city(self) -> str:
        """The city this Heli serves."""
        return questions.city()

    @property
    def banner(self) -> str:
        """A bar at the foot of the page, for example the guided tour."""
        return questions.banner(self.request)

    @property
    def inbox(self) -> dict[str, Any] | None:
        """Count and address of the inbox; None hides it."""
        url = questions.inbox_url(self.request)
        return {"count": questions.inbox(self.request), "url": url} if url else None

    @property
    def search_url(self) -> str:
        """Address of the search page, empty when nobody offers one."""
        name = questions.search(self.request)
        try:
            return reverse(name) if name else ""
        except NoReverseMatch:
            return ""

    @property
    def sign_in_url(self) -> str:
        """Where a visitor signs in."""
        return resolve_url(settings.LOGIN_URL)

    @property
    def demo(self) -> bool:
        """Whether this is the demo city."""
        return bool(getattr(settings, "HELI_DEMO", False))

    def navigation(self, current: str = "") -> list[navigation.Shown]:
        """The entries this person may see."""
        return navigation.entries(self.request, current)
