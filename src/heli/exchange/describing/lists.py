"""Lists of conflicts and provisions."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from heli.exchange import selectors, statutory
from heli.exchange.models import Conflict, LawKind, Provision
from heli.exchange.words import spoken
from heli.kernel import clock
from heli.organisation import selectors as organisation
from heli.web.tables import Column, Filter, Table


def _state(row: Conflict) -> tuple[str, Any]:
    return ("at_risk", _("To be settled")) if row.decided_at is None else ("done", _("Settled"))


class ConflictTable(Table):
    """Data elements that two departments claim to be the source of."""

    columns = [
        Column(
            "element",
            _("Data element"),
            value=lambda row: spoken(row.element.title_zh, row.element.title_en),
            main=True,
        ),
        Column("first", _("Claimed first by"), kind="department",
               value=lambda row: organisation.department(row.first.resource.department_id)),
        Column("second", _("Claimed later by"), kind="department",
               value=lambda row: organisation.department(row.second.resource.department_id)),
        Column("opened_at", _("Since"), kind="date", sort="opened_at"),
        Column("clock", _("Time limit"), kind="clock", value=lambda row: row.clock),
        Column("state", _("State"), kind="state", value=_state),
    ]  # fmt: skip
    filters = [
        Filter(
            "state",
            _("State"),
            [("open", _("To be settled")), ("settled", _("Settled"))],
            lambda rows, value: rows.filter(decided_at__isnull=value == "open"),
        ),
    ]
    search = ["element__title_zh", "element__title_en", "element__code"]
    caption = _("Conflicts about sources")
    empty_title = _("No conflict")
    empty_text = _("Every data element has one source department.")

    def row_url(self, row: Conflict) -> str:
        """The conflict's page."""
        return reverse("exchange:conflict", args=[row.pk])

    def decorate(self, rows: list[Any]) -> list[Any]:
        """Attach the clocks."""
        clocks = statutory.views(statutory.CONFLICT, [row.pk for row in rows])
        for row in rows:
            row.clock = clocks.get(str(row.pk))
        return rows


class ProvisionTable(Table):
    """Registered provisions of law."""

    columns = [
        Column("title", _("Provision"), sort="law_zh", value=selectors.provision_words, main=True),
        Column("says", _("What it says"), value=lambda row: spoken(row.says_zh, row.says_en)),
        Column("kind", _("Rank"), value=lambda row: LawKind(row.kind).label, wide=True),
        Column("effective_on", _("Binds since"), kind="date", sort="effective_on"),
        Column(
            "state",
            _("State"),
            kind="state",
            value=lambda row: (
                ("brand", _("in force"))
                if row.in_force(clock.today())
                else ("done", _("not in force"))
            ),
        ),
    ]
    search = ["law_zh", "law_en", "article", "says_zh", "says_en", "code"]
    default_sort = "law_zh"
    caption = _("Provisions of law")
    empty_title = _("No provision is registered")
    empty_text = _("Register the provisions that sharing, refusing and forbidding rest on.")

    def row_key(self, row: Provision) -> str:
        """Its short name."""
        return row.code
