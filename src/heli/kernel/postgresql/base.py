"""The connection; Django looks for it in a module of this name."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db.backends.postgresql import base

from heli.kernel.postgresql.statements import Rows, Statements


class Late(NamedTuple):
    """A write that waits for what comes next: COMMIT, or another statement.

    Attributes:
        sql: Fails, when it runs with COMMIT, where a part of it changed nothing.
        values: Its values.
        fault: The error to raise for one that the database told.
        early: Runs the write in the middle of a transaction.
    """

    sql: bytes
    values: Sequence[Any]
    fault: Callable[[Exception], Exception | None]
    early: Callable[[], None]


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL that can run statements of Heli's own, see ``Statements``."""

    connection: Any
    _late: Late | None = None
    _statements: Statements | None = None

    def get_connection_params(self) -> dict[str, Any]:
        """Django's, and psycopg prepares nothing: it would at times drop what others prepared."""
        return {**super().get_connection_params(), "prepare_threshold": None}

    def run(self, sql: bytes, values: Sequence[Any]) -> Rows:
        """Run a statement with numbered places, after what waits."""
        self._send_late()
        with self.wrap_database_errors:
            return self._own().run(sql, values)

    def may_wait(self) -> bool:
        """Whether a write may wait for the end of a transaction: in the outermost block only."""
        return bool(self.in_atomic_block and not self.savepoint_ids)

    def write_late(self, late: Late) -> None:
        """Write with COMMIT, in one way there and back, or before the next statement.

        What is wrong with it is told then, and the transaction is rolled back.
        """
        self._send_late()
        self._late = late

    def _own(self) -> Statements:
        own = self._statements
        if own is None or own.connection is not self.connection:
            own = self._statements = Statements(self.connection)
        return own

    def _send_late(self) -> None:
        late, self._late = self._late, None
        if late is not None:
            late.early()

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor, after what waits."""
        self._send_late()
        return super().create_cursor(name)

    def _commit(self) -> None:
        late, self._late = self._late, None
        if late is None:
            super()._commit()  # type: ignore[misc]
            return
        with self.wrap_database_errors:
            try:
                self._own().run(late.sql, late.values, commit=True)
            except self.Database.DataError as error:
                self.rollback()
                fault = late.fault(error)
                if fault is None:
                    raise
                self.rollback()  # it may have looked what is there
                raise fault from None

    def _rollback(self) -> None:
        self._late = None
        super()._rollback()  # type: ignore[misc]

    def close(self) -> None:
        """Close; a write that waits is lost with its transaction."""
        self._late = None
        super().close()
