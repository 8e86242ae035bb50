"""The queue of applications."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from heli.exchange import policy, selectors
from heli.exchange.models import Application
from heli.kernel.permissions import Role
from heli.organisation.selectors import Person
from heli.web.tables import Column, Filter, Table


class ApplicationTable(Table):
    """Applications with their clocks."""

    columns = [
        Column("title", _("Resource"), main=True),
        Column("consumer", _("Applying department"), kind="department"),
        Column("purpose", _("Purpose"), wide=True),
        Column("clock", _("Time limit"), kind="clock"),
        Column("state", _("State"), kind="state"),
    ]
    filters = [
        Filter(
            "state",
            _("State"),
            Application.State.choices,
            lambda rows, value: rows.filter(state=value),
        ),
    ]
    search = ["resource__title_zh", "resource__title_en", "purpose_zh", "purpose_en", "purpose"]
    default_sort = "-submitted_at"
    caption = _("Applications for data")
    empty_title = _("No application")
    empty_text = _("Applications of your department, and those that it decides, stand here.")

    @property
    def kept(self) -> dict[str, str]:
        """The search keeps the chosen view."""
        view = self.request.GET.get("view", "")[:20]
        return {"view": view} if view else {}

    def row_url(self, row: Any) -> str:
        """The application's page."""
        return str(row.url)

    def row_key(self, row: Any) -> str:
        """The application's id."""
        return str(row.id)

    def decorate(self, rows: list[Any]) -> list[Any]:
        """Put the applications into words."""
        return selectors.application_rows(rows)


def waiting(request: HttpRequest) -> int:
    """How many applications wait for the reader's department; 0 for who does not decide them."""
    user = request.user
    if not isinstance(user, Person) or Role.STEWARD not in user.roles:
        return 0
    late = bool(policy.is_authority(user))
    return selectors.applications_awaiting(user.department_id or "-", late=late)
