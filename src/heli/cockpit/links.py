"""Ways to pages of other rooms; empty where the room has no such page."""

from django.urls import NoReverseMatch, reverse


def matter(code: str) -> str:
    """The page of a matter."""
    return _to("cases:matter", code) if code else ""


def receipt(fact_id: object) -> str:
    """The receipt of a fact."""
    return _to("ledger:receipt", fact_id)


def _to(name: str, argument: object) -> str:
    try:
        return reverse(name, args=[argument])
    except NoReverseMatch:
        return ""
