"""Every command, setting and link that the documentation names is there."""

import re

import pytest
from tests.docs.pages import ROOT, blocks, examples, pages
from tools.reference import commands

from heli.site.environment import SETTINGS

PAGES = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in pages()}
COMMANDS = dict(commands())
GROUPS = {path.rsplit(" ", 1)[0] for path in COMMANDS}
# Read by the tests alone, so not settings of an installation.
FOR_TESTS_AND_BENCH = {"HELI_REFERENCE_DATA", "HELI_TAP_B", "HELI_TEST_POSTGRES_URL"}

_INLINE = re.compile(r"`((?:\.venv/bin/)?heli [^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def typed(text):
    """Commands of the console blocks of a page, cut at pipes and redirections."""
    for block in blocks(text):
        if block.language in {"console", "sh"}:
            lines = (
                [command for command, _ in examples(block)]
                if block.language == "console"
                else block.text.splitlines()
            )
            for line in lines:
                yield from (part.strip() for part in re.split(r"\|\||&&|[|;]", line))


def mentioned(text):
    """Commands of Heli in console blocks and in running text."""
    for command in [*typed(text), *_INLINE.findall(text)]:
        words = command.removeprefix(".venv/bin/").split(" #")[0].split()
        if words[:1] == ["heli"]:
            yield command, words


MENTIONED = [
    pytest.param(command, words, id=f"{page}: {command}")
    for page, text in PAGES.items()
    for command, words in mentioned(text)
]


def resolve(words):
    """The command that words call, and the words after it; None for a group named as ``…``."""
    for length in range(len(words), 0, -1):
        path = " ".join(words[:length])
        if path in COMMANDS:
            return COMMANDS[path], words[length:]
        if path in GROUPS and words[length:] in ([], ["…"]):
            return None, []
    raise AssertionError(f"there is no command {' '.join(words)}")


def test_the_documentation_names_commands():
    assert len(MENTIONED) > 30


@pytest.mark.parametrize(("command", "words"), MENTIONED)
def test_a_command_exists_with_its_options(command, words):
    found, rest = resolve(words)
    if found is None:
        return
    known = {name for item in found.params for name in (*item.opts, *item.secondary_opts)}
    used = {re.split("[ =]", word)[0] for word in rest if re.match(r"\[?--\w", word)}
    assert {word.strip("[]") for word in used} <= known | {"--help"}, command


@pytest.mark.parametrize("page", sorted(PAGES))
def test_settings_exist(page):
    named = set(re.findall(r"\bHELI_[A-Z_]*[A-Z]\b", PAGES[page]))
    assert named - FOR_TESTS_AND_BENCH <= set(SETTINGS)


@pytest.mark.parametrize("page", sorted(PAGES))
def test_make_targets_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", PAGES[page])) <= targets


@pytest.mark.parametrize("page", sorted(PAGES))
def test_links_lead_somewhere(page):
    folder = (ROOT / page).parent
    for link in _LINK.findall(PAGES[page]):
        if not re.match(r"[a-z]+:|#", link):
            assert (folder / link.split("#")[0]).exists(), link


@pytest.mark.parametrize("page", sorted(PAGES))
def test_tests_named_exist(page):
    for path, name in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGES[page]):
        assert (ROOT / path).exists(), path
        assert not name or f"def {name}(" in (ROOT / path).read_text("utf-8"), f"{path}::{name}"


def test_every_decision_is_in_the_index_and_says_what_it_costs():
    index = PAGES["docs/adr/README.md"]
    for page, text in PAGES.items():
        if re.match(r"docs/adr/\d", page):
            assert f"({page.removeprefix('docs/adr/')})" in index, page
            for part in ("Context", "Decision", "What it costs"):
                assert re.search(rf"^(## |\*\*){part}", text, re.MULTILINE), f"{page}: {part}"


def test_every_page_is_reached_from_the_index():
    index = PAGES["docs/README.md"]
    for page in PAGES:
        if (
            page.startswith("docs/")
            and not page.startswith("docs/adr/")
            and page != "docs/README.md"
        ):
            assert f"({page.removeprefix('docs/')})" in index, page
