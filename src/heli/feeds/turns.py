"""What this process has taken on to send: one batch of a subscription, some of each department."""

import threading
import uuid
from collections import Counter
from typing import NamedTuple

from heli.feeds.models import Delivery


class Taken(NamedTuple):
    """What is on its way out of this process now.

    Attributes:
        subscriptions: Ids of the subscriptions whose batch it is.
        departments: How many there are of each department.
    """

    subscriptions: set[uuid.UUID]
    departments: Counter[str]


class Turns:
    """Notes what waits for a thread or has one, until its attempt has ended.

    A lease ends by the clock; what is noted here is never begun again while it goes on, however
    long that takes.

    Args:
        share: How many batches of one department may be on their way at once.
    """

    def __init__(self, share: int) -> None:
        self.share = share
        self._lock = threading.Lock()
        self._taken: dict[uuid.UUID, str] = {}

    def taken(self) -> Taken:
        """What is on its way now."""
        with self._lock:
            return Taken(set(self._taken), Counter(self._taken.values()))

    def begin(self, row: Delivery) -> bool:
        """Take a batch on; false where its subscription or department has its turn already."""
        one = row.subscription
        with self._lock:
            full = Counter(self._taken.values())[one.consumer_id] >= self.share
            if full or one.pk in self._taken:
                return False
            self._taken[one.pk] = one.consumer_id
            return True

    def end(self, row: Delivery) -> None:
        """Its attempt has ended, however."""
        with self._lock:
            self._taken.pop(row.subscription_id, None)
