"""Values of every link and zone for maps, from the same ledgers as the figures."""

from typing import Any

import numpy as np

from heli.arrays import Numbers
from heli.engines.exposure.dispersion import concentration
from heli.twin.city import POLLUTANTS, RECEPTORS
from heli.twin.evaluating import Evaluation
from heli.twin.ledgers import QUANTITIES, SECONDS

DIGITS = 6
"""Significant digits of what is drawn."""


def map_values(found: Evaluation) -> dict[str, dict[str, list[float]]]:
    """What maps show, by layer; links in the order of the city's roads, zones in that of its zones.

    ========== =============================================== ===========
    layer      what                                            unit
    ========== =============================================== ===========
    flow       vehicles of all classes, one direction          vehicles/h
    speed      mean speed                                      km/h
    nox_link   nitrogen oxides emitted for each kilometre      g/km/h
    nox, pm25  mean concentration where people live            µg/m³
    sales      of the shops of a zone                          yuan/day
    jobs       that a resident reaches                         jobs
    ========== =============================================== ===========
    """
    return {
        "links": {name: _rounded(values) for name, values in _links(found).items()},
        "zones": {name: _rounded(values) for name, values in _zones(found).items()},
    }


def _links(found: Evaluation) -> dict[str, Numbers]:
    length = found.state.network.length
    driven, hours = found.traffic.vehicle_km.sum(axis=1), found.traffic.vehicle_hours.sum(axis=1)
    nox = found.emissions.by_link[:, QUANTITIES.index("nox")]
    time = found.state.solution.time / 60
    free = np.divide(length, time, out=np.zeros_like(length), where=time > 0)
    return {
        "flow": np.divide(driven, length, out=np.zeros_like(length), where=length > 0),
        "speed": np.divide(driven, hours, out=free, where=hours > 0),
        "nox_link": np.divide(nox, length, out=np.zeros_like(length), where=length > 0),
    }


def _zones(found: Evaluation) -> dict[str, Numbers]:
    city = found.state.city
    people = city.residents
    spread = city.spread / found.state.values["wind"]
    layers: dict[str, Numbers] = {}
    for pollutant in POLLUTANTS:
        rates = found.emissions.by_link[:, QUANTITIES.index(pollutant)] / SECONDS
        air = concentration(spread, rates, city.background[pollutant])
        layers[pollutant] = air.reshape(-1, len(RECEPTORS)).mean(axis=1)
    layers["sales"] = found.commerce.by_zone
    layers["jobs"] = _mean(found.access.reached["jobs"], people)
    return layers


def _mean(values: Numbers, people: Numbers) -> Numbers:
    """Mean over the people of each zone; 0 where nobody lives."""
    total = people.sum(axis=1)
    summed = (values * people).sum(axis=1)
    return np.asarray(np.divide(summed, total, out=np.zeros_like(total), where=total > 0))


def _rounded(values: Numbers) -> list[Any]:
    return [float(f"{value:.{DIGITS}g}") for value in values.tolist()]
