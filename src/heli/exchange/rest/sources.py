"""REST: where departments keep their data, and putting it into the catalogue."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from heli.exchange import policy, selectors, services
from heli.exchange.models import Source, SourceKind
from heli.exchange.rest.shapes import person_of
from heli.kernel.permissions import Role, audience, require
from heli.kernel.rest import idempotent, keyed

router = Router(tags=["exchange"])
BINARY = {"schema": {"type": "string", "format": "binary"}}


class SourceOut(Schema):
    """A data source; its credential is never given out."""

    address: str
    kind: SourceKind
    location: dict[str, Any]
    has_credential: bool


class SourceIn(Schema):
    """Where a data source is; ``secret`` left out keeps the present credential."""

    kind: SourceKind
    location: dict[str, Any]
    secret: str | None = None


class FileOut(Schema):
    """A file that was taken in, as a resource's options name it."""

    file: str


@router.get("/sources", response=list[SourceOut])
@audience(Role.STEWARD)
def list_sources(request: HttpRequest) -> Any:
    """Data sources of the caller's department."""
    return [_source(row) for row in selectors.sources(person_of(request).department_id or "")]


@router.put("/sources/{name}", response=SourceOut)
@audience(Role.STEWARD)
@keyed
def put_source(request: HttpRequest, name: str, body: SourceIn) -> Any:
    """Describe a data source of the caller's department, or change it."""
    person = person_of(request)
    require(policy.may_publish(person, person.department_id or ""))
    row = services.register_source(
        actor=person.actor,
        department=person.department_id or "",
        name=name,
        kind=body.kind,
        location=body.location,
        secret=body.secret,
    )
    return _source(row)


@router.delete("/sources/{name}", response={204: None})
@audience(Role.STEWARD)
@idempotent
def delete_source(request: HttpRequest, name: str) -> Any:
    """Remove a data source that no resource is read from, and its credential with it."""
    person = person_of(request)
    require(policy.may_publish(person, person.department_id or ""))
    row = selectors.source_by_address(f"{person.department_id}/{name}")
    services.remove_source(row, actor=person.actor)
    return Status(204, None)


@router.put(
    "/files/{name}",
    response=FileOut,
    openapi_extra={"requestBody": {"required": True, "content": {"*/*": BINARY}}},
)
@audience(Role.STEWARD)
@idempotent
def put_file(request: HttpRequest, name: str) -> Any:
    """The body is the file, at most 8 MB; it replaces one of the same name at once."""
    person = person_of(request)
    require(policy.may_publish(person, person.department_id or ""))
    kept = services.receive_file(
        actor=person.actor,
        department=person.department_id or "",
        name=name,
        content=request.body,
    )
    return FileOut(file=kept)


@router.post("/resources/{department}/{name}/withdraw", response={204: None})
@audience(Role.STEWARD)
@idempotent
def withdraw_resource(request: HttpRequest, department: str, name: str) -> Any:
    """Take a resource out of the catalogue."""
    row = selectors.resource_by_address(f"{department}/{name}")
    person = person_of(request)
    require(policy.may_publish(person, row.department_id))
    services.withdraw(row, actor=person.actor)
    return Status(204, None)


def _source(row: Source) -> SourceOut:
    return SourceOut(
        address=row.address,
        kind=SourceKind(row.kind),
        location=row.location,
        has_credential=bool(row.sealed),
    )
