"""Searching the catalogue: words, facets, and how many resources each value of a facet has."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.engines.contracts import Sensitivity
from heli.exchange.models import (
    SENSITIVITY_LABELS,
    Category,
    Format,
    Openness,
    Resource,
    SharingClass,
    SubjectType,
    UpdateCycle,
)
from heli.exchange.words import spoken
from heli.organisation import selectors as organisation

CLASS_DIGITS = 3
"""Facets show items 项; a search by a longer code narrows further."""
_LEVELS = frozenset(str(int(level)) for level in Sensitivity)


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet.

    Attributes:
        count: How many resources have it, given what is chosen in the other facets.
    """

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A property by which the catalogue is narrowed."""

    name: str
    label: Any
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class _Property:
    label: Any
    column: str
    words: Callable[[Iterable[str]], Mapping[str, str]]
    prefix: bool = False


def _labels(choices: Iterable[tuple[Any, Any]]) -> Callable[[Iterable[str]], Mapping[str, str]]:
    known = [(str(value), label) for value, label in choices]
    return lambda values: {value: str(label) for value, label in known}


def _categories(values: Iterable[str]) -> Mapping[str, str]:
    rows = Category.objects.filter(pk__in=list(values))
    return {row.code: f"{row.code} {spoken(row.title_zh, row.title_en)}" for row in rows}


def _departments(values: Iterable[str]) -> Mapping[str, str]:
    known = organisation.departments()
    return {value: str(known[value].name) for value in values if value in known}


def _sensitivity(values: Iterable[str]) -> Mapping[str, str]:
    return {
        value: f"{value} {SENSITIVITY_LABELS[Sensitivity(int(value))]}"
        for value in values
        if value in _LEVELS
    }


FACETS: dict[str, _Property] = {
    "category": _Property(_("Category"), "entry__category__code", _categories, prefix=True),
    "department": _Property(_("Source department"), "department_id", _departments),
    "sharing": _Property(_("Sharing"), "sharing", _labels(SharingClass.choices)),
    "openness": _Property(_("Openness class"), "entry__openness", _labels(Openness.choices)),
    "form": _Property(pgettext_lazy("data", "Format"), "entry__format", _labels(Format.choices)),
    "level": _Property(_("Sensitivity"), "sensitivity", _sensitivity),
    "subject": _Property(_("About"), "subject_type", _labels(SubjectType.choices)),
    "cycle": _Property(_("Updated"), "update_cycle", _labels(UpdateCycle.choices)),
}


def search_words(rows: QuerySet[Resource], text: str) -> QuerySet[Resource]:
    """Resources whose words hold every word of a text; Chinese needs no spaces between words."""
    for word in text.lower().split()[:10]:
        rows = rows.filter(
            Q(entry__words__contains=word)
            | Q(title_zh__icontains=word)
            | Q(title_en__icontains=word)
            | Q(name__icontains=word)
        )
    return rows


def narrow(
    rows: QuerySet[Resource], chosen: Mapping[str, str], *, but: str = ""
) -> QuerySet[Resource]:
    """Resources that have every chosen value; of the facet ``but`` any."""
    for name, value in chosen.items():
        kind = FACETS.get(name)
        if kind is None or name == but or not value:
            continue
        if name == "level" and value not in _LEVELS:
            return rows.none()
        suffix = "__startswith" if kind.prefix else ""
        rows = rows.filter(**{f"{kind.column}{suffix}": value})
    return rows


def facets(rows: QuerySet[Resource], chosen: Mapping[str, str]) -> Sequence[Facet]:
    """Every facet with its counts, each under what is chosen in the others.

    Args:
        rows: The resources before they are narrowed.
        chosen: Value by name of facet.
    """
    return [_facet(name, rows, chosen) for name in FACETS]


def _facet(name: str, rows: QuerySet[Resource], chosen: Mapping[str, str]) -> Facet:
    kind = FACETS[name]
    narrowed = narrow(rows, chosen, but=name)
    counts: dict[str, int] = {}
    counted = narrowed.order_by().values_list(kind.column).annotate(n=Count("pk", distinct=True))
    for value, count in counted:
        if value not in (None, ""):
            key = str(value)[:CLASS_DIGITS] if kind.prefix else str(value)
            counts[key] = counts.get(key, 0) + count
    picked = chosen.get(name, "")
    if picked and picked not in counts:
        counts[picked] = 0
    labels = kind.words(counts)
    choices = (
        Choice(value, labels.get(value, value), count, value == picked)
        for value, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    )
    return Facet(name, kind.label, tuple(choices))
