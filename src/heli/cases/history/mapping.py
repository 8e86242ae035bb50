"""Which column of an event log plays which role.

Names of the XES standard (IEEE 1849-2023) and of the flattened form that process-mining tools
write as CSV are recognised by themselves; any other is told by ``--map role=column``.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from heli.errors import BadInputError, gettext_noop

ROLES: dict[str, str] = {
    "case": "case:concept:name",
    "activity": "concept:name",
    "time": "time:timestamp",
    "group": "org:group",
    "resource": "org:resource",
    "lifecycle": "lifecycle:transition",
    "start": "case:startdate",
    "deadline": "case:deadline",
    "end": "case:enddate",
}
REQUIRED = ("case", "activity", "time")


class MissingColumnsError(BadInputError):
    """The log lacks columns without which its rows are no events."""

    code = "cases.history.missing_columns"
    message = gettext_noop("The log has no column for: {missing}. Its columns are: {columns}.")
    remedy = gettext_noop("Say which column it is, for example: {example}")


class UnknownRoleError(BadInputError):
    """``--map`` named something that is not a role."""

    code = "cases.history.unknown_role"
    message = gettext_noop("«{given}» is not of the form role=column with a known role.")
    remedy = gettext_noop("The roles are: {roles}. Example: --map group=Department")


class UnknownColumnError(BadInputError):
    """``--map`` named a column that the log does not have."""

    code = "cases.history.unknown_column"
    message = gettext_noop("The log has no column «{column}». Its columns are: {columns}.")
    remedy = gettext_noop("Write the column as it stands in the log; nearest: «{nearest}».")


class AmbiguousColumnError(BadInputError):
    """A column that is needed stands twice in the header."""

    code = "cases.history.ambiguous_column"
    message = gettext_noop("The column «{column}» stands {count} times in the header.")
    remedy = gettext_noop("Give each column a name of its own and import again.")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """The column of each role that the log has.

    Attributes:
        columns: Role to column name; roles the log does not have are absent.
    """

    columns: Mapping[str, str]

    @property
    def names(self) -> Sequence[str]:
        """The columns to read, in the order of :data:`ROLES`; empty where a role is absent."""
        return [self.columns.get(role, "") for role in ROLES]


def parse_map(given: Iterable[str]) -> dict[str, str]:
    """Read ``role=column`` pairs; a role may also be given by its XES name.

    Raises:
        UnknownRoleError: One is not of that form or names no role.
    """
    standard = {column: role for role, column in ROLES.items()}
    pairs: dict[str, str] = {}
    for item in given:
        name, equals, column = item.partition("=")
        role = standard.get(name.strip(), name.strip())
        if not equals or role not in ROLES or not column:
            raise UnknownRoleError(given=item, roles=", ".join(ROLES), field="map")
        pairs[role] = column
    return pairs


def resolve(columns: Sequence[str], given: Mapping[str, str]) -> ColumnMap:
    """Decide the column of each role: as given, else the standard name where present.

    Args:
        columns: The log's columns.
        given: Role to column, from :func:`parse_map`.

    Raises:
        UnknownColumnError: A given column is not in the log.
        MissingColumnsError: Case, activity or time has no column.
        AmbiguousColumnError: A chosen column stands twice.
    """
    for column in given.values():
        if column not in columns:
            near = difflib.get_close_matches(column, columns, n=1, cutoff=0.0)
            raise UnknownColumnError(
                column=column, columns=_listed(columns), nearest=(near or [""])[0], field="map"
            )
    chosen = {
        role: given.get(role, standard)
        for role, standard in ROLES.items()
        if role in given or standard in columns
    }
    missing = [role for role in REQUIRED if role not in chosen]
    if missing:
        raise MissingColumnsError(
            missing=", ".join(f"{role} ({ROLES[role]})" for role in missing),
            columns=_listed(columns),
            example=" ".join(f"--map {role}=COLUMN" for role in missing),
            field="map",
        )
    for column in chosen.values():
        if columns.count(column) > 1:
            raise AmbiguousColumnError(column=column, count=columns.count(column))
    return ColumnMap(chosen)


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(column if len(column) <= 40 else f"{column[:39]}…" for column in columns[:40])
    return f"{shown}, …" if len(columns) > 40 else shown
