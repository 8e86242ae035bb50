"""From traffic to people in one run: every engine's ledger starts from the last one's sums."""

import numpy as np
import pytest

from heli.engines.commerce.huff import Tastes, gain, spend
from heli.engines.emissions.emitting import emit, fleet
from heli.engines.emissions.figures import published
from heli.engines.equity.change import change
from heli.engines.exposure.dispersion import concentration, transfer
from heli.engines.exposure.people import expose
from heli.engines.exposure.weather import Weather

FIGURES = published()
OLD = fleet({"car": {"diesel-car-euro-4": 1}, "bus": {"bus-euro-3": 1}}, FIGURES)
NEW = fleet({"car": {"diesel-car-euro-6c": 1}, "bus": {"bus-euro-6": 1}}, FIGURES)


def town(seed: int):
    rng = np.random.default_rng(seed)
    start = rng.uniform(0, 4000, (60, 2))
    end = start + rng.uniform(-500, 500, (60, 2))
    homes, people = rng.uniform(0, 4000, (150, 2)), rng.integers(0, 80, (150, 2)).astype(float)
    return start, end, homes, people, rng


@pytest.mark.parametrize("seed", range(5))
def test_cleaner_vehicles_make_cleaner_air_for_everybody(seed):
    start, end, homes, people, rng = town(seed)
    flow, speed = rng.uniform(0, 1500, (60, 2)), rng.uniform(10, 70, (60, 2))
    length = np.hypot(*(end - start).T) / 1000
    matrix = transfer(start, end, homes, Weather(2.5, 200, "D"))
    air = []
    for mix in (OLD, NEW):
        emitted = emit(flow, speed, length, mix, ["nox", "pm25"])
        rates = emitted.per_second("nox")
        assert 3600 * rates.sum() == pytest.approx(emitted.total[0], rel=1e-9)
        assert emitted.vehicle_km.sum() == pytest.approx((flow * length[:, None]).sum(), rel=1e-9)
        air.append(concentration(matrix, rates))
    old, new = air
    assert np.all(new <= old)
    district = rng.integers(0, 4, 150)
    both = [expose(each, people, district, 4, limit=40) for each in air]
    assert both[1].mean < both[0].mean
    wide = [np.repeat(each[:, None], 2, axis=1) for each in air]
    better = change(wide[1], wide[0], people, district, 4)  # a burden: less is better
    assert better.losers.sum() == 0
    assert better.total == pytest.approx(both[0].dose.sum() - both[1].dose.sum(), rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_a_toll_costs_shops_and_people_and_no_money_is_lost_on_the_way(seed):
    *_, rng = town(seed)
    budgets, cost = rng.uniform(1e3, 1e6, 30), rng.uniform(2, 60, (30, 12))
    size, tastes = rng.lognormal(6, 1, 12), Tastes(0.9, 0.08, 4.0, 0.3)
    before = spend(budgets, cost, size, tastes)
    toll = np.where(np.arange(12) < 4, 6.0, 0.0)
    after = spend(budgets, cost + toll, size, tastes, before.access)
    kept = after.sales.sum() + after.outside.sum()
    assert kept == pytest.approx(after.budgets.sum(), rel=1e-9)
    assert np.all(after.sales[:4] <= before.sales[:4])
    assert np.all(after.sales[4:] >= before.sales[4:])
    assert after.sales.sum() < before.sales.sum()
    worth = gain(budgets, before.access, after.access, tastes)
    zones = change(np.zeros((30, 1)), worth[:, None], np.ones((30, 1)), np.arange(30) // 10, 3)
    assert zones.total == pytest.approx(worth.sum(), rel=1e-9)
    assert zones.share_losing == 1
