"""Open data and corrections in a real browser.

A visitor browses and downloads; a resident objects to a record, the department upholds it, those
who had received the wrong version answer, and the resident sees it.
"""

import re

import pytest
from playwright.sync_api import expect
from tests.e2e.conftest import SIZES
from tests.e2e.thread.people import company

PUBLIC = ("/open/", "/open/hospital-beds/", "/open/enterprise-statistics/", "/open/?q=none",
          "/objections/", "/objections/new/record/gaj/residents/", "/objections/new/opening/",
          "/objections/progress/")  # fmt: skip
STEWARDS = ("/openness/publications/", "/openness/publications/new/",
            "/openness/publications/new/scjg/permits/statistics/", "/openness/objections/",
            "/openness/objections/all/", "/openness/corrections/")  # fmt: skip
PUT_RIGHT = re.compile("已更正本部门留存的数据|Put our copy right")
CODE = re.compile(r"(YY|GZ)-[0-9A-Z]{6}-\d\d")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_correction_travels(city, browser, language):
    address = "更正后的住址 8 号" if language == "zh-hans" else "Corrected Road 8"
    with company(browser, city, language) as people:
        resident = people.person("applicant1")
        resident.go("openness:object_record", "gaj", "residents")
        resident.page.locator('[name="claim_address"]').fill(address)
        resident.page.locator('[name="ground"]').fill("The register has an old address.")
        resident.page.locator('[name="evidence"]').set_input_files(
            {"name": "lease.txt", "mimeType": "text/plain", "buffer": b"lease"}
        )
        resident.press("File the objection")
        expect(resident.page.locator("main")).to_contain_text("lease.txt")
        code = CODE.search(resident.page.url)[0]
        resident.shot("filed")

        source = people.person("gaj03")
        source.go("openness:objections")
        source.page.get_by_role("link", name=code).or_(
            source.page.locator(f'tr:has-text("{code}") a')
        ).first.click()
        expect(source.page.locator('[name="claim_address"]')).to_have_value(address)
        source.page.locator('[name="outcome"][value="upheld"]').check()
        source.page.locator('[name="reason"]').fill("Checked against the papers.")
        source.shot("to-decide")
        source.press("Decide")
        source.follow("The correction and who was told")
        expect(source.page.locator("tbody tr").first).to_be_visible()
        correction = CODE.search(source.page.url)[0]
        told, answered = source.page.locator("tbody tr").count(), 0
        source.shot("who-was-told")

        for department in ("scjg", "zwzx"):
            consumer = people.person(f"{department}03")
            consumer.page.goto(f"{city}/openness/corrections/{correction}/")
            if not consumer.page.locator('[name="action"]').count():
                continue
            expect(consumer.page.locator(".needs")).to_contain_text(address)
            consumer.shot(f"received-{department}")
            consumer.page.locator('[name="action"][value="updated"]').check()
            consumer.press("Answer")
            consumer.sees("Answered")
            told, answered = told - 1, answered + 1

        resident.page.reload()
        resident.sees("Answered")
        expect(resident.page.locator(".told li")).to_have_count(told + answered)
        expect(resident.page.locator(".told")).to_contain_text(PUT_RIGHT)
        resident.shot("resident-sees")


def test_a_visitor_finds_looks_and_downloads(city, browser):
    with company(browser, city, "en") as people:
        visitor = people.person()
        visitor.go("openness:open")
        visitor.page.get_by_label("Search the open data").fill("beds")
        visitor.press("Search")
        visitor.follow("Hospital beds")
        visitor.sees("What is in it")
        expect(
            visitor.page.locator(".chart-canvas svg, .chart-canvas canvas").first
        ).to_be_visible()
        with visitor.page.expect_download() as download:
            visitor.page.get_by_role("link", name=re.compile("CSV")).first.click()
        assert download.value.suggested_filename == "hospital-beds-1.csv"
        content = download.value.path().read_bytes()
        assert content.startswith(b"\xef\xbb\xbffacility_no,")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_are_in_order(city, browser, in_order, language):
    with company(browser, city, language) as people:
        for username, pages in (("", PUBLIC), ("scjg03", STEWARDS)):
            person = people.person(username)
            for path in pages:
                for width, height in SIZES.values():
                    person.page.set_viewport_size({"width": width, "height": height})
                    assert person.page.goto(city + path).status == 200, path
                    in_order(person.page)
