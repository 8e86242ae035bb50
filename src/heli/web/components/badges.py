"""Badges and bars: state in words and colour together."""

import math
from collections.abc import Sequence
from typing import Any

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import Resolver404, resolve
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, pgettext

from heli.kernel.permissions import roles_of
from heli.web import words
from heli.web.laws import cited
from heli.web.shapes import STATE_LABELS

register = template.Library()
register.filter("clock_words", words.clock_words)
register.filter("cited", cited)

BAR_WIDTH = 64
# A suspended clock shows its hatching even where no time had run before.
SEEN = 0.25
# From one line of a hatching to the next, in hundredths of a stacked bar.
STRIPE = 3
HIDDEN = format_html('aria-hidden="{}"', "true")
SPARK_WIDTH, SPARK_HEIGHT = 76, 20


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One icon of the sprite; silent for screen readers unless labelled."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else HIDDEN
    return format_html(
        '<svg class="icon" width="18" height="18" {} focusable="false"><use href="{}#{}"/></svg>',
        spoken,
        static("vendor/tabler/icons.svg"),
        name,
    )


def bar(fraction: float | None, state: str, width: int = BAR_WIDTH, height: int = 6) -> SafeString:
    """A bar filled to ``fraction`` (0 to 1), hatched when suspended."""
    share = min(1.0, max(SEEN if state == "suspended" else 0.0, float(fraction or 0)))
    filled = max(share * width, height if share > 0 else 0)
    radius = height / 2
    hatch: SafeString | str = ""
    if state == "suspended":
        stripes = "".join(f"M{x} {height}l{height} {-height}" for x in range(-height, width, 5))
        hatch = format_html(
            '<svg width="{0}" height="{1}"><path class="bar-hatch" d="{2}"/></svg>',
            f"{filled:.1f}",
            height,
            stripes,
        )
    return format_html(
        '<svg class="bar {0}" viewBox="0 0 {1} {2}" width="{1}" height="{2}" aria-hidden="true"'
        ' focusable="false"><rect class="bar-track" width="{1}" height="{2}" rx="{3}"/>'
        '<rect class="bar-fill" width="{4}" height="{2}" rx="{3}"/>{5}</svg>',
        state,
        width,
        height,
        radius,
        f"{filled:.1f}",
        hatch,
    )


@register.simple_tag
def bare_bar(fraction: float, state: str) -> SafeString:
    """A bar whose words stand beside it."""
    return bar(fraction, state)


@register.simple_tag
def meter(fraction: float, state: str = "on_time", label: str = "") -> SafeString:
    """A bare bar; ``label`` says in words what it shows."""
    return format_html(
        '{}<span class="visually-hidden">{}</span>',
        bar(fraction, state),
        label or f"{float(fraction):.0%}",
    )


@register.simple_tag
def clock_badge(clock: Any, note: str = "") -> SafeString:
    """A legal clock: elapsed over allowed, and what is left in words."""
    if not clock:
        return mark_safe("")
    text = words.clock_words(clock)
    due = getattr(clock, "due_at", None)
    title = gettext("Due %(when)s") % {"when": words.absolute(due)} if due else ""
    state = "done overran" if getattr(clock, "overran", False) else clock.state
    return format_html(
        '<span class="clock {0}"{1}>{2}<span>{3}{4}</span></span>',
        state,
        format_html(' title="{}"', title) if title else "",
        bar(1.0 if clock.state == "done" else clock.fraction, state),
        text,
        f" · {note}" if note else "",
    )


@register.simple_tag(name="department_badge", takes_context=True)
def department_badge_for(
    context: template.Context, department: Any, short: bool = False, bare: bool = False
) -> SafeString:
    """The badge as its reader sees it: a link only where they may open the department's page.

    It is ``bare`` of a link where it stands in one already, or on the department's own page.
    """
    request = context.get("request") or getattr(context, "request", None)
    linked = not bare and leads(request, department)
    return department_badge(department, short, linked=linked)


