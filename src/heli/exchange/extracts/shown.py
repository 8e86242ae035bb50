"""Extracts and traces in words."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from heli.engines.contracts import Binding
from heli.exchange.extracts.marks import decoys_per
from heli.exchange.extracts.outcome import Named, Trace
from heli.exchange.models import Extract, ExtractState
from heli.exchange.selectors import receipt_url, resource_title, served_words
from heli.exchange.words import denial_words, spoken
from heli.organisation import selectors as organisation
from heli.organisation.selectors import DepartmentCard

TAGS = {
    ExtractState.WAITING: "brand",
    ExtractState.RUNNING: "brand",
    ExtractState.READY: "on_time",
    ExtractState.FETCHED: "done",
    ExtractState.FAILED: "late",
    ExtractState.EXPIRED: "done",
    ExtractState.WITHDRAWN: "done",
}


@dataclass(frozen=True, slots=True)
class ExtractView:
    """An extract in words.

    Attributes:
        serves: The project or duty that it serves, where that is no matter.
        records: In the file, or written so far, decoys among them.
        tag: State and its words.
        working: Whether it is still being made.
        reason: Why it failed, in words.
    """

    id: uuid.UUID
    title: str
    address: str
    consumer: DepartmentCard
    source: DepartmentCard
    purpose: str
    legal_basis: str
    matter: str
    serves: str
    format: str
    name: str
    asked_at: dt.datetime
    ready_at: dt.datetime | None
    expires_at: dt.datetime | None
    ended_at: dt.datetime | None
    records: int
    size: int
    tag: tuple[str, str]
    state: str
    working: bool
    reason: str
    receipt_url: str
    grant_url: str

    @property
    def counted(self) -> str:
        """The number of records as people read it."""
        return f"{self.records:,}"

    @property
    def check_command(self) -> str:
        """How somebody who has the file checks it."""
        return f"heli exchange verify-extract {self.name} {self.name}.receipt.json --keys keys.txt"


@dataclass(frozen=True, slots=True)
class NamedView:
    """An extract that a found file comes from, in words.

    Attributes:
        odds: How sure it is.
        evidence: What speaks for it, one sentence for each kind.
    """

    extract: ExtractView
    url: str
    odds: str
    evidence: tuple[str, ...]


def extract_views(rows: Sequence[Extract] | QuerySet[Extract]) -> list[ExtractView]:
    """Extracts in words, in the order given."""
    return [extract_view(row) for row in rows]


def extract_view(row: Extract) -> ExtractView:
    """One extract in words."""
    state = ExtractState(row.state)
    return ExtractView(
        id=row.pk,
        title=resource_title(row.resource),
        address=row.resource.address,
        consumer=organisation.department(row.consumer),
        source=organisation.department(row.resource.department_id),
        purpose=spoken(row.grant.purpose_zh, row.grant.purpose_en),
        legal_basis=row.grant.legal_basis,
        matter=row.matter,
        serves=_served(row),
        format=row.get_file_format_display(),
        name=row.name,
        asked_at=row.asked_at,
        ready_at=row.ready_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        records=row.rows or row.rows_done,
        size=row.size,
        tag=(TAGS[state], str(state.label)),
        state=row.state,
        working=state in (ExtractState.WAITING, ExtractState.RUNNING),
        reason=denial_words(row.reason) if row.reason else "",
        receipt_url=receipt_url(row.fact_id) if row.fact_id else "",
        grant_url=reverse("exchange:grant", args=[row.grant_id]),
    )


def _served(row: Extract) -> str:
    serves = row.project and f"{Binding.PROJECT}:{row.project}"
    serves = serves or (row.task and f"{Binding.PUBLIC_TASK}:{row.task}")
    return served_words([(row.consumer, serves)])[row.consumer, serves]


def decoys_said(row: Extract, *, known: bool) -> str:
    """What a reader may know of the decoys in a file that is made; empty where there is nothing.

    Args:
        row: The extract.
        known: Whether the reader may know how many; the consumer may only know that the contract
            allows some. Which records they are nobody is told.
    """
    if not row.ready_at or not decoys_per(row.resource.parsed_contract):
        return ""
    if not known:
        return _("The contract allows extra records in the file, by which it is known again.")
    n = int(row.plan.get("decoys", 0))
    if not n:
        return ""
    return ngettext(
        "At most {n} of them is a decoy: a record that is nobody's.",
        "At most {n} of them are decoys: records that are nobody's.",
        n,
    ).format(n=n)


def named_views(found: Trace) -> list[NamedView]:
    """Those whom a trace names, in words."""
    return [_named(each) for each in found.named]


def _named(each: Named) -> NamedView:
    evidence = []
    if each.marks >= 1:
        evidence.append(
            _("The moved values speak for it {times} times as strongly as chance would.").format(
                times=power_words(each.marks)
            )
        )
    if each.order >= 1:
        evidence.append(
            _("The records stand in its order, {times} times as well as chance would.").format(
                times=power_words(each.order)
            )
        )
    if each.decoys:
        evidence.append(
            ngettext(
                "{n} of its decoy records is in the file.",
                "{n} of its decoy records are in the file.",
                each.decoys,
            ).format(n=each.decoys)
        )
    return NamedView(
        extract=extract_view(each.extract),
        url=reverse("exchange:extract", args=[each.extract.pk]),
        odds=odds_words(each.error),
        evidence=tuple(evidence),
    )


def power_words(exponent: float) -> str:
    """A power of ten as people read it: in full where it is small."""
    if exponent < 6:
        return f"{10**exponent:,.0f}"
    return _("more than a million") if exponent < 9 else _("more than a billion")


def odds_words(error: float) -> str:
    """The greatest probability that somebody innocent is named, as people read it."""
    if error < 1e-9:
        return _("less than once in a billion times")
    return _("at most once in {times} times").format(times=f"{1 / error:,.0f}")
