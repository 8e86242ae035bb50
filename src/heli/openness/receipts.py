"""Which answers held the wrong version of a record, as the log and its receipts show.

A fact of a lookup, an emergency access or a batch of a feed names the resource, the keyed hash of
the subject, the fields and the keyed hash of the answer; the fact of a page of a list commits to an
index of its subjects and what it held of each, which lies beside its access; a file of a whole
register holds everybody whom the grant's row filter lets through, and so does a page whose index is
lost or does not fit its fact. The access log keeps the key of the answer's hash. Nobody
else needs to have kept anything: the record as the source gave it when the correction was decided,
released again under the grant, either gives the same hash or it does not.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Q

from heli.engines.contracts import (
    Contract,
    ContractError,
    Mask,
    PolicyError,
    ReleasePolicy,
    parse_contract,
    parse_policy,
    reaches,
    release,
)
from heli.exchange.calls import told
from heli.exchange.lookup import response_hash
from heli.exchange.selectors import Access, Grant, KeptPolicy, ListPage, Resource
from heli.ledger.selectors import Fact

ANSWERED = "exchange.lookup.answered"
TOLD = "feeds.batch.released"
BROKEN = "exchange.override.used"
FILED = "exchange.extract.released"
LISTED = "exchange.list.answered"
BATCH = 500


class Held(StrEnum):
    """What an answer held."""

    WRONG = "wrong"
    RIGHT = "right"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer about the subject that gave at least one of the corrected fields.

    Attributes:
        fields: Which of the corrected fields it gave.
        held: Whether its receipt fits the wrong version, the right one, or neither.
    """

    fact_id: UUID
    at: dt.datetime
    consumer: str
    matter: str
    fields: tuple[str, ...]
    grant_id: UUID | None
    held: Held


def answers(
    resource: Resource,
    subject_hash: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    since: dt.datetime | None = None,
    after: dt.datetime | None = None,
) -> list[Answer]:
    """Every answer about a subject that gave a corrected field, the first first.

    Args:
        resource: The register.
        subject_hash: As facts carry it.
        old: The whole wrong record.
        new: The right values by field.
        since: Not before this instant.
        after: Only later than this instant.
    """
    of_one = Q(verb__in=(ANSWERED, BROKEN), data__subject_hash=subject_hash)
    rows = Fact.objects.filter(
        of_one | Q(verb__in=(TOLD, FILED, LISTED)),
        subject=f"exchange.resource:{resource.address}",
    ).order_by("at", "id")
    if since is not None:
        rows = rows.filter(at__gte=since)
    if after is not None:
        rows = rows.filter(at__gt=after)
    judge = Judge(old, new)
    found = []
    about = (fact for fact in rows.iterator(BATCH) if _may_be_about(fact, subject_hash, new))
    for answer in _whole(about):
        held = judge.held(answer, subject_hash)
        if held is None:
            continue
        fact, access = answer.fact, answer.access
        found.append(
            Answer(
                fact_id=fact.id,
                at=fact.at,
                consumer=fact.department,
                matter=fact.matter,
                fields=tuple(sorted(set(fact.data["fields"]) & set(new))),
                grant_id=access.grant_id if access else None,
                held=held,
            )
        )
    return found


def _may_be_about(fact: Fact, subject_hash: str, new: Mapping[str, Any]) -> bool:
    """Whether an answer gave a corrected field, and its fact does not say that of others only."""
    if not fact.data["rows"] or set(new).isdisjoint(fact.data["fields"]):
        return False
    return fact.verb != TOLD or subject_hash in fact.data["subjects"]


@dataclass(frozen=True, slots=True)
class _Whole:
    """A fact with what the exchange keeps beside it."""

    fact: Fact
    access: Access | None
    page: ListPage | None


def _whole(facts: Iterable[Fact]) -> Iterator[_Whole]:
    batch: list[Fact] = []
    for fact in facts:
        batch.append(fact)
        if len(batch) == BATCH:
            yield from _joined(batch)
            batch = []
    yield from _joined(batch)


def _joined(batch: list[Fact]) -> Iterator[_Whole]:
    rows = Access.objects.filter(pk__in=[fact.id for fact in batch]).select_related("grant")
    known = {row.fact_id: row for row in rows}
    pages = ListPage.objects.in_bulk([fact.id for fact in batch if fact.verb == LISTED])
    for fact in batch:
        yield _Whole(fact, known.get(fact.id), pages.get(fact.id))


