"""Following the changes of another department's register.

    for batch in follow(heli, "gaj/residents", purpose="restaurant", cursor=kept):
        for event in batch.events:
            apply(event)          # remember event["id"]: it may come again
        kept = batch.cursor       # keep it with what was applied

Events come at least once and in order. What was cut off is taken up again by itself.
"""

import base64
import json
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from heli.client.answers import response_hash
from heli.client.client import HeliClient
from heli.client.errors import (
    AnswerMismatchError,
    ProblemError,
    ServerError,
    UnreachableError,
    problem_error,
)
from heli.engines.httpsig import (
    Request,
    check_age,
    check_content_digest,
    read_signature,
    require_coverage,
    verify,
)
from heli.engines.translog import Receipt, TrustedKeys, Verified, verify_receipt
from heli.errors import HeliError, gettext_noop

REMEMBERED = 10_000
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SILENCE = 45.0
"""Seconds without even a heartbeat after which a stream counts as broken."""
WEBHOOK_COVERED = ("@method", "@target-uri", "content-digest", "heli-delivery")
WEBHOOK_MAX_AGE, WEBHOOK_MAX_SKEW = 300, 30


class StreamEndedError(HeliError):
    """Heli ended the stream, because the grant or the subscription does not hold any more.

    Attributes:
        problem_code: Why, for example ``exchange.grant_revoked``.
    """

    code = "client.stream_ended"
    status = 403
    message = gettext_noop("The stream was ended: {detail}")
    remedy = gettext_noop("{remedy}")

    def __init__(self, problem: Mapping[str, Any]) -> None:
        self.problem_code = str(problem.get("code", ""))
        super().__init__(
            detail=str(problem.get("detail", "")), remedy=str(problem.get("remedy", ""))
        )


@dataclass(frozen=True, slots=True)
class FeedBatch:
    """Changes that were released together.

    Attributes:
        events: Each with ``id``, ``position``, ``kind``, ``key``, ``at`` and ``data``.
        cursor: Goes on after them.
        fact: Id of the fact that proves their release.
        response_key: Ties the events to that fact; to be guarded like them.
    """

    subscription: str
    resource: str
    events: list[dict[str, Any]]
    cursor: str
    fact: str
    response_key: str = field(repr=False)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "FeedBatch":
        """Read a batch as streams, webhooks, the broker and REST give it."""
        return cls(
            subscription=document["subscription"],
            resource=document["resource"],
            events=document["events"],
            cursor=document["cursor"],
            fact=document["fact"],
            response_key=document["response_key"],
        )

    def verify(self, receipt: str, keys: TrustedKeys) -> Verified:
        """Check offline that these very events are in the log.

        Args:
            receipt: From ``/api/v1/ledger/facts/{fact}/receipt``.
            keys: Public keys of the log and its witnesses.

        Raises:
            HeliError: The receipt does not hold.
            AnswerMismatchError: It holds, but for other events.
        """
        verified = verify_receipt(Receipt.from_json(receipt), keys)
        content = verified.content
        if not isinstance(content, dict) or content.get("id") != self.fact:
            raise AnswerMismatchError(reason="it is about another fact")
        proven = content.get("data", {}).get("response_hash", "")
        if proven != response_hash({"events": self.events}, bytes.fromhex(self.response_key)):
            raise AnswerMismatchError(reason="the events were changed")
        return verified


def subscribe(
    heli: HeliClient,
    resource: str,
    *,
    purpose: str,
    cursor: str = "",
    project: str = "",
    task: str = "",
) -> str:
    """The id of this department's stream subscription, started if there is none.

    Args:
        heli: A client.
        resource: Address in the catalogue.
        purpose: Purpose of the grant.
        cursor: After which change to begin.
        project: Code of the project that the grant is bound to, if it is.
        task: Code of the statutory duty that the grant is bound to, if it is.

    Raises:
        ProblemError: It was refused.
        UnreachableError: No answer came.
    """
    body = {"purpose": purpose, "transport": "stream", "cursor": cursor}
    body |= {"project": project, "task": task}
    made = heli.post(f"/feeds/{resource}/subscriptions", body)
    return str(made["id"])


