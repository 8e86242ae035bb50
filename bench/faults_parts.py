"""What is done while processes are killed, and what must hold afterwards: three parts.

Each part works without end and tells what left the process: facts that were committed, answers that
went out, changes that were taken. After the kills a last process starts, as Heli does after a
crash, and holds the ledger against what was told.
"""

import asyncio
import json
import os
import random
import secrets
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bench.faults_kill import Teller, Told, said
from bench.faults_place import MATTER, PURPOSE, answer_for_matters

from heli.ledger.verbs import FactData, fact

RECOVERY = 90.0
"""Seconds within which everything must have arrived once nobody is killed any more."""

HOST = "localhost"
"""The name the gateway is asked under, one that it answers to unless told otherwise."""

Documents = Sequence[tuple[str, dict[str, Any]]]


@fact("bench.fault.met", "{department}: number {n} of {count} went on after a fault")
class Met(FactData, frozen=True, kw_only=True):
    """Something that only this bench does."""

    n: int
    count: int


class Part(ABC):
    """A part of Heli under kills.

    Args:
        city: What :class:`bench.faults_place.Place` told.
    """

    name = ""
    steps = 0
    """Kills fall within so many steps."""
    helper_chance = 0.3

    def __init__(self, city: Mapping[str, Any]) -> None:
        self.city = city

    def work(self, teller: Teller, chance: random.Random, before: Sequence[Told]) -> None:
        """Work until killed, after the repair with which every process begins.

        Args:
            teller: Where to tell.
            chance: Decides what is done.
            before: What was told before the last kill.
        """
        from heli.ledger import services

        teller.tell(begin=1)
        services.repair()
        teller.tell(end=1)
        while True:
            teller.tell(begin=1)
            self.unit(teller, chance, before)
            teller.tell(end=1)

    @abstractmethod
    def unit(self, teller: Teller, chance: random.Random, before: Sequence[Told]) -> None:
        """One piece of work."""

    def help(self, teller: Teller) -> None:
        """What another process does meanwhile: the ledger's background work."""
        from heli.ledger import tasks

        parent = os.getppid()
        while os.getppid() == parent:
            tasks.integrate()
            time.sleep(0.01)

    def account(self, teller: Teller, told: Sequence[Told]) -> None:
        """Start once more, and tell what does not hold (``wrong``) and how much was checked."""
        from heli.ledger import services
        from heli.ledger.tasks import integrate

        services.repair()
        integrate()
        wrong = [*self.missing(told), *whole()]
        teller.tell(wrong=wrong, checked=self.checked(told))

    @abstractmethod
    def missing(self, told: Sequence[Told]) -> Iterator[str]:
        """What was told and is not so."""

    def checked(self, told: Sequence[Told]) -> int:
        """How many answers were held against the log."""
        return sum(1 for _ in said(told, "answer"))


def whole() -> Iterator[str]:
    """What is wrong with the log itself."""
    from heli.ledger.audit import audit
    from heli.ledger.models import Fact

    places = list(Fact.objects.order_by("leaf_index").values_list("leaf_index", flat=True))
    if places != list(range(len(places))):
        yield "places in the log are not one after the other"
    report = audit()
    yield from (f"audit: {each.sentence()}" for each in report.findings)
    if report.pending or report.size != len(places):
        yield f"{len(places)} facts, {report.size} entries, {report.pending} pending"


def places_of(ids: Iterable[str]) -> dict[str, int]:
    """Where facts are in the log."""
    from heli.ledger.models import Fact

    rows = Fact.objects.filter(pk__in=list(ids)).values_list("pk", "leaf_index")
    return {str(key): place for key, place in rows}


