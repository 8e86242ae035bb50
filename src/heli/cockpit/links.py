"""Ways to pages of other rooms, for one reader: empty where there is none or they may not go there.

The cockpit counts the whole city for whoever looks at it, but a head of department may open only
what the policies of matters and of facts let them open. A list asks for all its rows at once.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.urls import NoReverseMatch, reverse

from heli.cases.callers import Caller
from heli.cases.policy import WATCHERS
from heli.cases.selectors import matters
from heli.cockpit.selectors.news import News
from heli.kernel.permissions import roles_of
from heli.ledger import policy as ledger
from heli.ledger.questions import concerns_fact
from heli.ledger.selectors import Fact


@dataclass(frozen=True, slots=True)
class Ways:
    """What one reader may open among the matters and facts of a page.

    Attributes:
        matters: Codes of matters.
        facts: Ids of facts with a receipt.
    """

    matters: Collection[str] = frozenset()
    facts: Collection[uuid.UUID] = field(default_factory=frozenset)

    def matter(self, code: str) -> str:
        """The page of a matter."""
        return _to("cases:matter", code) if code in self.matters else ""

    def receipt(self, fact_id: uuid.UUID | None) -> str:
        """The receipt of a fact."""
        return _to("ledger:receipt", fact_id) if fact_id in self.facts else ""


def ways(reader: Caller, codes: Iterable[str] = (), facts: Iterable[uuid.UUID] = ()) -> Ways:
    """What a reader may open among these matters and facts, in at most three queries.

    The queries are the forms for lists of ``cases.policy.may_see_matter`` and of
    ``ledger.policy.may_see_fact``.
    """
    wanted = {code for code in codes if code}
    open_ = set(matters(reader).filter(code__in=wanted).order_by().values_list("code", flat=True))
    asked = Fact.objects.filter(pk__in=set(facts))
    seen = set(asked.filter(ledger.seen_by(reader)).values_list("pk", flat=True))
    for fact in asked.exclude(pk__in=seen):
        if fact.matter in open_ or concerns_fact(reader, fact.verb, fact.department, fact.data):
            seen.add(fact.pk)
    return Ways(open_, seen)


def ways_at_once(reader: object, item: News) -> Ways:
    """The same for one piece of news without asking the database; what is not certain stays shut.

    A stream tells what happens to many readers at once, so none of them may cost a query.
    """
    watches = bool(roles_of(reader) & set(WATCHERS))
    own = bool(item.department) and item.department == getattr(reader, "department_id", None)
    takes_part = own and item.verb.startswith("cases.")
    there = item.matter and not item.draft and (watches or takes_part)
    return Ways({item.matter} if there else (), {item.id} if watches or own else ())


def _to(name: str, argument: object) -> str:
    try:
        return reverse(name, args=[argument])
    except NoReverseMatch:
        return ""
