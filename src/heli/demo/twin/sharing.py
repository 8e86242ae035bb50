"""What Linjiang's departments share for the city model: catalogue, grants, and the recipe."""

import datetime as dt
import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from heli.demo.twin import tables
from heli.exchange import selectors, services
from heli.exchange.selectors import Openness, Resource, SharingClass, UpdateCycle
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.home import home

MOST_ROWS = 100_000
VALID = dt.timedelta(days=730)
CONDITION = ("仅限编制规划和评估交通政策", "Only to plan and to assess traffic policies")


@cache
def shared() -> dict[str, Any]:
    """What is shared, as plain data."""
    text = files(__package__).joinpath("resources.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def recipe() -> dict[str, Any]:
    """How the city model is made from what is shared, as plain data."""
    from heli.demo.twin.city import linjiang

    plain = linjiang().plain
    head = {
        name: plain[name]
        for name in plain
        if name not in ("nodes", "roads", "zones", "shops", "segments")
    }
    segments = [{k: v for k, v in each.items() if k != "fleet"} for each in plain["segments"]]
    found = shared()
    parts = json.loads(files(__package__).joinpath("recipe.json").read_text("utf-8"))
    return {
        "format": "heli-city-recipe/1",
        "purpose": found["purpose"]["code"],
        "task": found["duty"]["code"],
        "head": {**head, "segments": segments},
        "parts": parts,
    }


def share(folder: Path | None = None) -> None:
    """Write the tables, publish them and grant them to the planners; once."""
    found = shared()
    tables.write(folder or home() / "registers")
    for category in found["category"]:
        services.register_category(actor=HELI, **category)
    duty = found["duty"]
    if not selectors.duties(department=found["consumer"]).filter(code=duty["code"]).exists():
        services.register_duty(
            actor=HELI, department=found["consumer"], legal_ground=found["legal_basis"], **duty
        )
    for name, entry in found["resources"].items():
        _grant(_publish(name, entry), entry)


def _publish(name: str, entry: dict[str, Any]) -> Resource:
    present = selectors.find_resource(f"{entry['department']}/{name}")
    if present is not None:
        return present
    is_open = entry.get("open", False)
    resource = services.publish(
        actor=HELI,
        department=entry["department"],
        contract=contract(name, entry),
        connector="parquet",
        options={"file": f"{name}.parquet"},
        sharing=SharingClass.UNCONDITIONAL if is_open else SharingClass.CONDITIONAL,
        update_cycle=UpdateCycle(entry["cycle"]),
    )
    services.describe(
        resource,
        actor=HELI,
        category=shared()["category"][-1]["code"],
        summary_zh=entry["says_zh"],
        summary_en=entry["says_en"],
        openness=Openness.OPEN if is_open else Openness.CLOSED,
        condition_zh="" if is_open else CONDITION[0],
        condition_en="" if is_open else CONDITION[1],
    )
    return resource


def _grant(resource: Resource, entry: dict[str, Any]) -> None:
    found = shared()
    purpose, consumer = found["purpose"], found["consumer"]
    if selectors.holds_grant(resource, consumer, purpose["code"]):
        return
    services.grant(
        actor=HELI,
        resource=resource,
        consumer=consumer,
        purpose=purpose["code"],
        purpose_zh=purpose["zh"],
        purpose_en=purpose["en"],
        legal_basis=found["legal_basis"],
        policy={
            "fields": [{"field": field[0]} for field in entry["fields"]],
            "binding": "public_task",
            "extract": {"rows": MOST_ROWS},
        },
        expires_at=clock.now() + VALID,
    )


def contract(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """The contract of a resource; its first field names the record."""
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"{entry['department']}/{name}",
        "version": "1.0.0",
        "status": "active",
        "name": name,
        "description": {"purpose": "为编制城市规划和评估交通政策提供基础资料"},
        "schema": [
            {
                "name": name,
                "logicalType": "object",
                "businessName": entry["zh"],
                "customProperties": [
                    {"property": "titleEn", "value": entry["en"]},
                    {"property": "subjectType", "value": "facility"},
                ],
                "properties": [
                    _field(number, *field, open_to_all=entry.get("open", False))
                    for number, field in enumerate(entry["fields"])
                ],
            }
        ],
    }


def _field(
    number: int, name: str, title_zh: str, title_en: str, kind: str, *, open_to_all: bool
) -> dict[str, Any]:
    about: list[dict[str, Any]] = [{"property": "titleEn", "value": title_en}]
    found = {
        "name": name,
        "businessName": title_zh,
        "logicalType": kind,
        "required": name != "zone_no" or number == 0,
        "classification": "public" if open_to_all or number == 0 else "internal",
        "customProperties": about,
    }
    if number == 0:
        about.append({"property": "subject", "value": True})
        found["primaryKey"] = True
    return found
