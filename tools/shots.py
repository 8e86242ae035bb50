"""Pictures of pages, to be looked at: both languages, wide and narrow, light and dark.

    python -m tools.shots --base http://127.0.0.1:8000 [--as leader] [--out shots] PATH ...

Nothing is started: Heli must be running with the demo city. ``--as`` steps into a demo persona
with its one-click button. Without a path the pages of ``tools/shots.txt`` are taken, or those of
``--pages FILE``: lines ``persona path``, where the persona ``-`` is nobody. A path ending in ``>>``
and the text of a link is followed once more: ``/cases/ >> LJ-``.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LANGUAGES = ("zh-hans", "en")
THEMES = ("light", "dark")
WIDTHS = {"wide": (1400, 980), "narrow": (390, 844)}
NOBODY = "-"
PAGES = ROOT / "tools" / "shots.txt"


def context_for(
    browser: Browser, base: str, language: str, theme: str, width: str
) -> BrowserContext:
    """A fresh browser session with language, theme and size set."""
    across, down = WIDTHS[width]
    context = browser.new_context(viewport={"width": across, "height": down})
    context.add_cookies(
        [
            {"name": "django_language", "value": language, "url": base},
            {"name": "heli_theme", "value": theme, "url": base},
        ]
    )
    return context


def step_into(context: BrowserContext, base: str, persona: str) -> None:
    """Sign in as a demo persona with its one-click button on the start page."""
    page = context.new_page()
    page.goto(base)
    page.locator(f'button[name="username"][value="{persona}"]').first.click()
    page.wait_for_load_state()
    page.close()


def name_of(path: str) -> str:
    """A file name for an address."""
    return re.sub(r"[^\w]+", "-", path).strip("-") or "start"


def wanted(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Pairs of persona and path."""
    if options.pages or not options.path:
        for line in Path(options.pages or PAGES).read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                persona, path = line.split(None, 1)
                yield persona, path.strip()
    for path in options.path:
        yield options.persona, path


def shoot(options: argparse.Namespace) -> int:
    """Take every picture; the number of pages that answered with an error."""
    out, faults = Path(options.out), 0
    out.mkdir(parents=True, exist_ok=True)
    pages = list(wanted(options))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for language, theme, width in product(options.language, options.theme, options.width):
            for persona in dict.fromkeys(persona for persona, _path in pages):
                context = context_for(browser, options.base, language, theme, width)
                if persona != NOBODY:
                    step_into(context, options.base, persona)
                page = context.new_page()
                for _persona, path in (pair for pair in pages if pair[0] == persona):
                    address, _, link = path.partition(" >> ")
                    answer = page.goto(options.base + address)
                    if link and page.locator("main a", has_text=link).count():
                        page.locator("main a", has_text=link).first.click()
                    page.wait_for_timeout(options.wait)
                    target = out / f"{name_of(path)}.{language}.{theme}.{width}.png"
                    page.screenshot(path=target, full_page=True)
                    status = answer.status if answer else 0
                    faults += status >= 400
                    print(f"{status} {target}", file=sys.stderr)
                context.close()
        browser.close()
    return faults


def main(arguments: list[str] | None = None) -> int:
    """Take pictures; 1 when a page answered with an error."""
    parser = argparse.ArgumentParser(prog="python -m tools.shots", description=__doc__)
    parser.add_argument("--base", default="http://127.0.0.1:8000")
    parser.add_argument("--as", dest="persona", default=NOBODY)
    parser.add_argument("--pages", help="file with lines: persona path")
    parser.add_argument("--out", default=str(ROOT / "shots"))
    parser.add_argument("--wait", type=int, default=700, help="milliseconds before the picture")
    parser.add_argument("--language", nargs="+", default=LANGUAGES, choices=LANGUAGES)
    parser.add_argument("--theme", nargs="+", default=THEMES, choices=THEMES)
    parser.add_argument("--width", nargs="+", default=list(WIDTHS), choices=list(WIDTHS))
    parser.add_argument("path", nargs="*")
    return 1 if shoot(parser.parse_args(arguments)) else 0


if __name__ == "__main__":
    sys.exit(main())
