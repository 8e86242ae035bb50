"""Departments and people that a log names, found or created.

A group that is called like a department of the city is that department. Any other becomes a
department of the log: not active, so that nobody sends it work, and named as the log names it.
People of a log cannot sign in.
"""

import hashlib
from collections.abc import Iterable, Mapping

from django.utils.text import slugify

from heli.kernel.actor import Actor
from heli.organisation.selectors import Department, Person
from heli.organisation.services import (
    NewDepartment,
    NewPerson,
    create_departments,
    create_people,
)

PREFIX = "log-"


class Units:
    """The departments and people of one log, by the names it gives them.

    Args:
        source: Name of the import.
        by: Who imports.

    Attributes:
        departments: Group to department code.
        people: Resource to person id.
        added_departments: How many were created.
        added_people: How many were created.
    """

    def __init__(self, source: str, by: Actor) -> None:
        self._source = source
        self._by = by
        self.added_departments = 0
        self.added_people = 0
        self.departments: dict[str, str] = {"": ""}
        self.people: dict[str, str] = {"": ""}

    def ensure(self, resources: Mapping[str, str], groups: Iterable[str]) -> None:
        """Find or create every group, and every resource in the group it was seen in first."""
        self._ensure_departments(sorted(set(groups) - self.departments.keys()))
        self._ensure_people(
            {name: group for name, group in resources.items() if name not in self.people}
        )

    def _ensure_departments(self, groups: list[str]) -> None:
        if not groups:
            return
        codes = {group: self._code(group) for group in groups}
        known: dict[str, str] = {}
        found = Department.objects.filter(name_zh__in=groups).exclude(code__startswith=PREFIX)
        known |= {department.name_zh: department.code for department in found}
        found = Department.objects.filter(name_en__in=groups).exclude(code__startswith=PREFIX)
        known |= {department.name_en: department.code for department in found}
        own = set(Department.objects.filter(code__in=codes.values()).values_list("code", flat=True))
        new = [
            NewDepartment(code, group, group, badge_of(group), is_active=False)
            for group, code in codes.items()
            if group not in known and code not in own
        ]
        create_departments(new, actor=self._by)
        self.added_departments += len(new)
        self.departments |= codes | known

    def _ensure_people(self, resources: Mapping[str, str]) -> None:
        if not resources:
            return
        logins = {self._login(name): name for name in resources}
        known = dict(Person.objects.filter(username__in=logins).values_list("username", "pk"))
        new = [
            NewPerson(login, name, department=self.departments[resources[name]], is_active=False)
            for login, name in logins.items()
            if login not in known
        ]
        created = create_people(new, actor=self._by)
        known |= {person.username: person.pk for person in created}
        self.added_people += len(new)
        self.people |= {name: str(known[login]) for login, name in logins.items()}

    def _code(self, group: str) -> str:
        words = slugify(group)[:24].strip("-")
        return f"{PREFIX}{words}{'-' if words else ''}{_short(self._source, group)}"

    def _login(self, resource: str) -> str:
        return f"{PREFIX}{_short(self._source, resource, size=12)}"


def _short(*parts: str, size: int = 4) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=size).hexdigest()


def badge_of(group: str) -> str:
    """One character for a group: its number where it ends in one, else its first character."""
    return group[-1] if group[-1:].isdigit() else group[:1].upper()
