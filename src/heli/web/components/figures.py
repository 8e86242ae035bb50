"""Numbers, instants, definitions, tiles, charts."""

import datetime as dt
from typing import Any

from django import template
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString, mark_safe

from heli.web import words
from heli.web.components.badges import icon
from heli.web.shapes import ChartTable

register = template.Library()


@register.simple_tag
def when(value: dt.datetime | dt.date | None, style: str = "relative") -> SafeString:
    """An instant; relative ones tell the absolute one on hover."""
    if not value:
        return mark_safe('<span class="none">—</span>')
    text = words.relative(value) if style == "relative" else words.absolute(value, style)
    full = words.absolute(value, "seconds" if isinstance(value, dt.datetime) else "date")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', words.as_instant(value).isoformat(), full, text
    )


@register.simple_tag
def number(
    value: Any, unit: Any = "", digits: int | None = None, sign: bool = False, state: str = ""
) -> SafeString:
    """A tabular number with its unit."""
    tail = format_html(" <small>{}</small>", unit) if unit and value not in (None, "") else ""
    return format_html(
        '<span class="num {}">{}{}</span>', state, words.figure(value, digits, sign), tail
    )


@register.inclusion_tag("web/components/definition.html")
def definition(term: Any, text: Any, source: Any = "") -> dict[str, Any]:
    """How a figure is counted, one click away."""
    return {"term": term, "text": text, "source": source}


@register.inclusion_tag("web/components/tile.html")
def tile(value: Any, unit: Any, label: Any, **more: Any) -> dict[str, Any]:
    """A leader's figure: what it is, what it compares to, how it is counted, the way down."""
    digits = more.pop("digits", None)
    return {"figure": words.figure(value, digits), "unit": unit, "label": label, **more}


@register.inclusion_tag("web/components/as_of.html")
def as_of(instant: dt.datetime, live: bool = False) -> dict[str, Any]:
    """Which instant the figures of a page stand for."""
    return {"instant": instant, "live": live}


@register.inclusion_tag("web/components/chart.html")
def chart(
    chart_id: str,
    option: dict[str, Any],
    table: ChartTable | None = None,
    title: Any = "",
    height: str = "m",
) -> dict[str, Any]:
    """An ECharts option drawn in the theme's colours, with its table beside it."""
    return {
        "id": chart_id,
        "data": json_script(option, f"{chart_id}-option"),
        "table": table,
        "title": title or (table.caption if table else ""),
        "height": height,
    }


@register.simple_tag
def qr(text: str, label: str = "", scale: int = 4) -> SafeString:
    """A QR code as SVG, dark on white in both themes so that cameras read it."""
    import segno

    image = segno.make(text, error="m").svg_inline(
        scale=scale, border=2, dark="#000", light="#fff", omitsize=True
    )
    return format_html(
        '<span class="qr" role="img" aria-label="{}">{}</span>',
        label or text,
        mark_safe(image),  # noqa: S308 - made by segno from modules, holds no text
    )


@register.simple_tag
def copy(text: str, label: Any = "") -> SafeString:
    """A button that puts ``text`` on the clipboard."""
    from django.utils.translation import gettext

    name = label or gettext("Copy")
    return format_html(
        '<button type="button" class="btn btn-quiet copy" data-copy="{}" data-copied="{}"'
        ' aria-label="{}" title="{}">{}</button>',
        text,
        gettext("Copied"),
        name,
        name,
        icon("copy"),
    )