class Ledger(Part):
    """Facts are recorded, given their places, cosigned, and handed out as receipts."""

    name, steps = "ledger", 350

    def unit(self, teller: Teller, chance: random.Random, before: Sequence[Told]) -> None:
        from django.db import transaction

        from heli.kernel.actor import Actor
        from heli.ledger import bundles, services
        from heli.ledger.services import NewFact

        count = chance.randint(1, 6)
        batch = f"bench.batch:{secrets.token_hex(8)}"
        actor = Actor("person", "7", "xfjy")
        new = [NewFact(Met(n=n, count=count), actor, batch, MATTER) for n in range(count)]
        keep = chance.random() < 0.9
        with transaction.atomic():
            rows = services.record_many(new)
            if not keep:
                transaction.set_rollback(True)
        ids = [str(row.pk) for row in rows]
        teller.tell(**{"committed" if keep else "undone": ids})
        if keep and chance.random() < 0.8:
            for receipt in bundles.prove(rows)[0]:
                teller.tell(answer=receipt.decode())
        elif chance.random() < 0.5:
            services.integrate()

    def missing(self, told: Sequence[Told]) -> Iterator[str]:
        from heli.engines.translog import Receipt, TrustedKeys, verify_receipt
        from heli.errors import HeliError
        from heli.ledger.models import Fact

        committed = [each for ids in said(told, "committed") for each in ids]
        undone = [each for ids in said(told, "undone") for each in ids]
        places = places_of([*committed, *undone])
        yield from (f"fact {each} is lost" for each in committed if places.get(each) is None)
        yield from (f"fact {each} was undone" for each in undone if each in places)
        batches: dict[str, list[int]] = {}
        for subject, data in Fact.objects.filter(verb=Met.verb).values_list("subject", "data"):
            batches.setdefault(subject, [data["count"]]).append(data["n"])
        for subject, (count, *numbers) in batches.items():
            if sorted(numbers) != list(range(count)):
                yield f"{subject} holds {numbers} of {count}"
        keys = TrustedKeys.parse(self.city["keys"])
        for text in said(told, "answer"):
            try:
                verified = verify_receipt(Receipt.from_json(text), keys)
            except HeliError as error:
                yield f"a receipt does not hold: {error}"
                continue
            if places.get(verified.content["id"]) != verified.index:
                yield f"fact {verified.content['id']} is not at {verified.index}"


class Gateway(Part):
    """Signed lookups are answered; some are replays, strangers' business, or tampered with."""

    name, steps = "gateway", 400

    def __init__(self, city: Mapping[str, Any]) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        super().__init__(city)
        self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(city["private"]))

    def work(self, teller: Teller, chance: random.Random, before: Sequence[Told]) -> None:
        answer_for_matters(self.city)
        super().work(teller, chance, before)

    def unit(self, teller: Teller, chance: random.Random, before: Sequence[Told]) -> None:
        answered = [each["request"] for each in before if each.get("status") == 200]
        requests = [self.request(chance, answered) for _ in range(chance.randint(1, 6))]

        async def ask() -> None:
            await asyncio.gather(*(send(teller, request) for request in requests))

        asyncio.run(ask())

    def request(self, chance: random.Random, answered: Sequence[Told]) -> Told:
        """A request as it arrives, with what kind it is."""
        kind = chance.choices(
            ("good", "stranger", "altered", "replayed"), (80, 8, 4, 8 if answered else 0)
        )[0]
        if kind == "replayed":
            return chance.choice(answered) | {"kind": kind}
        stranger = kind == "stranger"
        number = self.city["stranger"] if stranger else chance.choice(self.city["people"])
        made = self.signed(number)
        if kind == "altered":
            made["body"] = made["body"].replace(MATTER, MATTER[:-1] + "3")
        return made | {"kind": kind}

    def signed(self, number: str) -> Told:
        """A signed lookup."""
        from heli.engines.httpsig import Request, content_digest, sign

        subject = {"type": "person", "id": number}
        body = json.dumps({"subject": subject, "matter": MATTER, "purpose": PURPOSE})
        headers = {"host": HOST, "content-type": "application/json"}
        headers["content-digest"] = content_digest(body.encode())
        path = "/x/v1/gaj/residents"
        message = Request("POST", "http", HOST, path, headers=tuple(headers.items()))
        parameters = (
            ("created", int(time.time())), ("nonce", secrets.token_urlsafe(18)),
            ("keyid", self.city["key_id"]), ("alg", "ed25519"),
        )  # fmt: skip
        components = ("@method", "@target-uri", "content-digest")
        headers |= sign(message, components, key=self._key, parameters=parameters)
        return {"path": path, "headers": {k.lower(): v for k, v in headers.items()}, "body": body}

    def missing(self, told: Sequence[Told]) -> Iterator[str]:
        from heli.client.answers import LookupResult
        from heli.engines.translog import TrustedKeys
        from heli.errors import HeliError

        keys = TrustedKeys.parse(self.city["keys"])
        good = [each for each in told if each.get("status") == 200]
        facts = Counter(each["answer"]["fact"] for each in good)
        yield from (f"fact {each} stands for {n} answers" for each, n in facts.items() if n > 1)
        places = places_of(facts)
        for each in good:
            result = LookupResult.from_document(each["answer"])
            try:
                index = result.verify(keys).index
            except HeliError as error:
                yield f"an answer is not proven: {error}"
                continue
            if each["kind"] != "good":
                yield f"a request that was {each['kind']} was answered"
            if places.get(result.fact) != index:
                yield f"answer {result.fact} has no leaf at {index}"
        for each in told:
            if "status" in each and each["status"] != 200 and "data" in each["answer"]:
                yield f"a refusal gave data: {each['answer']}"
        yield from unrecorded(told)


