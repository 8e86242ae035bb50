"""Kinds of alert, as data."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction

from heli.alerts import facts
from heli.alerts.models import Kind
from heli.kernel.actor import HELI, Actor
from heli.ledger.services import record

SHIPPED = Path(__file__).parents[1] / "kinds.json"


@transaction.atomic
def define_kind(values: Mapping[str, Any], *, actor: Actor) -> Kind:
    """Define a kind of alert, or change it; the same again has no second effect.

    Args:
        values: Fields of :class:`Kind`.
        actor: Who defines it.
    """
    present = Kind.objects.filter(pk=values["code"]).first()
    if present and all(getattr(present, key) == value for key, value in values.items()):
        return present
    row, _ = Kind.objects.update_or_create(code=values["code"], defaults=dict(values))
    record(
        facts.KindDefined(kind=row.code, ground=row.ground, issuers=list(row.issuers)),
        actor=actor,
        subject=f"alerts.kind:{row.code}",
    )
    return row


def ensure_shipped_kinds() -> None:
    """Define the kinds that come with Heli where there are none."""
    if not Kind.objects.exists():
        for values in json.loads(SHIPPED.read_text("utf-8")):
            define_kind(values, actor=HELI)
