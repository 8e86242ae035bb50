"""The open data: pages and files for everybody, without a login."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_safe

from heli.kernel import clock
from heli.kernel.downloads import Download
from heli.kernel.permissions import audience
from heli.openness import selectors
from heli.openness.errors import NotReadyError, UnknownFormatError
from heli.openness.lists import DatasetTable
from heli.openness.models import Edition, Publication
from heli.openness.portal import dcat, feed, limits
from heli.openness.portal.charts import charts
from heli.openness.portal.formats import FORMATS
from heli.openness.services.editions import count_download, path_of
from heli.openness.views.common import address_of, base_of
from heli.organisation import selectors as organisation
from heli.web import questions

FEED_MEDIA_TYPE = "application/atom+xml; charset=utf-8"
ROBOTS = "User-agent: *\nAllow: /open/\nAllow: /static/\nDisallow: /\n"


@audience(public=True)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Which data has the city opened?"""
    limits.pages.check(address_of(request))
    if _linked_data(request):
        return _catalogue(request)
    table = DatasetTable(request, selectors.datasets())
    context = {
        "nav": "open",
        "table": table,
        "facets": table.facets(),
        "departments": len({row.department_id for row in selectors.datasets()}),
        "total": selectors.datasets().count(),
    }
    answer = table.response("openness/portal/home.html", context)
    patch_vary_headers(answer, ["Accept"])
    return answer


@audience(public=True)
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """The catalogue as DCAT-AP."""
    limits.pages.check(address_of(request))
    return _catalogue(request)


def _catalogue(request: HttpRequest) -> HttpResponse:
    rows = list(selectors.datasets())
    editions = selectors.current_editions(rows)
    with override("zh-hans"):
        city_zh, owner = questions.city(), _owner()
        found = dcat.catalogue(
            base_of(request),
            (city_zh or "合力", _english_city()),
            owner,
            [(row, editions.get(row.pk)) for row in rows],
            max((row.changed_at for row in rows), default=clock.now()),
        )
    return _json(found)


def _english_city() -> str:
    with override("en"):
        return questions.city() or "Heli"


def _owner() -> Any:
    """The department above all others."""
    roots = [each.department for each in organisation.tree() if each.department.is_active]
    return roots[0] if roots else None


def _json(document: dict[str, Any]) -> HttpResponse:
    import json

    text = json.dumps(document, ensure_ascii=False, indent=1)
    answer = HttpResponse(text, content_type=dcat.MEDIA_TYPE)
    answer["Access-Control-Allow-Origin"] = "*"
    patch_vary_headers(answer, ["Accept"])
    return answer


