"""Notices over REST."""

import datetime as dt
from uuid import UUID

from ninja import Schema

from heli.cases.selectors import NoticeView


class NoticeOut(Schema):
    """A line of the inbox."""

    id: str
    level: str
    sentence: str
    at: dt.datetime
    read: bool
    matter: str

    @classmethod
    def of(cls, item: NoticeView) -> "NoticeOut":
        """From what pages show."""
        return cls(
            id=item.id,
            level=item.level,
            sentence=item.sentence,
            at=item.at,
            read=item.read,
            matter=item.matter_code,
        )


class ReadIn(Schema):
    """Which notices were read; all where none are named."""

    ids: list[UUID] | None = None


class ReadOut(Schema):
    """How many were unread before."""

    read: int
