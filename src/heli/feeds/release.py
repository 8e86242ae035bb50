"""What of a feed leaves its source: grant → matters → record → release policy → fact → durable.

The same steps as a lookup, for many changes and many subscribers at once: every record is read
once, the facts of all batches are written in one transaction and made durable in one round.
"""

import datetime as dt
import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from heli.engines.contracts import Binding, ReleasePolicy, reaches, release
from heli.errors import HeliError
from heli.exchange import errors
from heli.exchange.calls.limits import charge_batch
from heli.exchange.compiled import CompiledGrant, CompiledResource, catalogue, revision
from heli.exchange.lookup import KEY_LENGTH, response_hash, subject_hash
from heli.exchange.selectors import Access
from heli.feeds import sealing
from heli.feeds.cursors import cursor_at
from heli.feeds.facts import BatchReleased
from heli.feeds.grounds import Standings, policy_of, usable_grant
from heli.feeds.models import Change, Feed, Subscription
from heli.feeds.questions import open_matters, subjects_at_work
from heli.kernel import clock, prepared
from heli.kernel.actor import Actor
from heli.ledger import services as ledger
from heli.ledger.services import NewFact

BATCH = 100
"""Changes in one batch at most."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one subscriber is to be told next.

    Attributes:
        changes: In order, all of one feed.
        after: Position before the first.
    """

    subscription: Subscription
    changes: Sequence[Change]
    after: int

    @property
    def through(self) -> int:
        """Position of the last change."""
        return self.changes[-1].position if self.changes else self.after


@dataclass(slots=True)
class Batch:
    """What leaves for one subscriber; without events nothing does.

    Attributes:
        events: As they are sent.
        subjects: Keyed hashes of their subjects.
        matters: Codes of the matters that open them.
        after: Position before the first change that was looked at.
        through: Position of the last.
        fact_id: The fact of the release, once it is settled.
        key: Key of the response hash.
        digest: The response hash.
        refusal: Why it may not leave after all: a limit of its grant, or what became of that.
    """

    subscription: Subscription
    resource: CompiledResource
    grant: CompiledGrant
    policy: ReleasePolicy
    after: int
    through: int
    events: list[dict[str, Any]]
    subjects: list[str]
    matters: list[str]
    fact_id: uuid.UUID | None = None
    key: bytes = field(default=b"", repr=False)
    digest: str = ""
    refusal: HeliError | None = None

    def document(self, feed: Feed, delivery: str = "") -> dict[str, Any]:
        """The batch as a subscriber gets it."""
        return {
            "delivery": delivery or str(self.fact_id),
            "subscription": str(self.subscription.pk),
            "resource": self.resource.address,
            "grant": self.grant.id,
            "purpose": self.grant.purpose,
            "contract_version": self.resource.contract.version,
            "events": self.events,
            "cursor": cursor_at(feed, self.through),
            "fact": str(self.fact_id),
            "response_key": self.key.hex(),
        }

    def hashed(self, key: bytes) -> str:
        """HMAC of the events with a key."""
        return response_hash({"events": self.events}, key)