def unrecorded(told: Sequence[Told]) -> Iterator[str]:
    """Denials that nobody recorded, good requests refused, and accesses without their fact."""
    from heli.exchange.models import Access
    from heli.ledger.models import Fact

    reasons: Counter[str] = Counter()
    for each in told:
        if "status" in each and each["status"] != 200:
            code = each["answer"].get("code", "")
            reasons[code] += 1
            expected = {
                "stranger": "exchange.subject_outside_matter", "replayed": "exchange.replayed",
                "altered": "httpsig.digest",
            }  # fmt: skip
            if code != expected.get(each["kind"]):
                yield f"a {each['kind']} request was refused with {each['status']} {code}"
    accesses = Access.objects.values_list("fact_id", "reason")
    known = Counter(reason for _, reason in accesses)
    for code in ("exchange.subject_outside_matter", "exchange.replayed"):
        if known[code] < reasons[code]:
            yield f"{reasons[code]} refusals told with {code}, {known[code]} recorded"
    verbs = ("exchange.lookup.answered", "exchange.lookup.denied")
    facts = set(Fact.objects.filter(verb__in=verbs).values_list("pk", flat=True))
    if facts != {fact_id for fact_id, _ in accesses}:
        yield "accesses and their facts are not the same"


async def send(teller: Teller, request: Told) -> None:
    """Hand a request to the gateway and tell its answer, as a socket would carry it away."""
    from heli.exchange import gateway

    sent: list[Any] = []
    headers = [(k.encode(), v.encode()) for k, v in request["headers"].items()]
    scope = {
        "type": "http", "method": "POST", "scheme": "http", "path": request["path"],
        "raw_path": request["path"].encode(), "query_string": b"", "headers": headers,
    }  # fmt: skip

    async def receive() -> Any:
        return {"type": "http.request", "body": request["body"].encode(), "more_body": False}

    async def give(message: Any) -> None:
        sent.append(message)

    await gateway.application(scope, receive, give)
    answer = json.loads(sent[1]["body"])
    kept = {key: request[key] for key in ("path", "headers", "body")}
    teller.tell(answer=answer, status=sent[0]["status"], kind=request["kind"], request=kept)


