"""A department joins the exchange in a real browser, in both languages.

Its system and key are registered, a contract is drafted from its table and published with it; it
applies, is granted by the source's steward, takes an extract, subscribes to a feed; a resident
objects, and the correction arrives at the department that had received the record; a part of the
extract turns up and names it.
"""

import datetime as dt
import re
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from playwright.sync_api import expect
from tests.e2e.thread.people import company

from heli.client import HeliClient

TABLE = "编号,名称,学位数\nXX0001,滨江小学,900\nXX0002,北山小学,600\n"
CODE = re.compile(r"(YY|GZ)-[0-9A-Z]{6}-\d\d")
UNTIL = (dt.date.today() + dt.timedelta(days=200)).isoformat()  # noqa: DTZ011 - a form's date


def system_of(linjiang, department):
    """The client of a department's system, whose key lies in the demo city's home."""
    path = linjiang.home / "keys" / "systems" / f"{department}.pem"
    key = load_pem_private_key(path.read_bytes(), None)
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    key_id = f"{department}-{sha256(public).hexdigest()[:16]}"
    return HeliClient(linjiang.url, key_id, key, timeout=60)


def register_system(security, name):
    key = Ed25519PrivateKey.generate().public_key()
    security.go("organisation:systems")
    security.follow("Register a system")
    page = security.page
    page.locator('[name="name_zh"]').fill(name)
    page.locator('[name="department"]').select_option("jyj")
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    page.locator('[name="public_key"]').fill(pem)
    security.shot("system")
    page.locator("main form button.btn-primary").click()
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    expect(page.locator("main")).to_contain_text(f"jyj-{sha256(raw).hexdigest()[:16]}")


