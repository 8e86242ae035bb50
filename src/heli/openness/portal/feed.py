"""What changed in the open data, as an Atom feed (RFC 4287)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the feed.

    Attributes:
        key: Stays the same for ever and names no other change.
    """

    key: str
    at: dt.datetime
    title: str
    summary: str
    url: str
    author: str


def atom(
    *, identity: str, title: str, url: str, here: str, language: str, changes: Sequence[Change],
    at: dt.datetime,
) -> bytes:  # fmt: skip
    """The feed as a document.

    Args:
        identity: Name of the feed, a URI.
        title: Its title.
        url: The page it belongs to.
        here: Its own address.
        language: Language of its words.
        changes: The newest first.
        at: When the feed last changed, where there is no change.
    """
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": language})
    _text(feed, "id", identity)
    _text(feed, "title", title)
    _text(feed, "updated", (changes[0].at if changes else at).isoformat(timespec="seconds"))
    ET.SubElement(feed, f"{{{ATOM}}}link", {"rel": "self", "href": here})
    ET.SubElement(feed, f"{{{ATOM}}}link", {"rel": "alternate", "href": url, "type": "text/html"})
    for change in changes:
        entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
        _text(entry, "id", change.key)
        _text(entry, "title", change.title)
        _text(entry, "updated", change.at.isoformat(timespec="seconds"))
        _text(ET.SubElement(entry, f"{{{ATOM}}}author"), "name", change.author)
        ET.SubElement(entry, f"{{{ATOM}}}link", {"rel": "alternate", "href": change.url})
        _text(entry, "summary", change.summary)
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def _text(parent: ET.Element, name: str, text: str) -> None:
    # Signs that XML cannot hold would make the whole feed unreadable.
    clean = "".join(sign for sign in text if sign >= " " or sign in "\n\t")
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = clean
