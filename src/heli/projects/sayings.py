"""How the values in the facts of projects are said."""

from collections.abc import Mapping
from typing import Any

from heli.exchange.words import spoken
from heli.ledger.sentences import say_by_fact
from heli.projects.models import Interface


def interface(name: str, data: Mapping[str, Any]) -> str:
    """An interface's title in the reader's language, as it was promised last."""
    row = Interface.objects.filter(project__code=data.get("code", ""), name=name).first()
    return spoken(row.title_zh, row.title_en) if row else name


def register() -> None:
    """Make them known to whoever tells facts; called when the application starts."""
    say_by_fact("interface", interface, "projects")