class Delivery(Part):
    """Changes are posted, and told to two subscriptions by webhook."""

    name, steps = "delivery", 400
    helper_chance = 0.0

    def work(self, teller: Teller, chance: random.Random, before: Sequence[Told]) -> None:
        make_ready(self.city)
        super().work(teller, chance, before)

    def unit(self, teller: Teller, chance: random.Random, before: Sequence[Told]) -> None:
        from heli.feeds import services
        from heli.feeds.models import Feed
        from heli.feeds.services import NewChange
        from heli.kernel.actor import Actor
        from heli.ledger import tasks

        if chance.random() < 0.6:
            feed = Feed.objects.select_related("resource").get()
            keys = [chance.choice(self.city["people"]) for _ in range(chance.randint(1, 4))]
            changes = [NewChange("update", key) for key in keys]
            services.post_changes(feed, changes, actor=Actor("person", "1", "gaj"))
            teller.tell(posted=len(changes))
        deliver()
        if chance.random() < 0.2:
            tasks.integrate()

    def account(self, teller: Teller, told: Sequence[Told]) -> None:
        from heli.feeds.models import Delivery as Row
        from heli.feeds.models import Feed, Subscription

        make_ready(self.city)
        until = time.monotonic() + RECOVERY
        while time.monotonic() < until:
            deliver()
            head = Feed.objects.get().head
            behind = Subscription.objects.exclude(position=head).exists()
            if not behind and not Row.objects.filter(state=Row.State.WAITING).exists():
                break
        super().account(teller, told)

    def missing(self, told: Sequence[Told]) -> Iterator[str]:
        from heli.feeds.models import Delivery as Row
        from heli.feeds.models import Feed, Subscription

        head = Feed.objects.get().head
        if head < sum(said(told, "posted")):
            yield f"{sum(said(told, 'posted'))} changes were taken, {head} are there"
        for row in Subscription.objects.all():
            if row.position != head or row.state != Subscription.State.RUNNING:
                yield f"a subscription is at {row.position} of {head}, {row.state}"
        yield from (f"delivery {row.pk} is {row.state}" for row in Row.objects.exclude(
            state=Row.State.DELIVERED))  # fmt: skip

    def arrived(self, teller: Teller, documents: Documents) -> None:
        """Hold what a receiver got against the feed and the log; tell what is wrong."""
        from heli.feeds.models import Feed

        head = Feed.objects.get().head
        wrong = list(unproven(documents))
        for path in {path for path, _ in documents}:
            mine = [document for at, document in documents if at == path]
            wrong += [f"{path}: {each}" for each in effects(mine, head)]
        if head and len({path for path, _ in documents}) < 2:
            wrong.append("a subscription was told nothing")
        teller.tell(wrong=wrong, checked=len(documents))


def make_ready(city: Mapping[str, Any]) -> None:
    """Answer for matters; a lease ends soon, so that the next process need not wait for it."""
    import datetime as dt

    from heli.feeds import sending

    answer_for_matters(city)
    sending.LEASE = dt.timedelta(milliseconds=1)
    sending.FIRST_PAUSE = 0.005
    sending.FIRST_REST = sending.LONGEST_REST = 0.01


def deliver() -> None:
    """One round of sending, to its end: a lease is short here, and nobody sends beside it."""
    from heli.feeds import sending

    sending.plan()
    list(sending.pool.map(sending._guarded, sending.claim()))


def unproven(documents: Documents) -> Iterator[str]:
    """Batches that left without their leaf, or whose leaf says something else."""
    from heli.client.answers import response_hash
    from heli.ledger.models import Fact

    facts = {str(row.pk): row for row in Fact.objects.filter(verb="feeds.batch.released")}
    for _, document in documents:
        row = facts.get(document["fact"])
        if row is None or row.leaf_index is None:
            yield f"batch {document['delivery']} left without its leaf"
            continue
        key = bytes.fromhex(document["response_key"])
        if response_hash({"events": document["events"]}, key) != row.data["response_hash"]:
            yield f"the leaf of batch {document['delivery']} is about something else"


def effects(documents: Sequence[dict[str, Any]], head: int) -> Iterator[str]:
    """What a receiver that heeds ids must not see: changes lost, doubled or out of order."""
    seen: dict[str, dict[str, Any]] = {}
    carried: dict[str, list[str]] = {}
    for document in documents:
        ids = [event["id"] for event in document["events"]]
        if carried.setdefault(document["delivery"], ids) != ids:
            yield f"delivery {document['delivery']} carried other changes when it was sent again"
        for event in document["events"]:
            if seen.setdefault(event["id"], event)["position"] != event["position"]:
                yield f"change {event['id']} has two positions"
    positions = [event["position"] for event in seen.values()]
    if sorted(positions) != list(range(1, head + 1)):
        yield f"of {head} changes the effects are {positions}"
    for key in {event["key"] for event in seen.values()}:
        own = [event["position"] for event in seen.values() if event["key"] == key]
        if own != sorted(own):
            yield f"the changes of a record came as {own}"


PARTS: dict[str, type[Part]] = {part.name: part for part in (Ledger, Gateway, Delivery)}
