"""The inbox over REST."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from heli.cases import services
from heli.cases.schemas import NoticeOut, ReadIn, ReadOut
from heli.cases.selectors import inbox
from heli.kernel.permissions import audience
from heli.kernel.rest import idempotent

router = Router(tags=["notices"])


@router.get("", response=list[NoticeOut], summary="The inbox, newest first")
@audience()
def list_notices(request: HttpRequest, unread: bool = False) -> list[NoticeOut]:
    """Notices to the caller, to their department and to their role."""
    person: Any = request.user
    return [NoticeOut.of(item) for item in inbox(person, unread)]


@router.post("/read", response=ReadOut, summary="Note that notices were read")
@audience()
@idempotent
def mark_read(request: HttpRequest, body: ReadIn) -> ReadOut:
    """Mark notices as read."""
    person: Any = request.user
    return ReadOut(read=services.mark_read(person, body.ids))
