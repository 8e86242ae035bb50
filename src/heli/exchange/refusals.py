"""Refusals of requests whose sender did not prove who they are.

Each is a denial like any other, under the key it claims where that key is registered. Whoever
holds no key could fill the ledger with them, so only some in a second become facts one by one; the
rest is counted and becomes one fact when the second is over: with the next request, by the server's
own look every second, and at the latest when the server ends.
"""

import asyncio
import datetime as dt
import logging
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

from django.db import connections, transaction

from heli.errors import HeliError
from heli.exchange.facts import DenialsDropped
from heli.exchange.lookup import Query, deny
from heli.kernel import clock
from heli.kernel.actor import PUBLIC
from heli.ledger import services as ledger
from heli.organisation import selectors as organisation

logger = logging.getLogger(__name__)

PER_SECOND = 5
LOOK = 1.0
"""Seconds between two looks at what was only counted."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Under which registered key a request came; empty where there is none.

    Whoever sent it did not prove to hold the key, or may not use it: the department is the one
    that answers for the key, not the one that acted.
    """

    key_id: str = ""
    department: str = ""


class Limiter:
    """Counts refusals by claim and second, so that a flood under one key hides no other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._second = 0
        self._counts: Counter[Claim] = Counter()
        self._dropped: Counter[tuple[int, Claim]] = Counter()

    def allows(self, claim: Claim) -> bool:
        """Whether this refusal becomes a fact of its own; otherwise it is counted."""
        second = _second()
        with self._lock:
            if second != self._second:
                self._second, self._counts = second, Counter()
            self._counts[claim] += 1
            allowed = self._counts[claim] <= PER_SECOND
            if not allowed:
                self._dropped[second, claim] += 1
        return allowed

    def take_dropped(self, *, unfinished: bool = False) -> Counter[tuple[int, Claim]]:
        """What was only counted in seconds that are over; taken, it is forgotten here.

        Args:
            unfinished: Take what was counted in this second too.
        """
        second = _second() + unfinished
        with self._lock:
            over = Counter({key: n for key, n in self._dropped.items() if key[0] < second})
            self._dropped -= over
        return over

    def put_back(self, dropped: Counter[tuple[int, Claim]]) -> None:
        """Count again what could not be recorded."""
        with self._lock:
            self._dropped += dropped


limiter = Limiter()


def refuse(address: str, key_id: str, error: HeliError) -> None:
    """Record that a request was refused before its sender was known.

    Args:
        address: What it asked for.
        key_id: The key its signature names, empty without one.
        error: What it is answered.
    """
    claim = _claim(key_id)
    if limiter.allows(claim):
        query = Query(PUBLIC, claim.department, address, "", "", "")
        deny(query, error, key_id=claim.key_id)


def record_dropped(*, unfinished: bool = False) -> int:
    """Record what was only counted, one fact for each key and second; returns how many.

    Args:
        unfinished: Also of the second that goes on: the process ends.
    """
    dropped = limiter.take_dropped(unfinished=unfinished)
    if not dropped:
        return 0
    try:
        with transaction.atomic():
            for (second, claim), count in dropped.items():
                _record(second, claim, count)
    except Exception:
        limiter.put_back(dropped)
        raise
    return len(dropped)


async def keep_recording(ended: asyncio.Event) -> None:
    """Record what was only counted while a server runs, and when it ends whatever is left."""
    while not ended.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), LOOK)
        await asyncio.to_thread(_try_recording)
    await asyncio.to_thread(_try_recording, unfinished=True)


def _try_recording(*, unfinished: bool = False) -> None:
    try:
        record_dropped(unfinished=unfinished)
    except Exception:
        logger.exception("refusals that were only counted could not be recorded")
    finally:
        connections.close_all()


def _record(second: int, claim: Claim, count: int) -> None:
    began = dt.datetime.fromtimestamp(second, dt.UTC).isoformat()
    ledger.record(
        DenialsDropped(key_id=claim.key_id, count=count, second=began),
        actor=PUBLIC,
        department=claim.department,
        subject=f"exchange.key:{claim.key_id}",
    )


def _claim(key_id: str) -> Claim:
    system = organisation.system_by_key_id(key_id) if key_id else None
    return Claim(system.key_id, system.department) if system else Claim()


def _second() -> int:
    return int(clock.now().timestamp())
