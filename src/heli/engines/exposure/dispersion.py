"""How far emissions of roads spread: Gaussian plumes of straight links, and boxes for districts.

A link is cut into pieces. Seen along the wind, a piece at the distance ``x`` upwind of a receptor
is a line of the width ``w`` across the wind; its plume at the ground is, per g/s,

    C = √(2/π) / (u σz) · [Φ((y + w/2) / σy) - Φ((y - w/2) / σy)] / w

with ``y`` the way across the wind from the middle of the piece, Φ the normal distribution, and the
ground as a mirror (the element method of CALINE3: P. E. Benson, FHWA/CA/TL-79/23, 1979). Through
any plane across the wind flows what is emitted upwind of it, whatever the wind's angle to the road.
Pieces are the shorter the nearer the receptor; against pieces a tenth as long they are wrong by 3 %
of the highest concentration at worst, and by half a per cent on average (600 random cities). Below
the mixing height, σz stops where air is mixed through.

Traffic stirs the air above the road: σz begins at 1.8 m, the constant of CALINE3's first width
1.8 + 0.11 · (seconds above the road), read from mangh/Metrology on GitHub,
CALINE3/Application/Plume.cs, commit 04ff0e7. That σy begins at twice that is our own choice; it
shows only at the ends of links and where the wind blows along them.

Not in it: chemistry (NOx stays NOx), deposition, street canyons, terrain, bent winds, air that
comes back. Good for comparing policies near roads; not a permit's model.
"""

import numpy as np
from numpy.typing import ArrayLike

from heli.arrays import Indices, Numbers, numbers
from heli.engines.exposure.errors import BadFrequencyError
from heli.engines.exposure.weather import ACROSS, Weather

FIRST_UPWARDS = 1.8
FIRST_ACROSS = 2 * FIRST_UPWARDS
PIECE = 0.25
"""Length of pieces, about, over their distance."""
NEAREST = 2.0
"""m; nearer than this to the road, pieces are not made shorter."""
POINT = 1e-3
"""m; a link that is shorter is a point."""
EDGE = 4.0
"""A plume is taken to end this many σy beside its middle, where 1/16,000 of it is left."""
NARROWEST = 0.02
"""Pieces are seen at least this part of σy wide, so that a road along the wind is no spike."""
BLOCK = 32
MICROGRAMS = 1e6
CLOSE_TO_ONE = 1e-9


def transfer(
    start: ArrayLike,
    end: ArrayLike,
    receptors: ArrayLike,
    weather: Weather,
    reach: float = 20_000.0,
) -> Numbers:
    """What one g/s of each link adds at each receptor, g/m³ (so s/m³), receptors × links.

    Times ``Emissions.per_second`` it gives concentrations; the same matrix serves every quantity
    and every policy in this weather.

    Args:
        start: East and north of where links start, metres, links × 2.
        end: Where they end.
        receptors: East and north of receptors, metres, receptors × 2.
        weather: Of the hour.
        reach: Metres beyond which nothing is counted.

    Raises:
        BadNumberError: For the first number that is not finite.
        BadShapeError: If starts and ends do not match.
    """
    start = _along_the_wind(numbers(start, "start", (None, 2)), weather)
    end = _along_the_wind(numbers(end, "end", start.shape), weather)
    places = _along_the_wind(numbers(receptors, "receptors", (None, 2)), weather)
    numbers(reach, "reach", above=0)
    matrix = np.zeros((len(start), len(places)))
    for first in range(0, len(start), BLOCK):
        links = slice(first, first + BLOCK)
        link, place = _within_plumes(start[links], end[links], places, weather, reach)
        matrix[first + link, place] = _plumes(
            start[links][link], end[links][link], places[place], weather
        )
    return matrix.T


def mean_transfer(
    start: ArrayLike,
    end: ArrayLike,
    receptors: ArrayLike,
    weathers: dict[Weather, float],
    reach: float = 20_000.0,
) -> Numbers:
    """The mean of :func:`transfer` over weathers with their frequencies (a wind rose).

    Raises:
        BadFrequencyError: If frequencies are negative or do not add up to 1.
    """
    total = sum(weathers.values())
    if not (abs(total - 1) <= CLOSE_TO_ONE and min(weathers.values()) >= 0):
        raise BadFrequencyError(field="weathers", total=total)
    return np.asarray(
        sum(
            frequency * transfer(start, end, receptors, weather, reach)
            for weather, frequency in weathers.items()
        )
    )


def concentration(matrix: Numbers, rates: ArrayLike, background: ArrayLike = 0.0) -> Numbers:
    """Concentrations at receptors in µg/m³.

    Args:
        matrix: Of :func:`transfer`.
        rates: What links emit, g/s.
        background: What is there without these roads, µg/m³; one for all, or by receptor.
    """
    rates = numbers(rates, "rates", matrix.shape[1:], least=0)
    shape = matrix.shape[:1] if np.ndim(background) else ()
    added = np.asarray(MICROGRAMS * (matrix @ rates))
    return added + numbers(background, "background", shape, least=0)


