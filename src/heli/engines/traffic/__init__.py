"""Traffic: static user equilibrium on road networks, several classes, to any gap.

Networks and trips are read from text (``tntp``, ``gmns``, ``geojson``) or built from rows;
:func:`assign` finds the equilibrium, from nothing or from the solution of a similar network.
Pure: plain data and NumPy arrays in and out, no clock, no files.

What only describes is loaded at once; what computes, with Numba, when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from heli.engines.traffic.demand import Trips, UserClass, build_trips
from heli.engines.traffic.errors import (
    BadQuantityError,
    BadTurnError,
    DuplicateError,
    ForeignBaseError,
    MissingColumnError,
    NoFixedPointError,
    RuleWithoutClassError,
    TollWithoutValueError,
    TrafficError,
    TripsToMissingZoneError,
    UnknownClassError,
    UnknownLinkError,
    UnknownNodeError,
    UnreadableRowError,
)
from heli.engines.traffic.fleet import FleetClass, Group, Rule, make_classes
from heli.engines.traffic.network import Link, Network, build_network

if TYPE_CHECKING:
    from heli.engines.traffic.elastic import (
        Alternative,
        Consistent,
        assign_consistently,
        elastic_response,
        mode_response,
    )
    from heli.engines.traffic.slices import Day, Slice, assign_slices
    from heli.engines.traffic.solve import DisconnectedPair, Solution, assign

_WORKING = {
    "elastic": (
        "Alternative", "Consistent", "assign_consistently", "elastic_response", "mode_response",
    ),
    "slices": ("Day", "Slice", "assign_slices"),
    "solve": ("DisconnectedPair", "Solution", "assign"),
}  # fmt: skip
_HOME = {name: module for module, names in _WORKING.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


__all__ = [
    "Alternative",
    "BadQuantityError",
    "BadTurnError",
    "Consistent",
    "Day",
    "DisconnectedPair",
    "DuplicateError",
    "FleetClass",
    "ForeignBaseError",
    "Group",
    "Link",
    "MissingColumnError",
    "Network",
    "NoFixedPointError",
    "Rule",
    "RuleWithoutClassError",
    "Slice",
    "Solution",
    "TollWithoutValueError",
    "TrafficError",
    "Trips",
    "TripsToMissingZoneError",
    "UnknownClassError",
    "UnknownLinkError",
    "UnknownNodeError",
    "UnreadableRowError",
    "UserClass",
    "assign",
    "assign_consistently",
    "assign_slices",
    "build_network",
    "build_trips",
    "elastic_response",
    "make_classes",
    "mode_response",
]
