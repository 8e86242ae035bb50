"""Calibration: demand from traffic counts at equilibrium, tastes from what shops sell.

**Demand.** A few parameters correct the tables of trips: for each district the level of the trips
that people make from there, the level of each other use that is counted apart (taxis, freight), and
one for distance, by which longer trips of people get rarer or more frequent while each origin keeps
its number. Public transport is corrected as car trips are. They minimise

    Σ (modelled - counted)² / counted  +  Σ (parameter / its spread)²

over counts, modelled at user equilibrium: squares in the unit of the GEH statistic, and a weak pull
to what the source says, so that what counts do not tell stays as it was. The method is
Levenberg-Marquardt within bounds. Derivatives of counts of all vehicles are differences of
equilibria; counts of one use hold routes, since an equilibrium leaves open who takes which of two
equal ways (each origin's flows scale with its level: Spiess 1990). For the same reason a level of
one use is known less well. Every step is judged at its own equilibrium, so that none makes it
worse.

**Tastes.** Attraction, decay and outside option by :mod:`heli.engines.commerce.calibrating`, at the
travel times of the calibrated demand. An assumption's stated range moves with its value, and grows
where two standard errors need more.

A part of the counts is kept apart, both directions of a road together, chosen by the hash of their
names. Everything is deterministic: the same data gives the same city.
"""

from collections.abc import Mapping
from typing import Any

from heli.twin.calibrating_demand import Counts, DemandSearch
from heli.twin.calibrating_limits import Limits
from heli.twin.calibrating_tastes import fit_tastes
from heli.twin.city import City
from heli.twin.state import base_state

SHAPE = "heli-fit/1"


def calibrate(
    city: City,
    counts: Mapping[str, Mapping[str, float]],
    sales: Mapping[str, float],
    limits: Limits | None = None,
    sources: Mapping[str, str] | None = None,
) -> tuple[City, dict[str, Any]]:
    """A city that agrees with what was observed, and how well it does.

    Args:
        city: As its sources say.
        counts: Vehicles an hour by use (``""`` for all) and link.
        sales: Yuan a day by shop.
        limits: Within what parameters may lie.
        sources: Where ``counts`` and ``sales`` come from, for what is told.

    Returns:
        The city and its fit, plain data of the shape :data:`SHAPE`; the guide
        ``docs/how-to/build-a-city-model.md`` describes it.

    Raises:
        HeliError: Demand has no path, or sales do not tell tastes.
    """
    limits, sources = limits or Limits(), sources or {}
    fit: dict[str, Any] = {"shape": SHAPE}
    state = None
    if counts:
        found = DemandSearch(city, Counts.of(city, counts, limits.hold_out), limits)
        first, best, rounds = found.search()
        city, state = found.city_at(best.values), best.state
        fit["traffic"] = found.told(first, best, rounds) | {"source": sources.get("counts", "")}
    if sales:
        city, told = fit_tastes(city, state or base_state(city), sales, sources.get("sales", ""))
        fit["commerce"] = told
    return city, fit
