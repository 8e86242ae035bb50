"""What is happening now: facts as sentences, in the order of the ledger."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max, Q

from heli.cases.selectors import Matter
from heli.cockpit.policy import TOLD, UNTOLD
from heli.exchange.selectors import resource_titles
from heli.kernel.localise import bilingual
from heli.ledger.selectors import Fact
from heli.ledger.sentences import tell
from heli.organisation.selectors import Department

LATEST = 12
LATE_RUNG = "escalate"


@dataclass(frozen=True, slots=True)
class News:
    """One fact, ready to be told in any language.

    Attributes:
        position: Its place in the ledger.
        draft: Its matter is not filed yet, so that its page is its applicant's alone.
        titles: Titles of resources in the same way; told without asking the database again.
        names: Departments' names as (Chinese, English), by code; shared by all news of a read.
    """

    position: int
    id: uuid.UUID
    at: dt.datetime
    verb: str
    department: str
    matter: str
    data: Mapping[str, Any]
    names: Mapping[str, tuple[str, str]]
    draft: bool = False
    titles: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """``late`` for what is overdue, ``at_risk`` for what was denied, else empty."""
        if self.data.get("rung") == LATE_RUNG or self.data.get("late"):
            return "late"
        return "at_risk" if self.verb.endswith((".denied", ".refused", ".bounced")) else ""

    @property
    def receipted(self) -> bool:
        """Whether the fact is data that left its department, which always has a receipt."""
        return self.verb == "exchange.lookup.answered"

    def sentence(self) -> str:
        """What happened, in the language in force."""
        address = str(self.data.get("resource", ""))
        more = {"resource": bilingual(*self.titles[address])} if address in self.titles else {}
        return tell(
            self.verb,
            self.data,
            department=self.department,
            matter=self.matter,
            name_of=self._name,
            **more,
        )

    def _name(self, code: str) -> str:
        return bilingual(*self.names.get(code, (code, code)))


def told() -> Q:
    """Which facts the cockpit tells."""
    rooms = Q()
    for prefix in TOLD:
        # A range, so that the index on the verb serves it.
        rooms |= Q(verb__gte=prefix, verb__lt=prefix[:-1] + "/")
    return rooms & ~Q(verb__in=UNTOLD)


def department_names() -> dict[str, tuple[str, str]]:
    """Names of all departments, Chinese and English."""
    rows = Department.objects.values_list("code", "name_zh", "name_en")
    return {code: (zh, en) for code, zh, en in rows}


def head() -> int:
    """Position of the latest entry of the ledger; -1 when it is empty."""
    placed = Fact.objects.filter(leaf_index__isnull=False)
    found = placed.aggregate(last=Max("leaf_index"))["last"]
    return -1 if found is None else int(found)


def latest(count: int = LATEST) -> list[News]:
    """The latest news, newest first."""
    # Between two pieces of news there may be any number of facts that are none, so it is looked
    # for in the last stretch of the ledger only.
    last = head()
    facts = Fact.objects.filter(told(), leaf_index__gt=last - 20_000).order_by("-leaf_index")
    return _news(facts[:count])


def after(position: int, limit: int) -> tuple[list[News], int]:
    """News after a position of the ledger, oldest first, and the position read to.

    The position read to is beyond facts that are no news, so that they are not read again.
    """
    last = head()
    facts = Fact.objects.filter(told(), leaf_index__gt=position, leaf_index__lte=last)
    found = _news(facts.order_by("leaf_index")[:limit])
    return found, found[-1].position if len(found) == limit else max(last, position)


def of(
    fact: Fact, names: Mapping[str, tuple[str, str]], titles: Mapping[str, tuple[str, str]]
) -> News:
    """A fact as news, also one that has no place yet."""
    return News(
        fact.leaf_index or 0,
        fact.pk,
        fact.at,
        fact.verb,
        fact.department,
        fact.matter,
        fact.data,
        names,
        titles=titles,
    )


def _news(facts: Any) -> list[News]:
    fields = ("leaf_index", "id", "at", "verb", "department", "matter", "data")
    rows = list(facts.values(*fields))
    names = department_names() if rows else {}
    codes = {row["matter"] for row in rows if row["matter"]}
    begun = Matter.objects.filter(code__in=codes, state=Matter.State.DRAFT) if codes else ()
    drafts = {matter.code for matter in begun}
    shared = any("resource" in row["data"] for row in rows)
    known = resource_titles() if shared else {}
    return [
        News(
            position=row.pop("leaf_index"),
            names=names,
            titles=known,
            draft=row["matter"] in drafts,
            **row,
        )
        for row in rows
    ]
