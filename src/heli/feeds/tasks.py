"""Background work of the feeds.

What may take long (a slow receiver, a large register) runs in threads of its own, so that no other
job of the worker waits for it.
"""

import logging
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections

from heli.errors import HeliError
from heli.feeds import sending, services
from heli.feeds.models import Feed
from heli.kernel.worker import periodic

logger = logging.getLogger(__name__)

_comparing = ThreadPoolExecutor(1, thread_name_prefix="feeds-comparing")


@periodic("feeds.send", every=0.1)
def send() -> int:
    """Plan batches and send those that are due."""
    return sending.plan() + sending.send_due()


@periodic("feeds.grants", every=0.4)
def watch_grants() -> int:
    """Halt subscriptions whose grant does not hold any more."""
    return services.watch_grants()


@periodic("feeds.versions", every=1.0)
def announce_versions() -> int:
    """Tell of new contract versions."""
    return services.announce_versions()


@periodic("feeds.freshness", every=5.0)
def watch_freshness() -> int:
    """Raise the alarm for sources that are late."""
    return services.watch_freshness()


@periodic("feeds.compare", every=1.0)
def compare() -> int:
    """Begin the comparisons that are due."""
    due = services.compare_due()
    for feed in due:
        _comparing.submit(_compare, feed)
    return len(due)


def _compare(feed: Feed) -> None:
    close_old_connections()
    try:
        services.compare(feed)
    except HeliError as error:
        logger.warning("%s was not compared: %s", feed.address, error)
    except Exception:
        logger.exception("%s was not compared", feed.address)
    finally:
        close_old_connections()


@periodic("feeds.forget", every=300)
def forget() -> int:
    """Forget changes that were kept long enough."""
    return services.forget_changes()
