"""Every change of a feed, a subscription or a delivery: one verb, one transaction, its facts."""

from heli.feeds.services.comparing import compare, compare_due
from heli.feeds.services.deliveries import discard, retry
from heli.feeds.services.feeds import (
    NewChange,
    announce_versions,
    close_feed,
    forget_changes,
    open_feed,
    post_changes,
)
from heli.feeds.services.freshness import watch_freshness
from heli.feeds.services.subscriptions import (
    fetch,
    fetch_records,
    pause,
    resume,
    stop,
    subscribe,
    watch_grants,
)

__all__ = [
    "NewChange",
    "announce_versions",
    "close_feed",
    "compare",
    "compare_due",
    "discard",
    "fetch",
    "fetch_records",
    "forget_changes",
    "open_feed",
    "pause",
    "post_changes",
    "resume",
    "retry",
    "stop",
    "subscribe",
    "watch_freshness",
    "watch_grants",
]
