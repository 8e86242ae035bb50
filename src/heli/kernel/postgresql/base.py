"""The connection; Django looks for it in a module of this name."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db.backends.postgresql import base
from django.db.utils import DataError, Error

from heli.kernel.postgresql.statements import Bound, Rows, Statements


class Late(NamedTuple):
    """A write that waits for what comes next: COMMIT, or another statement.

    Attributes:
        statement: Fails, when it runs with COMMIT, where a part of it changed nothing.
        fault: What to raise for an error that the database told of its values; None: the error.
        early: Runs the write in the middle of a transaction.
    """

    statement: Bound
    fault: Callable[[DataError], Exception | None]
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
            own = self._own()
            return own.run(own.bind(sql, values))

    def may_wait(self) -> bool:
        """Whether a write may wait for the end of a transaction: in the outermost block only."""
        return bool(self.in_atomic_block and not self.savepoint_ids and not self.needs_rollback)

    def write_late(
        self,
        sql: bytes,
        values: Sequence[Any],
        fault: Callable[[DataError], Exception | None],
        early: Callable[[], None],
    ) -> None:
        """Write with COMMIT, in one way there and back, or before the next statement.

        What the database finds wrong is told then, and the transaction is rolled back; values
        that cannot be written are told here. See ``Late``.
        """
        self._send_late()
        with self.wrap_database_errors:
            self._late = Late(self._own().bind(sql, values), fault, early)

    def _own(self) -> Statements:
        own = self._statements
        if own is None or own.connection is not self.connection:
            own = self._statements = Statements(self.connection)
        return own

    def _send_late(self) -> None:
        late, self._late = self._late, None
        if late is not None:
            late.early()

    def validate_no_broken_transaction(self) -> None:
        """Django asks this before every statement of its cursors: what waits goes first."""
        super().validate_no_broken_transaction()
        self._send_late()

    def _commit(self) -> None:
        late, self._late = self._late, None
        if late is None:
            super()._commit()  # type: ignore[misc]
            return
        try:
            with self.wrap_database_errors:
                self._own().run(late.statement, commit=True)
        except BaseException as error:
            self._undo()  # at its end a block of Django's undoes errors of the database only
            try:
                fault = late.fault(error) if isinstance(error, DataError) else None
            finally:
                self._undo()  # it may have looked what is there
            if fault is None:
                raise
            raise fault from None

    def _undo(self) -> None:
        try:
            self.rollback()
        except Error:
            self.close()

    def _rollback(self) -> None:
        self._late = None
        super()._rollback()  # type: ignore[misc]

    def close(self) -> None:
        """Close; a write that waits is lost with its transaction."""
        self._late = None
        super().close()
