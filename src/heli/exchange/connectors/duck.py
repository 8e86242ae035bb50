"""DuckDB, which reads the columnar form of every file."""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from heli.engines.contracts import Condition, Contract, LogicalType, Op
from heli.exchange.connectors.deadlines import BATCH_SECONDS, LOOKUP_SECONDS
from heli.exchange.connectors.held import MOST_OF_ONE, held
from heli.exchange.connectors.types import arrow_schema, checked_record
from heli.kernel.deadlines import within
from heli.kernel.home import folder

MOST_ROWS = 200_000
"""Records of a file that is held in memory."""


class _Engine:
    """One DuckDB instance for the process; each thread has a cursor of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._local = threading.local()

    def fresh(self) -> duckdb.DuckDBPyConnection:
        """A cursor of one's own, for what is read bit by bit."""
        with self._lock:
            if self._connection is None:
                self._connection = duckdb.connect(
                    config={
                        "threads": 2,
                        "memory_limit": "256MB",
                        "temp_directory": str(folder("snapshots") / f"spill-{os.getpid()}"),
                        "enable_external_access": True,
                        "autoinstall_known_extensions": False,
                        "parquet_metadata_cache": True,
                    }
                )
            return self._connection.cursor()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """The thread's cursor, for what is read at once."""
        cursor = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._local.cursor = self.fresh()
        return cursor


engine = _Engine()


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


