"""What is open, and what is known of it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from heli.engines.contracts import Contract, LogicalType, Mask
from heli.exchange.selectors import UpdateCycle
from heli.exchange.words import allowed_words, spoken, type_words, value_words
from heli.openness.errors import UnknownDatasetError
from heli.openness.licences import Licence, licence_of
from heli.openness.models import Edition, Publication, Theme
from heli.openness.portal.formats import FORMATS
from heli.openness.rules import Opening, parse_opening
from heli.organisation.selectors import DepartmentCard, department, departments


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A column of an open dataset, in words.

    Attributes:
        shown: How much of it is given out.
        share: Rows that have a value, as a fraction; None where nothing was measured.
    """

    name: str
    title: str
    type: str
    meaning: str
    shown: str
    share: float | None


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that can be fetched."""

    kind: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DatasetView:
    """A dataset as its page and the list show it.

    Attributes:
        downloads: How often it was fetched in all.
    """

    slug: str
    title: str
    description: str
    department: DepartmentCard
    theme: str
    kind: str
    kind_label: str
    cycle: str
    licence: Licence
    keywords: tuple[str, ...]
    published_at: dt.datetime
    changed_at: dt.datetime
    edition: Edition | None
    files: tuple[FileRow, ...]
    downloads: int


def datasets(*, text: str = "", theme: str = "", department: str = "", kind: str = "",
             licence: str = "", cycle: str = "") -> QuerySet[Publication]:  # fmt: skip
    """Open datasets, the one changed last first."""
    rows = Publication.objects.filter(withdrawn_at=None).select_related("resource")
    for word in text.split()[:8]:
        rows = rows.filter(search_text__icontains=word)
    chosen = {
        "theme": theme,
        "department": department,
        "kind": kind,
        "licence": licence,
        "update_cycle": cycle,
    }
    return rows.filter(**{key: value for key, value in chosen.items() if value})


def facets(rows: QuerySet[Publication]) -> dict[str, list[tuple[str, str, int]]]:
    """By what the rows can be narrowed further: value, label and how many of each."""
    cards = departments()
    labels: dict[str, Any] = {
        "theme": lambda value: str(Theme(value).label),
        "department": lambda value: cards[value].name if value in cards else value,
        "kind": lambda value: str(Publication.Kind(value).label),
    }
    found = {}
    for key, label in labels.items():
        counted = rows.order_by().values_list(key).annotate(n=Count("pk")).order_by("-n", key)
        found[key] = [(value, label(value), n) for value, n in counted]
    return found


def dataset_by_slug(slug: str) -> Publication:
    """An open dataset.

    Raises:
        UnknownDatasetError: There is none, or it was closed.
    """
    found = datasets().filter(slug=slug).first()
    if found is None:
        raise UnknownDatasetError(slug=slug[:80])
    return found


def title_of(row: Publication) -> str:
    """The title in the reader's language."""
    return spoken(row.title_zh, row.title_en)


def current_editions(rows: Iterable[Publication]) -> dict[Any, Edition]:
    """The present edition of each dataset that has one, in one query."""
    keys = [row.pk for row in rows]
    found = Edition.objects.filter(publication__in=keys).exclude(files={})
    return {each.publication_id: each for each in found.order_by("number")}


def dataset_view(row: Publication) -> DatasetView:
    """One dataset in words."""
    return dataset_views([row])[0]


def dataset_views(rows: Sequence[Publication]) -> list[DatasetView]:
    """Datasets in words, in the order given, in two queries."""
    editions = current_editions(rows)
    counted = Publication.objects.filter(pk__in=[row.pk for row in rows]).annotate(
        n=Sum("downloads__count")
    )
    fetched = {row.pk: row.n or 0 for row in counted}
    return [_view(row, editions.get(row.pk), fetched.get(row.pk, 0)) for row in rows]


