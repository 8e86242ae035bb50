"""Fingerprints: marks that make every extract of the same records one recipient's own.

Values move within the tolerance that a contract declares, records stand in an order of the
recipient's, and decoys stand among them. From a leaked part the recipient is named, with the
probability that somebody innocent would be. Pure: plain data and Arrow columns in and out, no
clock, no files; the secret is given.

What only describes marks is loaded at once; what makes and reads them, with NumPy and Arrow, when
it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from heli.engines.fingerprint.errors import PlanError
from heli.engines.fingerprint.plan import (
    DATE,
    INTEGER,
    MOST_RELATIVE,
    NUMBER,
    TEXT,
    Column,
    Plan,
    Tolerance,
    dump_plan,
    make_plan,
    parse_plan,
)

if TYPE_CHECKING:
    from heli.engines.fingerprint.keys import KeyedRandom, derive
    from heli.engines.fingerprint.marking import Marker
    from heli.engines.fingerprint.reading import Reading, read
    from heli.engines.fingerprint.scoring import (
        Finding,
        Score,
        accuse,
        error_bound,
        log_mean,
        score,
        score_decoys,
    )

_WORKING = {
    "keys": ("KeyedRandom", "derive"),
    "marking": ("Marker",),
    "reading": ("Reading", "read"),
    "scoring": (
        "Finding", "Score", "accuse", "error_bound", "log_mean", "score", "score_decoys",
    ),
}  # fmt: skip
_HOME = {name: module for module, names in _WORKING.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


__all__ = [
    "DATE",
    "INTEGER",
    "MOST_RELATIVE",
    "NUMBER",
    "TEXT",
    "Column",
    "Finding",
    "KeyedRandom",
    "Marker",
    "Plan",
    "PlanError",
    "Reading",
    "Score",
    "Tolerance",
    "accuse",
    "derive",
    "dump_plan",
    "error_bound",
    "log_mean",
    "make_plan",
    "parse_plan",
    "read",
    "score",
    "score_decoys",
]
