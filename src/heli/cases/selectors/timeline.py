"""A matter's timeline: its facts, in words."""

from heli.cases.selectors.shapes import Entry
from heli.exchange.selectors import receipt_url
from heli.ledger.selectors import Fact
from heli.ledger.sentences import lead_of, tell
from heli.organisation.selectors import departments

# Facts of lower rooms that say the same as one of ours, or are of no interest to readers.
HIDDEN = ("clocks.clock.",)
SHOWN = 200


def timeline(code: str, reader: object, limit: int = SHOWN) -> list[Entry]:
    """What happened in a matter, newest first, with links to what the reader may open."""
    rows = Fact.objects.filter(matter=code).order_by("-at", "-id")
    for prefix in HIDDEN:
        rows = rows.exclude(verb__startswith=prefix)
    return [_entry(row, reader) for row in rows[:limit]]


def _entry(row: Fact, reader: object) -> Entry:
    lead = lead_of(row.verb, reader, row.matter, row.data)
    return Entry(
        at=row.at,
        sentence=tell(row.verb, row.data, department=row.department, matter=row.matter),
        verb=row.verb,
        fact=str(row.pk),
        department=departments().get(row.department),
        receipt_url=receipt_url(row.pk),
        url=lead.url,
        note=lead.note,
    )