def _view(row: Publication, edition: Edition | None, downloads: int) -> DatasetView:
    files = edition.files if edition else {}
    return DatasetView(
        slug=row.slug,
        title=title_of(row),
        description=spoken(row.description_zh, row.description_en),
        department=department(row.department_id),
        theme=str(Theme(row.theme).label),
        kind=row.kind,
        kind_label=str(row.get_kind_display()),
        cycle=str(UpdateCycle(row.update_cycle).label),
        licence=licence_of(row.licence, row.licence_name, row.licence_url),
        keywords=tuple(row.keywords),
        published_at=row.published_at,
        changed_at=row.changed_at,
        edition=edition,
        files=tuple(
            FileRow(kind, files[kind]["bytes"], files[kind]["sha256"])
            for kind in FORMATS
            if kind in files
        ),
        downloads=downloads,
    )


def opening_of(row: Publication) -> Opening:
    """What a dataset gives out, read against the contract in force."""
    return parse_opening(row.resource.parsed_contract, row.kind, row.rules)


def field_rows(row: Publication, edition: Edition | None) -> list[FieldRow]:
    """The columns of a dataset in words."""
    opening = opening_of(row)
    measured = edition.profile.get("fields", {}) if edition else {}
    rows = edition.rows if edition else 0

    def share(name: str) -> float | None:
        found = measured.get(name)
        return found["present"] / rows if found and rows else None

    found = [
        FieldRow(
            name=each.field.name,
            title=spoken(each.field.title_zh, each.field.title_en),
            type=type_words(each.field.type),
            meaning=_meaning(each.field),
            shown=_shown_words(each.mask, each.width),
            share=share(each.field.name),
        )
        for each in opening.fields
    ]
    if opening.least:
        count = _("Number of records; groups of fewer than {least} are left out")
        found.append(FieldRow("count", _("Number"), _("whole number"), count.format(
            least=opening.least), _("in full"), share("count")))  # fmt: skip
    for measure in opening.measures:
        title = spoken(measure.field.title_zh, measure.field.title_en)
        how = _("Sum of {title}") if measure.how == "sum" else _("Mean of {title}")
        found.append(FieldRow(measure.name, how.format(title=title), type_words(
            LogicalType.NUMBER), _("Left out where one record makes up most of it"),
            _("as a figure of the group"), share(measure.name)))  # fmt: skip
    return found


def _meaning(field: Any) -> str:
    kind = field.semantic_type
    named = spoken(kind.title_zh, kind.title_en) if kind else ""
    return field.description or named or allowed_words(field)


def _shown_words(mask: Mask, width: int) -> str:
    words = {
        Mask.CLEAR: _("in full"),
        Mask.PARTIAL: _("in part"),
        Mask.YEAR: _("the year only"),
        Mask.REDACT: _("present or absent"),
        Mask.BUCKET: _("rounded down to multiples of {width}"),
    }
    return words.get(mask, str(mask)).format(width=width)


def shown_value(contract: Contract, name: str, value: Any) -> str:
    """A value of the preview or the statistics as people read it."""
    return value_words(contract.field(name), value)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """Something that happened to the open data."""

    row: Publication
    at: dt.datetime
    what: str
    number: int


def changes(row: Publication | None = None, limit: int = 50) -> list[ChangeRow]:
    """The newest openings, editions and closings, of one dataset or of all."""
    editions = Edition.objects.select_related("publication__resource").order_by("-made_at")
    closed = Publication.objects.filter(withdrawn_at__isnull=False).select_related("resource")
    if row is not None:
        editions, closed = editions.filter(publication=row), closed.filter(pk=row.pk)
    editions = editions.filter(Q(publication__withdrawn_at=None))
    found = [
        ChangeRow(each.publication, each.made_at, "edition", each.number)
        for each in editions[:limit]
    ]
    found += [
        ChangeRow(each, each.withdrawn_at, "closed", each.version)
        for each in closed.order_by("-withdrawn_at")[:limit]
        if each.withdrawn_at is not None
    ]
    return sorted(found, key=lambda each: each.at, reverse=True)[:limit]
