"""Tables of the ledger's pages."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.engines.translog import Refusal
from heli.ledger import shown, shown_witnesses
from heli.ledger.models import Evidence, Fact
from heli.web.tables import Column, Filter, Table

ROOMS = [
    ("cases", pgettext_lazy("room", "Matters")),
    ("exchange", pgettext_lazy("room", "Data")),
    ("clocks", pgettext_lazy("room", "Clocks")),
    ("organisation", pgettext_lazy("room", "Organisation")),
    ("ledger", pgettext_lazy("room", "Ledger")),
]


def room(name: str) -> Q:
    """Facts of one room, as a range that the index on the verb serves."""
    return Q(verb__gte=f"{name}.", verb__lt=f"{name}/")


class FactTable(Table):
    """Facts in the order of the log, newest first."""

    columns = [
        Column("position", _("Entry"), sort="leaf_index", kind="number"),
        Column("at", _("When"), kind="datetime"),
        Column("sentence", _("What happened"), main=True),
        Column("department", _("Department"), wide=True),
        Column("matter", _("Matter"), kind="code", wide=True),
        Column("receipt_url", _("Receipt"), template="ledger/_cell_receipt.html"),
    ]
    filters = [
        Filter("room", _("About"), ROOMS, lambda rows, value: rows.filter(room(value))),
    ]
    caption = _("Facts in the order of the log")
    page_size = 15
    empty_title = _("No facts yet")
    empty_text = _("As soon as something happens in the city, it stands here.")

    def search_rows(self, rows: Any, text: str) -> Any:
        """Facts of the matters whose code contains the text, or the entry of that number."""
        found = Q(matter__icontains=text)
        if text.isdecimal() and len(text) < 19:
            found |= Q(leaf_index=int(text))
        return rows.filter(found)

    def row_url(self, row: Any) -> str:
        """The fact's page."""
        return str(row.url)

    def row_key(self, row: Any) -> str:
        """The fact's id."""
        return str(row.id)

    def decorate(self, rows: list[Fact]) -> list[Any]:
        """Put the facts into words."""
        return [shown.fact_row(row) for row in rows]


class EvidenceTable(Table):
    """What witnesses hold against the log, newest first."""

    columns = [
        Column("at", _("When"), sort="at", kind="datetime"),
        Column("witness", _("Witness of"), main=True),
        Column("why", _("Why it refused"), wide=True),
        Column("size", _("Entries offered"), sort="size", kind="number"),
        Column("remembered", _("Entries signed before"), kind="number", wide=True),
        Column("worth", _("Worth"), template="ledger/_cell_worth.html"),
    ]
    filters = [
        Filter(
            "refusal",
            _("Why it refused"),
            [
                ("fork", shown_witnesses.REFUSALS[Refusal.FORK]),
                ("rollback", shown_witnesses.REFUSALS[Refusal.ROLLBACK]),
                ("bad_proof", shown_witnesses.REFUSALS[Refusal.BAD_PROOF]),
            ],
            lambda rows, value: rows.filter(refusal=value),
        ),
    ]
    caption = _("Checkpoints that witnesses refused")
    page_size = 20
    empty_title = _("No witness has anything against this log")
    empty_text = _("A witness that finds the past changed refuses to sign; that stands here.")

    def search_rows(self, rows: Any, text: str) -> Any:
        """Evidence of witnesses whose name contains the text, or of a checkpoint of that size."""
        found = Q(department__icontains=text)
        if text.isdecimal() and len(text) < 19:
            found |= Q(size=int(text))
        return rows.filter(found)

    def row_url(self, row: Any) -> str:
        """The evidence's page."""
        return str(row.url)

    def row_key(self, row: Any) -> str:
        """The evidence's id."""
        return str(row.id)

    def decorate(self, rows: list[Evidence]) -> list[Any]:
        """Put the evidence into words."""
        return [shown_witnesses.evidence_row(row) for row in rows]
