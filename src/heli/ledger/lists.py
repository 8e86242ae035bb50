"""Tables of the ledger's pages."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from heli.ledger import shown
from heli.ledger.models import Fact
from heli.web.tables import Column, Table


class FactTable(Table):
    """Facts in the order of the log, newest first."""

    columns = [
        Column("position", _("Entry"), kind="number"),
        Column("at", _("When"), kind="datetime"),
        Column("sentence", _("What happened"), main=True),
        Column("department", _("Department"), wide=True),
        Column("matter", _("Matter"), kind="code", wide=True),
        Column("receipt_url", _("Receipt"), template="ledger/_cell_receipt.html"),
    ]
    caption = _("Facts in the order of the log")
    page_size = 15
    empty_title = _("No facts yet")
    empty_text = _("As soon as something happens in the city, it stands here.")

    def row_url(self, row: Any) -> str:
        """The fact's page."""
        return str(row.url)

    def row_key(self, row: Any) -> str:
        """The fact's id."""
        return str(row.id)

    def decorate(self, rows: list[Fact]) -> list[Any]:
        """Put the facts into words."""
        return [shown.fact_row(row) for row in rows]
