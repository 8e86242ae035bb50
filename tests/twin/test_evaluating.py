"""One state, several reports: balances, digests, and what policies do in Linjiang."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.twin.making import scenario

from heli.twin.city import build_city
from heli.twin.comparing import compare, report
from heli.twin.errors import MixedStatesError, UnbalancedError
from heli.twin.evaluating import Evaluation, evaluate
from heli.twin.figures import figures
from heli.twin.keys import Key
from heli.twin.ledgers import access_ledger, commerce_ledger, emissions_ledger
from heli.twin.leeway import solver_errors
from heli.twin.state import GAP, base_state, central, scenario_state

TO_1E9 = 1e-9
DEARER = ("odd-plates", "low-emission", "bridge-toll", "bridge-closed")
"""Policies that make no way faster or cheaper for anybody who pays."""


def agree(found):
    for what, left, right in found.balances():
        assert left == pytest.approx(right, rel=TO_1E9, abs=1e-12), what


def test_all_reports_of_all_policies_balance(base, options):
    for found in (base, *options.values()):
        assert len(found.balances()) > 15
        agree(found)


def test_reports_of_two_states_are_not_put_together(base, options):
    other = options["odd-plates"]
    for name in ("traffic", "emissions", "commerce", "exposure", "access"):
        with pytest.raises(MixedStatesError, match=name):
            replace(base, **{name: getattr(other, name)})


def test_a_report_that_does_not_add_up_is_not_given_out(base):
    driven = base.traffic.vehicle_km * (1 + 2e-9)
    with pytest.raises(UnbalancedError, match="vehicle-km"):
        replace(base, traffic=replace(base.traffic, vehicle_km=driven))
    with pytest.raises(UnbalancedError, match="spending"):
        replace(base, commerce=replace(base.commerce, outside=base.commerce.outside + 1))
    with pytest.raises(UnbalancedError, match="grams"):
        replace(base, emissions=replace(base.emissions, by_vehicle=base.emissions.by_vehicle * 2))
    with pytest.raises(UnbalancedError, match="persons"):
        replace(base, traffic=replace(base.traffic, given_up=5.0))


def test_nobody_can_drive_any_more(city, base):
    """All are barred or all roads closed: what is left are those who go by other means."""
    zones = [zone.id for zone in city.zones]
    plates = f"{{kind: plate-rule, area: {zones}, digits: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}}"
    found = evaluate(scenario_state(scenario(city, plates), base.state), base)
    told = figures(found)
    assert told[Key("traffic", "vehicle_km")] == pytest.approx(0, abs=1e-6)
    assert told[Key("traffic", "by_transit")] > 0


def test_the_same_run_gives_the_same_bytes(city, base, policies, options):
    again = evaluate(base_state(city))
    assert again.state.digest == base.state.digest
    assert figures(again) == figures(base)
    plates = evaluate(scenario_state(policies["odd-plates"], again.state), again)
    assert plates.state.digest == options["odd-plates"].state.digest
    assert figures(plates) == figures(options["odd-plates"])


def test_digests_tell_states_apart(base, options):
    digests = {found.state.digest for found in (base, *options.values())}
    assert len(digests) == 1 + len(options)
    values = {**central(base.state.city), "wind": 2.0}
    assert replace(base.state, values=values).digest not in digests


def test_a_scenario_without_measures_is_the_base(city, base):
    same = figures(evaluate(scenario_state(scenario(city), base.state), base))
    for key, value in figures(base).items():
        assert same[key] == pytest.approx(value, rel=1e-6, abs=1e-6), key


def test_odd_plates_have_two_sides_in_linjiang(base, options):
    before, after = figures(base), figures(options["odd-plates"])

    def change(domain, name, place):
        key = Key(domain, name, place)
        return after[key] / before[key] - 1

    assert change("air", "nox", "old-town") < -0.02
    assert change("air", "pm25", "old-town") < 0
    assert change("commerce", "sales", "old-town") < -0.05
    assert change("traffic", "flow", "west-bridge") > 0.02
    assert change("traffic", "flow", "east-bridge") > 0.02
    assert change("traffic", "flow", "middle-bridge") < -0.1
    shops = options["odd-plates"].commerce.by_shop / base.commerce.by_shop
    assert shops.min() < 0.9
    assert shops.max() > 1.01


def test_nobody_barred_drives_in_the_old_town(city, options):
    state = options["odd-plates"].state
    inside = [
        a
        for a, road in enumerate(city.roads)
        if {city.node_zone[road.tail], city.node_zone[road.head]} <= set(city.areas["old-town"])
    ]
    barred = [driver for driver in state.drivers if driver.user.barred]
    assert len(barred) == 4
    for driver in barred:
        assert state.solution.class_flow[driver.user.name][inside].sum() == 0
    assert state.solution.flow[inside].sum() > 0


def test_a_closed_bridge_carries_nobody_and_a_toll_brings_money(options):
    assert options["bridge-closed"].traffic.watched["middle-bridge"] == 0
    assert options["bridge-toll"].traffic.tolls.sum() > 1000
    assert options["bridge-closed"].traffic.tolls.sum() == 0


def test_a_low_emission_zone_renews_some_and_turns_some_away(base, options):
    found = options["low-emission"]
    clean = sum(d.trips.sum() for d in found.state.drivers_of("freight") if not d.user.barred)
    share = next(d.share for d in found.state.drivers_of("freight") if not d.user.barred)
    assert clean > share * base.state.drivers_of("freight")[0].trips.sum()
    assert found.traffic.vehicles_given_up > 0
    assert (
        figures(found)[Key("air", "nox", "old-town")] < figures(base)[Key("air", "nox", "old-town")]
    )


def test_who_renews_the_vehicle_loses_nothing_by_the_zone(city, base, policies):
    renewing = {**base.state.values, "renewal": 1.0}
    start = evaluate(base_state(city, renewing))
    found = evaluate(scenario_state(policies["low-emission"], start.state), start)
    assert found.traffic.given_up == 0
    assert found.access.travel.losers.sum() == 0
    assert found.commerce.by_shop.sum() == pytest.approx(start.commerce.by_shop.sum(), rel=1e-3)


def test_places_where_nobody_lives_have_no_figure(city):
    empty = tuple(
        replace(zone, residents={**zone.residents, "high": 0.0})
        if zone.district == city.districts[2]
        else zone
        for zone in city.zones
    )
    parts = {name: getattr(city, name) for name in city.__match_args__}
    told = figures(evaluate(base_state(build_city(**{**parts, "zones": empty}))))
    assert all(np.isfinite(value) for value in told.values())
    assert Key("air", "nox", city.districts[2], "high") not in told
    assert Key("air", "nox", city.districts[2], "low") in told


def test_air_follows_the_wind(base):
    calm = replace(base.state, values={**base.state.values, "wind": 1.2})
    windy = figures(base)[Key("air", "nox")] - 28.0
    doubled = evaluate(calm).exposure.districts["nox"].mean - 28.0
    assert doubled == pytest.approx(2 * windy)


def test_dearer_ways_never_raise_total_sales(base, options):
    reports = [options[name].commerce for name in DEARER]
    assert all(each.by_shop.sum() < base.commerce.by_shop.sum() for each in reports)


def test_people_without_a_car_notice_nothing_in_shops(base, options):
    for name, access in options["odd-plates"].commerce.access.items():
        if name.endswith("/"):
            assert np.array_equal(access, base.commerce.access[name])


def test_only_who_has_a_car_loses_or_gains_on_the_road(city, options):
    owners = np.array([group.car_share for group in city.groups])
    for name in DEARER:
        travel = options[name].access.travel
        assert travel.people.sum() == pytest.approx(city.residents.sum())
        assert (travel.losers + travel.winners <= travel.people * owners + 1e-6).all(), name
    assert options["odd-plates"].access.travel.losers.sum() > 0


def test_reach_is_in_minutes_whatever_it_costs(city, base):
    parking = scenario(
        city, "{kind: parking-price, area: old-town, yuan: 40, for: {uses: [private]}}"
    )
    dear = evaluate(scenario_state(parking, base.state), base)
    key = Key("people", "jobs")
    assert figures(dear)[key] >= figures(base)[key]
    assert dear.commerce.by_shop.sum() < base.commerce.by_shop.sum()
    roads = ", ".join(sorted({road.road for road in city.roads}))
    slow = scenario(city, f"{{kind: speed, where: {{roads: [{roads}]}}, km_per_h: 15}}")
    assert figures(evaluate(scenario_state(slow, base.state), base))[key] < figures(base)[key] - 1
    for name in ("jobs", "school_places", "hospital_beds"):
        assert Key("people", name).unit.endswith("in 30 min")


def test_minutes_on_the_road_are_those_of_the_way_without_money(base):
    for driver in base.state.drivers:
        assert (driver.minutes <= driver.cost + 1e-9).all()
        assert (np.diag(driver.minutes) == 0).all()
        assert driver.minutes[np.triu_indices(len(driver.minutes), 1)].min() > 1


def test_without_cars_nobody_loses(city):
    groups = tuple(replace(group, car_share=0.0) for group in city.groups)
    parts = {name: getattr(city, name) for name in city.__match_args__}
    start = base_state(build_city(**{**parts, "groups": groups}))
    closed = scenario(start.city, "{kind: closure, where: {roads: [middle-bridge]}}")
    travel = access_ledger(scenario_state(closed, start), start).travel
    assert travel.people.sum() == pytest.approx(city.residents.sum())
    assert travel.losses.sum() == 0


measures = st.lists(
    st.one_of(
        st.builds(
            "{{kind: plate-rule, area: [{}], digits: [{}], for: {{uses: [private]}}}}".format,
            st.sampled_from(["s03, s13", "n02", "s30, s31, s32"]),
            st.sampled_from(["0", "1, 3, 5, 7, 9"]),
        ),
        st.builds(
            "{{kind: toll, where: {{roads: [{}]}}, yuan: {}, for: {{uses: [taxi]}}}}".format,
            st.sampled_from(["west-bridge", "ring"]),
            st.integers(1, 20),
        ),
        st.builds(
            "{{kind: capacity, where: {{roads: [{}]}}, lanes: {}}}".format,
            st.sampled_from(["east-bridge", "ring"]),
            st.integers(-1, 2),
        ),
        st.just("{kind: closure, where: {roads: [west-bridge]}}"),
        st.just("{kind: low-emission-zone, area: old-town, standards: [CN3, CN5]}"),
        st.just("{kind: parking-price, area: old-town, yuan: 8, for: {uses: [private]}}"),
        st.just("{kind: speed, where: {inside: old-town}, km_per_h: 20}"),
        st.builds(
            "{{kind: bus-line, stops: [n20, {}, s36], headway: {}, km_per_h: 35}}".format,
            st.sampled_from(["n03, s03", "s03, n13"]),
            st.integers(1, 20),
        ),
        st.builds(
            "{{kind: school-hours, minutes: {}, area: [{}]}}".format,
            st.sampled_from([-90, -20, 15, 60]),
            st.sampled_from(["s03, s13", "n02"]),
        ),
    ),
    max_size=3,
    unique_by=lambda measure: measure[:12],
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(measures)
def test_whatever_measures_are_composed_reports_balance(city, base, chosen):
    found = evaluate(scenario_state(scenario(city, *chosen), base.state), base)
    agree(found)
    assert found.state.solution.relative_gap <= 1e-8
    assert found.state.difference <= 1e-6
    assert min(driver.trips.min() for driver in found.state.drivers) >= 0
    assert min(table.min() for table in found.state.transit.values()) >= -1e-9
    assert all(np.isfinite(value) for value in figures(found).values())


def test_a_comparison_tells_every_figure_with_its_unit(city, policies):
    chosen = {"odd-plates": policies["odd-plates"]}
    found = compare(city, chosen)
    told = report(found, solver_errors(found, city, chosen, gap=GAP))
    assert told["city"]["version"] == city.version
    assert all(
        {"base", "odd-plates", "unit", "solver_errors"} <= row.keys() for row in told["figures"]
    )
    places = {row["place"] for row in told["figures"] if row["domain"] == "air" and row["group"]}
    assert places == set(city.districts)


def test_one_report_alone_carries_its_state(base):
    assert emissions_ledger(base.state).state == base.state.digest
    assert commerce_ledger(base.state).state == base.state.digest
    assert isinstance(base, Evaluation)
