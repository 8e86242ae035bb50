"""Walk all pages that somebody is led to, and say what is wrong with each.

A walk follows links as a reader would, from the start page on: per pattern of addresses one page is
looked at, and a few more are asked for only. What is wrong is gathered, not raised, so that one
walk tells everything.
"""

import re
from collections import Counter, deque
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Error

SIZES = {"wide": {"width": 1400, "height": 980}, "narrow": {"width": 390, "height": 844}}
REFLOW = {"width": 320, "height": 844}
"""As narrow as a page may have to be without scrolling both ways: WCAG 2.1, criterion 1.4.10."""
FIRST = (("zh-hans", "wide"), ("en", "narrow"))
LATER = (("en", "wide"), ("zh-hans", "narrow"))
MORE = 1
MORE_OF_OLD = 4
"""Addresses of a pattern that are only asked for, beside the one looked at."""

FILES = frozenset({
    "healthz", "ledger:keys", "ledger:receipt_file", "exchange:version_file",
    "exchange:extract_proof",
    "openness:robots", "openness:catalogue", "openness:feed",
    "openness:dataset_document", "openness:dataset_feed", "openness:download",
    "openness:evidence", "cases:attachment", "cases:model", "demo:interface",
    "alerts:part", "alerts:stream", "cockpit:figures", "cockpit:news", "cockpit:stream",
    "cases:matter_live", "projects:progress", "web:gallery_events",
    "twin:progress", "twin:data", "twin:city_file", "twin:build_progress",
    "twin:build_recipe", "twin:report", "twin:prediction_figures",
})  # fmt: skip
"""Answers that are no page: files, streams, parts of pages."""

LABELS = "h1, h2, h3, button, nav a, th, label, legend, summary, dt, .eyebrow, .tile-label"
CONTENT = "body [lang], [translate=no], code, .code, kbd, pre, td, .dept-badge, .dept-name, .person"
CHINESE = re.compile(r"^[^A-Za-z]*[\u3400-\u9fff][^A-Za-z]*$")
ENGLISH = re.compile(
    r"[A-Za-z]{3,}(?:[ ,][A-Za-z]{2,})+|^[^\u3400-\u9fff]*\b[A-Z]?[a-z]{3,}\b[^\u3400-\u9fff]*$"
)
HREF = re.compile(r'<a [^>]*?href="([^"]+)"')
STREAMS = ("/stream/", "/events/")
RAW = re.compile(r"\{\{|\}\}|\{%|%\}|%\(|\bNone\b|<\w+ object|\bundefined\b|\bNaN\b")

READ = """([labels, content]) => {
  const spoken = (element) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll(content + ", svg, script, select, textarea").forEach((e) => e.remove());
    return copy.textContent.replace(/\\s+/g, " ").trim();
  };
  const shown = (e) => e.checkVisibility() && !e.parentElement.closest(content);
  const body = document.body.cloneNode(true);
  body.querySelectorAll("pre, code, script, style, textarea, svg").forEach((e) => e.remove());
  return {
    labels: [...document.querySelectorAll(labels)].filter((e) => shown(e) && !e.matches(content))
      .map((e) => [e.localName, spoken(e)]),
    text: body.textContent,
    links: [...document.querySelectorAll("a[href]:not([download])")].map((e) => e.href),
    cut: [...document.querySelectorAll(".scroll:has(> .table:not(.data-grid))")]
      .filter((e) => innerWidth < 700 && e.scrollWidth > e.clientWidth + 1)
      .map((e) => e.ariaLabel ?? e.outerHTML.slice(0, 90)),
    wide: document.documentElement.scrollWidth - innerWidth,
    widest: [...document.querySelectorAll("main *")]
      .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
      .slice(0, 3).map((e) => e.outerHTML.slice(0, 90)),
  };
}"""

DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Until scripts have answered a new size."""


def pattern_of(address: str) -> str:
    """Name of the pattern of an address; empty for one that is not Heli's."""
    try:
        return resolve(urlsplit(address).path).view_name
    except Resolver404:
        return ""


@dataclass
class Seen:
    """What all walks together have looked at.

    Attributes:
        views: Language and size of every visit, per pattern.
        walkers: Who has finished.
    """

    views: dict[str, Counter] = field(default_factory=dict)
    walkers: set[str] = field(default_factory=set)

    def next_views(self, pattern: str):
        """In which languages and sizes to look at a page now: first all of it, later by turns."""
        before = self.views.get(pattern)
        return LATER[before.total() % 2 :][:1] if before else FIRST


