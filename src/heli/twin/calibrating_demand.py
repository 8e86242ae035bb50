"""Demand that agrees with traffic counts at equilibrium; :mod:`heli.twin.calibrating` says how."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heli.arrays import Numbers
from heli.engines.traffic import Solution
from heli.twin.calibrating_limits import Limits
from heli.twin.city import City
from heli.twin.goodness import DIGITS, both
from heli.twin.state import State, base_state

GAP = 1e-6
ROUNDS = 12
"""At most so many steps."""
TRIES = 3
"""At most so many lengths of a step; if none of them is better, that was all."""
AT_REST = 2e-3
"""A step that gains less than this share of the squares is the last."""
STILL = 0.002
"""So is one that moves no parameter by more than this."""
LEVEL_NUDGE, DISTANCE_NUDGE = 0.03, 0.01
"""Of logarithms of levels, and in 1/km, for differences that stand for derivatives."""
LEVEL_SPREAD, DISTANCE_SPREAD = 0.5, 0.1
"""How far logarithms of levels, and distance in 1/km, are expected from 0 without counts."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One of what is calibrated.

    Attributes:
        kind: ``district``, ``use`` or ``distance``.
        name: The district or use; empty for distance.
    """

    kind: str
    name: str = ""


@dataclass(frozen=True)
class _Tried:
    """Parameters with their equilibrium.

    Attributes:
        values: Logarithms of levels; distance in 1/km.
        squares: What is minimised.
        errors: Modelled minus counted over the root of counted, of counts that are fitted.
    """

    values: Numbers
    state: State
    modelled: Numbers
    errors: Numbers
    squares: float


@dataclass(frozen=True)
class Counts:
    """Counts in one order, C of them.

    Attributes:
        links: Positions of their links.
        uses: The use that was counted; empty for all vehicles.
        held: Which are kept apart.
    """

    links: list[int]
    uses: list[str]
    vehicles: Numbers
    held: NDArray[np.bool_]

    @classmethod
    def of(cls, city: City, counts: Mapping[str, Mapping[str, float]], share: float) -> "Counts":
        """Counts by use and link, as an array."""
        index = {road.id: a for a, road in enumerate(city.roads)}
        rows = [
            (index[link], use, vehicles)
            for use in sorted(counts)
            for link, vehicles in sorted(counts[use].items())
        ]
        return cls(
            [link for link, _, _ in rows],
            [use for _, use, _ in rows],
            np.array([vehicles for _, _, vehicles in rows], np.float64),
            np.array([_is_held(city, link, share) for link, _, _ in rows], bool),
        )


def corrected(city: City, levels: Mapping[Parameter, float], distance: float = 0.0) -> City:
    """A city with other demand; levels multiply, distance is in 1/km."""
    by_origin = np.array(
        [levels.get(Parameter("district", zone.district), 1.0) for zone in city.zones]
    )
    rarer = np.exp(-distance * _apart(city))

    def people(table: Numbers) -> Numbers:
        moved = table * rarer
        total = moved.sum(axis=1)
        kept = np.divide(table.sum(axis=1), total, out=np.ones_like(total), where=total > 0)
        return np.asarray(np.round(moved * (by_origin * kept)[:, None], DIGITS))

    trips = {}
    for segment in city.segments:
        table = city.trips[segment.id]
        level = levels.get(Parameter("use", segment.use), 1.0)
        trips[segment.id] = (
            np.round(table * level, DIGITS) if segment.group is None else (people(table))
        )
    transit = {name: people(table) for name, table in city.transit.items()}
    made = replace(city, trips=trips, transit=transit)
    # The roads are the same, so their network need not be made again.
    vars(made)["network"] = city.network
    return made


class DemandSearch:
    """The search for the demand that agrees with counts."""

    def __init__(self, city: City, counts: Counts, limits: Limits) -> None:
        self.city, self.counts = city, counts
        uses = {segment.use for segment in city.segments if segment.group is None}
        counted = sorted(uses & set(counts.uses))
        self.parameters = (
            *(Parameter("district", name) for name in city.districts),
            *(Parameter("use", name) for name in counted),
            Parameter("distance"),
        )
        levels = len(self.parameters) - 1
        low, high = np.log(limits.level)
        self.low = np.array([low] * levels + [-limits.distance])
        self.high = np.array([high] * levels + [limits.distance])
        self.spread = np.array([LEVEL_SPREAD] * levels + [DISTANCE_SPREAD])
        self.nudge = np.array([LEVEL_NUDGE] * levels + [DISTANCE_NUDGE])
        self.weight = 1 / np.sqrt(np.maximum(counts.vehicles, 1.0))
        self.used = ~counts.held
        self.slopes = np.empty((0, len(self.parameters)))

    def city_at(self, values: Numbers) -> City:
        """The city with these parameters."""
        *levels, distance = values.tolist()
        named = dict(zip(self.parameters, np.round(np.exp(levels), DIGITS).tolist(), strict=False))
        return corrected(self.city, named, round(distance, DIGITS))

    def tried(self, values: Numbers, start: Solution | None) -> _Tried:
        """The equilibrium with these parameters."""
        state = base_state(self.city_at(values), start=start, gap=GAP)
        modelled = self._modelled(state)
        errors = ((modelled - self.counts.vehicles) * self.weight)[self.used]
        squares = float((errors**2).sum() + ((values / self.spread) ** 2).sum())
        return _Tried(values, state, modelled, errors, squares)

    def search(self) -> tuple[_Tried, _Tried, int]:
        """The parameters at first, the best, and the steps between."""
        first = best = self.tried(np.zeros(len(self.parameters)), None)
        damping, rounds = 1e-3, 0
        while rounds < ROUNDS:
            rounds += 1
            self.slopes = self._slopes(best)
            for _ in range(TRIES):
                trial = self.tried(self._step(best, self.slopes, damping), best.state.solution)
                if trial.squares < best.squares:
                    break
                damping *= 10
            else:
                break
            damping /= 10
            gained, moved = best.squares - trial.squares, np.abs(trial.values - best.values).max()
            best = trial
            if gained < AT_REST * best.squares or moved < STILL:
                break
        return first, self.tried(self._rounded(best.values), best.state.solution), rounds

    def _rounded(self, values: Numbers) -> Numbers:
        levels = np.log(np.round(np.exp(values[:-1]), DIGITS))
        return np.append(levels, np.round(values[-1], DIGITS))

    def _step(self, at: _Tried, slopes: Numbers, damping: float) -> Numbers:
        """Where Levenberg-Marquardt goes, held within the bounds parameter by parameter."""
        normal = slopes.T @ slopes + np.diag(1 / self.spread**2)
        gradient = slopes.T @ at.errors + at.values / self.spread**2
        free = ~(
            ((at.values <= self.low) & (gradient > 0)) | ((at.values >= self.high) & (gradient < 0))
        )
        step = np.zeros_like(at.values)
        if free.any():
            some = np.ix_(free, free)
            damped = normal[some] + damping * np.diag(np.diag(normal)[free])
            step[free] = -np.linalg.solve(damped, gradient[free])
        return np.asarray(np.clip(at.values + step, self.low, self.high))

    def _slopes(self, at: _Tried) -> Numbers:
        """Derivatives of the errors, fitted counts × parameters.

        Those of all vehicles are differences of two equilibria, and so know that others make way.
        Which class takes which of two equal ways is left open by an equilibrium, so counts of one
        use are taken to change with its level, on the routes there are.
        """
        total = np.array([not use for use in self.counts.uses])
        columns = []
        for n, parameter in enumerate(self.parameters):
            nudge = (
                self.nudge[n] if at.values[n] + self.nudge[n] <= self.high[n] else -self.nudge[n]
            )
            beside = at.values.copy()
            beside[n] += nudge
            other = self.tried(beside, at.state.solution)
            apart = self._by_level(at.state, parameter)
            columns.append(np.where(total, (other.modelled - at.modelled) / nudge, apart))
        return (np.stack(columns, axis=1) * self.weight[:, None])[self.used]

    def _by_level(self, state: State, parameter: Parameter) -> Numbers:
        """How counts of one use change with the logarithm of a level, on the routes of a state."""
        total = np.zeros(len(self.counts.links))
        for use, flow in self._flows(state, parameter):
            total += [
                flow[link] if of == use else 0.0
                for link, of in zip(self.counts.links, self.counts.uses, strict=True)
            ]
        return total

    def _flows(self, state: State, parameter: Parameter) -> list[tuple[str, Numbers]]:
        """Flows of links that a level multiplies, with their uses."""
        found = []
        inside = np.array([zone.district == parameter.name for zone in self.city.zones], bool)
        for driver in state.drivers:
            segment, name = driver.segment, driver.user.name
            if parameter.kind == "use" and segment.group is None and segment.use == parameter.name:
                found.append((segment.use, state.solution.class_flow[name]))
            elif parameter.kind == "district" and segment.group is not None:
                flow = state.solution.flow_from(name)[inside].sum(axis=0)
                found.append((segment.use, np.asarray(flow)))
        return found

    def _modelled(self, state: State) -> Numbers:
        by_use: dict[str, Numbers] = {}
        for driver in state.drivers:
            flow = state.solution.class_flow[driver.user.name]
            for use in ("", driver.segment.use):
                by_use[use] = by_use.get(use, 0.0) + flow
        pairs = zip(self.counts.links, self.counts.uses, strict=True)
        return np.array([by_use[use][link] for link, use in pairs])

    def told(self, first: _Tried, best: _Tried, rounds: int) -> dict[str, Any]:
        """What was found, as plain data."""
        counts, held = self.counts, self.counts.held
        return {
            "unit": "vehicles/h",
            "rounds": rounds,
            "parameters": self._parameters(best),
            "used": both(counts.vehicles, first.modelled, best.modelled, ~held, counted=True),
            "held_out": (
                both(counts.vehicles, first.modelled, best.modelled, held, counted=True)
                if held.any()
                else None
            ),
            "points": [
                {
                    "place": self.city.roads[link].id,
                    "road": self.city.roads[link].road,
                    "use": use,
                    "held_out": bool(apart),
                    "observed": float(vehicles),
                    "before": round(float(before), 2),
                    "after": round(float(after), 2),
                }
                for link, use, apart, vehicles, before, after in zip(
                    counts.links, counts.uses, held, counts.vehicles,
                    first.modelled, best.modelled, strict=True,
                )
            ],
        }  # fmt: skip

    def _parameters(self, best: _Tried) -> list[dict[str, Any]]:
        slopes = self.slopes
        freedom = max(1, slopes.shape[0] - len(self.parameters))
        dispersion = float((best.errors**2).sum()) / freedom
        normal = slopes.T @ slopes + np.diag(1 / self.spread**2)
        errors = np.sqrt(max(dispersion, 0.0) * np.diag(np.linalg.inv(normal)))
        rows = []
        for n, each in enumerate(self.parameters):
            level = each.kind != "distance"
            value = float(np.exp(best.values[n]) if level else best.values[n])
            rows.append({
                "kind": each.kind,
                "name": each.name,
                "unit": "×" if level else "1/km",
                "before": 1.0 if level else 0.0,
                "value": round(value, DIGITS),
                "error": round(float(errors[n] * (value if level else 1.0)), DIGITS),
                "low": round(float(np.exp(self.low[n]) if level else self.low[n]), DIGITS),
                "high": round(float(np.exp(self.high[n]) if level else self.high[n]), DIGITS),
                "at_bound": bool(best.values[n] in (self.low[n], self.high[n])),
            })  # fmt: skip
        return rows


def _is_held(city: City, link: int, share: float) -> bool:
    """Whether counts of a link are kept apart; those of its other direction are then, too."""
    road = city.roads[link]
    text = "|".join(sorted((road.tail, road.head)))
    return int.from_bytes(sha256(text.encode()).digest()[:4]) < share * 2**32


def _apart(city: City) -> Numbers:
    """Kilometres between the middles of zones as the crow flies, (Z, Z)."""
    middles = np.array([city.points[zone.node] for zone in city.zones])
    return np.asarray(np.hypot(*(middles[:, None] - middles).transpose(2, 0, 1)) / 1000)
