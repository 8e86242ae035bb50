"""Officials' pages in a real browser: accessible, by keyboard, with and without script."""

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import VIEWS

PAGES = {
    "xfjy02": (
        "/cases/",
        "/cases/queue/department/",
        "/cases/requests/",
        "/cases/requests/asked/",
        "/cases/requests/closed/",
        "/cases/handovers/",
        "/cases/handovers/new/",
        "/cases/matters/",
        "/cases/search/?q=a",
        "/cases/inbox/",
        "/cases/procedures/",
        "/cases/procedures/open-restaurant/1/",
    ),
    "sthj02": ("/exchange/extracts/",),
    "supervisor1": (
        "/cases/procedures/publish/",
        "/cases/matters/",
        "/exchange/extracts/",
        "/exchange/extracts/trace/",
    ),
}

DATA = {
    "supervisor1": ("/alerts/kinds/new/", "/alerts/kinds/ >>"),
    "gaj03": (
        "/exchange/",
        "/exchange/gaj/residents/",
        "/exchange/gaj/residents/describe/",
        "/exchange/gaj/residents/grant/",
        "/exchange/gaj/residents/sample/",
        "/exchange/applications/",
        "/exchange/applications/ >>",
        "/exchange/accesses/",
        "/exchange/confirmations/",
        "/exchange/confirmations/new/",
        "/exchange/emergencies/",
        "/exchange/sessions/",
        "/exchange/publish/",
        "/exchange/publish/postgresql/",
        "/exchange/publish/http/",
        "/feeds/",
        "/feeds/gaj/residents/",
        "/feeds/subscriptions/",
        "/feeds/subscriptions/ >>",
        "/feeds/deliveries/",
        "/feeds/deliveries/dead/",
        "/alerts/",
        "/alerts/all/",
        "/alerts/all/ >>",
        "/alerts/duty/",
        "/alerts/duty/gaj/",
        "/alerts/kinds/",
        "/alerts/ask/",
        "/openness/corrections/ >>",
        "/openness/objections/ >>",
    ),
    "scjg03": ("/exchange/gaj/households/apply/", "/exchange/gaj/residents/ >>"),
    "steward1": (
        "/exchange/conflicts/",
        "/exchange/conflicts/ >>",
        "/exchange/provisions/",
        "/exchange/combinations/",
        "/exchange/duties/",
        "/exchange/duties/ >>",
        "/exchange/duties/new/",
        "/ledger/",
        "/ledger/evidence/",
    ),
}
"""Each in two views only; ``>>`` opens the first row of the list."""


@pytest.mark.parametrize(("language", "theme", "size"), VIEWS)
def test_pages_are_in_order(city, at_work, in_order, language, theme, size):
    for username, paths in PAGES.items():
        page = at_work(username, language, theme, size)
        for path in paths:
            assert page.goto(city + path).status == 200, path
            assert page.url == city + path
            if page.locator(".diagram").count():
                expect(page.locator(".diagram svg").first).to_be_visible()
            in_order(page)
    page = at_work("xfjy02", language, theme, size)
    page.goto(f"{city}/cases/queue/department/")
    page.locator(".row-link").first.click()
    expect(page.locator("#detail h2")).to_be_visible()
    in_order(page)


@pytest.mark.parametrize(
    ("language", "theme", "size"), [("zh-hans", "light", "narrow"), ("en", "dark", "wide")]
)
def test_pages_of_data_and_alerts(city, at_work, accessible, language, theme, size):
    """Accessible, inside the screen, and marked in the navigation where it has an entry."""
    for username, paths in DATA.items():
        page = at_work(username, language, theme, size)
        for path in paths:
            address, row, _ = path.partition(" >>")
            assert page.goto(city + address).status == 200, path
            if row:
                page.locator(".row-link").first.click()
                page.wait_for_url(lambda url, start=city + address: url != start)
            accessible(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            marked = page.locator("header nav [aria-current], .subnav [aria-current]")
            assert marked.count() >= 1, path


def test_a_task_is_decided_by_keyboard_alone(city, at_work):
    page = at_work("scjg02", "en")
    page.goto(f"{city}/cases/")
    rows = page.locator("tr[data-row]")
    before = rows.count()
    first = rows.first.get_attribute("data-row")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#detail textarea[name=opinion]")).to_be_visible()
    page.locator("#detail textarea[name=opinion]").fill("Seen and found in order.")
    page.locator("#detail h2").click()
    page.keyboard.press("a")
    expect(page.locator("#detail input[name=confirm]")).to_have_count(1)
    expect(page.locator("#detail")).to_contain_text("Seen and found in order.")
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#detail .said")).to_be_focused()
    expect(page.locator(f'tr[data-row="{first}"]')).to_have_count(0)
    assert page.locator("tr[data-row]").count() <= before
    left = page.locator(".queue-count").inner_text().split()[0]
    expect(page.locator("h1 .count")).to_have_text(left)


def test_what_was_typed_is_carried_from_act_to_act(city, at_work):
    page = at_work("sthj02", "en")
    page.goto(f"{city}/cases/")
    page.locator(".row-link").first.click()
    page.locator("#detail textarea[name=opinion]").fill("Half a sentence")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Ask for a supplement").click()
    page.get_by_label("What the applicant has to add").fill("A plan")
    page.locator('#detail button[name=do][value="supplement"]').click()
    expect(page.locator("#detail .error-summary")).to_be_focused()
    expect(page.get_by_label("What the applicant has to add")).to_have_value("A plan")
    page.locator('#detail button[name=open][value="approve"]').click()
    expect(page.locator("#detail textarea[name=opinion]")).to_have_value("Half a sentence")


def test_everything_works_without_script(city, at_work):
    page = at_work("cgj02", "en", scripts=False)
    page.goto(f"{city}/cases/")
    page.get_by_role("button", name="Take the next").click()
    if "task=" in page.url:
        page.goto(f"{city}/cases/t/{page.url.split('task=')[1]}/")
    else:
        page.locator(".row-link").first.click()
    page.get_by_label("Opinion").fill("In order")
    page.get_by_role("button", name="Check and approve").click()
    expect(page.locator("main")).to_contain_text("In order")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.locator(".toast.success")).to_be_visible()
    expect(page.locator(".outcome")).to_contain_text("In order")
