"""Connectors: one way to read one subject from wherever a department keeps its data."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from heli.engines.contracts import Contract
from heli.exchange.connectors.parquet import ParquetConnector
from heli.exchange.errors import UnknownConnectorError


class Connector(Protocol):
    """Reads records of one resource; safe to use from several threads."""

    def lookup(self, subject: str) -> dict[str, Any] | None:
        """The record of one subject, with every field of the contract, or ``None``."""
        ...


CONNECTORS: dict[str, Callable[[Contract, Mapping[str, Any]], Connector]] = {
    "parquet": ParquetConnector,
}
"""Kinds of connector and how one is made from a contract and the resource's options."""


def open_connector(kind: str, contract: Contract, options: Mapping[str, Any]) -> Connector:
    """Make the connector of a resource.

    Raises:
        UnknownConnectorError: There is no such kind.
        BadInputError: The options do not suit it.
    """
    if kind not in CONNECTORS:
        raise UnknownConnectorError(field="connector", kind=kind, known=", ".join(CONNECTORS))
    return CONNECTORS[kind](contract, options)
