"""People of Linjiang in a real browser: each has a browser of their own and steps in by one click.

Words on buttons are found through the product's own catalogue, so the same steps play in every
language.
"""

import os
import re
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from django.urls import reverse
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[3]
SHOTS = Path(os.environ.get("HELI_SHOTS", ROOT / "shots"))
HARMLESS = re.compile(r"status of 4\d\d")


@cache
def catalogue():
    """Every message of the product with what it is in Chinese, in whatever room and context."""
    found = {}
    for path in (ROOT / "src" / "heli").rglob("locale/zh_Hans/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            for entry in read_po(file):
                if entry.id and isinstance(entry.id, str) and entry.string:
                    found.setdefault(entry.id, set()).add(entry.string)
    return found


class Album:
    """Screenshots of one run, numbered as they are taken."""

    def __init__(self, language):
        self.folder = SHOTS / "thread" / language
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob("*.png"):
            old.unlink()
        self.count = 0

    def take(self, page, step):
        self.count += 1
        path = self.folder / f"{self.count:02}-{step}.png"
        page.screenshot(path=str(path), full_page=True)


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, browser, url, language, album, username=""):
        self.url, self.language, self.album = url, language, album
        self.faults = []
        self.context = browser.new_context(
            viewport={"width": 1400, "height": 980}, accept_downloads=True
        )
        self.context.add_cookies([{"name": "django_language", "value": language, "url": url}])
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        if username:
            self.step_in(username)

    def _note(self, message):
        if message.type == "error" and not HARMLESS.search(message.text):
            self.faults.append(f"{self.page.url}: {message.text}")

    def step_in(self, username):
        """One click on the start page; who has no card of their own is in the list below."""
        self.page.goto(self.url + "/")
        card = self.page.locator(f'button[name="username"][value="{username}"]')
        if card.count():
            card.click()
        else:
            self.page.locator("details.others > summary").click()
            self.page.locator("#other").select_option(username)
            self.page.get_by_role("button", name=self.word("Step in")).click()
        self.page.wait_for_url(lambda address: address.rstrip("/") != self.url)

    def word(self, message, *, whole=True):
        """A message as it stands on the page; not ``whole`` where more may follow it."""
        words = {message} if self.language == "en" else catalogue()[message]
        found = "|".join(map(re.escape, sorted(words)))
        return re.compile(rf"^\s*({found})\s*{'$' if whole else ''}")

    def go(self, name, *arguments, query=""):
        answer = self.page.goto(self.url + reverse(name, args=arguments) + query)
        assert answer.status == 200, f"{name}: {answer.status}"

    def press(self, message):
        self.page.get_by_role("button", name=self.word(message)).first.click()

    def follow(self, message):
        self.page.get_by_role("link", name=self.word(message)).first.click()

    def fill(self, message, text):
        self.page.get_by_label(self.word(message, whole=False)).first.fill(text)

    def sees(self, message):
        self.reads(self.word(message))

    def reads(self, text):
        """A text stands on the page, visible."""
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    def shot(self, step):
        self.page.wait_for_load_state("load")
        self.page.evaluate("scrollTo(0, 0)")
        self.album.take(self.page, step)


class Company:
    """Everybody who takes part, closed together."""

    def __init__(self, browser, url, language):
        self.browser, self.url, self.language = browser, url, language
        self.album = Album(language)
        self.people = []

    def person(self, username=""):
        self.people.append(Person(self.browser, self.url, self.language, self.album, username))
        return self.people[-1]

    def close(self):
        faults = [fault for person in self.people for fault in person.faults]
        for person in self.people:
            person.context.close()
        return faults


@contextmanager
def company(browser, url, language):
    gathered = Company(browser, url, language)
    try:
        yield gathered
    except BaseException:
        for number, person in enumerate(gathered.people):
            person.page.screenshot(path=str(gathered.album.folder / f"failed-{number}.png"))
        gathered.close()
        raise
    faults = gathered.close()
    assert not faults, "\n".join(faults)
