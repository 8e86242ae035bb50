"""The queue table as a component."""

from typing import Any

from django import template

register = template.Library()


@register.inclusion_tag("web/components/queue_table.html", takes_context=True)
def queue_table(context: template.Context, table: Any) -> dict[str, Any]:
    """A table with its tools and pages."""
    return {"table": table, "request": context["request"], "heli": context["heli"]}


@register.inclusion_tag("web/components/pager.html")
def pager(table: Any, direction: str) -> dict[str, Any]:
    """One of the two page buttons of a table."""
    page = table.page
    there = page.has_next() if direction == "next" else page.has_previous()
    number = page.number + (1 if direction == "next" else -1)
    return {"url": table.url(page=str(number)) if there else "", "table": table, "to": direction}
