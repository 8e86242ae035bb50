"""Values the city held already, as shown: with their source and receipt."""

import uuid
from collections.abc import Mapping
from typing import Any

from heli.cases.forms_schema import Field, Form
from heli.cases.models import Matter, Supplement, Task
from heli.cases.plans import plan_of
from heli.cases.selectors.shapes import Asked, Prefill, Prepared
from heli.engines.contracts import Contract
from heli.engines.contracts import Field as Column
from heli.exchange.errors import UnknownResourceError
from heli.exchange.selectors import (
    denial_words,
    receipt_url,
    resource_by_address,
    resource_title,
    value_words,
)
from heli.kernel.localise import bilingual
from heli.organisation.selectors import departments


class _Sources:
    """Resources in words, each looked up once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, Contract | None]] = {}

    def words(self, address: str) -> str:
        """A resource: its department and title."""
        return self._of(address)[0]

    def column(self, address: str, name: str) -> Column | None:
        """A column of its contract; None where the contract has none of this name."""
        contract = self._of(address)[1]
        return contract.field(name) if contract is not None else None

    def _of(self, address: str) -> tuple[str, Contract | None]:
        if address not in self._known:
            code, _slash, name = address.partition("/")
            card = departments().get(code)
            try:
                resource = resource_by_address(address)
                title, contract = resource_title(resource), resource.parsed_contract
            except UnknownResourceError:
                title, contract = name, None
            self._known[address] = (f"{card.name if card else code} · {title}", contract)
        return self._known[address]


def questions_of(matter: Matter) -> Mapping[str, Field]:
    """The questions of a matter's form by key; none where it was imported."""
    return plan_of(matter.procedure_id).form.fields if matter.procedure_id is not None else {}


def correctable(matter: Matter) -> dict[str, Field]:
    """Questions whose answers a supplement may correct, by key.

    Not those that name whom the matter concerns, and those that a register answers only where it
    was asked and held nothing.
    """
    return {
        key: item
        for key, item in questions_of(matter).items()
        if not (item.subject or item.account)
        and (item.source is None or "value" not in matter.prefilled.get(key, {"value": ""}))
    }


def asked_of(row: Supplement, form: Form) -> Asked:
    """A request for a supplement with the questions it lets correct, and what was corrected."""
    keys = [item["field"] for item in row.items if item["field"] in form.fields]
    return Asked(
        row,
        [form.fields[key].label for key in keys],
        [
            (item.label, item.shown(before), item.shown(after))
            for key, (before, after) in row.corrected.items()
            if (item := form.fields.get(key))
        ],
    )


def prefilled_of(matter: Matter, form: Form) -> Prefill:
    """What was pre-filled in a draft or matter."""
    sources = _Sources()
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
                value=_answer(item, sources, entry),
                raw=item.shown(entry.get("value")),
                source=sources.words(entry["resource"]),
                refused=entry.get("refused", "") if "value" not in entry else "",
                **_receipt(entry),
            )
        )
    return Prefill(matter, values, shown)


def _answer(item: Field, sources: _Sources, entry: dict[str, Any]) -> str:
    """A pre-filled answer: as the form shows it, a code by what the register calls it."""
    value = entry.get("value")
    if item.type in ("text", "textarea") and item.source is not None:
        return value_words(sources.column(entry["resource"], item.source.column), value)
    return item.shown(value)


def prepared_of(task: Task) -> list[Prepared]:
    """What was looked up for a task, in the words and units that the applicant sees, too."""
    sources = _Sources()
    assert task.matter.procedure_id is not None
    asked = {
        (item.source.address, item.source.column): item
        for item in plan_of(task.matter.procedure_id).form.fields.values()
        if item.source is not None and item.type == "number"
    }
    found = {entry["fact"] for entry in task.prepared if entry.get("value") not in (None, "")
             and "fact" in entry}  # fmt: skip
    shown = []
    for entry in task.prepared:
        address, column = entry["resource"], entry["column"]
        number, value = asked.get((address, column)), entry.get("value")
        shown.append(
            Prepared(
                field=column,
                label=bilingual(entry["zh"], entry.get("en", "")),
                value=number.shown(value)
                if number is not None
                else value_words(sources.column(address, column), value),
                raw=value,
                source=sources.words(address),
                refused=denial_words(entry["refused"]) if "refused" in entry else "",
                missing="fact" in entry and entry["fact"] not in found,
                **_receipt(entry),
            )
        )
    return shown


def _receipt(entry: dict[str, Any]) -> dict[str, Any]:
    fact = entry.get("fact", "")
    return {"receipt": fact, "receipt_url": receipt_url(uuid.UUID(fact)) if fact else ""}
