"""Files handed in with a matter, over REST."""

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status
from pydantic import Field

from heli.cases import policy, services
from heli.cases.callers import Caller
from heli.cases.errors import RecordNotFoundError
from heli.cases.models import Matter, Supplement
from heli.cases.rest.caller import caller
from heli.cases.schemas.matters import AttachmentOut
from heli.cases.selectors import attachment, attachments
from heli.cases.selectors.matters import visible_matter
from heli.kernel.downloads import Download
from heli.kernel.home import home
from heli.kernel.permissions import audience, require
from heli.kernel.rest import idempotent

router = Router(tags=["matters"])
Name = Annotated[str, Field(min_length=1, max_length=160)]
BINARY = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/{code}/attachments", response=list[AttachmentOut], summary="Files handed in with a matter"
)
@audience(systems=True)
def list_attachments(request: HttpRequest, code: str) -> list[AttachmentOut]:
    """At most 50, the first first; for those who may see the matter's data."""
    return [AttachmentOut.of(row) for row in attachments(code, caller(request))]


@router.post(
    "/{code}/attachments",
    response={201: AttachmentOut},
    summary="Hand a file in",
    openapi_extra={"requestBody": {"required": True, "content": {"*/*": BINARY}}},
)
@audience(systems=True)
@idempotent
def hand_in(
    request: HttpRequest,
    code: str,
    name: Name,
    supplement: UUID | None = None,
) -> Status[AttachmentOut]:
    """The body is the file: PDF, JPEG, PNG or plain text, at most 8 MB; its content tells which.

    With `supplement` it belongs to the answer to that request for a supplement.
    """
    by = caller(request)
    matter = visible_matter(code, by)
    asked = _supplement(matter, supplement, by) if supplement else None
    row = services.attach(matter, name, request.body, by=by, supplement=asked)
    return Status(201, AttachmentOut.of(row))


def _supplement(matter: Matter, supplement_id: UUID, by: Caller) -> Supplement:
    found = matter.supplements.filter(pk=supplement_id).first()
    if found is None:
        raise RecordNotFoundError(what=_("request for a supplement"))
    require(policy.may_answer_supplement(by, found))
    return found


@router.get(
    "/{code}/attachments/{uuid:attachment_id}",
    summary="Read a file",
    openapi_extra={"responses": {200: {"description": "The file", "content": {"*/*": BINARY}}}},
)
@audience(systems=True)
def download(request: HttpRequest, code: str, attachment_id: UUID) -> Download:
    """The file as it was handed in, for those who may see the matter's data."""
    row = attachment(code, attachment_id, caller(request))
    return Download(
        (home() / row.path).open("rb"),
        as_attachment=True,
        filename=row.name,
        content_type=row.media_type,
    )
