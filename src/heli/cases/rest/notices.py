"""The inbox over REST."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from heli.cases import services
from heli.cases.models import Notice
from heli.cases.schemas.notices import NoticeOut, ReadIn, ReadOut
from heli.cases.selectors.inbox import notice_view, notices_of
from heli.kernel.permissions import audience
from heli.kernel.rest import Limit, Page, idempotent, page_of

router = Router(tags=["notices"])


@router.get("", response=Page[NoticeOut], summary="The inbox, newest first")
@audience()
def list_notices(
    request: HttpRequest, unread: bool = False, cursor: str | None = None, limit: Limit = 50
) -> Page[NoticeOut]:
    """Notices to the caller, to their department and to their role."""
    person: Any = request.user
    rows = notices_of(person).select_related("matter")
    if unread:
        rows = rows.filter(read_at=None)

    def show(found: list[Notice]) -> list[NoticeOut]:
        return [NoticeOut.of(notice_view(row)) for row in found]

    return page_of(rows, "created_at", cursor, limit, show, newest_first=True)


@router.post("/read", response=ReadOut, summary="Note that notices were read")
@audience()
@idempotent
def mark_read(request: HttpRequest, body: ReadIn) -> ReadOut:
    """Mark notices as read."""
    person: Any = request.user
    return ReadOut(read=services.mark_read(person, body.ids))
