"""Values the city held already, as shown: with their source and receipt."""

import uuid
from typing import Any

from heli.cases.forms_schema import Form
from heli.cases.models import Matter, Task
from heli.cases.selectors.shapes import Prefill, Prepared
from heli.exchange.errors import UnknownResourceError
from heli.exchange.selectors import (
    denial_words,
    receipt_url,
    resource_by_address,
    resource_title,
)
from heli.organisation.models import bilingual
from heli.organisation.selectors import departments


def source_words(address: str, known: dict[str, str]) -> str:
    """A resource in words: department and title; remembered in ``known``."""
    if address not in known:
        code, _slash, name = address.partition("/")
        card = departments().get(code)
        try:
            title = resource_title(resource_by_address(address))
        except UnknownResourceError:
            title = name
        known[address] = f"{card.name if card else code} · {title}"
    return known[address]


def prefilled_of(matter: Matter, form: Form) -> Prefill:
    """What was pre-filled in a draft or matter."""
    words: dict[str, str] = {}
    values: dict[str, Any] = {}
    shown = []
    for key, entry in matter.prefilled.items():
        item = form.fields.get(key)
        if item is None:
            continue
        if "value" in entry:
            values[key] = entry["value"]
        shown.append(
            Prepared(
                field=key,
                label=item.label,
                value=item.shown(entry.get("value")),
                source=source_words(entry["resource"], words),
                refused=entry.get("refused", "") if "value" not in entry else "",
                **_receipt(entry),
            )
        )
    return Prefill(matter, values, shown)


def prepared_of(task: Task) -> list[Prepared]:
    """What was looked up for a task."""
    words: dict[str, str] = {}
    return [
        Prepared(
            field=entry["column"],
            label=bilingual(entry["zh"], entry.get("en", "")),
            value=entry.get("value"),
            source=source_words(entry["resource"], words),
            refused=denial_words(entry["refused"]) if "refused" in entry else "",
            **_receipt(entry),
        )
        for entry in task.prepared
    ]


def _receipt(entry: dict[str, Any]) -> dict[str, str]:
    fact = entry.get("fact", "")
    return {"receipt": fact, "receipt_url": receipt_url(uuid.UUID(fact)) if fact else ""}
