"""The ledger's pages when something is wrong: a silent witness, then one that refuses."""

import os
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import expect
from tests.e2e.conftest import VIEWS

ROOT = Path(__file__).resolve().parents[2]
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


def carry_out(made, script):
    set_up = "from heli.site.startup import setup\nsetup()\n"
    done = subprocess.run(
        [sys.executable, "-c", set_up + script], env=made.environment, cwd=ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def look(page, linjiang, path, accessible, name):
    assert page.goto(linjiang.url + path).status == 200, path
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_a_silent_witness_is_seen_everywhere(linjiang, at_work, accessible):
    carry_out(linjiang, SILENCE)
    time.sleep(12)
    for language, theme, size in VIEWS:
        page = at_work("leader1", language, theme, size)
        name = f"{language}-{theme}-{size}"
        look(page, linjiang, "/cockpit/", accessible, f"silent-cockpit-{name}")
        words = "签署账本的见证数量不足" if language == "zh-hans" else "Too few witnesses sign"
        expect(page.locator("[role=alert]")).to_contain_text(words)
        look(page, linjiang, "/ledger/", accessible, f"silent-ledger-{name}")
        expect(page.locator("[role=alert]")).to_contain_text(words)
    page.locator("tr[data-row] a").first.click()
    page.get_by_role("link", name="What the receipt proves").click()
    expect(page.locator("main")).to_contain_text("Not yet proven")
    accessible(page)


def test_a_refusal_leads_to_its_evidence(linjiang, at_work, accessible):
    carry_out(linjiang, REFUSAL)
    time.sleep(3)
    for language, theme, size in VIEWS:
        page = at_work("leader1", language, theme, size)
        name = f"{language}-{theme}-{size}"
        look(page, linjiang, "/cockpit/", accessible, f"refused-cockpit-{name}")
        look(page, linjiang, "/ledger/evidence/", accessible, f"refused-list-{name}")
        page.goto(f"{linjiang.url}/cockpit/")
        page.locator("[role=alert] a").click()
        page.wait_for_url("**/ledger/evidence/")
        page.locator(".row-link").first.click()
        expect(page.locator("pre").first).to_contain_text("AAECAwQFBgcICQ")
        proof = page.url.removeprefix(linjiang.url)
        look(page, linjiang, proof, accessible, f"refused-proof-{name}")
