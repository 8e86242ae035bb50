"""Pages of digital projects and contract versions in a real browser."""

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import VIEWS

PAGES = {
    "steward1": (
        "/projects/",
        "/projects/new/",
        "/projects/SZ-2026-014/",
        "/projects/SZ-2026-014/decide/",
        "/projects/SZ-2026-014/interfaces/charging_piles/",
        "/projects/SZ-2026-014/interfaces/charging_piles/exempt/",
        "/exchange/zrzy/parcels/versions/2.0.0/",
        "/exchange/zrzy/parcels/versions/2.0.0/?mode=full",
    ),
    "zrzy03": (
        "/exchange/zrzy/parcels/",
        "/exchange/zrzy/parcels/versions/new/",
        "/exchange/zrzy/parcels/versions/2.0.0/withdraw/",
    ),
    "jtj01": (
        "/exchange/",
        "/projects/SZ-2026-014/interfaces/new/",
        "/projects/SZ-2026-014/withdraw/",
    ),
}


@pytest.fixture(scope="module")
def linjiang(linjiang_anew):
    return linjiang_anew


@pytest.mark.parametrize(("language", "theme", "size"), VIEWS)
def test_pages_are_in_order(city, at_work, in_order, language, theme, size):
    for username, paths in PAGES.items():
        page = at_work(username, language, theme, size)
        for path in paths:
            assert page.goto(city + path).status == 200, path
            in_order(page)


def test_interfaces_are_tested_while_one_looks_on(city, at_work):
    """The endpoint is called over HTTP by the worker; the page follows and says what was found."""
    page = at_work("jtj01", "en")
    page.goto(f"{city}/projects/SZ-2026-014/")
    page.get_by_role("button", name="Test the interfaces").click()
    expect(page.get_by_role("link", name="What was found")).to_be_visible(timeout=30_000)
    expect(page.locator("main")).to_contain_text("Does not conform")
    page.get_by_role("link", name="What was found").click()
    expect(page.locator("main")).to_contain_text("Keys tell records apart")
    expect(page.locator("main")).to_contain_text("120 records")


def test_a_version_is_compared_before_it_is_published(city, at_work):
    page = at_work("wjw03", "en")
    page.goto(f"{city}/exchange/wjw/hospital_beds/versions/new/")
    box = page.locator("textarea[name=contract]")
    text = box.input_value()
    assert "version: 1" in text
    box.fill(text.replace("required: true", "required: false"))
    page.get_by_role("button", name="Compare with the version in force").click()
    expect(page.locator("main")).to_contain_text("may now be absent")
    expect(page.locator("main")).to_contain_text("does not grow enough")
    page.get_by_role("button", name="Change").click()
    expect(page.locator("textarea[name=contract]")).to_have_value(
        text.replace("required: true", "required: false").strip()
    )
