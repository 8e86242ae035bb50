"""Reading notices off."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from heli.cases.selectors.inbox import notices_of
from heli.kernel import clock
from heli.organisation.selectors import Person


def mark_read(person: Person, notice_ids: Iterable[UUID | str] | None = None) -> int:
    """Note that notices were read; all of a person's where none are named.

    A notice to a department or role is read by whoever reads it first. No fact: that somebody read
    a line changes nothing between departments.

    Returns:
        How many were unread before.
    """
    with transaction.atomic():
        rows = notices_of(person).filter(read_at=None)
        if notice_ids is not None:
            rows = rows.filter(pk__in=list(notice_ids))
        return rows.update(read_at=clock.now())
