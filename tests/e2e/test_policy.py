"""A planner tries a policy, end to end: drawn, run, compared, read, filed, cited."""

import datetime as dt
import re

from playwright.sync_api import expect
from tests.e2e.test_pages_editor import add, chosen, draw_rectangle

from heli.kernel import clock

PLANNER = "zrzy02"
MINUTE = 60_000
CODE = re.compile(r"LJ-\w{6}-\d\d")


def test_a_policy_is_drawn_tried_read_filed_and_cited(city, at_work):
    page = at_work(PLANNER, "en")
    page.goto(f"{city}/twin/")
    page.locator("h2").get_by_role("link", name="Linjiang").click()
    page.get_by_role("link", name="Draw a policy").click()

    draw_and_save(page)
    code = try_it(page, city)
    read(page)
    file_it(page)
    page.goto(f"{city}/twin/runs/{code}/")
    cite_it(page, city, code)


def draw_and_save(page):
    page.get_by_label("Title in Chinese").fill("画出的单号限行")
    page.get_by_label("Title in English").fill("Odd plates by hand")
    add(page, "plate-rule")
    draw_rectangle(page, "s02", "s13")
    assert chosen(page, "m0-area-zones") == ["s02", "s03", "s12", "s13"]
    page.get_by_role("button", name="Odd").click()
    page.locator("#m0-for-uses").get_by_label("Private cars").check()
    page.locator(".editor-form > .editor-end button").click()
    expect(page.get_by_text("Saved: Odd plates by hand.")).to_be_visible()


def try_it(page, city):
    """Compare it with the toll and with nothing; the run's code."""
    page.get_by_role("link", name="Try it").click()
    page.get_by_label("A toll on the middle bridge").check()
    page.get_by_label(re.compile("Roughly: 16 draws")).check()
    page.locator("[name=by_1]").select_option("nox@old-town")
    page.get_by_role("button", name="See what they do").click()
    expect(page.get_by_role("link", name="Everything (JSON)")).to_be_visible(timeout=15 * MINUTE)
    return re.search(r"TW-\w{6}-\d\d", page.url)[0]


def read(page):
    """The verdicts, what would reverse them, the maps and the figures."""
    expect(page.locator("h1")).to_contain_text("Old Town")
    verdicts = page.locator("#verdicts")
    expect(verdicts).to_contain_text("Odd plates by hand")
    expect(verdicts).to_contain_text("Leaving all as it is")
    expect(verdicts).to_contain_text("What would reverse it?")
    expect(page.locator("svg.map-svg").first).to_be_visible()
    expect(page.locator("#figures")).to_contain_text("Middle bridge")


def file_it(page):
    page.get_by_role("link", name="File as a prediction").click()
    begin = clock.today() + dt.timedelta(days=30)
    page.get_by_role("radio", name="Odd plates by hand").check()
    page.locator("[name=observed_from]").fill(begin.isoformat())
    page.locator("[name=observed_to]").fill((begin + dt.timedelta(days=27)).isoformat())
    page.get_by_role("button", name="File the prediction").click()
    expect(page.locator("main")).to_contain_text("Odd plates by hand")
    assert "/predictions/" in page.url


def cite_it(page, city, run):
    """In a matter that lies on the planner's desk; its timeline tells of it from then on."""
    page.goto(f"{city}/cases/")
    matter = CODE.search(page.locator("main").inner_text())[0]
    page.goto(f"{city}/twin/runs/{run}/cite/")
    page.locator("[name=matter]").fill(matter.lower())
    page.get_by_role("button", name="Cite it").click()
    expect(page.locator("main")).to_contain_text(matter)
    page.goto(f"{city}/cases/m/{matter}/")
    expect(page.locator("main")).to_contain_text(run)
