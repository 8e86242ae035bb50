"""The published figures are those of their sources, and bad ones are refused by name."""

from fractions import Fraction

import numpy as np
import pytest

from heli.engines.emissions.errors import BadFiguresError
from heli.engines.emissions.figures import CURVES, QUANTITIES, published, read_figures
from heli.engines.emissions.wear import brake_correction, tyre_correction


def at(vehicle: str, quantity: str, speed: float) -> float:
    return float(published().vehicles[vehicle].factor(quantity, np.array([speed]))[0])


def exact(speed: int, *coefficients: str) -> float:
    """The speed function in exact arithmetic, from the decimals of the source."""
    v = Fraction(speed)
    a, b, c, d, e, z, h, rf = map(Fraction, coefficients)
    return float((a * v * v + b * v + c + d / v) / (e * v * v + z * v + h) * (1 - rf))


SPOTS = [
    (
        "petrol-car-euro-4", "co", 44,
        ("0.00000000000549670697736844", "-0.0334176120766537", "5.10983452219724",
         "-0.000000104372710338195", "0.00187153627565408", "-0.52883090616296",
         "37.5057390279501", "0"),
    ),
    (
        "diesel-car-euro-6a", "nox", 50,
        ("0.0000667136", "-0.011381467", "0.945951727", "1.923608149", "-0.0000515046",
         "0.004264272", "1", "0.176306450219664"),
    ),
    (
        "diesel-car-euro-4", "pm_exhaust", 30,
        ("0.0000117230719517754", "-0.00181572867299056", "0.151591447652268",
         "0.0000000000000244304555395837", "-0.00000000000000000445455986348868",
         "-0.00000000000000327964847675797", "3.36869883671713", "0"),
    ),
    (
        "bus-euro-5", "energy", 20,
        ("-0.000234263438032306", "-0.010102311471057", "3.44647787320417",
         "4.53931683520842", "-0.0000827687128466504", "0.00655835406931008",
         "0.151315345197098", "0"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("vehicle", "quantity", "speed", "coefficients"), SPOTS)
def test_spot_values(vehicle, quantity, speed, coefficients):
    assert at(vehicle, quantity, speed) == pytest.approx(exact(speed, *coefficients), rel=1e-12)


def test_the_check_column_of_the_guidebook_is_reproduced():
    """Appendix 4 (2025) gives the electric van's energy at 80 km/h beside its coefficients."""
    assert at("electric-van", "energy", 80) == pytest.approx(0.8423210125744195, rel=1e-9)


def test_every_vehicle_has_a_source_and_curves_that_are_positive():
    figures = published()
    assert len(figures.vehicles) == 50
    assert all(len(text) > 50 for text in figures.sources.values())
    speeds = np.linspace(1, 150, 300)
    for vehicle in figures.vehicles.values():
        assert vehicle.source in figures.sources
        if vehicle.fuel != "electricity":
            assert set(vehicle.curves) == set(CURVES), vehicle.key
        for quantity in filter(vehicle.knows, QUANTITIES):
            assert np.all(vehicle.factor(quantity, speeds) >= 0), (vehicle.key, quantity)


def test_newer_cars_emit_less_nitrogen_oxides_in_town():
    petrol = [at(f"petrol-car-euro-{n}", "nox", 30) for n in ("2", "3", "4", "5")]
    buses = [at(f"bus-euro-{n}", "nox", 30) for n in ("2", "3", "4", "6")]
    assert petrol == sorted(petrol, reverse=True)
    assert buses == sorted(buses, reverse=True)


def test_speeds_outside_move_to_the_end_of_the_curve():
    assert at("petrol-car-euro-4", "nox", 0) == at("petrol-car-euro-4", "nox", 5)
    assert at("bus-euro-5", "nox", 120) == at("bus-euro-5", "nox", 85)


def test_carbon_dioxide_is_energy_times_the_fuels_factor():
    assert at("petrol-car-euro-4", "co2", 50) == pytest.approx(
        69.3 * at("petrol-car-euro-4", "energy", 50)
    )
    assert at("electric-van", "co2", 50) == 0


def test_wear_follows_the_guidebook():
    speeds = np.array([20.0, 40.0, 65.0, 80.0, 90.0, 95.0, 120.0])
    assert tyre_correction(speeds) == pytest.approx(
        [1.39, 1.3904, 1.1469, 1.0008, 0.9034, 0.902, 0.902]
    )
    assert brake_correction(speeds) == pytest.approx([1.67, 1.67, 0.995, 0.59, 0.32, 0.185, 0.185])
    wear = 0.0107 * 0.6 * 1.39 + 0.0142 * 0.98 * 1.67 + 0.0150 * 0.5
    car = published().vehicles["petrol-car-euro-5"]
    assert at(car.key, "pm10", 30) - at(car.key, "pm_exhaust", 30) == pytest.approx(wear)


def test_wear_of_heavy_vehicles_is_the_guidebooks_formula_at_half_load():
    heavy = published().vehicles["artic-euro-6"].wear
    assert heavy is not None
    assert heavy.tyre == pytest.approx(0.5 * 5 * (1.41 + 1.38 * 0.5) * 0.0107)
    assert heavy.brake == pytest.approx(1.956 * (1 + 0.79 * 0.5) * 0.0075)


GOOD = """
[sources]
own = "measured"
[fuels]
petrol = { co2 = 70, source = "own" }
[wear]
car = { tyre = 0.01, brake = 0.01, road = 0.01, source = "own" }
[vehicles.taxi]
fuel = "petrol"
wear = "car"
source = "own"
nox = [5, 130, 0, 0, 0.1, 0, 0, 0, 1, 0]
"""


def test_a_city_reads_its_own_figures():
    taxi = read_figures(GOOD).vehicles["taxi"]
    assert taxi.factor("nox", np.array([50.0])) == pytest.approx(0.1)
    assert taxi.knows("nox")
    assert not taxi.knows("pm10")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("0.1, 0, 0, 0, 1, 0]", "0.1]", "vehicles.taxi.nox"),
        ("0.1, 0, 0, 0, 1, 0]", "0.1, 0, 0, 0, 0, 0]", "vehicles.taxi.nox"),
        ("[5, 130", "[130, 5", "vehicles.taxi.nox"),
        ("0.1, 0, 0, 0, 1", "-0.1, 0, 0, 0, 1", "vehicles.taxi.nox"),
        ("0.1, 0, 0, 0, 1", '"x", 0, 0, 0, 1', "vehicles.taxi.nox"),
        ('fuel = "petrol"', 'fuel = "coal"', "vehicles.taxi"),
        ('wear = "car"', 'wear = "tram"', "vehicles.taxi"),
        ('wear = "car"\nsource = "own"', 'wear = "car"\nsource = "?"', "vehicles.taxi"),
        ("tyre = 0.01", "tyre = true", "wear.car"),
        ("[wear]", "[worn]", "wear"),
        ("[sources]", "[sources", "TOML"),
        ("petrol = { co2 = 70", "petrol = 3 #", "fuels.petrol"),
    ],
)
def test_bad_figures_are_named(old, new, place):
    assert old in GOOD
    with pytest.raises(BadFiguresError) as caught:
        read_figures(GOOD.replace(old, new))
    assert caught.value.figures["place"] == place
