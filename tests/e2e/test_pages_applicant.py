"""Applicants', desk's and public pages in a real browser: the whole path, accessible throughout."""

import re
from itertools import product

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import SIZES

pytestmark = pytest.mark.e2e
SEND = "main form[method=post] button.btn-primary"


@pytest.fixture
def enter(new_page, city):
    """Step in as somebody by a button of the start page, or stay nobody."""

    def step_in(username="", *view):
        page = new_page(city, *view)
        if username:
            page.locator(f'button[name="username"][value="{username}"]').first.click()
            page.wait_for_load_state()
        return page

    return step_in


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def on(page):
    page.locator(SEND).first.click()
    page.wait_for_load_state()


def example(page, key):
    """What the demo city offers to type."""
    hint = page.locator(f"#id_{key}_hint").inner_text()
    return re.findall(r"[0-9A-Z]{18,28}", hint)[0]


def fill_in(page, look):
    """From the procedure to the slip; ``look`` sees every page."""
    page.locator("form[action*=begin] button").click()
    page.wait_for_load_state()
    look(page)
    on(page)
    for key in ("credit_code", "unit_code"):
        page.fill(f"#id_{key}", example(page, key))
        on(page)
        expect(page.locator(".known .seal").first).to_be_visible()
        look(page)
        on(page)
    on(page)
    expect(page.locator("[data-error-summary]")).to_be_focused()
    look(page)
    page.fill("#id_shop_name", "江畔小馆")
    page.fill("#id_seats", "40")
    page.check("#id_dishes_0")
    page.check("#id_fume_0")
    on(page)
    look(page)
    page.check("#id_agree")
    on(page)
    look(page)


@pytest.mark.parametrize(
    ("language", "theme", "size"),
    [("zh-hans", "light", "wide"), ("en", "dark", "narrow")],
)
def test_the_whole_path_is_accessible(enter, accessible, city, language, theme, size):
    def look(page):
        accessible(page)
        fits(page)

    page = enter("applicant1", language, theme, size)
    page.goto(f"{city}/cases/apply/")
    look(page)
    page.goto(f"{city}/cases/apply/open-restaurant/")
    look(page)
    fill_in(page, look)
    code, secret = page.locator(".slip .code").all_inner_texts()
    page.goto(f"{city}/cases/m/{code}/")
    look(page)
    for fold in page.locator("details.unfold > summary").all():
        fold.click()
    look(page)
    page.goto(f"{city}/cases/mine/")
    expect(page.locator("main")).to_contain_text(code)
    look(page)
    visitor = enter("", language, theme, size)
    visitor.goto(f"{city}/cases/progress/?code={code}")
    look(visitor)
    visitor.fill("#id_secret", secret)
    on(visitor)
    expect(visitor.locator("main")).to_contain_text(code)
    look(visitor)


@pytest.mark.parametrize(("language", "size"), list(product(("zh-hans", "en"), SIZES)))
def test_the_desk_and_officials_pages_are_accessible(enter, accessible, city, language, size):
    page = enter("zwzx02", language, "light", size)
    for path in ("/cases/intake/", "/cases/intake/open-restaurant/", "/cases/mine/"):
        page.goto(city + path)
        accessible(page)
        fits(page)


def test_two_clicks_send_once(enter, city):
    page = enter("applicant2")
    page.goto(f"{city}/cases/apply/open-restaurant/")
    pages = []
    fill_in(page, pages.append)
    first = page.url
    page.go_back()
    page.goto(first.replace("/m/", "/drafts/").replace("/slip/", "/check/"))
    assert page.url == first