def box(
    rates: ArrayLike, areas: ArrayLike, weather: Weather, background: ArrayLike = 0.0
) -> Numbers:
    """Mean concentration over districts as well-mixed boxes in a steady state, µg/m³.

    What is emitted leaves with the wind through the side of the box: ``u · C · mixing · √area``
    (the simple box model; Hanna 1971 and others). For districts whose roads are not known; boxes do
    not exchange air, so upwind districts must be in the background.

    Args:
        rates: What districts emit, g/s.
        areas: Their areas, m².
        weather: Of the hour.
        background: Upwind of the box, µg/m³; one for all, or by district.
    """
    areas = numbers(areas, "areas", (None,), above=0)
    rates = numbers(rates, "rates", areas.shape, least=0)
    shape = areas.shape if np.ndim(background) else ()
    flow = weather.speed * weather.mixing * np.sqrt(areas)
    return np.asarray(MICROGRAMS * rates / flow + numbers(background, "background", shape, least=0))


def _along_the_wind(places: Numbers, weather: Weather) -> Numbers:
    """Places by how far downwind, and how far to the left of the wind, they lie."""
    east, north = weather.heading
    return np.asarray(places @ np.array([[east, -north], [north, east]]))


def _within_plumes(
    start: Numbers, end: Numbers, places: Numbers, weather: Weather, reach: float
) -> tuple[Indices, Indices]:
    """Links, and receptors that may lie in their plumes: a bound, not the plume itself."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    farthest = places[:, 0] - low[:, None, 0]
    middle, half = (low[:, 1] + high[:, 1]) / 2, (high[:, 1] - low[:, 1]) / 2
    beside = np.abs(places[:, 1] - middle[:, None]) - half[:, None]
    inside = beside <= EDGE * (ACROSS[weather.stability] * farthest + FIRST_ACROSS)
    near = (farthest > 0) & (farthest <= reach + (high - low)[:, None, 0])
    link, place = np.nonzero(inside & near)
    return link, place


def _plumes(start: Numbers, end: Numbers, places: Numbers, weather: Weather) -> Numbers:
    """What one g/s of the link adds at the receptor, g/m³, by pair of the two.

    Along the link, ``foot`` is where the receptor is nearest, and pieces are even in τ with
    ``foot + away · sinh τ``: as long as they are far away.
    """
    way, seen = end - start, places - start
    length = np.maximum(np.hypot(way[:, 0], way[:, 1]), POINT)
    way /= length[:, None]
    first, last = _upwind(seen[:, 0], way[:, 0], length)
    foot = np.einsum("ij,ij->i", seen, way)
    away = np.maximum(np.abs(seen[:, 0] * way[:, 1] - seen[:, 1] * way[:, 0]), NEAREST)
    begin, finish = np.arcsinh((first - foot) / away), np.arcsinh((last - foot) / away)
    pieces = np.ceil((finish - begin) / PIECE).astype(np.intp)
    step = (finish - begin) / np.maximum(pieces, 1)
    pair = np.repeat(np.arange(len(pieces)), pieces)
    number = np.arange(len(pair)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    edge, gap = np.exp(begin[pair] + number * step[pair]), away[pair] / 2
    other_edge = edge * np.exp(step)[pair]
    one, other = gap * (edge - 1 / edge), gap * (other_edge - 1 / other_edge)
    middle = foot[pair] + (one + other) / 2
    density = _piece(
        seen[pair, 0] - middle * way[pair, 0],
        seen[pair, 1] - middle * way[pair, 1],
        (other - one) * np.abs(way[pair, 1]),
        weather,
    )
    parts = density * (other - one)
    return np.asarray(np.bincount(pair, weights=parts, minlength=len(pieces)) / length)


def _upwind(ahead: Numbers, slope: Numbers, length: Numbers) -> tuple[Numbers, Numbers]:
    """From where to where, in metres from its start, a link lies upwind of a receptor."""
    crossing = ahead / np.where(slope == 0, 1, slope)
    first = np.where(slope < 0, np.clip(crossing, 0, length), 0)
    last = np.where(slope > 0, np.clip(crossing, 0, length), length)
    return first, np.where((slope == 0) & (ahead <= 0), first, last)


def _piece(distance: Numbers, beside: Numbers, wide: Numbers, weather: Weather) -> Numbers:
    across = np.hypot(weather.across(distance), FIRST_ACROSS)
    upwards = np.hypot(weather.upwards(distance), FIRST_UPWARDS)
    upwards = np.minimum(upwards, np.sqrt(2 / np.pi) * weather.mixing)
    half = np.maximum(wide, NARROWEST * across) / 2
    scale = np.sqrt(2) * across
    inside = _erf((beside + half) / scale) - _erf((beside - half) / scale)
    return np.asarray(inside / (4 * half) * np.sqrt(2 / np.pi) / (weather.speed * upwards))


def _erf(x: Numbers) -> Numbers:
    """The error function to 1.5e-7 (Abramowitz and Stegun 7.1.26); NumPy has none."""
    size = np.abs(x)
    t = 1 / (1 + 0.3275911 * size)
    series = 1.421413741 + t * (-1.453152027 + t * 1.061405429)
    series = t * (0.254829592 + t * (-0.284496736 + t * series))
    return np.asarray(np.copysign(1 - series * np.exp(-size * size), x))
