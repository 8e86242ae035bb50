"""Small networks for tests, and random ones."""

import numpy as np
from hypothesis import strategies as st

from heli.engines.traffic import Link, UserClass, build_network, build_trips

CAR = UserClass("car")


def two_routes(**changes):
    """One origin, one destination, two roads."""
    upper = {"capacity": 100.0, "free_time": 10.0} | changes
    links = [Link("upper", "A", "B", **upper), Link("lower", "A", "B", 200.0, 12.0)]
    return build_network(links, zones=["A", "B"])


def braess(bridge=True):
    """Braess's network (1968): with the bridge everybody takes longer."""
    links = [
        Link("1-3", "1", "3", 1.0, 1e-8, b=1e9, power=1),
        Link("1-4", "1", "4", 1.0, 50.0, b=0.02, power=1),
        Link("3-2", "3", "2", 1.0, 50.0, b=0.02, power=1),
        Link("3-4", "3", "4", 1.0, 10.0, b=0.1, power=1),
        Link("4-2", "4", "2", 1.0, 1e-8, b=1e9, power=1),
    ]
    if not bridge:
        links = [link for link in links if link.id != "3-4"]
    return build_network(links, zones=["1", "2"])


@st.composite
def towns(draw, classes=1):
    """A random grid town with one-way and free streets, and trips of some classes."""
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    width, height = draw(st.integers(2, 5)), draw(st.integers(2, 5))
    links = []
    for x in range(width):
        for y in range(height):
            for dx, dy in ((1, 0), (0, 1)):
                if x + dx < width and y + dy < height:
                    ends = f"{x}.{y}", f"{x + dx}.{y + dy}"
                    for tail, head in (ends, ends[::-1]):
                        if rng.random() < 0.9:
                            links.append(street(f"{tail}>{head}", tail, head, rng))
    zones = sorted({f"{x}.{y}" for x in range(width) for y in range(height) if rng.random() < 0.6})
    zones = zones or ["0.0"]
    network = build_network(links, zones=zones, nodes=[
        f"{x}.{y}" for x in range(width) for y in range(height)
    ])  # fmt: skip
    demand = []
    for number in range(classes):
        rows = [
            (a, b, float(rng.integers(1, 100)))
            for a in zones for b in zones if rng.random() < 0.7
        ]  # fmt: skip
        barred = frozenset(link.id for link in links if number and rng.random() < 0.1)
        tolls = {link.id: float(rng.random() * 5) for link in links if rng.random() < 0.2}
        user = UserClass(
            f"class {number}", value_of_time=20.0 + 20 * number, distance_cost=0.5,
            pce=1.0 + number, barred=barred, tolls=tolls,
        )  # fmt: skip
        demand.append((user, build_trips(rows, network)))
    return network, demand, links


def street(name, tail, head, rng):
    kind = rng.integers(6)
    free = float(rng.uniform(1, 10))
    capacity = float(rng.uniform(50, 500))
    if kind == 0:
        return Link(name, tail, head, capacity, 0.0, length=free)
    if kind == 1:
        return Link(name, tail, head, 0.0, free, b=0.2, power=0)
    if kind == 2:
        return Link(name, tail, head, capacity, free, conical=float(rng.uniform(2, 8)))
    power = (1.0, 4.0, 2.5)[kind - 3]
    return Link(name, tail, head, capacity, free, b=0.5, power=power, length=free)
