"""Tables and views of SQL databases: one way to ask, three dialects.

Names of columns and tables come from the resource's options and are quoted; every value is a
parameter. Text is compared by code points whatever collation the source uses, so that a list goes
on where it stopped and a code in another case is another code.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pyarrow as pa

from heli.engines.contracts import Condition, Contract, LogicalType, Op
from heli.exchange.connectors.duck import SYMBOLS
from heli.exchange.connectors.faults import Fault, fault_of
from heli.exchange.connectors.options import source_columns, table_name
from heli.exchange.connectors.types import checked_batch, checked_record

Statement = tuple[str, list[Any]]


class SqlConnector(ABC):
    """Reads a table or view.

    Args:
        contract: Names the fields and the one that holds the subject.
        options: ``table``, ``columns``, and what the dialect needs.
    """

    mark = "?"
    quote = '"'
    text = "{}"
    text_value = "?"

    def __init__(self, contract: Contract, options: Mapping[str, Any]) -> None:
        self._contract = contract
        self._columns = source_columns(contract, options)
        self._types = {field.name: field.type for field in contract.fields}
        self._table = ".".join(self._quoted(part) for part in table_name(options))
        self._subject = contract.subject_field.name
        wanted = ", ".join(self._quoted(self._columns[name]) for name in contract.names)
        self._statement = f"SELECT {wanted} FROM {self._table} WHERE {self._is_subject()} LIMIT 1"  # noqa: S608 - names are checked

    @abstractmethod
    def _row(self, sql: str, values: list[Any]) -> Sequence[Any] | None:
        """The first row of a statement.

        Raises:
            OSError: The source does not answer, or not in time.
        """

    @abstractmethod
    def _rows(
        self, sql: str, values: list[Any], size: int
    ) -> AbstractContextManager[Iterator[list[Sequence[Any]]]]:
        """Rows of a statement in lists of at most ``size``, read as they are asked for.

        Raises:
            OSError: The source does not answer, not in time, or stops in the middle.
        """

    def _value(self, value: Any) -> Any:
        """A parameter as the driver takes it."""
        return value

    def _is_subject(self) -> str:
        # The first half finds it by the source's index, the second sees that it is the very same.
        column = self._quoted(self._columns[self._subject])
        return f"{column} = {self.mark} AND {self.text.format(column)} = {self.text_value}"

    def lookup(self, subject: str) -> dict[str, Any] | None:
        """The record of one subject.

        Raises:
            OSError: The source does not answer, or breaks its contract.
        """
        row = self._row(self._statement, [subject, subject])
        if row is None:
            return None
        return checked_record(self._contract, dict(zip(self._contract.names, row, strict=True)))

    def scan(
        self,
        columns: Sequence[str],
        *,
        where: Sequence[Condition] = (),
        after: str = "",
        limit: int = 0,
        batch_rows: int = 65_536,
    ) -> Iterator[pa.RecordBatch]:
        """Records in the order of the subject field.

        Raises:
            OSError: The source does not answer, stops in the middle, or breaks its contract.
        """
        sql, values = self._selection(columns, where, after, limit)
        with self._rows(sql, [self._value(value) for value in values], batch_rows) as chunks:
            for rows in chunks:
                yield checked_batch(self._contract, columns, rows)

    def peek(self, limit: int) -> list[dict[str, Any]]:
        """A few records as the source holds them, in whatever order.

        Raises:
            OSError: The source cannot be read.
        """
        names = self._contract.names
        wanted = ", ".join(self._quoted(self._columns[name]) for name in names)
        sql = f"SELECT {wanted} FROM {self._table} LIMIT {int(limit)}"  # noqa: S608 - names are checked
        with self._rows(sql, [], limit) as chunks:
            return [dict(zip(names, row, strict=True)) for rows in chunks for row in rows]

    def lacking(self) -> list[str]:
        """Columns that the fields are to be read from and the table has not."""
        return [column for column in self._columns.values() if self._lacks(column)]

    def _lacks(self, column: str) -> bool:
        sql = f"SELECT {self._quoted(column)} FROM {self._table} WHERE 1 = 0"  # noqa: S608 - names are checked
        try:
            self._row(sql, [])
        except OSError as error:
            return fault_of(error) is Fault.COLUMN
        return False

    def _selection(
        self, columns: Sequence[str], where: Sequence[Condition], after: str, limit: int
    ) -> Statement:
        subject = self._text(self._subject)
        parts = [self._compared(condition) for condition in where]
        if after:
            parts.append((f"{subject} > {self.text_value}", [after]))
        else:
            parts.append((f"{self._quoted(self._columns[self._subject])} IS NOT NULL", []))
        sql = (
            f"SELECT {', '.join(self._quoted(self._columns[name]) for name in columns)}"  # noqa: S608 - names are checked
            f" FROM {self._table} WHERE {' AND '.join(text for text, _ in parts)}"
            f" ORDER BY {subject}{f' LIMIT {int(limit)}' if limit else ''}"
        )
        return sql, [value for _, given in parts for value in given]

    def _compared(self, condition: Condition) -> Statement:
        name = condition.field
        plain = self._quoted(self._columns[name])
        if condition.op is Op.ABSENT:
            return f"{plain} IS NULL", []
        if condition.op is Op.PREFIX:
            return self._begins(name, str(condition.value))
        if condition.op is Op.IN and not condition.value:
            return "1 = 0", []
        values = [*condition.value] if condition.op is Op.IN else [condition.value]
        as_stored = f"{plain} {_against(condition.op, self.mark, len(values))}"
        if self._types[name] is not LogicalType.STRING:
            return as_stored, values
        exactly = f"{self._text(name)} {_against(condition.op, self.text_value, len(values))}"
        if condition.op in {Op.EQ, Op.IN} and self._is_comparable(name, values):
            # As for one subject: found by the source's index, then seen to be the very same.
            return f"{as_stored} AND {exactly}", [*values, *values]
        return exactly, values

    def _is_comparable(self, name: str, values: Sequence[Any]) -> bool:
        """Whether the source compares a column of text, as it keeps it, with any such values."""
        return True

    def _begins(self, name: str, prefix: str) -> Statement:
        plain = f"substr({self._quoted(self._columns[name])}, 1, {len(prefix)})"
        return f"{self.text.format(plain)} = {self.text_value}", [prefix]

    def _text(self, name: str) -> str:
        """A column of text, to be compared by code points."""
        return self.text.format(self._quoted(self._columns[name]))

    def _quoted(self, name: str) -> str:
        return f"{self.quote}{name.replace(self.quote, self.quote * 2)}{self.quote}"


def _against(op: Op, mark: str, count: int) -> str:
    """What stands to the right of a column."""
    return f"IN ({', '.join([mark] * count)})" if op is Op.IN else f"{SYMBOLS[op]} {mark}"
