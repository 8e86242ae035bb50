"""The editor of scenarios in a real browser: a zone is drawn, a plate rule set and saved."""

import re

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import VIEWS

LEADER = "leader1"
NEW = "/twin/cities/linjiang/scenarios/new/"
EDIT = "/twin/cities/linjiang/scenarios/{}/edit/"


@pytest.fixture
def desk(city, at_work):
    """Open the editor; English, light and wide if nothing else is said."""

    def open_page(path=NEW, language="en", theme="light", size="wide", scripts=True):
        page = at_work(LEADER, language, theme, size, scripts=scripts)
        assert page.goto(city + path).status == 200
        if scripts and "tab=yaml" not in path:
            expect(page.locator("#tools")).to_be_visible()
        return page

    return open_page


def add(page, kind):
    count = page.locator("[data-measure]").count()
    page.select_option("#add-kind", kind)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("[data-measure]")).to_have_count(count + 1)
    block = page.locator("[data-measure]").last
    if block.locator("[data-pick]").count():  # the map writes it once htmx has settled
        expect(block).to_have_class(re.compile(r"\baimed\b"))


def middle(page, label):
    """Where on the screen the middle of a zone is."""
    frame = page.locator(f'#city .map-zone[aria-label$="{label}"]').bounding_box()
    return frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2


def draw_rectangle(page, first, last):
    """From a zone to another, with the mouse."""
    page.get_by_role("button", name="Rectangle").click()
    (left, top), (right, bottom) = middle(page, first), middle(page, last)
    page.mouse.move(left - 8, top - 8)
    page.mouse.down()
    page.mouse.move(right + 8, bottom + 8, steps=4)
    page.mouse.up()


def chosen(page, name):
    return [
        box.get_attribute("value") for box in page.locator(f"input[name='{name}']:checked").all()
    ]


@pytest.mark.parametrize(("language", "theme", "size"), VIEWS)
def test_pages_are_in_order(desk, in_order, language, theme, size):
    for path in (NEW, EDIT.format("bridge-toll"), EDIT.format("odd-plates") + "?tab=yaml"):
        page = desk(path, language, theme, size)
        in_order(page)


def test_a_zone_is_drawn_and_a_plate_rule_saved(desk):
    page = desk()
    page.get_by_label("Title in Chinese").fill("画出的限行区")
    page.get_by_label("Title in English").fill("Drawn zone")
    add(page, "plate-rule")
    draw_rectangle(page, "s02", "s13")
    assert chosen(page, "m0-area-zones") == ["s02", "s03", "s12", "s13"]
    expect(page.locator("#aim")).to_contain_text("4 chosen")
    expect(page.locator("#city .map-zone.map-on")).to_have_count(4)

    page.get_by_role("button", name="Click", exact=True).click()
    page.mouse.click(*middle(page, "s12"))
    assert chosen(page, "m0-area-zones") == ["s02", "s03", "s13"]

    page.get_by_role("button", name="Odd").click()
    page.locator("#m0-for-uses").get_by_label("Private cars").check()
    page.locator(".editor-form > .editor-end button").click()
    expect(page.get_by_text("Saved: Drawn zone.")).to_be_visible()
    assert "/drawn-zone" in page.url
    assert chosen(page, "m0-area-zones") == ["s02", "s03", "s13"]
    assert chosen(page, "m0-digits") == ["1", "3", "5", "7", "9"]


def test_a_polygon_is_closed_by_a_double_click_and_given_up_by_escape(desk):
    page = desk()
    add(page, "low-emission-zone")
    page.get_by_role("button", name="Polygon").click()
    (left, y), (right, _y) = middle(page, "n00"), middle(page, "n06")
    page.mouse.click(left - 6, y + 6)
    page.keyboard.press("Escape")
    assert chosen(page, "m0-area-zones") == []
    page.mouse.click(left - 12, y + 12)
    page.mouse.click(right + 12, y + 12)
    page.mouse.click(right + 12, y - 12)
    page.mouse.dblclick(left - 12, y - 12)
    assert chosen(page, "m0-area-zones") == [f"n0{column}" for column in range(7)]


def test_zones_are_chosen_by_keyboard(desk):
    page = desk()
    add(page, "parking-price")
    page.locator('#city .map-zone[aria-label$="s02"]').focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert chosen(page, "m0-area-zones") == ["s02", "s03"]
    zone = page.locator('#city .map-zone[aria-label$="s03"]')
    expect(zone).to_have_attribute("aria-checked", "true")


def test_a_named_area_is_shown_and_changed_on_the_map(desk):
    page = desk(EDIT.format("odd-plates"))
    expect(page.locator("#city .map-zone.map-on")).to_have_count(4)
    page.mouse.click(*middle(page, "s13"))
    assert chosen(page, "m0-area-zones") == ["s02", "s03", "s04"]
    expect(page.locator("select[name=m0-area]")).to_have_value("+")


def test_roads_and_stops_are_chosen_on_the_map(desk):
    page = desk()
    add(page, "closure")
    (west, north), (east, _y), (_x, south) = (middle(page, name) for name in ("n02", "n03", "s03"))
    page.mouse.click(east - (east - west) / 4, (north + south) / 2)
    assert chosen(page, "m0-roads") == ["middle-bridge"]
    expect(page.locator("#city .map-chosen")).to_have_count(1)
    add(page, "bus-line")
    for name in ("n00", "n03", "s03"):
        page.mouse.click(*middle(page, name))
    expect(page.locator("#m1-stops")).to_have_value("n00 n03 s03")
    expect(page.locator("#city .map-stop")).to_have_count(3)


def test_without_script_all_of_it_is_filled_in(desk):
    page = desk(scripts=False)
    page.get_by_label("Title in Chinese").fill("无脚本")
    page.select_option("#add-kind", "plate-rule")
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator("#m0-area .zone-list summary").click()
    page.locator("input[name='m0-area-zones'][value='s02']").check()
    page.locator(".editor-form > .editor-end button").click()
    expect(page.locator(".error-summary")).to_contain_text("Choose at least one.")
    assert chosen(page, "m0-area-zones") == ["s02"]
    page.locator("input[name='m0-digits'][value='1']").check()
    page.locator(".editor-form > .editor-end button").click()
    expect(page.get_by_text("Saved: 无脚本.")).to_be_visible()
