"""The confluence as a component: SVG where there is room, a nested list where there is none."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext, pgettext

from heli.web import confluence as model
from heli.web.shapes import STATE_LABELS

register = template.Library()

SMALL_WIDTH, SMALL_LANE = 120, 7


@register.inclusion_tag("web/components/confluence.html")
def confluence(tree: model.Block, **more: Any) -> dict[str, Any]:
    """The drawing of one matter; ``size="small"`` for lists."""
    size = more.get("size", "large")
    context: dict[str, Any] = {"size": size, "said": summary(tree), **more}
    if size == "small":
        context["small"] = small(tree)
    else:
        drawing = model.draw(tree, float(more.get("width", 860)))
        context |= {"drawing": drawing, "outline": outline(tree)}
        context["ended"] = all(leaf.state in ("done", "skipped") for leaf in model.leaves(tree))
    return context


def summary(tree: model.Block) -> str:
    """The drawing in one sentence, for those who do not see it."""
    counts = Counter(leaf.state for leaf in model.leaves(tree) if leaf.state != "skipped")
    total = sum(counts.values())
    parts = [ngettext("%(n)s step", "%(n)s steps", total) % {"n": total}]
    labels: dict[str, Any] = dict(STATE_LABELS) | {"waiting": gettext("Not begun")}
    parts += [f"{labels[state]} {counts[state]}" for state in labels if counts[state]]
    return pgettext("between clauses", ", ").join(parts)


def small(tree: model.Block) -> SafeString:
    """Lanes without words: as many as there are steps side by side."""
    rows = list(_small_rows(tree))
    height = max(len(rows) * SMALL_LANE + 5, 12)
    middle = height / 2
    shapes = []
    for index, row in enumerate(rows):
        y = (height - len(rows) * SMALL_LANE) / 2 + SMALL_LANE * (index + 0.5)
        shapes.append(_small_row(row, y, middle))
    return format_html(
        '<svg class="confluence-small" width="{0}" height="{1}" viewBox="0 0 {0} {1}"'
        ' aria-hidden="true" focusable="false">{2}'
        '<circle class="cf-start" cx="4" cy="{3}" r="3.5"/>'
        '<circle class="cf-end" cx="{4}" cy="{3}" r="3"/></svg>',
        SMALL_WIDTH,
        f"{height:.0f}",
        mark_safe("".join(shapes)),  # noqa: S308 - joined from escaped parts
        f"{middle:.1f}",
        SMALL_WIDTH - 4,
    )


def _small_row(row: list[model.Leaf], y: float, middle: float) -> SafeString:
    left, right = 22.0, SMALL_WIDTH - 22.0
    step = (right - left) / len(row)
    bars = [
        (
            leaf.state,
            f"{left + index * step + 1:.1f}",
            f"{y:.1f}",
            f"{left + (index + 1) * step - 2:.1f}",
            f"{left + index * step + 1 + (step - 3) * leaf.filled:.1f}",
        )
        for index, leaf in enumerate(row)
    ]
    streams = format_html(
        '<path class="cf-stream" d="M4 {0}C14 {0} 12 {1} 22 {1}M{2} {1}C{3} {1} {4} {0} {5} {0}"/>',
        f"{middle:.1f}",
        f"{y:.1f}",
        right,
        right + 10,
        right + 8,
        SMALL_WIDTH - 4,
    )
    return streams + format_html_join(
        "",
        '<g class="{0}"><path class="cf-track" d="M{1} {2}H{3}"/>'
        '<path class="cf-fill" d="M{1} {2}H{4}"/></g>',
        iter(bars),
    )


def _small_rows(block: model.Block) -> Iterator[list[model.Leaf]]:
    """Steps arranged in rows: a sequence shares its rows, parallel blocks get their own."""
    if isinstance(block, model.Leaf):
        yield [block]
    elif isinstance(block, model.Sequence):
        grids = [list(_small_rows(child)) for child in block.blocks]
        for index in range(max(map(len, grids), default=0)):
            yield [leaf for grid in grids for leaf in (grid[index] if index < len(grid) else [])]
    else:
        for child in block.blocks:
            yield from _small_rows(child)


def outline(block: model.Block) -> list[dict[str, Any]]:
    """The tree as nested groups for the list that replaces the drawing on narrow screens."""
    if isinstance(block, model.Leaf):
        return [{"leaf": block}]
    if isinstance(block, model.Sequence):
        return [item for child in block.blocks for item in outline(child)]
    kind = "parallel" if isinstance(block, model.Parallel) else "exclusive"
    return [{"kind": kind, "items": [item for child in block.blocks for item in outline(child)]}]


@register.filter
def shifted(value: float, by: float) -> str:
    """A coordinate moved by ``by``, written with a point in every language."""
    return f"{float(value) + float(by):.1f}".removesuffix(".0")


@register.inclusion_tag("web/components/diagram.html")
def diagram(
    diagram_id: str, url: str, marks: dict[str, str] | None = None, label: Any = ""
) -> dict[str, Any]:
    """A BPMN 2.0 diagram from ``url``; ``marks`` gives elements the state of their token."""
    return {
        "id": diagram_id,
        "url": url,
        "label": label,
        "marks": json_script(marks or {}, f"{diagram_id}-marks"),
    }
