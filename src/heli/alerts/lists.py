"""The lists of the alerts' pages."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from heli.alerts import policy, selectors
from heli.alerts.forms import SUBJECTS
from heli.alerts.models import Alert, Kind, Shift
from heli.organisation import selectors as organisation
from heli.organisation.selectors import Person
from heli.web.laws import cited
from heli.web.tables import Column, Filter, Table


def waiting(request: HttpRequest) -> int | None:
    """Notices that wait for the reader, for the top bar."""
    user = request.user
    if not isinstance(user, Person) or not user.department_id:
        return None
    count = selectors.open_notices(user.department_id)[:99].count()
    if count and policy.may_acknowledge(user, user.department_id):
        return count
    return None


def _kinds() -> Iterable[tuple[str, str]]:
    return [(row.code, row.title) for row in selectors.kinds()]


def _issuers(row: Kind) -> str:
    known = organisation.departments()
    names = [known[code].name if code in known else code for code in row.issuers]
    return pgettext("list", ", ").join(names)


def _subject(row: Kind) -> str:
    return str(SUBJECTS.get(row.subject_type, "—"))


class AlertTable(Table):
    """Every alert there ever was."""

    columns = [
        Column("number", pgettext_lazy("alert", "Number"), sort="number", kind="code"),
        Column("kind", _("Kind of alert"), sort="kind"),
        Column("headline", _("What is the matter"), main=True),
        Column("source", _("Issued by"), sort="department", kind="department"),
        Column("issued_at", _("Issued"), sort="issued_at", kind="datetime"),
        Column(
            "answered", pgettext_lazy("alert", "Answered"), template="alerts/_cell_answered.html"
        ),
        Column("state", _("State"), sort="state", kind="state"),
    ]
    filters = [
        Filter(
            "state",
            _("State"),
            Alert.State.choices,
            lambda rows, value: rows.filter(state=value),
        ),
        Filter("kind", _("Kind of alert"), _kinds, lambda rows, value: rows.filter(kind=value)),
    ]
    search = ["number", "headline", "kind__title_zh", "kind__title_en"]
    default_sort = "-issued_at"
    caption = _("Alerts")
    empty_title = _("No alert")
    empty_text = _("Nothing has been issued that fits.")

    def row_url(self, row: Any) -> str:
        """The alert's page."""
        return str(row.url)

    def row_key(self, row: Any) -> str:
        """The alert's id."""
        return str(row.key)

    def decorate(self, rows: list[Alert]) -> list[Any]:
        """Put the alerts into words."""
        return [selectors.alert_view(row) for row in rows]


class KindTable(Table):
    """Kinds of alert."""

    columns = [
        Column("title", _("Kind of alert"), sort="title_zh", main=True),
        Column(
            "ground",
            pgettext_lazy("alert", "Legal ground"),
            value=lambda row: cited(row.ground),
            wide=True,
        ),
        Column("issuers", _("Departments that may issue it"), value=_issuers),
        Column("subject_type", _("Its list holds"), value=_subject, wide=True),
        Column("answer_minutes", _("Minutes to answer"), sort="answer_minutes", kind="number"),
        Column("hours", _("Hours in force"), sort="hours", kind="number"),
        Column("most_hours", _("Hours in force at most"), sort="most_hours", kind="number"),
    ]
    filters = [
        Filter(
            "subject",
            _("Its list holds"),
            list(SUBJECTS.items()),
            lambda rows, value: rows.filter(subject_type=value),
        )
    ]
    search = ["code", "title_zh", "title_en", "ground"]
    default_sort = "title_zh"
    caption = _("Kinds of alert")
    empty_title = _("No kind of alert fits")

    def row_url(self, row: Kind) -> str:
        """Where it is edited, for who may."""
        user = self.request.user
        if isinstance(user, Person) and policy.may_define(user):
            return reverse("alerts:kind", args=[row.pk])
        return ""


def _taken(row: Shift) -> tuple[str, Any]:
    if row.accepted_at is not None:
        return "done", pgettext_lazy("shift", "Taken over")
    return "brand", pgettext_lazy("shift", "Planned")


class ShiftTable(Table):
    """The next shifts of a department."""

    columns = [
        Column("starts_at", pgettext_lazy("shift", "From"), sort="starts_at", kind="datetime"),
        Column("ends_at", pgettext_lazy("shift", "Until"), kind="datetime"),
        Column("officer.name", _("On duty"), sort="officer", main=True),
        Column("planned.name", pgettext_lazy("shift", "Planned"), wide=True),
        Column("state", _("State"), kind="state", value=_taken),
    ]
    search = ["officer__name_zh", "officer__name_en"]
    default_sort = "starts_at"
    page_size = 14
    caption = _("Shifts")
    empty_title = _("The roster is empty")
    empty_text = _("The head of the department plans it; until then alerts reach the head.")

    def row_url(self, row: Shift) -> str:
        """Where its officer is changed."""
        user = self.request.user
        if isinstance(user, Person) and policy.may_plan(user, row.department_id):
            return reverse("alerts:shift", args=[row.pk])
        return ""

    def row_key(self, row: Shift) -> str:
        """The shift's number."""
        return str(row.pk)
