"""The components in a real browser: accessible, operable by keyboard, alive."""

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import VIEWS

PAGES = (
    "/web/gallery/",
    "/web/gallery/queue/",
    "/web/gallery/queue/3/",
    "/web/gallery/applicant/",
    "/web/gallery/errors/409/",
)


@pytest.mark.parametrize(("language", "theme", "size"), VIEWS)
def test_pages_are_in_order(page_in, in_order, language, theme, size) -> None:
    for path in PAGES:
        page = page_in(path, language, theme, size)
        if page.locator(".diagram").count():
            expect(page.locator(".diagram .mark-late")).to_be_visible()
        in_order(page)


def test_rows_are_reached_and_opened_by_keyboard(page_in) -> None:
    page = page_in("/web/gallery/queue/", "en")
    page.keyboard.press("j")
    page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.closest('tr').dataset.row")
    assert focused == page.locator("tr[data-row]").nth(1).get_attribute("data-row")
    page.keyboard.press("Enter")
    expect(page.locator("#detail h2")).to_be_visible()
    expect(page.locator("tr[aria-selected=true]")).to_have_attribute("data-row", focused)
    assert page.url.endswith("/web/gallery/queue/")


def test_search_filter_and_sort_keep_the_address(page_in) -> None:
    page = page_in("/web/gallery/queue/", "en")
    page.keyboard.press("/")
    page.keyboard.type("shop 1")
    expect(page.locator(".queue-count")).to_contain_text("11 items")
    assert "q=shop" in page.url
    page.select_option("select[name=state]", "late")
    page.wait_for_url("**state=late**")
    page.get_by_role("link", name="Code", exact=True).click()
    page.wait_for_url("**sort=code**")
    assert "state=late" in page.url
    assert "q=shop" in page.url
    page.reload()
    expect(page.locator("th[aria-sort]")).to_contain_text("Code")


def test_a_list_works_without_script(page_in) -> None:
    page = page_in("/web/gallery/queue/", "en", scripts=False)
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".pages")).to_contain_text("Page 2")
    page.locator("input[type=search]:visible").fill("0007")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("tr[data-row]")).to_have_count(1)
    page.locator(".row-link").click()
    expect(page.locator("main h2").first).to_contain_text("Sample shop 7")


def test_theme_and_language_are_switched_and_remembered(page_in) -> None:
    page = page_in("/web/gallery/", "zh-hans", "light")
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    page.get_by_role("button", name="切换浅色与深色").click()
    assert page.evaluate(ground) != before
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.url.endswith("/web/gallery/")


def test_an_irreversible_act_is_asked_about_once(page_in) -> None:
    page = page_in("/web/gallery/", "en")
    page.get_by_role("button", name="Refuse the permit").first.click()
    dialog = page.get_by_role("dialog", name="Refuse this permit?")
    expect(dialog).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()


def test_a_live_region_shows_events_newest_first(page_in) -> None:
    page = page_in("/web/gallery/", "en")
    expect(page.locator("[data-live] li").first).to_have_text("3")
    expect(page.locator("[data-live] li").last).to_have_text("1")


def test_a_live_region_that_is_told_to_reset_loads_the_page_afresh_once(page_in) -> None:
    page = page_in("/web/gallery/", "en")
    asked, loaded = [], []

    def answer(route):
        asked.append(route.request.url)
        if len(asked) > 1:
            route.continue_()
        else:
            reset = "id: 7\nevent: reset\ndata: reload\n\n"
            route.fulfill(content_type="text/event-stream", body=reset)

    # The page's own stream is open first, so that what is answered below is asked after it.
    expect(page.locator("[data-live]").first).to_have_attribute("data-live-state", "live")
    page.route("**/web/gallery/events/**", answer)
    page.on("framenavigated", lambda _: loaded.append(1))
    page.reload()
    expect(page.locator("[data-live] li").first).to_have_text("3")
    for _ in range(100):
        if len(loaded) > 1 and len(asked) > 1:
            break
        page.wait_for_timeout(50)
    page.wait_for_timeout(300)
    assert len(loaded) == 2
    assert "last_event_id" not in asked[1]


def test_a_chart_is_drawn_and_has_its_table(page_in) -> None:
    page = page_in("/web/gallery/", "en")
    expect(page.locator(".chart-canvas svg")).to_be_visible()
    page.locator(".chart").get_by_text("As a table").click()
    expect(page.get_by_role("table", name="Finished and overdue by week")).to_be_visible()


def test_the_keyboard_help_opens(page_in) -> None:
    page = page_in("/web/gallery/", "en")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()


def test_the_keyboard_help_tells_first_what_keys_do_on_this_page(page_in) -> None:
    page = page_in("/web/gallery/queue/", "en")
    page.locator(".row-link").first.click()
    expect(page.locator("[data-hotkey=a]")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    for _ in range(2):
        page.keyboard.press("?")
        keys = page.get_by_role("dialog", name="Keyboard")
        expect(keys.locator("dd").first).to_have_text("Check and finish")
        expect(keys.locator("kbd").first).to_have_text("a")
        expect(keys.locator("[data-of-page]")).to_have_count(1)
        page.keyboard.press("Escape")


@pytest.mark.parametrize(("language", "name"), [("zh-hans", "消防检查"), ("en", "Fire safety")])
def test_a_procedure_is_drawn_with_its_tokens(page_in, language, name) -> None:
    page = page_in("/web/gallery/", language)
    fire = page.locator(".diagram [data-element-id=fire]")
    expect(fire).to_have_class("djs-element djs-shape mark-late")
    expect(fire).to_contain_text(name)