class ParquetReader:
    """Reads records from a Parquet file; the path may change from call to call.

    Statements are made of names that the contract's and the options' own rules limit, and of
    parameters; nothing a caller sends becomes part of them.

    Args:
        contract: Names the fields and the one that holds the subject.
        columns: The column of each field.
    """

    def __init__(self, contract: Contract, columns: Mapping[str, str]) -> None:
        self._contract = contract
        self._columns = columns
        self._names = contract.names
        self._schema = arrow_schema(contract, self._names)
        self._shape = (
            self._schema,
            contract.subject_field.name,
            *(columns[n] for n in self._names),
        )
        self._subject_name = contract.subject_field.name
        self._subject = quoted(columns[self._subject_name])
        wanted = ", ".join(quoted(columns[name]) for name in contract.names)
        self._statement = f"SELECT {wanted} FROM read_parquet(?) WHERE {self._subject} = ? LIMIT 1"  # noqa: S608 - names are checked

    def lookup(self, path: Path, subject: str) -> dict[str, Any] | None:
        """The record of one subject.

        Raises:
            OSError: The file cannot be read, lacks a column, or holds another type.
        """
        cursor = engine.cursor()
        try:
            with within(LOOKUP_SECONDS, cursor.interrupt):
                row = cursor.execute(self._statement, [str(path), subject]).fetchone()
        except duckdb.Error as error:
            raise OSError(type(error).__name__) from error
        if row is None:
            return None
        return checked_record(self._contract, dict(zip(self._names, row, strict=True)))

    def scan(
        self,
        path: Path,
        columns: Sequence[str],
        *,
        where: Sequence[Condition] = (),
        after: str = "",
        limit: int = 0,
        batch_rows: int = 65_536,
        ordered: bool = True,
    ) -> Iterator[pa.RecordBatch]:
        """Records in the order of the subject field, or in none, which takes no memory to sort.

        Raises:
            OSError: The file cannot be read, lacks a column or holds another type.
        """
        if not after and not limit and (subjects := self._among(where)) is not None:
            whole = held.table(path, self._shape, lambda: self._whole(path))
            if whole is not None:
                yield from _picked(whole, self._subject_name, subjects, columns, batch_rows)
                return
        schema = arrow_schema(self._contract, columns)
        sql, values = self._selection(columns, where, after, limit, ordered)
        cursor = engine.fresh()
        try:
            with within(BATCH_SECONDS, cursor.interrupt):
                found = cursor.sql(sql, params=[str(path), *values])
                reader = iter(found.to_arrow_reader(batch_rows))
            while True:
                with within(BATCH_SECONDS, cursor.interrupt):
                    batch = next(reader, None)
                if batch is None:
                    return
                yield batch.cast(schema)
        except (duckdb.Error, pa.ArrowException) as error:
            raise OSError(type(error).__name__) from error
        finally:
            cursor.close()

    def _among(self, where: Sequence[Condition]) -> Sequence[str] | None:
        """The subjects that are asked for, where nothing else is asked."""
        if len(where) != 1 or where[0].op is not Op.IN or where[0].field != self._subject_name:
            return None
        return where[0].value if self._contract.subject_field.type is LogicalType.STRING else None

    def _whole(self, path: Path) -> pa.Table | None:
        """All records in the order of the subjects; ``None`` where memory is not for that.

        Raises:
            OSError: The file cannot be read.
        """
        import pyarrow.parquet as pq  # 9 MB that only look-ups need

        found, size = [], 0
        try:
            # Few octets can hold many records, and a search need not sort them.
            if pq.read_metadata(path).num_rows > MOST_ROWS:
                return None
            for batch in self.scan(path, self._names, batch_rows=16_384):
                found.append(batch)
                size += batch.nbytes
                if size > MOST_OF_ONE:
                    return None
        except pa.ArrowException as error:
            raise OSError(type(error).__name__) from error
        except OSError as error:
            if isinstance(error.__cause__, pa.ArrowException | duckdb.ConversionException):
                # One record that is not of the contract's types must not spoil it for the others.
                return None
            raise
        return pa.Table.from_batches(found, self._schema).combine_chunks()

    def _selection(
        self,
        columns: Sequence[str],
        where: Sequence[Condition],
        after: str,
        limit: int,
        ordered: bool,
    ) -> tuple[str, list[Any]]:
        parts = [self._compared(condition) for condition in where]
        parts.append((f"{self._subject} > ?", [after]) if after else
                     (f"{self._subject} IS NOT NULL", []))  # fmt: skip
        wanted = ", ".join(f"{quoted(self._columns[each])} AS {quoted(each)}" for each in columns)
        sql = (
            f"SELECT {wanted} FROM read_parquet(?)"  # noqa: S608 - names are checked
            f" WHERE {' AND '.join(text for text, _ in parts)}"
            f"{f' ORDER BY {self._subject}' if ordered else ''}"
            f"{f' LIMIT {int(limit)}' if limit else ''}"
        )
        return sql, [value for _, given in parts for value in given]

    def _compared(self, condition: Condition) -> tuple[str, list[Any]]:
        """A condition as SQL with its values."""
        column = quoted(self._columns[condition.field])
        if condition.op is Op.ABSENT:
            return f"{column} IS NULL", []
        if condition.op is Op.PREFIX:
            return f"starts_with({column}, ?)", [condition.value]
        if condition.op is Op.IN:
            if not condition.value:
                return "false", []
            return f"{column} IN ({', '.join('?' * len(condition.value))})", list(condition.value)
        return f"{column} {SYMBOLS[condition.op]} ?", [condition.value]


def _picked(
    whole: pa.Table, subject: str, wanted: Sequence[str], columns: Sequence[str], batch_rows: int
) -> list[pa.RecordBatch]:
    """The records of some subjects, in the order of the table.

    Raises:
        OSError: A subject is no text that a file can hold.
    """
    import pyarrow.compute as pc  # 9 MB that only look-ups need

    try:
        named = pc.is_in(whole[subject], value_set=pa.array(wanted, pa.string()))
    except (pa.ArrowException, UnicodeError) as error:
        raise OSError(type(error).__name__) from error
    return whole.select(list(columns)).filter(named).to_batches(max_chunksize=batch_rows)


SYMBOLS = {Op.EQ: "=", Op.NE: "<>", Op.LT: "<", Op.LE: "<=", Op.GT: ">", Op.GE: ">="}