def publish(steward, name):
    table = {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    steward.go("exchange:catalogue")
    steward.follow("Publish a resource")
    steward.page.locator('[name="table"]').set_input_files(table)
    steward.press("Draft the contract from the file")
    expect(steward.page.locator("#draft")).to_contain_text("学位数")
    steward.shot("draft")
    written = steward.page.locator('[name="contract"]')
    text = written.input_value().replace(f"businessName: {name}", "businessName: 小学")
    for number, title in enumerate(("Number", "Name", "Places"), 1):
        text = text.replace(f"Field {number}", title)
    written.fill(text)
    steward.page.locator('[name="condition_zh"]').fill("限履行法定职责使用")
    steward.shot("publish")
    steward.page.locator("main form button.btn-primary").click()
    steward.shot("publish-check")
    steward.page.locator("button[name=confirm]").click()
    steward.page.locator('[name="category"]').select_option("3")
    steward.page.locator('[name="summary_zh"]').fill("全市小学")
    expect(steward.page.locator('[name="condition_zh"]')).to_have_value("限履行法定职责使用")
    steward.press("Save")
    expect(steward.page).to_have_url(re.compile(f"/jyj/{name}/$"))
    steward.shot("published")


def apply_for(steward, resource, purpose, fields, **more):
    steward.go("exchange:resource", *resource.split("/"))
    steward.follow("Apply for it")
    page = steward.page
    for field, value in {
        "purpose_zh": "入户家访",
        "purpose": purpose,
        "need": "家访前核对住址",
    }.items():
        page.locator(f'[name="{field}"]').fill(value)
    page.locator('[name="basis"]').select_option("education-12")
    page.locator('[name="until"]').fill(UNTIL)
    for field in fields:
        page.locator(f'[name="field_{field}"]').select_option("clear")
    if "binding" in more:
        page.locator('[name="binding"]').select_option(more["binding"])
        page.locator('[name="extract"]').fill(more["extract"])
    steward.shot(f"apply-{purpose}")
    steward.press("Check")
    expect(page.locator("dl.answers")).to_contain_text("入户家访")
    steward.shot(f"check-{purpose}")
    steward.press("Hand in")
    expect(page).to_have_url(re.compile("/applications/"))
    return page.url


def register_duty(authority, code):
    authority.go("exchange:duty_new")
    page = authority.page
    page.locator('[name="department"]').select_option("jyj")
    for field, value in {
        "code": code,
        "title_zh": "控辍保学家访",
        "legal_ground": "《义务教育法》",
    }.items():
        page.locator(f'[name="{field}"]').fill(value)
    page.locator("main form button.btn-primary").click()
    expect(page).not_to_have_url(re.compile("/new/"))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_department_joins(linjiang, browser, language):
    short = "zh" if language == "zh-hans" else "en"
    purpose, duty = f"visits-{short}", f"home-visits-{short}"
    with company(browser, linjiang.url, language) as people:
        register_system(people.person("secadmin"), f"学籍系统{short}")
        steward = people.person("jyj03")
        publish(steward, f"schools_{short}")
        register_duty(people.person("steward1"), duty)
        application = apply_for(
            steward, "gaj/residents", purpose, ["name", "address"],
            binding="public_task", extract="100000",
        )  # fmt: skip

        source = people.person("gaj03")
        source.page.goto(application)
        source.page.locator('[name="review-text"]').fill("用途与职责相符。")
        source.press("Send it to decision")
        expect(source.page.locator('[name="grant-until"]')).to_have_value(UNTIL)
        source.shot("to-decide")
        source.press("Grant access")
        source.sees("Open the grant")
        source.shot("granted")

        steward.page.goto(application)
        steward.follow("Open the grant")
        steward.shot("grant")
        steward.follow("Ask for an extract")
        steward.page.locator('[name="task"]').select_option(duty)
        steward.press("Ask for the file")
        fetch = steward.page.get_by_role("button", name=steward.word("Fetch the file"))
        expect(fetch).to_be_visible(timeout=60_000)
        steward.shot("extract-ready")
        extract = steward.page.url.rstrip("/").rpartition("/")[2]
        with steward.page.expect_download() as download:
            fetch.click()
        taken = download.value.path().read_text("utf-8-sig")
        assert "示例居民" in taken

        apply_for(steward, "scjg/enterprises", purpose, ["credit_code", "name"])
        steward.sees("Open the grant")
        steward.go("feeds:subscribe", "scjg", "enterprises")
        steward.page.locator('[name="purpose"]').select_option(purpose)
        steward.page.locator('[name="transport"][value="stream"]').check()
        steward.page.locator("main form button.btn-primary").click()
        expect(steward.page).to_have_url(re.compile("/subscriptions/"))
        steward.shot("subscribed")

        correction_arrives(linjiang, people, steward, purpose, duty)
        leak_is_traced(people.person("supervisor1"), taken, extract)


def correction_arrives(linjiang, people, steward, purpose, duty):
    resident = people.person("applicant1")
    resident.go("openness:object_record", "gaj", "residents")
    number = linjiang.run("manage", "shell", "-c", NUMBER).stdout.strip().splitlines()[-1]
    with system_of(linjiang, "jyj") as heli:
        heli.lookup("gaj/residents", ("person", number), purpose=purpose, task=duty)
    address = f"临江市滨江路 {len(purpose)} 号"
    resident.page.locator('[name="claim_address"]').fill(address)
    resident.page.locator('[name="ground"]').fill("The register has an old address.")
    resident.press("File the objection")
    code = CODE.search(resident.page.url)[0]

    source = people.person("gaj03")
    source.go("openness:objections")
    source.page.locator(f'tr:has-text("{code}") a').first.click()
    source.page.locator('[name="outcome"][value="upheld"]').check()
    source.page.locator('[name="reason"]').fill("Checked against the papers.")
    source.press("Decide")
    source.follow("The correction and who was told")
    correction = CODE.search(source.page.url)[0]

    steward.page.goto(f"{linjiang.url}/openness/corrections/{correction}/")
    expect(steward.page.locator(".needs")).to_contain_text(address)
    steward.shot("correction")
    steward.page.locator('[name="action"][value="updated"]').check()
    steward.press("Answer")
    steward.sees("Answered")


def leak_is_traced(supervisor, taken, extract):
    rows = taken.splitlines(keepends=True)
    part = "".join(rows[: len(rows) // 2]).encode()
    supervisor.go("exchange:extracts")
    supervisor.follow("Trace a found file")
    supervisor.page.locator('[type="file"]').set_input_files(
        {"name": "found.csv", "mimeType": "text/csv", "buffer": part}
    )
    supervisor.page.locator("main form button.btn-primary").click()
    expect(supervisor.page.locator(f'main a[href*="{extract}"]').first).to_be_visible()
    supervisor.shot("traced")


NUMBER = """
from heli.demo.examples import examples
from heli.organisation.models import Person
print(examples(Person.objects.get(username="applicant1"))["person"])
"""