class Round:
    """One round of releases of one feed: reads each record and each standing once.

    Args:
        feed: The feed, with its resource.
        known: Subscriptions that will be served, as far as they are known.
    """

    def __init__(self, feed: Feed, known: Iterable[Subscription] = ()) -> None:
        self.feed = feed
        self.address = feed.address
        self.resource = catalogue.find(self.address)
        self._keys: dict[uuid.UUID, str] = {}
        self._records: dict[str, dict[str, Any] | None] = {}
        self._matters: dict[tuple[str, frozenset[str]], Mapping[str, str]] = {}
        self._standings = Standings(known)

    def batch(self, wanted: Wanted) -> Batch:
        """Put a batch together.

        Raises:
            HeliError: The grant does not hold (see :func:`usable_grant`), or the source cannot be
                read.
        """
        one = wanted.subscription
        grant, policy = self._usable(one)
        assert self.resource is not None
        keys = [self._key(change) for change in wanted.changes]
        named = {key for key in keys if key}
        matters = self._opened(one.consumer_id, named)
        if policy.binding is not Binding.MATTER:
            matters = dict.fromkeys(named, "")
        batch = Batch(one, self.resource, grant, policy, wanted.after, wanted.through, [], [], [])
        for change, key in zip(wanted.changes, keys, strict=True):
            if key and key not in matters:
                continue
            batch.events.append(self._event(change, key, batch, matters.get(key, "")))
            if key:
                batch.subjects.append(subject_hash(self.resource.contract.subject_type, key))
        batch.matters = sorted({matters[key] for key in keys if key in matters} - {""})
        return batch

    def records(self, subscription: Subscription, keys: Mapping[str, str], position: int) -> Batch:
        """All records of these subjects as they are now, for who must begin afresh.

        Args:
            subscription: Whose.
            keys: Subjects that are open to it, with their matters.
            position: Where its feed goes on.
        """
        one = subscription
        grant, policy = self._usable(one)
        assert self.resource is not None
        batch = Batch(one, self.resource, grant, policy, position, position, [], [], [])
        now = clock.now()
        for key, matter in keys.items():
            change = Change(
                kind=Change.Kind.INSERT, position=position, version=self.feed.version, at=now
            )
            event = self._event(change, key, batch, matter)
            if event["data"] is not None:
                batch.events.append(event)
                batch.subjects.append(subject_hash(self.resource.contract.subject_type, key))
        batch.matters = sorted(set(keys.values()) - {""})
        return batch

    def page(
        self, subscription: Subscription, last: str, limit: int
    ) -> tuple[Mapping[str, str], bool]:
        """Subjects that are open to a subscriber, in order, and whether there are more.

        Args:
            subscription: Whose.
            last: The subject before; empty at the beginning.
            limit: How many at most.

        Returns:
            Subjects with the matters that open them, empty where the grant needs none.

        Raises:
            HeliError: As for :meth:`batch`.
        """
        _grant, policy = self._usable(subscription)
        assert self.resource is not None
        contract, granted = self.resource.contract, policy.fields
        if policy.binding is Binding.MATTER:
            opened = subjects_at_work(subscription.consumer_id, contract.subject_type)
            found = sorted(key for key in opened if key > last)
            return {key: opened[key] for key in found[:limit]}, len(found) > limit
        scan = self.resource.connector.scan
        try:
            columns = [name for name in contract.names if name in granted]
            read = scan(columns, after=last, limit=limit + 1)
            records = [record for batch in read for record in batch.to_pylist()]
        except OSError as error:
            raise errors.SourceUnavailableError(resource=self.address) from error
        name = contract.subject_field.name
        self._records |= {str(record[name]): record for record in records[:limit]}
        return {str(record[name]): "" for record in records[:limit]}, len(records) > limit

    def _usable(self, one: Subscription) -> tuple[CompiledGrant, ReleasePolicy]:
        named = (self.resource, self.address, one.consumer_id, one.purpose)
        return usable_grant(*named, serves=one.serves, standings=self._standings)

    def _key(self, change: Change) -> str:
        if not change.sealed:
            return ""
        if change.pk not in self._keys:
            self._keys[change.pk] = sealing.unseal(self.address, bytes(change.sealed))
        return self._keys[change.pk]

    def _opened(self, consumer: str, keys: set[str]) -> Mapping[str, str]:
        """Subjects that are open to a department, with the matter that opens them."""
        assert self.resource is not None
        asked = (consumer, frozenset(keys))
        if keys and asked not in self._matters:
            kind = self.resource.contract.subject_type
            self._matters[asked] = open_matters(consumer, kind, keys)
        return self._matters.get(asked, {})

    def _event(self, change: Change, key: str, batch: Batch, matter: str) -> dict[str, Any]:
        data = None
        if key and change.kind != Change.Kind.DELETE:
            record = self._record(key)
            if record is not None and reaches(batch.policy, record):
                salt = batch.grant.salt
                data = release(batch.resource.contract, record, batch.policy, salt=salt).data
        return {
            "id": str(change.pk),
            "position": change.position,
            "kind": str(change.kind),
            "key": key or None,
            "matter": matter,
            "contract_version": change.version,
            "at": change.at.isoformat(),
            "data": data,
        }

    def _record(self, key: str) -> dict[str, Any] | None:
        assert self.resource is not None
        if key not in self._records:
            try:
                self._records[key] = self.resource.connector.lookup(key)
            except OSError as error:
                raise errors.SourceUnavailableError(resource=self.address) from error
        return self._records[key]


