"""The glossary gives the Chinese terms that people really read on the pages."""

import re

from tests.docs.pages import ROOT

SOURCES = ("*.po", "*.py", "*.html", "*.json", "*.bpmn")


def terms():
    """English and each Chinese term of every row; those in italics are told to be on no page."""
    for line in (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and not set(cells[0]) <= {"-"}:
            for term in re.split("[；，：、]", cells[1]):
                if term and not term.startswith("*") and term != "中文":
                    yield cells[0], term


def test_every_term_is_used():
    used = "".join(
        path.read_text("utf-8") for kind in SOURCES for path in (ROOT / "src").rglob(kind)
    )
    found = list(terms())
    assert len(found) > 60
    assert [term for term in found if term[1] not in used] == []
