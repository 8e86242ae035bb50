"""DuckDB over Parquet files under ``HELI_HOME/registers``."""

import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from heli.engines.contracts import Contract
from heli.errors import BadInputError, gettext_noop
from heli.kernel.home import folder

_FILE = re.compile(r"[a-z][a-z0-9_]{0,62}\.parquet")


class _Engine:
    """One DuckDB instance for the process; each thread has a cursor of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._local = threading.local()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = getattr(self._local, "cursor", None)
        if cursor is None:
            with self._lock:
                if self._connection is None:
                    self._connection = duckdb.connect(
                        config={
                            "threads": 2,
                            "memory_limit": "256MB",
                            "enable_external_access": True,
                            "autoinstall_known_extensions": False,
                            "parquet_metadata_cache": True,
                        }
                    )
                cursor = self._connection.cursor()
            self._local.cursor = cursor
        return cursor


_engine = _Engine()


class ParquetConnector:
    """Looks one subject up in a Parquet file.

    The statement is made of contract field names, which the contract's own rules limit to
    lower-case letters, digits and underscores, and of two parameters; nothing a caller sends
    becomes part of it.

    Args:
        contract: Names the columns and the one that holds the subject.
        options: ``{"file": "residents.parquet"}``, a name below ``HELI_HOME/registers``.

    Raises:
        BadInputError: The file name is missing or leads elsewhere.
    """

    def __init__(self, contract: Contract, options: Mapping[str, Any]) -> None:
        name = str(options.get("file", ""))
        if _FILE.fullmatch(name) is None:
            raise BadInputError(
                field="options", reason=gettext_noop("file must be a name like residents.parquet")
            )
        self._path: Path = folder("registers") / name
        self._names = contract.names
        columns = ", ".join(f'"{column}"' for column in contract.names)
        self._statement = (
            f"SELECT {columns} FROM read_parquet(?) "  # noqa: S608 - names are checked above
            f'WHERE "{contract.subject_field.name}" = ? LIMIT 1'
        )

    def lookup(self, subject: str) -> dict[str, Any] | None:
        """The record of one subject.

        Raises:
            OSError: The file cannot be read or lacks a column of the contract.
        """
        try:
            row = _engine.cursor().execute(self._statement, [str(self._path), subject]).fetchone()
        except duckdb.Error as error:
            raise OSError(type(error).__name__) from error
        return None if row is None else dict(zip(self._names, row, strict=True))