def _linked_data(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", dcat.MEDIA_TYPE]) == dcat.MEDIA_TYPE


@audience(public=True)
@require_safe
def dataset(request: HttpRequest, slug: str) -> HttpResponse:
    """What is in this dataset, how complete is it, and how is it fetched?"""
    limits.pages.check(address_of(request))
    row = selectors.dataset_by_slug(slug)
    if _linked_data(request):
        return _dataset_document(request, row)
    view = selectors.dataset_view(row)
    fields = selectors.field_rows(row, view.edition)
    titles = {field.name: field.title for field in fields}
    context = {
        "nav": "open",
        "row": row,
        "dataset": view,
        "fields": fields,
        "preview": _preview(row, view.edition, titles) if view.edition else [],
        "charts": _charts(row, view.edition, titles) if view.edition else [],
        "changes": selectors.changes(row, 8),
        "resource": row.resource,
    }
    answer = render(request, "openness/portal/dataset.html", context)
    patch_vary_headers(answer, ["Accept"])
    return answer


def _preview(row: Publication, edition: Edition, titles: dict[str, str]) -> list[list[Any]]:
    contract = row.resource.parsed_contract
    return [
        [
            {
                "value": selectors.shown_value(contract, name, record.get(name)),
                "number": isinstance(record.get(name), (int, float))
                and not isinstance(record.get(name), bool),
            }
            for name in titles
        ]
        for record in edition.preview
    ]


def _charts(row: Publication, edition: Edition, titles: dict[str, str]) -> list[Any]:
    contract = row.resource.parsed_contract
    unit = _("Records") if row.kind == Publication.Kind.STATISTICS else _("Rows")
    return charts(
        edition, titles, lambda name, value: selectors.shown_value(contract, name, value), unit
    )


@audience(public=True)
@require_safe
def dataset_document(request: HttpRequest, slug: str) -> HttpResponse:
    """One dataset as DCAT-AP."""
    limits.pages.check(address_of(request))
    return _dataset_document(request, selectors.dataset_by_slug(slug))


def _dataset_document(request: HttpRequest, row: Publication) -> HttpResponse:
    edition = selectors.current_editions([row]).get(row.pk)
    with override("zh-hans"):
        return _json(dcat.document(base_of(request), row, edition))


@audience(public=True)
@require_safe
def download(request: HttpRequest, slug: str, kind: str) -> HttpResponseBase:
    """A file of the present edition; counted, and nothing kept about who fetched it."""
    row, edition, path = found_file(request, slug, kind)
    etag = f'"{edition.files[kind]["sha256"]}"'
    if request.headers.get("If-None-Match") == etag:
        return _described(HttpResponse(status=304), edition, etag)
    if request.method == "HEAD":
        answer: HttpResponseBase = HttpResponse(content_type=FORMATS[kind])
    else:
        count_download(row, kind)
        answer = Download(path.open("rb"), content_type=FORMATS[kind])
    answer["Content-Length"] = str(edition.files[kind]["bytes"])
    answer["Content-Disposition"] = f'attachment; filename="{row.slug}-{edition.number}.{kind}"'
    return _described(answer, edition, etag)


def found_file(request: HttpRequest, slug: str, kind: str) -> tuple[Publication, Edition, Path]:
    """The present file of a dataset.

    Raises:
        UnknownDatasetError: No such dataset is open.
        UnknownFormatError: It is not given out in this format.
        NotReadyError: Its files are not made yet.
        TooOftenError: The address asks too often.
    """
    limits.downloads.check(address_of(request))
    row = selectors.dataset_by_slug(slug)
    if kind not in FORMATS:
        raise UnknownFormatError(format=kind)
    edition = selectors.current_editions([row]).get(row.pk)
    path = path_of(edition, kind) if edition else Path()
    if edition is None or kind not in edition.files or not path.is_file():
        raise NotReadyError(slug=slug)
    return row, edition, path


def _described(answer: HttpResponseBase, edition: Edition, etag: str) -> HttpResponseBase:
    answer["ETag"] = etag
    answer["Last-Modified"] = http_date(edition.made_at.timestamp())
    answer["Cache-Control"] = "public, max-age=60"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@audience(public=True)
@require_safe
def atom(request: HttpRequest, slug: str = "") -> HttpResponse:
    """What changed in the open data, or in one dataset."""
    limits.pages.check(address_of(request))
    row = selectors.dataset_by_slug(slug) if slug else None
    base = base_of(request)
    page = base + (reverse("openness:dataset", args=[slug]) if slug else reverse("openness:open"))
    title = selectors.title_of(row) if row else _("Open data")
    found = feed.atom(
        identity=f"{page}feed.atom",
        title=f"{title} · {questions.city() or _('Heli')}",
        url=page,
        here=request.build_absolute_uri(),
        language=request.LANGUAGE_CODE if hasattr(request, "LANGUAGE_CODE") else "zh-hans",
        changes=[_change(base, each) for each in selectors.changes(row)],
        at=row.changed_at if row else dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )
    answer = HttpResponse(found, content_type=FEED_MEDIA_TYPE)
    patch_vary_headers(answer, ["Accept-Language", "Cookie"])
    return answer


def _change(base: str, each: Any) -> feed.Change:
    row: Publication = each.row
    page = base + reverse("openness:dataset", args=[row.slug])
    return feed.Change(
        key=f"{page}#{each.what}-{each.number}",
        at=each.at,
        title=selectors.title_of(row),
        summary=change_words(each),
        url=page,
        author=organisation.department(row.department_id).name,
    )


def change_words(each: Any) -> str:
    """What happened to a dataset, in words."""
    if each.what == "closed":
        return _("Closed: {reason}").format(reason=each.row.withdrawn_because)
    return _("Edition {number} was given out").format(number=each.number)


@audience(public=True)
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines may read: the open data and nothing else."""
    return HttpResponse(ROBOTS, content_type="text/plain")
