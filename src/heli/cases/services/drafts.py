"""How much somebody may keep that was not sent."""

from django.db.models import Q, QuerySet, Sum

from heli.cases.errors import DraftFilesError, TooManyDraftsError
from heli.cases.models import Attachment, Matter
from heli.organisation.selectors import Person

MOST = 50
"""Drafts of one person; at a desk those of everybody whose matter was begun there."""
MOST_BYTES = 200 << 20
"""Of the files with all drafts of one person together."""


def require_room(by: Person) -> None:
    """Go on only when a person may begin another draft.

    Raises:
        TooManyDraftsError: They have as many as anybody may.
    """
    count = _drafts_of(by.pk).count()
    if count >= MOST:
        raise TooManyDraftsError(count=count, most=MOST)


def require_room_for(size: int, draft: Matter) -> None:
    """Go on only when a file of so many bytes may be added to a draft.

    Raises:
        DraftFilesError: The files of its author's drafts would be larger than they may.
    """
    drafts = _drafts_of(draft.applicant_id or draft.taken_in_by_id)
    files = Attachment.objects.filter(matter__in=drafts)
    taken = files.aggregate(taken=Sum("size", default=0))["taken"]
    if taken + size > MOST_BYTES:
        raise DraftFilesError(
            field="file",
            taken=f"{taken / 2**20:.1f}",
            size=f"{size / 2**20:.1f}",
            most=MOST_BYTES >> 20,
        )


def _drafts_of(person_id: int | None) -> QuerySet[Matter]:
    own = Q(applicant=person_id) | Q(taken_in_by=person_id)
    return Matter.objects.filter(own, state=Matter.State.DRAFT)