def leads(request: HttpRequest | None, department: Any) -> bool:
    """Whether a department's badge is a link for its reader."""
    url = getattr(department, "url", "")
    return request is None or not isinstance(url, str) or may_open(request, url)


def may_open(request: HttpRequest, url: str) -> bool:
    """Whether the page at ``url`` lets this reader in, by the audience that it declares."""
    try:
        declared = getattr(resolve(url).func, "heli_audience", None)
    except Resolver404:
        return False
    if declared is None or declared.public:
        return declared is not None
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return False
    return not declared.roles or bool(declared.roles & roles_of(user))


def department_badge(department: Any, short: bool = False, *, linked: bool = True) -> SafeString:
    """A department's character on blue and its name."""
    if not department:
        return mark_safe("")
    url = getattr(department, "url", "") if linked else ""
    inner = format_html(
        '<i class="dept-badge" aria-hidden="true">{}</i><span class="dept-name{}">{}</span>',
        department.badge,
        " dept-short" if short else "",
        department.name,
    )
    if url and isinstance(url, str):
        return format_html('<a class="dept" href="{}">{}</a>', url, inner)
    return format_html('<span class="dept">{}</span>', inner)


@register.simple_tag
def receipt_badge(url: str, label: str = "") -> SafeString:
    """The seal: what it stands beside can be verified; it opens the receipt."""
    if not url:
        return mark_safe("")
    return format_html(
        '<a class="seal" href="{}" title="{}">{}{}</a>',
        url,
        gettext("Recorded in the ledger; open the receipt to verify it"),
        icon("rubber-stamp"),
        label or gettext("Receipt"),
    )


@register.simple_tag
def state_tag(state: str, label: Any = "") -> SafeString:
    """A state as a word on its colour."""
    text = label or STATE_LABELS.get(state, state)  # type: ignore[call-overload]
    return format_html('<span class="tag {}">{}</span>', state, text) if text else mark_safe("")


@register.simple_tag
def spark(values: Sequence[float], state: str = "", label: str = "") -> SafeString:
    """A small line of a series, oldest first."""
    points = [float(value) for value in values]
    if len(points) < 2:
        return mark_safe("")
    low, span = min(points), (max(points) - min(points)) or 1
    step = SPARK_WIDTH / (len(points) - 1)
    line = " ".join(
        f"{index * step:.1f},{SPARK_HEIGHT - 3 - (value - low) / span * (SPARK_HEIGHT - 6):.1f}"
        for index, value in enumerate(points)
    )
    said = label or gettext("%(first)s to %(last)s") % {
        "first": words.figure(points[0]),
        "last": words.figure(points[-1]),
    }
    return format_html(
        '<svg class="spark {}" width="{}" height="{}" role="img" aria-label="{}">'
        '<polyline points="{}"/></svg>',
        state,
        SPARK_WIDTH,
        SPARK_HEIGHT,
        said,
        line,
    )


@register.simple_tag
def stacked_bar(parts: Sequence[tuple[str, float, Any]], total: float | None = None) -> SafeString:
    """Several states in one bar; ``total`` is the amount that fills it. Suspended is hatched."""
    whole = total or sum(part[1] for part in parts) or 1
    rects, at, hatch = [], 0.0, ""
    for state, amount, _said in parts:
        width = 100 * amount / whole
        rects.append((state, f"{at:.2f}", f"{width:.2f}"))
        if state == "suspended":
            stripes = range(math.ceil(at), math.ceil(at + width), STRIPE)
            hatch = "".join(f"M{x} 14L{min(x + 2, at + width):.2f} 0" for x in stripes)
        at += width
    said = pgettext("between clauses", ", ").join(str(part[2]) for part in parts)
    return format_html(
        '<svg class="stacked" viewBox="0 0 100 14" preserveAspectRatio="none" role="img"'
        ' aria-label="{}"><rect class="bar-track" width="100" height="14"/>{}{}</svg>',
        said,
        format_html_join("", '<rect class="part {}" x="{}" width="{}" height="14"/>', iter(rects)),
        format_html('<path class="part-hatch" d="{}"/>', hatch) if hatch else "",
    )
