"""The registers of Linjiang 临江: ten departments' data, made up, consistent and repeatable.

Every value is a function of the seed, the row number and the name of the column (through MD5,
whose output is defined for ever), computed by DuckDB column by column. Identifiers carry valid
check characters and the division prefix 99, which belongs to no province; people are called
示例居民 and a number.
"""

import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heli.demo import registers_sql as sql
from heli.demo import sharing
from heli.errors import BadInputError, gettext_noop
from heli.exchange import selectors, services
from heli.exchange.selectors import Resource, SharingClass, UpdateCycle
from heli.kernel import clock
from heli.kernel.actor import HELI

SCALES = {"tiny": 1_000, "small": 20_000}
"""Residents by name of scale; any other number is written like ``100k`` or ``5m``."""
LEAST, MOST = 1_000, 5_000_000
_NUMBER = re.compile(r"([1-9][0-9]{0,6})(k|m)", re.IGNORECASE)
_FACTORS = {"k": 1_000, "m": 1_000_000}

CONTRACTS = Path(__file__).parent / "contracts"


@dataclass(frozen=True, slots=True)
class Listing:
    """How a demo resource stands in the catalogue."""

    department: str
    sharing: SharingClass
    update_cycle: UpdateCycle


CATALOGUE: dict[str, Listing] = {
    "residents": Listing("gaj", SharingClass.CONDITIONAL, UpdateCycle.REALTIME),
    "households": Listing("gaj", SharingClass.CONDITIONAL, UpdateCycle.DAILY),
    "enterprises": Listing("scjg", SharingClass.UNCONDITIONAL, UpdateCycle.REALTIME),
    "permits": Listing("scjg", SharingClass.UNCONDITIONAL, UpdateCycle.DAILY),
    "employment": Listing("rsj", SharingClass.CONDITIONAL, UpdateCycle.MONTHLY),
    "pupils": Listing("jyj", SharingClass.NOT_SHARED, UpdateCycle.YEARLY),
    "parcels": Listing("zrzy", SharingClass.UNCONDITIONAL, UpdateCycle.WEEKLY),
    "real_estate": Listing("zrzy", SharingClass.CONDITIONAL, UpdateCycle.REALTIME),
    "health_certificates": Listing("wjw", SharingClass.CONDITIONAL, UpdateCycle.DAILY),
    "hospital_beds": Listing("wjw", SharingClass.UNCONDITIONAL, UpdateCycle.REALTIME),
}
"""Every demo resource and whose it is."""


class UnknownScaleError(BadInputError):
    """A size of the city that does not exist."""

    code = "demo.unknown_scale"
    message = gettext_noop("The demo city has no scale {scale}.")
    remedy = gettext_noop(
        "Use one of {names}, or a number of residents from 1k to 5m, such as 100k."
    )


def residents_at(scale: str) -> int:
    """How many residents a scale means.

    Raises:
        UnknownScaleError: None, or fewer or more than the registers can hold.
    """
    if scale in SCALES:
        return SCALES[scale]
    found = _NUMBER.fullmatch(scale)
    residents = int(found[1]) * _FACTORS[found[2].lower()] if found else 0
    if not LEAST <= residents <= MOST:
        raise UnknownScaleError(field="scale", scale=scale, names=", ".join(SCALES))
    return residents


def seed_registers(
    home: Path,
    seed: int = 1,
    scale: str = "small",
    progress: Callable[[str], None] = lambda text: None,
) -> dict[str, int]:
    """Write all registers as Parquet files under ``home/registers``.

    Args:
        home: What ``HELI_HOME`` names.
        seed: Same seed, same city.
        scale: One of :data:`SCALES`, or a number of residents such as ``100k``.
        progress: Told the name of each register as it begins.

    Returns:
        Rows written, by register. A file is replaced in one step, so a reader sees the old or
        the new one.

    Raises:
        UnknownScaleError: There is no such scale.
    """
    residents = residents_at(scale)
    target = home / "registers"
    target.mkdir(parents=True, exist_ok=True)
    written: dict[str, int] = {}
    import duckdb

    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(sql.macros(int(seed)))
        connection.execute(sql.base_tables(residents))
        for name, statement in sql.registers().items():
            progress(name)
            fresh = target / f"{name}.parquet.new"
            result = connection.execute(
                f"COPY ({statement}) TO '{_quoted(fresh)}' "
                "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)"
            ).fetchone()
            fresh.replace(target / f"{name}.parquet")
            written[name] = int(result[0]) if result else 0
    sharing.write_sources(target)
    return written


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


