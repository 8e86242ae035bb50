"""How the values in the exchange's facts are said: resources, their fields, purposes, denials."""

import time
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from heli.exchange.models import Application, Element, Grant, Provision, Resource
from heli.exchange.selectors import provision_words, resource_titles
from heli.exchange.words import denial_words, spoken
from heli.ledger.sentences import say, say_by_fact

# Titles change with a new version of a contract only; another process may tell the old one so long.
FRESH = 60.0


class _Titles:
    """Titles of resources by address, read all at once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}
        self._until = 0.0

    def get(self, address: str) -> tuple[str, str]:
        """Chinese and English title; the address itself for what was never published."""
        if address not in self._known or time.monotonic() > self._until:
            self._known = resource_titles()
            self._until = time.monotonic() + FRESH
        return self._known.get(address, (address, ""))


_titles = _Titles()


def resource(address: str) -> str:
    """A resource's title in the reader's language."""
    return spoken(*_titles.get(address))


def field_titles(names: list[str], data: Mapping[str, Any]) -> str:
    """Titles of fields, one after the other."""
    department, _slash, name = str(data.get("resource", "")).partition("/")
    row = Resource.objects.filter(department=department, name=name).first()
    known = {}
    if row is not None:
        known = {
            item.name: spoken(item.title_zh, item.title_en) for item in row.parsed_contract.fields
        }
    return _(", ").join(known.get(each, each) for each in names) or "—"


def purpose(value: str, data: Mapping[str, Any]) -> str:
    """A purpose as its grant words it."""
    row: Grant | Application | None = None
    if data.get("grant"):
        row = Grant.objects.filter(pk=data["grant"]).first()
    elif data.get("application"):
        row = Application.objects.filter(pk=data["application"]).first()
    else:  # A refused call names no grant; the purpose is worded alike in each.
        row = Grant.objects.filter(purpose=value).first()
    return spoken(row.purpose_zh, row.purpose_en) if row else value


def element(code: str) -> str:
    """A data element's title."""
    row = Element.objects.filter(pk=code).first()
    return spoken(row.title_zh, row.title_en) if row else code


def ground(code: str) -> str:
    """A provision as it is cited; a ground in words as it was given."""
    row = Provision.objects.filter(pk=code).first()
    return provision_words(row) if row else code


_OUTCOMES: dict[str, object] = {
    **dict(Application.State.choices),
    "upheld": pgettext_lazy("appeal", "upheld"),
    "dismissed": pgettext_lazy("appeal", "dismissed"),
}


def register() -> None:
    """Make them known to whoever tells facts; called when the application starts."""
    say("resource", resource)
    say("reason", denial_words, "exchange")
    say("element", element, "exchange")
    say("ground", ground, "exchange")
    say("outcome", lambda code: _OUTCOMES.get(code, code), "exchange")
    say_by_fact("fields", field_titles, "exchange")
    say_by_fact("purpose", purpose, "exchange")
