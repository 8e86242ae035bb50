"""What the snapshots below ``HELI_HOME/snapshots`` are called, and which of them may go.

A snapshot holds a register in the clear, so it goes with what it was read from. Its name begins
with the place, then says how it was read, then at which state of the source.
"""

import json
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any

from heli.engines.contracts import Contract, dump_contract
from heli.exchange.connectors import CONNECTORS
from heli.kernel import clock
from heli.kernel.home import folder

SPARED_SECONDS = 3600
"""A file younger than this may belong to a reading that goes on."""
_ENDINGS = {".parquet", ".raw", ".new", ".utf8"}


def key_of(connector: str, contract: Contract, options: Mapping[str, Any]) -> str:
    """With what the names of a resource's snapshots begin.

    Args:
        connector: Name of the class that reads it.
        contract: Its contract.
        options: What the connector is told.
    """
    text = json.dumps(
        [connector, dump_contract(contract), dict(options)], sort_keys=True, default=str
    )
    return _place_key(str(options.get("file") or options.get("source") or "")) + _short(text, 24)


def drop(place: str) -> None:
    """Forget all that was read from a place, ``department/file.csv``."""
    for path in folder("snapshots").glob(f"{_place_key(place)}*"):
        path.unlink(missing_ok=True)


def rename(
    kind: str, contract: Contract, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Let what was read under one name of a file count under another.

    Args:
        kind: Kind of connector.
        contract: What it was read by.
        before: Options with the name that the file had.
        after: Options with the name that it has.
    """
    old, new = (key_of(CONNECTORS[kind].name, contract, options) for options in (before, after))
    for path in folder("snapshots").glob(f"{old}-*.parquet"):
        path.replace(path.with_name(path.name.replace(old, new, 1)))


def sweep(keys: Collection[str], places: Collection[str]) -> int:
    """Delete snapshots that nothing refers to, and what a crash left; returns how many.

    Args:
        keys: Of the resources in the catalogue, as :func:`key_of` makes them.
        places: Files of which every snapshot stays.
    """
    spared = (*keys, *map(_place_key, places))
    before = clock.now().timestamp() - SPARED_SECONDS
    dropped = 0
    for path in folder("snapshots").iterdir():
        if path.suffix not in _ENDINGS or path.name.startswith(spared):
            continue
        try:
            if path.stat().st_mtime < before:
                path.unlink()
                dropped += 1
        except FileNotFoundError:
            continue
    return dropped


def _place_key(place: str) -> str:
    return _short(place, 12)


def _short(text: str, length: int) -> str:
    return sha256(text.encode()).hexdigest()[:length]
