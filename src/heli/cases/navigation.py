"""What people see in the top bar: the entries, the inbox, the search."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.cases.selectors import requests_queue, unread
from heli.kernel.permissions import Role, roles_of
from heli.organisation.selectors import Person
from heli.web import questions
from heli.web.navigation import NavItem
from heli.web.navigation import register as register_entry

HANDLERS = frozenset({Role.OFFICER, Role.HEAD, Role.AMBASSADOR})
FILERS = frozenset({Role.APPLICANT, Role.AMBASSADOR})
READERS = HANDLERS | {Role.LEADER, Role.SUPERVISOR, Role.AUDIT_ADMIN, Role.ARBITRATOR}
PUBLISHERS = frozenset({Role.SYSTEM_ADMIN, Role.SUPERVISOR, Role.HEAD})
MOST = 100


def _owed(request: HttpRequest) -> int | None:
    """How many requests the reader's department owes an answer to, at most 100."""
    if not isinstance(request.user, Person) or not roles_of(request.user) & HANDLERS:
        return None
    return requests_queue(request.user, "owed").order_by()[:MOST].count()


def _inbox(request: HttpRequest) -> int | None:
    return unread(request.user) if isinstance(request.user, Person) else None


def _inbox_url(request: HttpRequest) -> str:
    return reverse("cases:inbox") if request.user.is_authenticated else ""


def _search(request: HttpRequest) -> str:
    return "cases:search" if request.user.is_authenticated else ""


def register() -> None:
    """Add the entries and answer the layout's questions; called when the application starts."""
    for item in (
        NavItem("mine", _("My matters"), "cases:mine", FILERS, 5),
        NavItem(
            "apply",
            pgettext_lazy("applicant", "Apply"),
            "cases:procedures",
            {Role.APPLICANT},
            order=6,
            public=True,
        ),
        NavItem(
            "progress",
            _("Progress by code"),
            "cases:progress",
            {Role.APPLICANT},
            order=8,
            public=True,
        ),
        NavItem("intake", _("Take in"), "cases:intake", {Role.AMBASSADOR}, 7),
        NavItem("tasks", _("My tasks"), "cases:queue", HANDLERS, 10),
        NavItem("matters", _("Matters"), "cases:matters", READERS, 20),
        NavItem("requests", _("Requests"), "cases:requests", HANDLERS, 30, _owed),
        NavItem("procedures", _("Procedures"), "cases:procedures_admin", PUBLISHERS, 60),
    ):
        register_entry(item)
    questions.inbox.answer(_inbox)
    questions.inbox_url.answer(_inbox_url)
    questions.search.answer(_search)
