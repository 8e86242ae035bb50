"""Cursors: opaque to consumers, a feed and a position in it to us."""

import uuid

from heli.feeds.errors import CursorExpiredError, ForeignCursorError
from heli.feeds.models import Feed
from heli.kernel.rest import decode_cursor, encode_cursor


def cursor_at(feed: Feed, position: int) -> str:
    """The cursor of a reader who knows everything up to a position."""
    return encode_cursor(feed.epoch, position)


def position_of(feed: Feed, cursor: str) -> int:
    """The position of a cursor; the feed's present end where there is none.

    Raises:
        BadCursorError: It is no cursor.
        ForeignCursorError: It is one of another feed, or lies beyond the end.
        CursorExpiredError: Changes after it are not kept any more.
    """
    values = decode_cursor(cursor, uuid.UUID, int)
    if values is None:
        return feed.head
    epoch, position = values
    if epoch != feed.epoch or position > feed.head:
        raise ForeignCursorError(field="cursor", resource=feed.address)
    if position < feed.floor:
        raise CursorExpiredError(resource=feed.address, days=feed.keep_days)
    return int(position)
