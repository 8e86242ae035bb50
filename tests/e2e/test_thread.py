"""The thread, in a real browser: one matter, one code, several departments, live.

As applicant apply for «open a restaurant»; as ambassador take in another; as four officers work
side by side, one asking for a supplement, one asking another department for help; watch the
cockpit move; verify a receipt with the network unplugged.
"""

import json
import subprocess
import sys

import pytest
from playwright.sync_api import expect
from tests.e2e.thread import filing, office
from tests.e2e.thread.people import company

TEXTS = {
    "zh-hans": {
        "shop": "江畔示例小馆",
        "desk_shop": "窗口示例面馆",
        "opinion": "经核查，符合要求。",
        "supplement": "请补交疏散通道平面图。",
        "ground": "消防法第十五条",
        "answer": "平面图已补交，疏散通道净宽 1.4 米。",
        "help": "请协助核实该址是否设有专用烟道。",
        "helped": "该址设有专用烟道，可直通屋面。",
    },
    "en": {
        "shop": "Example Riverside Kitchen",
        "desk_shop": "Example Desk Noodles",
        "opinion": "Checked and found in order.",
        "supplement": "Please hand in a floor plan of the escape routes.",
        "ground": "Fire Protection Law, art. 15",
        "answer": "The plan is handed in; the escape route is 1.4 m wide.",
        "help": "Please check whether these premises have a flue of their own.",
        "helped": "They have one; it leads above the roof.",
    },
}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_thread(linjiang, browser, language):
    text = TEXTS[language]
    with company(browser, linjiang.url, language) as all_:
        visitor = all_.person()
        visitor.page.goto(linjiang.url)
        visitor.shot("start")

        applicant = all_.person("applicant1")
        slip = _apply(applicant, text)
        desk_slip = _take_in(all_.person("zwzx02"), text)
        assert desk_slip.code != slip.code

        leader = all_.person("leader1")
        leader.go("cockpit:home")
        expect(leader.page.locator(".news li, .news .fact").first).to_be_visible()
        leader.page.evaluate("window.neverReloaded = true")
        figures = leader.page.locator("#figures").inner_text()
        leader.shot("cockpit-before")

        _work_in_parallel(all_, applicant, slip, text)
        _hand_out(all_.person("zwzx02"), text)
        _cockpit_has_moved(leader, slip, figures)
        _it_has_ended(applicant, visitor, slip)
        _receipt_holds_without_network(linjiang, applicant, slip)


def _apply(applicant, text):
    applicant.go("cases:apply", "open-restaurant")
    applicant.shot("apply-offer")
    applicant.press("Begin")
    slip = filing.fill_in(applicant, text["shop"], "apply")
    assert slip.receipts >= 3, "what the city knows is filled in, with its seal"
    applicant.go("cases:mine")
    applicant.shot("apply-mine")
    applicant.go("cases:matter", slip.code)
    applicant.shot("apply-matter")
    return slip


def _take_in(ambassador, text):
    ambassador.shot("desk-home")
    ambassador.go("cases:intake")
    ambassador.shot("desk-intake")
    ambassador.go("cases:intake_for", "open-restaurant")
    page = ambassador.page
    name = page.locator('input[name="name"]')
    told = page.locator(f"#{name.get_attribute('aria-describedby').split()[0]}").inner_text()
    name.fill(told.rpartition("：" if "：" in told else ": ")[2].strip())
    ambassador.fill("How to reach them", "13900000001")
    number = page.locator('input[name="number"]')
    hint = page.locator(f"#{number.get_attribute('aria-describedby').split()[0]}").inner_text()
    number.fill(filing.EXAMPLE.search(hint).group())
    ambassador.shot("desk-who")
    ambassador.press("Continue")
    return filing.fill_in(ambassador, text["desk_shop"], "desk")


def _work_in_parallel(all_, applicant, slip, text):
    """Four departments have the matter open at once; none waits for another."""
    food, fire, environment, signs = (
        all_.person(name) for name in ("scjg02", "xfjy02", "sthj02", "cgj02")
    )
    food.shot("officer-home")
    for officer in (food, fire, environment, signs):
        office.open_task(officer, text["shop"])
    food.shot("officer-task")
    office.ask_supplement(fire, text["supplement"], text["ground"])
    fire.shot("officer-supplement-asked")
    office.ask_for_help(environment, "zjj", text["help"])
    environment.shot("officer-help-asked")
    office.approve(food, text["opinion"])
    food.shot("officer-approved")
    office.approve(signs, text["opinion"])

    _answer_supplement(applicant, slip, text)
    helper = all_.person("zjj02")
    _help(helper, text)

    office.open_task(fire, text["shop"])
    office.approve(fire, text["opinion"])
    office.open_task(environment, text["shop"])
    environment.reads(text["helped"])
    environment.shot("officer-help-given")
    office.approve(environment, text["opinion"])


