"""Open datasets over REST: read by anybody, decided by stewards."""

from typing import Annotated, Any

from django.http import HttpRequest
from django.urls import reverse
from ninja import Query, Router, Status

from heli.exchange.selectors import resource_by_address
from heli.kernel.permissions import Role, audience, require
from heli.kernel.rest import Page, idempotent, page_of
from heli.openness import policy, selectors, services
from heli.openness.licences import licence_of
from heli.openness.models import Publication
from heli.openness.portal import limits
from heli.openness.schemas import (
    DatasetDetail,
    DatasetOut,
    FileOut,
    PublicationIn,
    ReasonIn,
    TermsIn,
)
from heli.openness.services import Terms
from heli.openness.views.common import address_of, base_of, person_of

router = Router(tags=["openness"])
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/datasets", response=Page[DatasetOut], summary="Open datasets")
@audience(public=True)
def list_datasets(
    request: HttpRequest,
    *,
    q: str = "",
    theme: str = "",
    department: str = "",
    kind: str = "",
    cursor: str | None = None,
    limit: Limit = 50,
) -> Any:
    """The one changed last first; without a login."""
    limits.pages.check(address_of(request))
    rows = selectors.datasets(text=q, theme=theme, department=department, kind=kind)
    return page_of(
        rows, "changed_at", cursor, limit, lambda found: _shown(request, found), newest_first=True
    )


@router.get("/datasets/{slug}", response=DatasetDetail, summary="One open dataset")
@audience(public=True)
def get_dataset(request: HttpRequest, slug: str) -> Any:
    """With its columns and what was measured of its rows; without a login."""
    limits.pages.check(address_of(request))
    row = selectors.dataset_by_slug(slug)
    (shown,) = _shown(request, [row])
    view = selectors.dataset_view(row)
    columns = selectors.field_rows(row, view.edition)
    return shown.model_dump() | {
        "columns": [{name: getattr(each, name) for name in each.__slots__} for each in columns],
        "profile": view.edition.profile if view.edition else {},
        "downloads": view.downloads,
    }


@router.post("/datasets", response={201: DatasetOut}, summary="Open a resource")
@audience(Role.STEWARD)
@idempotent
def open_dataset(request: HttpRequest, body: PublicationIn) -> Any:
    """Only a data steward of the source department may."""
    resource = resource_by_address(body.resource)
    require(policy.may_open(request.user, resource))
    row = services.publish(
        actor=person_of(request).actor,
        resource=resource,
        slug=body.slug,
        kind=body.kind,
        rules=body.rules,
        terms=_terms(body),
    )
    return Status(201, _shown(request, [row])[0])


@router.put("/datasets/{slug}", response=DatasetOut, summary="Decide anew what is open")
@audience(Role.STEWARD)
@idempotent
def change_dataset(request: HttpRequest, slug: str, body: TermsIn) -> Any:
    """Replaces the decision; where other columns leave, the old files go at once."""
    row = selectors.dataset_by_slug(slug)
    require(policy.may_open(request.user, row.resource))
    actor = person_of(request).actor
    changed = services.change(row, actor=actor, rules=body.rules, terms=_terms(body))
    return _shown(request, [changed])[0]


@router.post("/datasets/{slug}/withdraw", response={204: None}, summary="Close a dataset")
@audience(Role.STEWARD)
@idempotent
def close_dataset(request: HttpRequest, slug: str, body: ReasonIn) -> Any:
    """Page, files and catalogue entry are gone from this moment."""
    row = selectors.dataset_by_slug(slug)
    require(policy.may_open(request.user, row.resource))
    services.withdraw(row, actor=person_of(request).actor, reason=body.reason)
    return Status(204, None)


def _terms(body: TermsIn) -> Terms:
    given = body.model_dump()
    values = {name: given[name] for name in Terms.__dataclass_fields__}
    return Terms(**values | {"keywords": tuple(body.keywords)})


def _shown(request: HttpRequest, rows: list[Publication]) -> list[DatasetOut]:
    editions = selectors.current_editions(rows)
    return [_dataset(base_of(request), row, editions.get(row.pk)) for row in rows]


def _dataset(base: str, row: Publication, edition: Any) -> DatasetOut:
    licence = licence_of(row.licence, row.licence_name, row.licence_url)
    files = edition.files if edition else {}
    return DatasetOut(
        slug=row.slug,
        title_zh=row.title_zh,
        title_en=row.title_en,
        description_zh=row.description_zh,
        description_en=row.description_en,
        department=row.department_id,
        resource=row.resource.address,
        kind=row.kind,
        theme=row.theme,
        keywords=row.keywords,
        update_cycle=row.update_cycle,
        licence=row.licence,
        licence_name=licence.name,
        licence_url=licence.url,
        legal_basis=row.legal_basis,
        published_at=row.published_at,
        changed_at=row.changed_at,
        version=row.version,
        edition=edition.number if edition else None,
        rows=edition.rows if edition else None,
        files=[
            FileOut(
                format=kind,
                url=base + reverse("openness:download", args=[row.slug, kind]),
                bytes=files[kind]["bytes"],
                sha256=files[kind]["sha256"],
            )
            for kind in files
        ],
    )
