"""Conformance: whether a live endpoint keeps the contract it promises."""

from heli.exchange.conformance.report import (
    CHECK_TITLES,
    Check,
    Detail,
    Outcome,
    Report,
    State,
    length_words,
    read_outcomes,
)
from heli.exchange.conformance.run import Wanted, conform

__all__ = [
    "CHECK_TITLES",
    "Check",
    "Detail",
    "Outcome",
    "Report",
    "State",
    "Wanted",
    "conform",
    "length_words",
    "read_outcomes",
]