def settle(released: Iterable[tuple[Batch, Actor]]) -> None:
    """Make facts of what is about to leave, and wait until they are durable.

    Inside a caller's transaction they become durable with it, and nothing may leave before.

    Args:
        released: Batches with who gets them. Those without events are passed over; those whose
            fact stands already get no other; those refused have their ``refusal``.

    Raises:
        NotDurableError: Nothing may leave now.
    """
    leaving = [(batch, actor) for batch, actor in released if batch.events]
    fresh = [(batch, actor) for batch, actor in leaving if batch.fact_id is None]
    for batch, _ in fresh:
        batch.key = secrets.token_bytes(KEY_LENGTH)
        batch.digest = batch.hashed(batch.key)
    if fresh:
        _record(fresh)
    if leaving and not transaction.get_connection().in_atomic_block:
        ledger.ensure_durable([batch.fact_id for batch, _ in leaving if batch.fact_id])


def _stands(batch: Batch) -> bool:
    """Look at the grant once more where the catalogue moved since; refuse what it opens no more."""
    resource = catalogue.find(batch.resource.address)
    if resource is batch.resource:
        return True
    try:
        policy = policy_of(batch.subscription, resource)
        if policy.digest != batch.policy.digest:
            raise errors.PolicyChangedError(resource=batch.resource.address)
    except HeliError as error:
        _refuse(batch, error)
        return False
    return True


def _refuse(batch: Batch, error: HeliError) -> None:
    batch.refusal = error
    batch.events, batch.subjects = [], []


def _charged(batch: Batch) -> bool:
    """Count a batch against the limits of its grant; refuse it where it goes beyond."""
    if not batch.policy.limits:
        return True
    records, resource = len(batch.events), batch.resource.address
    try:
        charge_batch(batch.grant.id, batch.policy.limits, records, resource)
    except errors.LimitError as error:
        _refuse(batch, error)
        return False
    return True


@transaction.atomic
def _record(fresh: list[tuple[Batch, Actor]]) -> None:
    # Who looks back at what was received waits for what is being noted, and is waited for.
    revision(hold=True)
    fresh = [(batch, actor) for batch, actor in fresh if _stands(batch) and _charged(batch)]
    rows = prepared.Batch()
    facts = ledger.record_many([_fact(batch, actor) for batch, actor in fresh], batch=rows)
    for (batch, _), fact in zip(fresh, facts, strict=True):
        batch.fact_id = fact.id
    rows.insert(
        [
            _access(batch, fact.id, fact.at, actor)
            for (batch, actor), fact in zip(fresh, facts, strict=True)
        ]
    )
    rows.run(last=True)


def _fact(batch: Batch, actor: Actor) -> NewFact:
    data = BatchReleased(
        subscription=str(batch.subscription.pk),
        resource=batch.resource.address,
        source=batch.resource.department,
        grant=batch.grant.id,
        purpose=batch.grant.purpose,
        legal_basis=batch.grant.legal_basis,
        fields=list(batch.policy.fields),
        rows=len(batch.events),
        contract_version=batch.resource.contract.version,
        policy_hash=batch.policy.digest,
        response_hash=batch.digest,
        subjects=batch.subjects,
        matters=batch.matters,
        serves=batch.subscription.serves,
        after=batch.after,
        through=batch.through,
    )
    return NewFact(
        data,
        actor,
        f"exchange.resource:{batch.resource.address}",
        batch.matters[0] if len(batch.matters) == 1 else "",
        batch.subscription.consumer_id,
    )


def _access(batch: Batch, fact_id: uuid.UUID, at: dt.datetime, actor: Actor) -> Access:
    return prepared.make(
        Access,
        fact_id=fact_id,
        at=at,
        resource_id=batch.resource.id,
        address=batch.resource.address,
        grant_id=batch.grant.id,
        consumer=batch.subscription.consumer_id,
        actor=str(actor),
        purpose=batch.grant.purpose,
        matter=batch.matters[0] if len(batch.matters) == 1 else "",
        serves=batch.subscription.serves,
        fields=list(batch.policy.fields),
        rows=len(batch.events),
        response_key=batch.key,
    )


def changes_after(feed: Feed, position: int, limit: int = BATCH) -> list[Change]:
    """The next changes of a feed."""
    return list(feed.changes.filter(position__gt=position).order_by("position")[:limit])
