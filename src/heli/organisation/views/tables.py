"""Lists of people, absences, systems and changes."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from heli.kernel import clock
from heli.kernel.permissions import ROLE_LABELS, Role
from heli.organisation import selectors
from heli.organisation.changes import CHANGE_LABELS
from heli.organisation.forms import ABSENCE_KINDS
from heli.organisation.models import Absence, AccountChange, Person, System
from heli.web.tables import Column, Filter, Table

KIND_LABELS = dict(ABSENCE_KINDS)


def department_choices() -> list[tuple[str, str]]:
    """Codes and names of departments in use."""
    return [(card.code, card.name) for card in selectors.departments().values() if card.is_active]


def _posts(person: Person) -> str:
    return "、".join(held.post.name for held in getattr(person, "present_posts", []))


def _roles(person: Person) -> str:
    return " · ".join(str(ROLE_LABELS[Role(name)]) for name in sorted(person.roles))


def _account_state(person: Person) -> tuple[str, str]:
    return (
        ("on_time", gettext("Account open"))
        if person.is_active
        else ("done", gettext("Account closed"))
    )


class PeopleTable(Table):
    """Officials."""

    caption = _("Officials")
    columns = [
        Column("name", _("Name"), sort="name_zh", main=True),
        Column("department", _("Department"), sort="department__position", kind="department"),
        Column("post", _("Post"), value=_posts, wide=True),
        Column("roles", _("Roles"), value=_roles, wide=True),
        Column("username", _("Login name"), sort="username", kind="code"),
        Column("state", _("Account"), kind="state", value=_account_state),
    ]
    filters = [
        Filter(
            "department",
            _("Department"),
            department_choices,
            lambda rows, value: rows.filter(department=value),
        ),
        Filter(
            "role",
            pgettext_lazy("person", "Role"),
            lambda: [
                (role.value, label) for role, label in ROLE_LABELS.items() if role != Role.APPLICANT
            ],
            lambda rows, value: rows.filter(role_grants__role=value, role_grants__revoked_at=None),
        ),
    ]
    search = ["name_zh", "name_en", "username"]
    default_sort = "department__position"
    empty_title = _("Nobody matches")

    def row_url(self, row: Person) -> str:
        """The person's page."""
        return reverse("organisation:person", args=[row.pk])


def _absence_state(absence: Absence) -> tuple[str, str]:
    today = clock.today()
    if absence.cancelled_at is not None:
        return "done", gettext("Called off")
    if absence.ends_on < today:
        return "done", gettext("Past")
    return (
        ("at_risk", gettext("Away now"))
        if absence.starts_on <= today
        else ("brand", gettext("Ahead"))
    )


def _when(rows: Any, value: str) -> Any:
    today = clock.today()
    standing = rows.filter(cancelled_at=None)
    if value == "now":
        return standing.filter(starts_on__lte=today, ends_on__gte=today)
    if value == "ahead":
        return standing.filter(starts_on__gt=today)
    return rows.filter(ends_on__lt=today)


class AbsenceTable(Table):
    """Who is away."""

    caption = _("Absences")
    columns = [
        Column("person.name", _("Name"), sort="person__name_zh", main=True),
        Column("person.department", _("Department"), sort="person__department", kind="department"),
        Column("starts_on", _("First day away"), sort="starts_on", kind="date"),
        Column("ends_on", _("Last day away"), sort="ends_on", kind="date"),
        Column("kind", _("Reason"), value=lambda row: KIND_LABELS.get(row.kind, row.kind)),
        Column("substitute.name", _("Stands in")),
        Column("state", _("State"), kind="state", value=_absence_state),
    ]
    filters = [
        Filter(
            "department",
            _("Department"),
            department_choices,
            lambda rows, value: rows.filter(person__department=value),
        ),
        Filter(
            "when",
            _("When"),
            [("now", _("Away now")), ("ahead", _("Ahead")), ("past", _("Past"))],
            _when,
        ),
    ]
    search = ["person__name_zh", "person__name_en", "person__username"]
    default_sort = "-starts_on"
    empty_title = _("Nobody is away")

    def row_url(self, row: Absence) -> str:
        """The person's page."""
        return reverse("organisation:person", args=[row.person_id])


def _system_state(system: System) -> tuple[str, str]:
    if not system.is_active:
        return "done", gettext("Shut out")
    now = clock.now()
    if any(selectors.key_state(key, now) == "valid" for key in system.keys.all()):
        return "on_time", gettext("Admitted")
    return "late", gettext("No valid key")