class Judge:
    """Compares receipts with the wrong and the right version of one record.

    Args:
        old: The whole wrong record.
        new: The right values by field.
    """

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        self._old, self._new = dict(old), {**old, **new}
        self._policies: dict[str, tuple[Contract, ReleasePolicy] | None] = {}

    def held(self, answer: _Whole, subject_hash: str) -> Held | None:
        """What an answer held of the record; None where it did not hold it.

        Unknown where its key, grant or rule is not there any more; of a batch of a feed and of a
        file, whose hashes are of many records at once; and of an emergency access, which has no
        grant.
        """
        verb = answer.fact.verb
        if verb == LISTED:
            return self._on_page(answer, subject_hash)
        if verb == FILED:
            return Held.UNKNOWN if self._reached(answer) else None
        return self._compared(answer, self._is_it) if verb == ANSWERED else Held.UNKNOWN

    def _on_page(self, answer: _Whole, subject_hash: str) -> Held | None:
        """What a page of a list held; who got pseudonyms is not told, as for files."""
        access, committed = answer.access, answer.fact.data.get("told_hash", "")
        key = bytes(access.response_key) if access else b""
        index = bytes(answer.page.told) if answer.page else b""
        if not committed or told.commitment(index, key) != committed:
            return Held.UNKNOWN if self._reached(answer) else None
        marks = set(told.marks_in(index, subject_hash))
        if not marks or not self._named(answer):
            return None
        return self._compared(answer, lambda shown, key, _said: told.mark_of(shown, key) in marks)

    def _compared(
        self, answer: _Whole, fits: Callable[[dict[str, Any], bytes, Mapping[str, Any]], bool]
    ) -> Held:
        """Which version, released again under the grant, fits what was kept of the answer."""
        access, opened = answer.access, self._opened(answer)
        grant = access.grant if access else None
        if access is None or grant is None or opened is None or not access.response_key:
            return Held.UNKNOWN
        contract, policy = opened
        for record, held in ((self._old, Held.WRONG), (self._new, Held.RIGHT)):
            shown = release(contract, record, policy, salt=bytes(grant.salt)).data
            if fits(shown, bytes(access.response_key), answer.fact.data):
                return held
        return Held.UNKNOWN

    @staticmethod
    def _is_it(shown: dict[str, Any], key: bytes, said: Mapping[str, Any]) -> bool:
        return bool(response_hash(shown, key) == said["response_hash"])

    def _reached(self, answer: _Whole) -> bool:
        """Whether the record was among those a grant reaches, and can be found by who has them."""
        opened = self._opened(answer)
        return opened is not None and reaches(opened[1], self._old) and self._named(answer)

    def _named(self, answer: _Whole) -> bool:
        """Whether who got many records at once can tell which is whose.

        Who got pseudonyms is not told whose record was wrong: that would undo them.
        """
        opened = self._opened(answer)
        if opened is None:
            return False
        contract, policy = opened
        subject = contract.subject_field.name
        return any(rule.field == subject and rule.mask is Mask.CLEAR for rule in policy.rules)

    def _opened(self, answer: _Whole) -> tuple[Contract, ReleasePolicy] | None:
        """The policy under which it was released, with its contract, as kept by its hash."""
        digest = answer.fact.data["policy_hash"]
        if digest not in self._policies:
            kept = KeptPolicy.objects.filter(pk=digest).first()
            self._policies[digest] = _read_policy(kept) if kept else None
        return self._policies[digest]


def _read_policy(kept: KeptPolicy) -> tuple[Contract, ReleasePolicy] | None:
    """A kept policy; none where it is not what its hash says."""
    try:
        contract = parse_contract(kept.contract)
        policy = parse_policy(contract, kept.policy)
    except (ContractError, PolicyError):
        return None
    return (contract, policy) if policy.digest == kept.digest else None


def policy_of(contract: Contract, grant: Grant) -> ReleasePolicy | None:
    """The grant's release policy; none where it does not fit the contract in force."""
    try:
        return parse_policy(contract, grant.policy)
    except PolicyError:
        return None


def shown_values(
    contract: Contract, grant: Grant | None, record: Mapping[str, Any], fields: Iterable[str]
) -> dict[str, Any]:
    """The right values as a grant shows them; none where it shows nothing any more."""
    policy = policy_of(contract, grant) if grant is not None else None
    if grant is None or policy is None:
        return {}
    data = release(contract, record, policy, salt=bytes(grant.salt)).data
    return {name: data[name] for name in fields if name in data}
