"""Statements on one connection to PostgreSQL, sent in as few ways there and back as they can be.

A transaction of two statements costs Django four ways there and back, and each of them is a wait
that is longer than most statements take. Here ``BEGIN`` goes with the first statement and
``COMMIT`` with the last, as a pipeline, and what is run often is prepared on the server. Values
are written and rows are read by psycopg, as its cursors do.
"""

from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence
from itertools import count
from typing import Any, NamedTuple

import psycopg
from psycopg import generators
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.waiting import Ready, Wait

PREPARE_FROM = 3
"""At which of its runs a statement is prepared."""
KEPT = 200
"""Statements that are prepared on a connection at most; the longest unused one goes."""
MOST_VALUES = 65_535
"""What the protocol has room for in one statement."""

_names = count()
# The table changed so that the rows would be others, or somebody ended what was prepared.
_OUTDATED = (psycopg.errors.FeatureNotSupported, psycopg.errors.InvalidSqlStatementName)
_Key = tuple[bytes, tuple[int, ...]]


class Rows:
    """What a statement gave, as a cursor has it."""

    __slots__ = ("_left", "rowcount")

    def __init__(self, rows: Sequence[tuple[Any, ...]], rowcount: int) -> None:
        self._left = iter(rows)
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self._left

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row, if there is one."""
        return next(self._left, None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows that are left."""
        return list(self._left)


class _Known:
    """A statement that was run before: its name once it is prepared, and what reads its rows."""

    __slots__ = ("name", "reader", "runs")

    def __init__(self) -> None:
        self.runs = 0
        self.name = b""
        self.reader: Any = None


class Bound(NamedTuple):
    """A statement with its values as they go over the wire."""

    known: _Known
    sql: bytes
    values: Sequence[Any]
    types: Sequence[int]
    formats: Sequence[int] | None


class Statements:
    """Runs statements on a connection of psycopg's, which nobody else uses meanwhile."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self.connection = connection
        self._writer = Transformer(connection)
        self._known: OrderedDict[_Key, _Known] = OrderedDict()
        self._forgotten: list[bytes] = []

    def bind(self, sql: bytes, values: Sequence[Any]) -> Bound:
        """A statement with places ``$1``, ``$2`` … and as many values.

        Raises:
            psycopg.Error: A value cannot be written, or there are too many.
            UnicodeEncodeError: A text is no text.
        """
        if len(values) > MOST_VALUES:
            raise psycopg.DataError(f"{len(values)} values in one statement, not {MOST_VALUES}")
        writer = self._writer
        given = writer.dump_sequence(values, [PyFormat.AUTO] * len(values))
        types = writer.types or ()
        return Bound(self._recall((sql, types)), sql, given, types, writer.formats)

    def run(self, bound: Bound, *, commit: bool = False) -> Rows:
        """Run a statement; begins a transaction where one is due.

        Args:
            bound: The statement.
            commit: Commit the transaction, too, if the statement succeeds.

        Raises:
            psycopg.Error: As its cursors do. A transaction is then to be rolled back.
        """
        known = bound.known
        answers, place, new = self._exchange(bound, commit)
        if new and answers[place - 1].status == ExecStatus.COMMAND_OK:
            known.name, known.reader = new, None
        for answer in answers:
            if answer.status == ExecStatus.FATAL_ERROR:
                error = psycopg.errors.error_from_result(answer, encoding="utf-8")
                if known.name and isinstance(error, _OUTDATED):
                    self._forget(known)
                raise error
        return _rows(answers[place], known, self.connection)

    def _exchange(self, bound: Bound, commit: bool) -> tuple[list[Any], int, bytes]:
        """Send and receive: all answers, which of them is the statement's, and its new name."""
        raw = self.connection.pgconn
        raw.enter_pipeline_mode()
        try:
            place, new = self._send(bound)
            if commit:
                raw.send_query_params(b"COMMIT", None)
            raw.pipeline_sync()
            return self.connection.wait(_answers(raw, place + 1 + commit)), place, new
        except BaseException:
            if raw.transaction_status == TransactionStatus.ACTIVE:
                raw.finish()  # nobody would read what is still to come
            raise
        finally:
            if raw.status == ConnStatus.OK:
                raw.exit_pipeline_mode()

    def _send(self, bound: Bound) -> tuple[int, bytes]:
        """Note a statement and what goes before it; returns how much that is, and a new name."""
        raw, known = self.connection.pgconn, bound.known
        before, new = 0, b""
        if not self.connection.autocommit and raw.transaction_status == TransactionStatus.IDLE:
            raw.send_query_params(self.connection._get_tx_start_command(), None)
            before += 1
        while self._forgotten:
            raw.send_close_prepared(self._forgotten.pop())
            before += 1
        if not known.name and known.runs >= PREPARE_FROM:
            new = b"heli_%d" % next(_names)
            raw.send_prepare(new, bound.sql, bound.types)
            before += 1
        if name := known.name or new:
            raw.send_query_prepared(name, bound.values, bound.formats)
        else:
            raw.send_query_params(bound.sql, bound.values, bound.types, bound.formats)
        return before, new

    def _forget(self, known: _Known) -> None:
        self._forgotten.append(known.name)
        known.name, known.runs = b"", 0

    def _recall(self, key: _Key) -> _Known:
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _Known()
            if len(self._known) > KEPT:
                _, gone = self._known.popitem(last=False)
                if gone.name:
                    self._forget(gone)
        else:
            self._known.move_to_end(key)
        known.runs += 1
        return known


def _answers(raw: Any, expected: int) -> Generator[Any, Any, Any]:
    """Send what is noted and receive an answer for each part, as psycopg's generators do.

    Parts behind one that failed are not run.
    """
    while raw.flush():
        if (yield Wait.RW) & Ready.R:
            raw.consume_input()
    answers: list[Any] = []
    for _ in range(expected):
        answers += yield from generators.fetch_many(raw)
    yield from generators.fetch_many(raw)  # the end of the pipeline
    return answers


def _rows(result: Any, known: _Known, connection: Any) -> Rows:
    counted = result.command_tuples
    if result.status != ExecStatus.TUPLES_OK:
        return Rows((), -1 if counted is None else counted)
    reader = known.reader
    if reader is None or not known.name:
        reader = known.reader = Transformer(connection)
        reader.set_pgresult(result)
    else:
        reader.set_pgresult(result, set_loaders=False)
    rows = reader.load_rows(0, result.ntuples, tuple)
    reader.set_pgresult(None, set_loaders=False)
    return Rows(rows, result.ntuples if counted is None else counted)
