"""What a department says about its source: file, table, and which column holds which field."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from heli.engines.contracts import Contract
from heli.errors import BadInputError, gettext_noop
from heli.kernel.home import folder

_FILE = re.compile(r"(?:[a-z][a-z0-9]{0,39}/)?[a-z][a-z0-9_-]{0,62}\.[a-z0-9]{2,8}")
_COLUMN = re.compile(r"[^\x00-\x1f\"'`\\%\[\]{};]{1,64}")
_SOURCE = re.compile(r"[a-z][a-z0-9]{0,39}/[a-z][a-z0-9_-]{0,39}")


def register_file(options: Mapping[str, Any], *endings: str) -> Path:
    """The file below ``HELI_HOME/registers`` that the options name.

    Raises:
        BadInputError: The name is missing, has another ending or leads elsewhere.
    """
    name = options.get("file")
    if (
        not isinstance(name, str)
        or _FILE.fullmatch(name) is None
        or name.rpartition(".")[2] not in endings
    ):
        raise BadInputError(
            field="options", reason=gettext_noop("file must be a name like residents.parquet")
        )
    return folder("registers") / name


def owner_of(options: Mapping[str, Any]) -> str:
    """Whose the source is that the options name: its department, or the file outside of any."""
    source = options.get("source")
    place = str(getattr(source, "address", source) or options.get("file", ""))
    return place.partition("/")[0]


def source_columns(contract: Contract, options: Mapping[str, Any]) -> dict[str, str]:
    """Where each field of the contract is found: its own name, or what ``columns`` says.

    Raises:
        BadInputError: ``columns`` names an unknown field or a column that cannot be one.
    """
    given = options.get("columns", {})
    if (
        not isinstance(given, Mapping)
        or not set(given) <= set(contract.names)
        or not all(isinstance(each, str) and _COLUMN.fullmatch(each) for each in given.values())
    ):
        raise BadInputError(
            field="options", reason=gettext_noop("columns must give a column for contract fields")
        )
    return {name: str(given.get(name, name)) for name in contract.names}


def table_name(options: Mapping[str, Any]) -> tuple[str, ...]:
    """The table or view, as ``(table,)`` or ``(schema, table)``.

    Raises:
        BadInputError: It is missing or cannot be one.
    """
    parts = tuple(str(options.get("table", "")).split("."))
    if len(parts) > 2 or not all(_COLUMN.fullmatch(part) for part in parts):
        raise BadInputError(
            field="options", reason=gettext_noop("table must be the name of a table or view")
        )
    return parts


def choice(options: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    """An option with a few values, of which the first holds where it is not given.

    Raises:
        BadInputError: It is another value.
    """
    value = options.get(name, allowed[0])
    if value not in allowed:
        raise BadInputError(field="options", reason=f"{name}: {', '.join(allowed)}")
    return str(value)


def source_address(options: Mapping[str, Any]) -> str:
    """The address of the registered source, ``department/name``.

    Raises:
        BadInputError: It is missing or malformed.
    """
    given = options.get("source")
    if not isinstance(given, str) or _SOURCE.fullmatch(given) is None:
        raise BadInputError(
            field="options", reason=gettext_noop("source must be the address of a data source")
        )
    return given
