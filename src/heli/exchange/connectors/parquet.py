"""Parquet files under ``HELI_HOME/registers``."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from heli.engines.contracts import Condition, Contract
from heli.exchange.connectors.duck import ParquetReader
from heli.exchange.connectors.options import register_file, source_columns
from heli.exchange.connectors.snapshots import file_changed_at


class ParquetConnector:
    """Reads a Parquet file.

    Args:
        contract: Names the fields and the one that holds the subject.
        options: ``{"file": "residents.parquet"}``, a name below ``HELI_HOME/registers``, and
            ``columns`` where they are called otherwise than the fields.

    Raises:
        BadInputError: The file name is missing or leads elsewhere.
    """

    def __init__(self, contract: Contract, options: Mapping[str, Any]) -> None:
        self._path = register_file(options, "parquet")
        self._reader = ParquetReader(contract, source_columns(contract, options))

    def lookup(self, subject: str) -> dict[str, Any] | None:
        """The record of one subject.

        Raises:
            OSError: The file cannot be read or lacks a column of the contract.
        """
        return self._reader.lookup(self._path, subject)

    def changed_at(self) -> dt.datetime:
        """When the file was last replaced or written to."""
        return file_changed_at(self._path)

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
            OSError: The file cannot be read, lacks a column or holds another type.
        """
        return self._reader.scan(
            self._path, columns, where=where, after=after, limit=limit, batch_rows=batch_rows
        )

    def sweep(
        self, columns: Sequence[str], *, where: Sequence[Condition] = (), limit: int = 0
    ) -> Iterator[pa.RecordBatch]:
        """Records in no order, for extracts: a whole register is not sorted first.

        Raises:
            OSError: The file cannot be read, lacks a column or holds another type.
        """
        return self._reader.scan(self._path, columns, where=where, limit=limit, ordered=False)