def _hand_out(ambassador, text):
    """The departments have joined: the front desk hands everything out together."""
    office.open_task(ambassador, text["shop"])
    ambassador.shot("desk-hand-out")
    office.approve(ambassador, text["opinion"])


def _answer_supplement(applicant, slip, text):
    applicant.go("cases:matter", slip.code)
    applicant.reads(text["supplement"])
    applicant.shot("supplement-needed")
    applicant.page.locator("a[href*='/supplements/']:visible").first.click()
    applicant.page.locator("main form textarea").first.fill(text["answer"])
    applicant.shot("supplement-answer")
    applicant.press("Send the answer")
    applicant.sees("Nothing is needed of you")


def _help(helper, text):
    helper.go("cases:requests")
    helper.page.get_by_role("link", name=text["help"][:12]).first.click()
    expect(helper.page.locator("textarea[name=answer]")).to_be_visible()
    helper.shot("help-request")
    helper.fill("Your answer", text["helped"])
    helper.press("Send the answer")
    helper.sees("Answered: the department that asked has been told.")


def _cockpit_has_moved(leader, slip, figures):
    """News and figures came by themselves into the page that was open all along."""
    page = leader.page
    expect(page.locator(".news").get_by_text(slip.code).first).to_be_visible(timeout=15_000)
    page.wait_for_function(
        "before => document.querySelector('#figures').innerText !== before",
        arg=figures, timeout=20_000,
    )  # fmt: skip
    assert page.evaluate("window.neverReloaded") is True
    leader.shot("cockpit-after")


def _it_has_ended(applicant, visitor, slip):
    applicant.go("cases:matter", slip.code)
    applicant.sees("Completed")
    applicant.shot("matter-ended")
    visitor.go("cases:progress")
    visitor.shot("progress-ask")
    visitor.fill("Matter code", slip.code.lower())
    visitor.fill("Secret", slip.secret)
    visitor.press("Show the progress")
    visitor.reads(slip.code)
    visitor.sees("Completed")
    visitor.shot("progress-shown")
    page = visitor.page
    visitor.go("cases:progress")
    visitor.fill("Matter code", slip.code)
    visitor.fill("Secret", "WRONG222")
    visitor.press("Show the progress")
    expect(page.locator(".error-summary")).to_be_visible()
    visitor.shot("progress-refused")


def _receipt_holds_without_network(linjiang, applicant, slip):
    page = applicant.page
    applicant.go("cases:matter", slip.code)
    page.locator(".matter-side a").first.click()
    applicant.sees("What is proven")
    applicant.shot("receipt")
    folder = linjiang.home.parent
    for label, name in (
        ("Download the receipt", "receipt.json"),
        ("Download the public keys", "keys.txt"),
    ):
        with page.expect_download() as caught:
            applicant.follow(label)
        caught.value.save_as(folder / name)
    command = [sys.executable, "-m", "heli.site", "ledger", "verify"]
    arguments = [str(folder / "receipt.json"), "--keys", str(folder / "keys.txt"), "--json"]
    said = _unplugged([*command, *arguments], folder)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["valid"] is True

    document = json.loads((folder / "receipt.json").read_text())
    forged = json.dumps(document).replace(slip.code, "LJ-222222-22")
    assert forged != json.dumps(document)
    (folder / "forged.json").write_text(forged)
    said = _unplugged([*command, str(folder / "forged.json"), *arguments[1:]], folder)
    assert said.returncode == 1


NO_SOCKETS = """
import runpy, socket, sys
def refuse(*_, **__):
    raise OSError("the network is unplugged")
socket.socket = socket.create_connection = socket.getaddrinfo = refuse
sys.argv = sys.argv[1:]
runpy.run_module("heli.site", run_name="__main__")
"""


def _unplugged(command, folder):
    """Run it where there is no network: in a name space of its own, else without sockets."""
    if subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True).returncode == 0:
        command = ["unshare", "-n", *command]
    else:
        command = [sys.executable, "-c", NO_SOCKETS, "heli", *command[3:]]
    # Neither home nor settings of the city: whoever verifies has nothing but the two files.
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": "/usr/bin:/bin", "HELI_HOME": str(folder / "nowhere")},
    )  # fmt: skip
