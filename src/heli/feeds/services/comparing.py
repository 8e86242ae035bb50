"""Finding changes where a source does not tell of them: by comparing it with what was seen before.

Of every record two hashes and its sealed key are kept, never its content. A comparison reads the
source once, in stretches; what a stretch shows is written together with the changes it makes, so a
comparison that is cut off goes on next time without telling anything twice. Only a comparison that
came to the end of the source can tell what is gone.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db import transaction

from heli.exchange.compiled import CompiledResource, catalogue
from heli.exchange.errors import SourceUnavailableError, UnknownResourceError
from heli.feeds import sealing
from heli.feeds.models import Change, Feed, SourceRow
from heli.feeds.services.feeds import append, confirm, lock
from heli.kernel import clock
from heli.kernel.actor import HELI

if TYPE_CHECKING:
    import numpy as np

logger = logging.getLogger(__name__)

STRETCH = 2000
LEASE = dt.timedelta(hours=1)
"""A comparison that was cut off is begun again after this."""

Seen = tuple[str, int, bytes]


def compare_due() -> list[Feed]:
    """Claim the feeds whose comparison is due; nobody else gets them meanwhile."""
    now = clock.now()
    claimed = []
    rows = Feed.objects.filter(closed_at=None, compare_at__lte=now).select_related("resource")
    for feed in rows:
        taken = Feed.objects.filter(pk=feed.pk, compare_at=feed.compare_at)
        if taken.update(compare_at=now + LEASE):
            claimed.append(feed)
    return claimed


def compare(feed: Feed) -> int:
    """Compare a feed with its source; returns how many changes were found.

    The first comparison only learns what there is.

    Raises:
        SourceUnavailableError: The source cannot be read to its end.
        UnknownResourceError: The resource left the catalogue.
    """
    resource = catalogue.find(feed.address)
    if resource is None:
        raise UnknownResourceError(resource=feed.address)
    try:
        return _compared(feed, resource)
    finally:
        next_at = clock.now() + dt.timedelta(seconds=feed.compare_every)
        Feed.objects.filter(pk=feed.pk, closed_at=None).update(
            compare_at=next_at if feed.compare_every else None
        )


def _compared(feed: Feed, resource: CompiledResource) -> int:
    import numpy as np

    found, numbers = 0, [np.empty(0, dtype=np.int64)]
    try:
        for stretch in _stretches(feed.address, resource):
            numbers.append(np.fromiter((n for _, n, _ in stretch), dtype=np.int64))
            found += _take(feed, stretch)
    except OSError as error:
        raise SourceUnavailableError(resource=feed.address) from error
    found += _take_missing(feed, np.sort(np.concatenate(numbers)))
    with transaction.atomic():
        locked = lock(feed)
        if locked.baseline_at is None:
            locked.baseline_at = clock.now()
            locked.save(update_fields=["baseline_at"])
        confirm(locked)
    return found


def _stretches(address: str, resource: CompiledResource) -> Iterator[list[Seen]]:
    """All records of the source: key, number and content hash, some at a time."""
    names = resource.contract.names
    place = names.index(resource.contract.subject_field.name)
    for batch in resource.connector.scan(names, batch_rows=STRETCH):
        columns = [column.to_pylist() for column in batch.columns]
        yield [
            (str(row[place]), sealing.number(address, str(row[place])), sealing.content(row))
            for row in zip(*columns, strict=True)
        ]


def _take(feed: Feed, stretch: list[Seen]) -> int:
    """Note new and changed records of a stretch, and tell of them."""
    known = dict(
        SourceRow.objects.filter(feed=feed, digest__in=[n for _, n, _ in stretch]).values_list(
            "digest", "content"
        )
    )
    new = [each for each in stretch if each[1] not in known]
    changed = [each for each in stretch if each[1] in known and bytes(known[each[1]]) != each[2]]
    if not new and not changed:
        return 0
    with transaction.atomic():
        locked = lock(feed)
        SourceRow.objects.bulk_create(
            [
                SourceRow(
                    feed=locked,
                    digest=number,
                    content=content,
                    sealed=sealing.seal(feed.address, key),
                )
                for key, number, content in new
            ],
            batch_size=500,
            ignore_conflicts=True,
        )
        for _key, number, content in changed:
            SourceRow.objects.filter(feed=locked, digest=number).update(content=content)
        if locked.baseline_at is None:
            return 0
        told = [(Change.Kind.INSERT, key) for key, _, _ in new]
        told += [(Change.Kind.UPDATE, key) for key, _, _ in changed]
        append(locked, told, origin="compared", actor=HELI)
    return len(told)


def _take_missing(feed: Feed, seen: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> int:
    """Forget records that the source has no more, and tell of them."""
    import numpy as np

    rows = SourceRow.objects.filter(feed=feed)
    known = np.fromiter(rows.values_list("digest", flat=True).iterator(), dtype=np.int64)
    gone = known[~np.isin(known, seen)].tolist()
    told = 0
    for begin in range(0, len(gone), STRETCH):
        part = rows.filter(digest__in=gone[begin : begin + STRETCH])
        with transaction.atomic():
            locked = lock(feed)
            keys = [
                sealing.unseal(feed.address, bytes(row))
                for row in part.values_list("sealed", flat=True)
            ]
            part.delete()
            if locked.baseline_at is not None:
                entries = [(Change.Kind.DELETE, key) for key in keys]
                append(locked, entries, origin="compared", actor=HELI)
                told += len(keys)
    return told