class SystemTable(Table):
    """Machine clients."""

    caption = _("Systems")
    columns = [
        Column("name", _("System"), sort="name_zh", main=True),
        Column("department", _("Department"), sort="department__position", kind="department"),
        Column("keys", _("Keys"), kind="number", value=lambda row: len(row.keys.all())),
        Column("registered_at", _("Registered"), sort="registered_at", kind="date"),
        Column("state", _("State"), kind="state", value=_system_state),
    ]
    filters = [
        Filter(
            "department",
            _("Department"),
            department_choices,
            lambda rows, value: rows.filter(department=value),
        )
    ]
    search = ["name_zh", "name_en", "keys__key_id"]
    default_sort = "department__position"
    empty_title = _("No system is registered")

    def search_rows(self, rows: Any, text: str) -> Any:
        """A system once, however many of its keys match."""
        return super().search_rows(rows, text).distinct()

    def row_url(self, row: System) -> str:
        """The system's page."""
        return reverse("organisation:system", args=[row.pk])


class RoleTable(Table):
    """The matrix of people and roles."""

    caption = _("Roles")
    columns = [
        Column("name", _("Name"), sort="name_zh", main=True),
        Column("department", _("Department"), sort="department__position", kind="department"),
        *(
            Column(
                role.value,
                label,
                value=lambda row, role=role: role in row.roles,  # type: ignore[misc]
                template="organisation/_cell_role.html",
                wide=True,
            )
            for role, label in ROLE_LABELS.items()
            if role != Role.APPLICANT
        ),
        Column("roles", _("Roles"), value=_roles, narrow=True),
    ]
    filters = PeopleTable.filters
    search = PeopleTable.search
    default_sort = "department__position"
    page_size = 40
    empty_title = _("Nobody matches")

    def row_url(self, row: Person) -> str:
        """The person's page, at the roles."""
        return reverse("organisation:person", args=[row.pk]) + "#roles"


def _change_state(change: AccountChange) -> tuple[str, str]:
    if change.settled_at is None:
        return "at_risk", gettext("Waits for a second administrator")
    return ("on_time", gettext("Confirmed")) if change.confirmed else ("done", gettext("Declined"))


class AccountChangeTable(Table):
    """What administrators asked to do with one another's accounts."""

    caption = _("Changes to administrators' accounts")
    columns = [
        Column("person.name", _("Administrator"), sort="person__name_zh", main=True),
        Column(
            "kind",
            pgettext_lazy("account change", "Change"),
            value=lambda row: CHANGE_LABELS[row.kind],
        ),
        Column("asked_by.name", pgettext_lazy("account change", "Asked by")),
        Column(
            "asked_at", pgettext_lazy("account change", "Asked"), sort="asked_at", kind="datetime"
        ),
        Column("settled_by.name", _("Settled by"), wide=True),
        Column("state", _("State"), kind="state", value=_change_state),
    ]
    filters = [
        Filter(
            "state",
            _("State"),
            [("open", _("Waits for a second administrator")), ("settled", _("Settled"))],
            lambda rows, value: rows.filter(settled_at__isnull=value == "open"),
        )
    ]
    search = ["person__name_zh", "person__name_en", "person__username"]
    default_sort = "-asked_at"
    empty_title = _("Nothing was asked for")

    def row_url(self, row: AccountChange) -> str:
        """The page of the one concerned, where it is confirmed."""
        return reverse("organisation:person", args=[row.person_id]) + "#together"


class TrailTable(Table):
    """Changes to the organisation, from the facts."""

    caption = _("Changes to the organisation")
    columns = [
        Column("at", _("When"), sort="at", kind="datetime"),
        Column("sentence", _("What")),
        Column("who", _("Who"), sort="actor"),
        Column("kind", _("Kind"), sort="verb", wide=True),
    ]
    filters = [
        Filter(
            "kind",
            _("Kind"),
            list(selectors.TRAIL_KINDS.items()),
            lambda rows, value: rows.filter(verb__startswith=f"organisation.{value}."),
        )
    ]
    default_sort = "-at"
    page_size = 50
    empty_title = _("Nothing was changed")

    def search_rows(self, rows: Any, text: str) -> Any:
        """Changes by, or to, the people and departments of this name."""
        return rows.filter(selectors.about(text))

    def decorate(self, rows: list[Any]) -> list[Any]:
        """Sentences and names, in bulk."""
        return selectors.told(rows)
