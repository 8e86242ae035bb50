"""REST interface of contract versions: list, compare, publish, documents made from them."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from heli.engines.contracts import (
    Mode,
    change_as_data,
    gateway_openapi,
    json_schema,
    parse_contract,
)
from heli.exchange import policy
from heli.exchange.contracts import schemas, selectors, services
from heli.exchange.contracts.selectors import Comparison, Ending
from heli.exchange.models import ContractVersion
from heli.exchange.rest.shapes import person_of
from heli.exchange.selectors.catalogue import resource_by_address
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.kernel.rest import idempotent

router = Router(tags=["exchange"])

PATH = "/resources/{department}/{name}/versions"


@router.get(PATH, response=list[schemas.VersionOut])
@audience(*STAFF, systems=True)
def list_versions(request: HttpRequest, department: str, name: str) -> Any:
    """All versions of a resource's contract, the latest first."""
    resource = resource_by_address(f"{department}/{name}")
    return [_version(row) for row in selectors.versions(resource)]


@router.post(PATH + "/compare", response=schemas.ComparisonOut)
@audience(Role.STEWARD)
@idempotent
def compare_contract(
    request: HttpRequest, department: str, name: str, body: schemas.CompareIn
) -> Any:
    """Compare a contract that is not published with the version in force; changes nothing."""
    resource = resource_by_address(f"{department}/{name}")
    require(policy.may_grant(request.user, resource))
    new = parse_contract(body.contract)
    shown = _comparison(selectors.comparison(resource, resource.parsed_contract, new))
    return schemas.ComparisonOut(**shown)


@router.get(PATH + "/{version}", response=schemas.VersionDetail)
@audience(*STAFF, systems=True)
def get_version(request: HttpRequest, department: str, name: str, version: str) -> Any:
    """One version with its document."""
    row = selectors.version(resource_by_address(f"{department}/{name}"), version)
    return _version(row) | {"contract": row.document}


@router.get(PATH + "/{version}/openapi", response=dict[str, Any])
@audience(*STAFF, systems=True)
def get_openapi(request: HttpRequest, department: str, name: str, version: str) -> Any:
    """OpenAPI 3.1 of the gateway for this version."""
    row = selectors.version(resource_by_address(f"{department}/{name}"), version)
    server = request.build_absolute_uri("/").rstrip("/")
    return gateway_openapi(row.contract, f"{department}/{name}", server)


@router.get(PATH + "/{version}/schema", response=dict[str, Any])
@audience(*STAFF, systems=True)
def get_schema(request: HttpRequest, department: str, name: str, version: str) -> Any:
    """JSON Schema 2020-12 of a record of this version."""
    row = selectors.version(resource_by_address(f"{department}/{name}"), version)
    return json_schema(row.contract, f"{department}/{name}")


@router.get(PATH + "/{version}/comparison", response=schemas.ComparisonOut)
@audience(*STAFF, systems=True)
def compare_versions(
    request: HttpRequest,
    department: str,
    name: str,
    version: str,
    *,
    against: str = "",
    mode: Mode = Mode.BACKWARD,
) -> Any:
    """What differs from an older version, ``against`` or the one before, and whom that breaks."""
    resource = resource_by_address(f"{department}/{name}")
    row = selectors.version(resource, version)
    older = selectors.version(resource, against) if against else selectors.before(row)
    old = (older or row).contract
    return _comparison(selectors.comparison(resource, old, row.contract, mode))


@router.post(PATH, response={201: schemas.VersionOut})
@audience(Role.STEWARD)
@idempotent
def publish_version(
    request: HttpRequest, department: str, name: str, body: schemas.VersionIn
) -> Any:
    """Publish a version; one that breaks consumers is announced with the end of the present one."""
    resource = resource_by_address(f"{department}/{name}")
    require(policy.may_grant(request.user, resource))
    row = services.publish_version(
        resource,
        parse_contract(body.contract),
        actor=person_of(request).actor,
        sunset=body.sunset,
    )
    return Status(201, schemas.VersionOut(**_version(row)))


@router.post(PATH + "/{version}/withdraw", response=schemas.VersionOut)
@audience(Role.STEWARD)
@idempotent
def withdraw_announcement(
    request: HttpRequest, department: str, name: str, version: str, body: schemas.WithdrawIn
) -> Any:
    """Take an announced version back."""
    resource = resource_by_address(f"{department}/{name}")
    require(policy.may_grant(request.user, resource))
    row = services.withdraw_announcement(
        resource, version, actor=person_of(request).actor, reason=body.reason
    )
    return schemas.VersionOut(**_version(row))


@router.get("/endings", response=list[schemas.EndingOut])
@audience(*STAFF, systems=True)
def list_endings(request: HttpRequest, mine: bool = False) -> Any:
    """Versions whose end is announced; with ``mine`` only those the caller's department uses."""
    system = getattr(request, "system", None)
    own = system.department if system else person_of(request).department_id or "-"
    return [_ending(each) for each in selectors.endings(own if mine else "")]


def _version(row: ContractVersion) -> dict[str, Any]:
    names = ("version", "digest", "published_at", "in_force_at", "deprecated_at", "sunset_at",
             "ended_at")  # fmt: skip
    state = "announced" if row.announced else "in_force" if row.in_force else "ended"
    return {name: getattr(row, name) for name in names} | {"state": state}


def _comparison(found: Comparison) -> dict[str, Any]:
    verdict = found.verdict
    return {
        "old": verdict.old,
        "new": verdict.new,
        "mode": verdict.mode.value,
        "compatible": verdict.compatible,
        "numbered_rightly": verdict.numbered_rightly,
        "needed": verdict.needed.code,
        "given": verdict.given.code,
        "changes": [
            change_as_data(change) | {"sentence": row.sentence, "whom": row.whom}
            for change, row in zip(verdict.changes, found.rows, strict=True)
        ],
        "touched": [
            {
                "grant": str(each.grant_id),
                "consumer": each.consumer.code,
                "purpose": each.purpose,
                "fields": each.fields,
                "fits": each.fits,
            }
            for each in found.touched
        ],
    }


def _ending(each: Ending) -> dict[str, Any]:
    return {
        "resource": each.resource.address,
        "title": each.title,
        "version": each.version,
        "successor": each.successor,
        "deprecated_at": each.since,
        "sunset_at": each.sunset_at,
        "last_day": each.last_day,
    }
