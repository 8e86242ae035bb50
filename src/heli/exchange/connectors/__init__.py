"""Connectors: one way to read records from wherever a department keeps its data.

A kind's module is loaded when a resource of that kind is first opened: the libraries behind them
take far more memory than all of Heli, and most processes read nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from heli.engines.contracts import Condition, Contract
from heli.exchange.errors import UnknownConnectorError, UnknownOptionError

if TYPE_CHECKING:
    import pyarrow as pa


class Connector(Protocol):
    """Reads records of one resource; safe to use from several threads.

    Both ways raise :class:`OSError` where the source cannot be read, answers too late, or gives
    what its contract does not promise. One that sets ``together = False`` would read the whole
    source to find a few subjects; lookups that come at once are then made side by side.
    """

    def lookup(self, subject: str) -> dict[str, Any] | None:
        """The record of one subject, with every field of the contract, or ``None``."""
        ...

    def scan(
        self,
        columns: Sequence[str],
        *,
        where: Sequence[Condition] = (),
        after: str = "",
        limit: int = 0,
        batch_rows: int = 65_536,
    ) -> "Iterator[pa.RecordBatch]":
        """Records in the order of the subject field, as Arrow batches of the contract's types.

        Args:
            columns: Names of contract fields, in the order wanted.
            where: Conditions that records fit; pushed down to the source where it can compare.
            after: Only records whose subject comes after this one; how a list goes on.
            limit: At most so many records; 0 for all.
            batch_rows: At most so many in one batch.
        """
        ...


class NetworkConnector(Connector, Protocol):
    """A connector of a database or API, which can be tried before anything is saved."""

    def peek(self, limit: int) -> list[dict[str, Any]]:
        """A few records as the source holds them, by field name, not yet held against a contract.

        Raises:
            OSError: The source cannot be read.
        """
        ...

    def lacking(self) -> list[str]:
        """Columns that the fields are to be read from and the source has not."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of connector.

    Attributes:
        module: Where its class is.
        name: Of the class, made of a contract and options.
        place: The option that says where the data is: ``file`` or ``source``, each beginning with
            the department that keeps it.
        others: What else its options may hold.
    """

    module: str
    name: str
    place: str
    others: frozenset[str]


def _kind(module: str, name: str, place: str, *others: str) -> Kind:
    return Kind(module, name, place, frozenset({"columns", *others}))


CONNECTORS = {
    "parquet": _kind("parquet", "ParquetConnector", "file"),
    "csv": _kind("text", "CsvConnector", "file", "encoding", "delimiter"),
    "excel": _kind("excel", "ExcelConnector", "file", "sheet"),
    "json": _kind("text", "JsonConnector", "file"),
    "sqlite": _kind("sqlite", "SqliteConnector", "file", "table"),
    "postgresql": _kind("postgres", "PostgresConnector", "source", "table"),
    "mysql": _kind("mysql", "MysqlConnector", "source", "table"),
    "http": _kind(
        "http", "HttpConnector", "source",
        "path", "record_path", "subject_parameter", "records", "paging",
    ),
}  # fmt: skip
"""Kinds of connector by their names in the catalogue."""


def open_connector(kind: str, contract: Contract, options: Mapping[str, Any]) -> Connector:
    """Make the connector of a resource.

    Raises:
        UnknownConnectorError: There is no such kind.
        BadInputError: The options do not suit it.
    """
    known = _known(kind)
    module = import_module(f"{__name__}.{known.module}")
    made: Connector = getattr(module, known.name)(contract, options)
    return made


def place_read(kind: str, options: Mapping[str, Any]) -> str:
    """Where a connector would read, as its options say; begins with the department that keeps it.

    Raises:
        UnknownConnectorError: There is no such kind.
        BadInputError: The options hold what a connector of this kind does not read: it might say
            another place than the one that is read.
    """
    known = _known(kind)
    for name in options:
        if name != known.place and name not in known.others:
            raise UnknownOptionError(
                field="options",
                option=str(name)[:60],
                known=", ".join(sorted({known.place, *known.others})),
            )
    return str(options.get(known.place) or "")


def _known(kind: str) -> Kind:
    if kind not in CONNECTORS:
        raise UnknownConnectorError(field="connector", kind=kind, known=", ".join(CONNECTORS))
    return CONNECTORS[kind]
