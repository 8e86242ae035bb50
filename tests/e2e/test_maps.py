"""Maps in a real browser: told by pointer and keys, moved together, changed without loading."""

import pytest
from playwright.sync_api import expect

GALLERY = "/web/gallery/"


@pytest.fixture
def gallery(page_in):
    page = page_in(GALLERY, "en")
    expect(page.locator("#map .map-zoom")).to_be_visible()
    return page


def boxes(page) -> set[str]:
    return {svg.get_attribute("viewBox") for svg in page.locator("#map .map-svg").all()}


def test_all_maps_tell_what_is_under_the_pointer(gallery) -> None:
    gallery.locator("#map").scroll_into_view_if_needed()
    gallery.locator("#map [data-layer=nox]").click()
    gallery.locator("#map .map-panel").nth(1).locator(".map-zone").nth(9).hover()
    says = gallery.locator("#map .map-says")
    for n in range(3):
        expect(says.nth(n)).to_contain_text("Zone 10 (demo)")
        expect(says.nth(n)).to_contain_text("µg/m³")
    expect(says.nth(2)).to_contain_text("−")


def test_maps_zoom_and_move_together_and_back(gallery) -> None:
    whole = boxes(gallery)
    gallery.locator("#map").get_by_role("button", name="Larger").click()
    (closer,) = boxes(gallery)
    assert closer not in whole
    view = gallery.locator("#map .map-view").first
    frame = view.bounding_box()
    middle = (frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    gallery.mouse.move(*middle)
    gallery.mouse.down()
    gallery.mouse.move(middle[0] - 40, middle[1] - 20, steps=3)
    gallery.mouse.up()
    (moved,) = boxes(gallery)
    assert moved != closer
    gallery.locator("#map").get_by_role("button", name="Show all of it").click()
    assert boxes(gallery) != {moved}


def test_arrow_keys_go_from_zone_to_zone_and_tell_them(gallery) -> None:
    gallery.locator("#map .map-zone").first.focus()
    said = gallery.locator("#map .map-says").first
    expect(said).to_contain_text("Zone 1 (demo)")
    gallery.keyboard.press("ArrowRight")
    expect(said).to_contain_text("Zone 2 (demo)")
    gallery.keyboard.press("ArrowUp")
    expect(said).to_contain_text("Zone 8 (demo)")
    gallery.keyboard.press("+")
    assert gallery.locator("#map .map-view.map-closer").count() == 3


def test_another_quantity_is_shown_without_loading(gallery) -> None:
    loaded = []
    gallery.on("framenavigated", lambda _: loaded.append(1))
    zone = gallery.locator("#map .map-zone").nth(8)
    before = zone.get_attribute("class")
    gallery.locator("#map [data-layer=nox]").click()
    assert zone.get_attribute("class") != before
    expect(gallery.locator("#map .map-links path")).to_have_count(0)
    expect(zone).to_have_attribute("aria-label", "Zone 9 (demo): 69.4 µg/m³")
    assert "map=nox" in gallery.url
    gallery.get_by_text("As a table").last.click()
    expect(gallery.get_by_role("table", name="NOx, in µg/m³")).to_be_visible()
    expect(gallery.get_by_role("table", name="Flow, in vehicles/h")).to_be_hidden()


def test_without_script_a_quantity_is_chosen_by_its_address(page_in) -> None:
    page = page_in(GALLERY, "en", scripts=False)
    page.locator("#map").get_by_role("link", name="NOx").click()
    assert page.locator("#map .map-zone.q4").count() > 0
    expect(page.locator("#map .map-legend:visible").first).to_contain_text("µg/m³")
