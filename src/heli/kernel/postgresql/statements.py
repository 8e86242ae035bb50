"""Statements on one connection to PostgreSQL, sent in as few ways there and back as they can be.

A transaction of two statements costs Django four ways there and back, and each of them is a wait
that is longer than most statements take. Here ``BEGIN`` goes with the first statement and
``COMMIT`` with the last, as a pipeline, and what is run often is prepared on the server. Values
are written and rows are read by psycopg, as its cursors do.
"""

from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence
from itertools import count
from typing import Any

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


class Statements:
    """Runs statements on a connection of psycopg's, which nobody else uses meanwhile."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self.connection = connection
        self._writer = Transformer(connection)
        self._known: OrderedDict[_Key, _Known] = OrderedDict()
        self._forgotten: list[bytes] = []

    def run(self, sql: bytes, values: Sequence[Any], *, commit: bool = False) -> Rows:
        """Run a statement with places ``$1``, ``$2`` …; begins a transaction where one is due.

        Args:
            sql: The statement.
            values: As many as it has places.
            commit: Commit the transaction, too, if the statement succeeds.

        Raises:
            psycopg.Error: As its cursors do. A transaction is then to be rolled back.
        """
        if len(values) > MOST_VALUES:
            raise psycopg.DataError(f"{len(values)} values in one statement, not {MOST_VALUES}")
        raw, writer = self.connection.pgconn, self._writer
        given = writer.dump_sequence(values, [PyFormat.AUTO] * len(values))
        known = self._recall((sql, writer.types or ()))
        raw.enter_pipeline_mode()
        try:
            place, new = self._send(known, sql, given)
            if commit:
                raw.send_query_params(b"COMMIT", None)
            raw.pipeline_sync()
            answers = self.connection.wait(_answers(raw, place + 1 + commit))
        finally:
            if raw.status == ConnStatus.OK:
                raw.exit_pipeline_mode()
        if new and answers[place - 1].status == ExecStatus.COMMAND_OK:
            known.name = new
        for answer in answers:
            if answer.status == ExecStatus.FATAL_ERROR:
                raise psycopg.errors.error_from_result(answer, encoding="utf-8")
        return _rows(answers[place], known, self.connection)

    def _send(self, known: _Known, sql: bytes, given: Sequence[Any]) -> tuple[int, bytes]:
        """Note a statement and what goes before it; returns how much that is, and a new name."""
        raw, types, formats = self.connection.pgconn, self._writer.types, self._writer.formats
        before, new = 0, b""
        if not self.connection.autocommit and raw.transaction_status == TransactionStatus.IDLE:
            raw.send_query_params(b"BEGIN", None)
            before += 1
        while self._forgotten:
            raw.send_query_params(b"DEALLOCATE " + self._forgotten.pop(), None)
            before += 1
        if not known.name and known.runs >= PREPARE_FROM:
            new = b"heli_%d" % next(_names)
            raw.send_prepare(new, sql, types)
            before += 1
        if name := known.name or new:
            raw.send_query_prepared(name, given, formats)
        else:
            raw.send_query_params(sql, given, types, formats)
        return before, new

    def _recall(self, key: _Key) -> _Known:
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _Known()
            if len(self._known) > KEPT:
                _, gone = self._known.popitem(last=False)
                if gone.name:
                    self._forgotten.append(gone.name)
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
