"""Pages of the twin in a real browser: to be read by everybody, and filled while one looks on."""

import re

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import VIEWS

PAGES = {
    "zrzy02": (
        "/twin/",
        "/twin/ask/",
        "/twin/cities/linjiang/",
        "/twin/cities/linjiang/scenarios/odd-plates/",
        "/twin/cities/linjiang/scenarios/new/",
        "/twin/cities/linjiang/scenarios/odd-plates/edit/",
    ),
    "leader1": ("/twin/", "/twin/ask/?options=odd-plates&draws=0"),
    "supervisor1": (
        "/twin/",
        "/twin/cities/linjiang/",
        "/twin/cities/linjiang/scenarios/bus-line/",
    ),
}
MINUTES = 60_000


@pytest.fixture(scope="module")
def tried(city, browser):
    """The address of a simulation that is done, as somebody asks for it."""
    context = browser.new_context()
    context.add_cookies([{"name": "django_language", "value": "en", "url": city}])
    page = context.new_page()
    page.goto(city)
    page.locator('button[name="username"][value="zrzy02"]').first.click()
    page.wait_for_load_state()
    page.goto(f"{city}/twin/ask/?options=odd-plates&options=low-emission&draws=0")
    page.get_by_role("button", name="See what they do").click()
    expect(page.locator("h1")).to_contain_text("What would", timeout=MINUTES)
    address = page.url
    expect(page.get_by_role("link", name="Everything (JSON)")).to_be_visible(timeout=10 * MINUTES)
    yield address
    context.close()


@pytest.mark.parametrize(("language", "theme", "size"), VIEWS)
def test_pages_are_in_order(city, at_work, in_order, tried, language, theme, size):
    for username, paths in PAGES.items():
        page = at_work(username, language, theme, size)
        run = [tried, f"{tried}?group=low", f"{tried}cite/"] if username == "zrzy02" else [tried]
        for address in [*(city + path for path in paths), *run]:
            assert page.goto(address).status == 200, address
            in_order(page)


def test_figures_are_narrowed_without_leaving_the_page(at_work, tried):
    page = at_work("leader1", "en")
    page.goto(tried)
    figures = page.locator("#figures")
    expect(figures).to_contain_text("Middle bridge")
    figures.locator("select[name=place]").select_option(label="South Bank")
    expect(figures).not_to_contain_text("Middle bridge")
    figures.locator("select[name=group]").select_option(label="Low income")
    expect(figures).to_contain_text("Jobs that a resident reaches")
    assert re.search(r"place=.*group=low", page.url)


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_a_definition_in_a_table_that_scrolls_is_read_as_a_whole(at_work, tried, size):
    page = at_work("leader1", "en", "light", size)
    page.goto(tried)
    marks = page.locator("#figures details.definition")
    for mark in (marks.first, marks.last):
        mark.locator("summary").click()
        body = mark.locator(".menu-body")
        expect(body).to_be_in_viewport(ratio=1)
        on_top = "each => { const at = each.getBoundingClientRect(); return [[4, 4], "
        on_top += "[at.width - 4, at.height - 4]].every(([x, y]) => each.contains("
        on_top += "document.elementFromPoint(at.left + x, at.top + y))); }"
        assert body.evaluate(on_top)
        page.keyboard.press("Escape")
        expect(body).to_be_hidden()


def test_the_table_of_who_loses_is_seen_as_a_whole(at_work, tried):
    page = at_work("leader1", "en")
    page.goto(tried)
    scroll = page.locator("#losers .scroll")
    assert scroll.evaluate("each => each.scrollWidth <= each.clientWidth")