@dataclass
class Walk:
    """One person's way through the pages.

    Attributes:
        only_new: Look at pages only that nobody has seen, and ask for more of the others.
        faults: One line per fault, beginning with the view and the address.
        places: The address at which each pattern was looked at.
    """

    page: object
    url: str
    seen: Seen
    only_new: bool = False
    faults: list[str] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    asked: Counter = field(default_factory=Counter)
    known: set[str] = field(default_factory=set)
    where: str = ""

    def __post_init__(self):
        self.page.on("pageerror", lambda error: self.fault(f"script: {error}"))
        self.page.on(
            "console", lambda m: self.fault(f"console: {m.text}") if m.type == "error" else None
        )

    def fault(self, text: str) -> None:
        self.faults.append(f"{self.where}: {text}")

    def all_from(self, *starts: str) -> None:
        """Look at every page that can be reached by links."""
        waiting = deque((start, "") for start in starts)
        while waiting:
            address, source = waiting.popleft()
            if address in self.known or "sort=" in address:
                continue
            self.known.add(address)
            pattern = pattern_of(address)
            if self.to_ask(address, pattern):
                self.asked[pattern] += 1
                most = MORE_OF_OLD if self.only_new else MORE
                links = self.ask(address, source) if self.asked[pattern] <= most else []
            else:
                self.places[pattern] = address
                links = self.look_at(address, pattern, source)
            waiting.extend((link, address) for link in links)

    def to_ask(self, address: str, pattern: str) -> bool:
        """Whether an address is only asked for, not looked at."""
        if pattern in FILES or not pattern or address.startswith("/api/"):
            return True
        return pattern in self.places or (self.only_new and pattern in self.seen.views)

    def ask(self, address: str, source: str) -> list[str]:
        """Only see that an address answers; returns the addresses that its links lead to."""
        if address.endswith(STREAMS):
            return []
        answer = self.page.request.get(self.url + address)
        if answer.status >= 400:
            self.where = address
            self.fault(f"answers {answer.status}, linked from {source}")
        if "html" not in answer.headers.get("content-type", ""):
            return []
        return [link for each in HREF.findall(answer.text()) if (link := self.own(unescape(each)))]

    def look_at(self, address: str, pattern: str, source: str) -> list[str]:
        """Look at a page; returns the addresses that its links lead to."""
        links: list[str] = []
        first = pattern not in self.seen.views
        for language, size in self.seen.next_views(pattern):
            self.where = f"{language} {size} {address}"
            self.page.context.add_cookies(
                [{"name": "django_language", "value": language, "url": self.url}]
            )
            self.page.set_viewport_size(SIZES[size])
            try:
                answer = self.page.goto(self.url + address, wait_until="load")
            except Error as error:
                self.fault(f"{error.message.splitlines()[0]}, linked from {source}")
                break
            if answer.status >= 400:
                self.fault(f"answers {answer.status}, linked from {source}")
                break
            landed = urlsplit(self.page.url).path
            if pattern_of(landed) != pattern:
                links.append(landed)
                break
            found = self.page.evaluate(READ, [LABELS, CONTENT])
            links += found["links"]
            self.judge(found, language)
            if first:
                self.accessible()
            if size == "narrow":
                self.reflows()
            self.seen.views.setdefault(pattern, Counter())[language, size] += 1
        return [link for each in links if (link := self.own(each))]

    def own(self, link: str) -> str:
        """Path and query of a link into Heli; empty for any other."""
        parts = urlsplit(link)
        if parts.netloc and f"{parts.scheme}://{parts.netloc}" != self.url:
            return ""
        if parts.scheme not in ("", "http") or not parts.path.startswith("/"):
            return ""
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def judge(self, found: dict, language: str) -> None:
        """Overflow, words of the other language, remnants of templates."""
        if found["wide"] > 0:
            self.fault(f"wider than the screen by {found['wide']} px: {found['widest']}")
        for table in found["cut"]:
            self.fault(f"a table is cut: {table}")
        foreign = CHINESE if language == "en" else ENGLISH
        for kind, text in dict.fromkeys(map(tuple, found["labels"])):
            if foreign.search(text):
                self.fault(f"{kind} in the other language: {text[:90]}")
        if raw := RAW.search(found["text"]):
            start = max(raw.start() - 30, 0)
            self.fault(f"raw: {' '.join(found['text'][start : raw.end() + 30].split())}")

    def reflows(self) -> None:
        self.page.set_viewport_size(REFLOW)
        self.page.evaluate(DRAWN)
        found = self.page.evaluate(READ, [LABELS, CONTENT])
        if found["wide"] > 0:
            self.fault(f"wider than {REFLOW['width']} px by {found['wide']}: {found['widest']}")

    def accessible(self) -> None:
        for violation in Axe().run(self.page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                places = "; ".join(node["html"][:140] for node in violation["nodes"][:3])
                self.fault(f"axe {violation['id']}: {places}")
