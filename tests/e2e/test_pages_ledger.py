"""The ledger's pages when something is wrong: a silent witness, then one that refuses."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.site.conftest import Installation

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"wide": (1400, 980), "narrow": (390, 844)}
SHOTS = os.environ.get("HELI_TEST_SHOTS", "")

SILENCE = """
from heli.ledger import selectors, services
from tests.engines.translog.conftest import signer
from heli.engines.translog import SignatureType
key = signer("witness.scjg.example", SignatureType.COSIGNATURE, 21).verifier
text = str(selectors.trusted_keys()).split("group ")[0]
text = "".join(line + "\\n" for line in text.splitlines() if line.startswith("witness"))
names = " ".join(line.split()[1] for line in text.splitlines())
text += f"witness scjg {key} http://127.0.0.1:9\\ngroup all all {names} scjg\\nquorum all\\n"
services.set_policy(text, actor=services.OPERATOR)
"""

REFUSAL = """
import json
from heli.engines import translog
from heli.engines.translog.encoding import encode64
from heli.ledger import custody, services
from heli.ledger.witnesses import local_memory
name = custody.local_witnesses()[0]
memory = local_memory(name)
size, log = memory.state().size, custody.log_signer()
note = translog.sign_checkpoint(translog.Checkpoint(log.name, size, bytes(range(32))), log)
note = note.signed([translog.cosign(note, custody.witness_signer(name), 1_800_000_000)])
memory.path.write_text(json.dumps({
    "size": size, "root": encode64(bytes(range(32))), "checkpoint": str(note)}))
text = services.TrustPolicy.objects.last().text
services.set_policy(text, actor=services.OPERATOR)
"""


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    made = Installation(
        tmp_path_factory.mktemp("ledger") / "home",
        settings={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    )
    made.start().up()
    yield made
    made.clean_up()


def carry_out(made, script):
    set_up = "from heli.site.startup import setup\nsetup()\n"
    done = subprocess.run(
        [sys.executable, "-c", set_up + script], env=made.environment, cwd=ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture
def enter(browser, city):
    contexts = []

    def step(username, language, theme, size):
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        cookies = {"django_language": language, "heli_theme": theme}
        context.add_cookies([{"name": k, "value": v, "url": city.url} for k, v in cookies.items()])
        page = context.new_page()
        page.goto(city.url)
        token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
        context.request.post(
            f"{city.url}/demo/step-into/",
            form={"username": username, "csrfmiddlewaretoken": token},
            headers={"referer": city.url},
        )
        return page

    yield step
    for context in contexts:
        context.close()


def look(page, city, path, accessible, name):
    assert page.goto(city.url + path).status == 200, path
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


VIEWS = (
    ("zh-hans", "light", "wide"),
    ("zh-hans", "dark", "narrow"),
    ("en", "dark", "wide"),
    ("en", "light", "narrow"),
)


def test_a_silent_witness_is_seen_everywhere(city, enter, accessible):
    carry_out(city, SILENCE)
    time.sleep(12)
    for language, theme, size in VIEWS:
        page = enter("leader1", language, theme, size)
        name = f"{language}-{theme}-{size}"
        look(page, city, "/cockpit/", accessible, f"silent-cockpit-{name}")
        words = "签署账本的见证数量不足" if language == "zh-hans" else "Too few witnesses sign"
        expect(page.locator("[role=alert]")).to_contain_text(words)
        look(page, city, "/ledger/", accessible, f"silent-ledger-{name}")
        expect(page.locator("[role=alert]")).to_contain_text(words)
    page.locator("tr[data-row] a").first.click()
    page.get_by_role("link", name="What the receipt proves").click()
    expect(page.locator("main")).to_contain_text("Not yet proven")
    accessible(page)


def test_a_refusal_leads_to_its_evidence(city, enter, accessible):
    carry_out(city, REFUSAL)
    time.sleep(3)
    for language, theme, size in VIEWS:
        page = enter("leader1", language, theme, size)
        name = f"{language}-{theme}-{size}"
        look(page, city, "/cockpit/", accessible, f"refused-cockpit-{name}")
        look(page, city, "/ledger/evidence/", accessible, f"refused-list-{name}")
        page.goto(f"{city.url}/cockpit/")
        page.locator("[role=alert] a").click()
        page.wait_for_url("**/ledger/evidence/")
        page.locator(".row-link").first.click()
        expect(page.locator("pre").first).to_contain_text("AAECAwQFBgcICQ")
        look(page, city, page.url.removeprefix(city.url), accessible, f"refused-proof-{name}")
