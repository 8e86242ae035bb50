"""The connection; Django looks for it in a module of this name.

A step of a matter is a transaction of four statements. Django sends ``BEGIN`` and ``COMMIT``
through a cursor, its wrappers and two context managers, which costs more than SQLite needs for
either.
"""

from typing import Any

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to SQLite. Where somebody listens to statements, everything is Django's."""

    connection: Any
    transaction_mode: str | None

    def _start_transaction_under_autocommit(self) -> None:
        if self.force_debug_cursor or self.execute_wrappers:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
            return
        begin = "BEGIN" if self.transaction_mode is None else f"BEGIN {self.transaction_mode}"
        with self.wrap_database_errors:
            self.connection.execute(begin)

    def _commit(self) -> None:
        if self.connection is None or self.force_debug_cursor:
            super()._commit()  # type: ignore[misc]
            return
        with self.wrap_database_errors:
            self.connection.commit()
