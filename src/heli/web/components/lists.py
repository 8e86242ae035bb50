"""Timelines, task lists, paging, empty lists, live regions."""

import re
from collections.abc import Iterable
from typing import Any

from django import template
from django.http import HttpRequest
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

NAMED = re.compile(r"[a-z]+=")


@register.inclusion_tag("web/components/timeline.html")
def timeline(entries: Iterable[Any]) -> dict[str, Any]:
    """What happened, who did it, and the proof."""
    return {"entries": entries}


@register.inclusion_tag("web/components/task_list.html")
def task_list(tasks: Iterable[Any]) -> dict[str, Any]:
    """Every department's task with its clock and state."""
    return {"tasks": tasks}


@register.inclusion_tag("web/components/empty_state.html")
def empty_state(title: Any, **more: Any) -> dict[str, Any]:
    """Nothing here: why, and what to do next."""
    return {"title": title, "icon": "checks", **more}


@register.inclusion_tag("web/components/pagination.html", takes_context=True)
def pagination(context: template.Context, page: Any, target: str = "") -> dict[str, Any]:
    """Previous and next, with the rest of the query kept."""
    request = context["request"]
    number = page.number
    return {
        "page": page,
        "previous": _page_url(request, number - 1) if page.has_previous() else "",
        "next": _page_url(request, number + 1) if page.has_next() else "",
        "target": target,
    }


def _page_url(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"


@register.simple_tag
def back(url: str, label: Any = "") -> SafeString:
    """The way back, at the head of an applicant's page."""
    from django.utils.translation import gettext

    from heli.web.components.badges import icon

    return format_html(
        '<a class="back" href="{}">{}{}</a>', url, icon("arrow-left"), label or gettext("Back")
    )


@register.simple_tag(takes_context=True)
def navigation(context: template.Context) -> list[Any]:
    """The entries of the top bar for this person; ``nav`` in the context marks one."""
    return list(context["heli"].navigation(context.get("nav") or ""))


class LiveNode(template.Node):
    """A region that a stream of events keeps fresh."""

    def __init__(
        self,
        url: FilterExpression,
        fallback: FilterExpression | None,
        options: dict[str, Any],
        nodelist: NodeList,
    ) -> None:
        self.url, self.fallback, self.options = url, fallback, options
        self.nodelist = nodelist

    def render(self, context: template.Context) -> SafeString:
        """The region with its present content."""
        attributes = format_html(' data-live="{}"', self.url.resolve(context))
        if self.fallback:
            attributes += format_html(' data-fallback="{}"', self.fallback.resolve(context))
        options = self.options
        if "label" in options:  # It scrolls, so the keyboard must reach it (WCAG 2.1.1).
            name = options["label"].resolve(context)
            attributes += format_html(' tabindex="0" role="region" aria-label="{}"', name)
            options = {key: value for key, value in options.items() if key != "label"}
        for key, value in options.items():
            attributes += format_html(' data-live-{}="{}"', key, value.resolve(context))
        return format_html("<div{}>{}</div>", attributes, self.nodelist.render(context))


@register.tag
def live(parser: Parser, token: Token) -> LiveNode:
    """``{% live url [fallback] [event=…] [mode=…] [max=…] [label=…] %}…{% endlive %}``."""
    bits = token.split_contents()[1:]
    nodelist = parser.parse(("endlive",))
    parser.delete_first_token()
    plain = [parser.compile_filter(bit) for bit in bits if not NAMED.match(bit)]
    named = (bit.split("=", 1) for bit in bits if NAMED.match(bit))
    options = {key: parser.compile_filter(value) for key, value in named}
    if not plain:
        raise template.TemplateSyntaxError("{% live %} needs the address of its stream")
    return LiveNode(plain[0], plain[1] if len(plain) > 1 else None, options, nodelist)