def follow(
    heli: HeliClient,
    resource: str,
    *,
    purpose: str,
    cursor: str = "",
    project: str = "",
    task: str = "",
    patient: bool = True,
) -> Iterator[FeedBatch]:
    """The changes of a resource as they happen, each event once within one call.

    Args:
        heli: A client.
        resource: Address in the catalogue.
        purpose: Purpose of the grant.
        cursor: Kept from the last time; empty: where the subscription stands.
        project: Code of the project that the grant is bound to, if it is.
        task: Code of the statutory duty that the grant is bound to, if it is.
        patient: Whether to connect again after a failure of the network or the server.

    Yields:
        Batches with at least one event.

    Raises:
        ProblemError: It was refused, for example ``feeds.cursor_expired``.
        StreamEndedError: The grant or the subscription ended.
        UnreachableError: No answer came and ``patient`` is false.
    """
    subscription = subscribe(
        heli, resource, purpose=purpose, cursor=cursor, project=project, task=task
    )
    seen: deque[str] = deque(maxlen=REMEMBERED)
    pause = FIRST_PAUSE
    while True:
        try:
            for name, data, mark in _events(heli, subscription, cursor):
                cursor, pause = mark or cursor, FIRST_PAUSE
                if name == "stopped":
                    raise StreamEndedError(json.loads(data))
                if name == "changes":
                    batch = _fresh(FeedBatch.from_document(json.loads(data)), seen)
                    if batch.events:
                        yield batch
        except (UnreachableError, ServerError):
            if not patient:
                raise
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)


def _fresh(batch: FeedBatch, seen: deque[str]) -> FeedBatch:
    """The batch, empty where all its events came before; else whole, for its proof."""
    ids = [event["id"] for event in batch.events]
    known = set(seen)
    if ids and all(each in known for each in ids):
        batch.events.clear()
    seen.extend(ids)
    return batch


def _events(heli: HeliClient, subscription: str, cursor: str) -> Iterator[tuple[str, str, str]]:
    """Name, data and id of the server-sent events of one connection.

    Raises:
        UnreachableError: It could not be made, or broke.
        ProblemError: It was refused.
    """
    path = f"/api/v1/feeds/subscriptions/{subscription}/stream"
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": cursor} if cursor else {})
    try:
        with heli.open("GET", path, headers=headers, silence=SILENCE) as response:
            if not response.is_success:
                response.read()
                raise _refused(response)
            yield from _parsed(response.iter_lines())
    except httpx.HTTPError as error:
        raise UnreachableError(address=path, reason=str(error) or type(error).__name__) from error


def _refused(response: httpx.Response) -> ProblemError:
    try:
        document = response.json()
    except ValueError:
        document = {}
    return problem_error(response.status_code, document if isinstance(document, dict) else {})


def _parsed(lines: Iterator[str]) -> Iterator[tuple[str, str, str]]:
    name, data, mark = "", [], ""  # type: str, list[str], str
    for line in lines:
        if line == "":
            if data or mark:
                yield name, "\n".join(data), mark
            name, data, mark = "", [], ""
            continue
        label, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if label == "event":
            name = value
        elif label == "data":
            data.append(value)
        elif label == "id":
            mark = value


def read_webhook(
    *,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    public_key: bytes | str,
    now: int | None = None,
) -> FeedBatch:
    """Check a webhook's signature and read its batch.

    Args:
        method: As received.
        url: The whole address as registered with Heli.
        headers: As received.
        body: As received.
        public_key: From ``/api/v1/feeds/key``, raw or in base64.
        now: Seconds since 1970; the machine's clock where None.

    Raises:
        SignatureError: It is not signed by Heli, or too old.
        DigestError: The body is not the one that was signed.
    """
    if isinstance(public_key, str):
        public_key = base64.b64decode(public_key)
    parts = httpx.URL(url)
    message = Request(
        method=method.upper(),
        scheme=parts.scheme,
        authority=parts.netloc.decode(),
        path=parts.raw_path.split(b"?")[0].decode(),
        query=parts.query.decode(),
        headers=tuple(headers.items()),
    )
    signature = read_signature(message)
    require_coverage(signature, WEBHOOK_COVERED)
    check_age(
        signature,
        now=int(time.time()) if now is None else now,
        max_age=WEBHOOK_MAX_AGE,
        max_skew=WEBHOOK_MAX_SKEW,
    )
    verify(message, signature, public_key)
    check_content_digest(message.field("content-digest"), body)
    return FeedBatch.from_document(json.loads(body))