@dataclass(frozen=True, slots=True)
class Persona:
    """A resident of the registers whom the demo city lets sign in as an applicant.

    Attributes:
        resident_id: In ``gaj/residents``.
        name: As there.
        credit_code: An active enterprise of which they are the legal representative.
        enterprise: Its name.
        unit_code: A real-estate unit they own.
        parcel_code: The parcel it stands on.
    """

    resident_id: str
    name: str
    credit_code: str
    enterprise: str
    unit_code: str
    parcel_code: str


def personas(home: Path, count: int = 10) -> list[Persona]:
    """The first residents who own a home and represent an active enterprise.

    Args:
        home: Where :func:`seed_registers` wrote.
        count: How many.
    """
    folder = home / "registers"
    import duckdb

    with duckdb.connect(config={"threads": 1}) as connection:
        rows = connection.execute(
            """
            SELECT r.resident_id, r.name, e.credit_code, e.name, u.unit_code, u.parcel_code
            FROM read_parquet(?) r
            JOIN read_parquet(?) e ON e.representative_id = r.resident_id
            JOIN read_parquet(?) u ON u.owner_id = r.resident_id
            WHERE e.status = 'active'
            ORDER BY e.credit_code LIMIT ?
            """,
            [
                str(folder / "residents.parquet"),
                str(folder / "enterprises.parquet"),
                str(folder / "real_estate.parquet"),
                count,
            ],
        ).fetchall()
    return [Persona(*row) for row in rows]


def contract_document(name: str) -> dict[str, Any]:
    """The contract of a demo resource, as its department published it."""
    document: dict[str, Any] = json.loads((CONTRACTS / f"{name}.json").read_text("utf-8"))
    return document


def seed_catalogue() -> dict[str, Resource]:
    """Publish every demo resource and give the grants that the three procedures need.

    The departments must exist. Does nothing that has been done before.

    Returns:
        The resources by name.
    """
    sharing.seed_grounds()
    resources: dict[str, Resource] = {}
    for name, listing in CATALOGUE.items():
        connector, options = sharing.SOURCES.get(name, ("parquet", {"file": f"{name}.parquet"}))
        present = selectors.find_resource(f"{listing.department}/{name}")
        resources[name] = present or services.publish(
            actor=HELI,
            department=listing.department,
            contract=contract_document(name),
            connector=connector,
            options=options,
            sharing=listing.sharing,
            update_cycle=listing.update_cycle,
            ground=sharing.ground_of(name),
        )
    expires = clock.now() + dt.timedelta(days=730)
    for entry in json.loads((CONTRACTS / "grants.json").read_text("utf-8")):
        _grant(entry, resources, expires)
    sharing.describe(resources)
    return resources


def _grant(entry: dict[str, Any], resources: dict[str, Resource], expires: dt.datetime) -> None:
    resource = resources[entry["resource"]]
    duty = entry.get("duty")
    for consumer in entry["consumers"]:
        if selectors.holds_grant(resource, consumer, entry["purpose"]):
            continue
        if duty:
            services.register_duty(
                actor=HELI, department=consumer, legal_ground=entry["legal_basis"], **duty
            )
        services.grant(
            actor=HELI,
            resource=resource,
            consumer=consumer,
            purpose=entry["purpose"],
            purpose_zh=entry["purpose_zh"],
            purpose_en=entry["purpose_en"],
            legal_basis=entry["legal_basis"],
            policy={"fields": entry["fields"]} | entry.get("policy", {}),
            expires_at=expires,
        )
