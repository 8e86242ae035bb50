"""Maps: classes that cover all values, streets with two sides, a page that needs no script."""

import json
import math
import re

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import override
from hypothesis import example, given
from hypothesis import strategies as st

from heli.web.map_drawing import ASIDE, frame_for, ground, outlines, sides
from heli.web.map_scales import scale_for
from heli.web.maps import MapArea, MapLayer, MapLink, MapPanel, MapShape, MapZone

finite = st.floats(-1e9, 1e9, allow_nan=False)


def square(name, x, y, label=""):
    return MapZone(name, label or name, [(x, y), (x + 10, y), (x + 10, y + 10), (x, y + 10)])


ZONES = [square("a", 0, 0), square("b", 10, 0), square("c", 20, 0)]
LINKS = [
    MapLink("ab", "High street", [(0, 0), (20, 0)]),
    MapLink("ba", "High street", [(20, 0), (0, 0)]),
    MapLink("up", "Lane", [(0, 0), (0, 10)]),
    MapLink("in", "access", [(5, 5), (0, 0)], "connector"),
]
SHAPE = MapShape(ZONES, LINKS, [MapArea("old", "Old town", ["a", "b"])])


def shown(panels=(), shape=SHAPE, query=""):
    request = RequestFactory().get(f"/?{query}")
    page = Template("{% load heli %}{% city_map 'm' shape panels %}")
    with override("en"):
        return page.render(Context({"shape": shape, "panels": panels, "request": request}))


def layer(values, **more):
    return MapLayer(
        **{"key": "k", "label": "Sales", "unit": "yuan", "of": "zones", "values": values} | more
    )


@given(st.lists(finite, min_size=1), st.sampled_from(("sequential", "diverging")))
@example([5e-324], "diverging")
def test_every_value_has_a_class_that_grows_with_it(values, kind) -> None:
    scale = scale_for(values, kind)
    order = [scale.classes.index(scale.class_of(value)) for value in sorted(values)]
    assert order == sorted(order)
    assert len(scale.classes) == len(scale.bounds) + 1
    assert list(scale.bounds) == sorted(set(scale.bounds))
    told = {name for name, _ in scale.labels(0, kind == "diverging")}
    assert told >= {scale.class_of(value) for value in values}


@given(st.lists(finite, min_size=1), st.floats(0.01, 100))
def test_a_difference_is_blue_or_brown_by_its_sign(values, within) -> None:
    scale = scale_for(values, "diverging", within)
    for value in values:
        name = scale.class_of(value)
        if abs(value) < within * 0.95:
            assert name == "same"
        elif abs(value) > within * 1.06:
            assert name[:4] == ("less" if value < 0 else "more")


def test_what_is_not_known_has_no_class() -> None:
    scale = scale_for([1.0, 2.0], "sequential")
    assert scale.class_of(None) == scale.class_of(math.nan) == "none"
    assert scale_for([], "sequential").classes == ("q2",)


def test_directions_keep_to_their_right_hand_side() -> None:
    frame = frame_for(SHAPE.bounds)
    east, west, lane, _ = sides(LINKS, frame)
    y = frame.at((0, 0))[1]
    assert {point[1] for point in east} == {y + ASIDE}  # driving east, right is south: downwards
    assert {point[1] for point in west} == {y - ASIDE}
    assert lane[0] == frame.at((0, 0))


def test_north_is_up_and_all_of_it_is_in_the_frame() -> None:
    frame = frame_for(SHAPE.bounds)
    (left, bottom), (right, top) = frame.at((0, 0)), frame.at((30, 10))
    assert 0 < top < bottom < frame.height
    assert 0 < left < right < frame.width


def test_a_street_is_drawn_once_and_a_connector_never() -> None:
    assert ground(SHAPE, frame_for(SHAPE.bounds))[0][1].count("M") == 2


def test_the_outline_of_an_area_leaves_out_what_lies_inside() -> None:
    (outline,) = outlines(SHAPE, frame_for(SHAPE.bounds))
    assert outline.d.count("M") == 6  # of the eight sides of two squares, one is shared


def test_a_map_shows_names_values_classes_and_table_without_script() -> None:
    html = shown([MapPanel("Base", [layer({"a": 1234.5, "b": 2.0}, digits=1)])])
    assert "<title>a: 1,234.5 yuan</title>" in html
    assert 'class="map-zone none"' in html
    assert "no figure" in html
    assert '<th scope="row">a</th><td class="n">1,234.5</td>' in html
    assert '<th scope="row">c</th><td class="n">—</td>' in html


def test_links_are_grouped_by_class_and_told_by_road() -> None:
    flows = layer({"ab": 100.0, "ba": 300.0, "up": 7.0}, of="links", unit="veh/h")
    html = shown([MapPanel("Base", [flows])])
    group = re.search(r'<g class="map-links">(.*?)</g>', html, re.S)[1]
    assert group.count("<path") == 3
    assert 'High street</th><td class="n">100 – 300</td>' in html
    assert "access" not in html


def test_panels_share_the_classes_of_a_quantity() -> None:
    html = shown([MapPanel("A", [layer({"a": 1.0})]), MapPanel("B", [layer({"a": 100.0})])])
    data = json.loads(re.search(r'id="m-data"[^>]*>(.*?)</script>', html, re.S)[1])
    one, other = data["layers"]["k"]["panels"]
    assert one["bounds"] == other["bounds"]
    assert html.count('class="map-zone q') > 0


def test_the_address_chooses_the_quantity() -> None:
    layers = [layer({"a": 1.0}), layer({"a": 5.0}, key="nox", label="NOx", unit="µg/m³")]
    assert "a: 1 yuan" in shown([MapPanel("A", layers)])
    html = shown([MapPanel("A", layers)], query="m=nox&other=1")
    assert "a: 5 µg/m³" in html
    assert 'href="?m=k&amp;other=1#m"' in html
    assert "a: 1 yuan" in shown([MapPanel("A", layers)], query="m=foreign")


@pytest.mark.parametrize("place", ["zone", "road", "layer", "panel"])
def test_names_are_escaped(place) -> None:
    bad = "</script><img src=x>"
    zone = square("a", 0, 0, bad if place == "zone" else "a")
    link = MapLink("l", bad if place == "road" else "l", [(0, 0), (1, 1)])
    about = layer({"a": 1.0}, label=bad if place == "layer" else "k")
    panels = [MapPanel(bad if place == "panel" else "p", [about])]
    assert "<img" not in shown(panels, MapShape([zone], [link]))


def test_a_city_of_three_thousand_links_stays_small() -> None:
    zones = [square(f"z{n}", 10 * (n % 20), 10 * (n // 20)) for n in range(200)]
    links = []
    for n in range(3000):
        x, y = n % 55 * 3.7, n // 55 * 1.9
        links.append(MapLink(f"{n}-{n + 1}", f"Road {n // 30}", [(x, y), (x + 3.5, y)]))
    flows = layer({link.id: float(n * 7 % 2300) for n, link in enumerate(links)}, of="links")
    html = shown([MapPanel(name, [flows]) for name in ("Base", "Option")], MapShape(zones, links))
    assert len(html.encode()) < 400_000
