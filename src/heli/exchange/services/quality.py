"""Measuring what a resource is worth: how complete, how valid, how unique, how fresh."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db import transaction

from heli.engines.contracts import Contract, Field, FieldError
from heli.exchange.connectors import Connector, open_connector
from heli.exchange.facts_catalogue import QualityMeasured
from heli.exchange.models import Quality, Resource
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.ledger import services as ledger

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 100_000
"""How many records are looked at; validity is tried value by value."""
EVERY = dt.timedelta(hours=24)
AFTER_FAULT = dt.timedelta(minutes=10)


@dataclass
class _Sum:
    """What has been counted so far."""

    contract: Contract
    rows: int = 0
    filled: dict[str, int] = field(default_factory=dict)
    valid: dict[str, int] = field(default_factory=dict)
    keys: set[bytes] = field(default_factory=set)
    digest: Any = field(default_factory=sha256)

    def add(self, batch: "pa.RecordBatch") -> None:
        """Count one batch."""
        self.rows += batch.num_rows
        columns = batch.to_pydict()
        for each in self.contract.fields:
            values = [value for value in columns[each.name] if value not in (None, "")]
            fits = _validator(each)
            self.filled[each.name] = self.filled.get(each.name, 0) + len(values)
            self.valid[each.name] = self.valid.get(each.name, 0) + sum(map(fits, values))
        names = [each.name for each in self.contract.fields if each.key] or [
            self.contract.subject_field.name
        ]
        for key in zip(*(columns[name] for name in names), strict=True):
            self.keys.add(sha256(repr(key).encode()).digest()[:16])
        self.digest.update(repr(sorted(columns.items())).encode())


def measure(resource: Resource) -> Quality:
    """Read a resource through and write down what was found; a source that fails is a finding."""
    now = clock.now()
    before = Quality.objects.filter(resource=resource).first()
    contract = resource.parsed_contract
    found, fault, partial, touched = _Sum(contract), "", False, None
    try:
        connector = open_connector(resource.connector, contract, resource.options)
        touched = _touched(connector)
        for batch in _batches(connector, contract):
            found.add(batch)
        partial = found.rows > MOST_ROWS
    except OSError as error:
        fault = str(error)[:300] or type(error).__name__
    digest = "" if fault else found.digest.hexdigest()
    values = {
        "measured_at": now,
        "fault": fault,
        "changed_at": touched or _changed(before, digest, now, resource),
        **({} if fault else _figures(found, digest, partial)),
    }
    with transaction.atomic():
        row, _ = Quality.objects.update_or_create(resource=resource, defaults=values)
        if before is None or before.digest != row.digest or before.fault != row.fault:
            ledger.record(
                QualityMeasured(resource=resource.address, rows=row.rows, readable=not fault),
                actor=HELI,
                department=resource.department_id,
                subject=f"exchange.resource:{resource.address}",
            )
    return row


def measure_due(limit: int = 1) -> int:
    """Measure resources that were not measured for a day; returns how many."""
    now = clock.now()
    fresh = Quality.objects.filter(fault="", measured_at__gt=now - EVERY)
    failed = Quality.objects.exclude(fault="").filter(measured_at__gt=now - AFTER_FAULT)
    waiting = (
        Resource.objects.filter(withdrawn_at=None)
        .exclude(pk__in=fresh.values("resource"))
        .exclude(pk__in=failed.values("resource"))
    )
    due = list(waiting.order_by("quality__measured_at", "pk")[:limit])
    for each in due:
        measure(each)
    return len(due)


def _figures(found: _Sum, digest: str, partial: bool) -> dict[str, Any]:
    return {
        "rows": found.rows,
        "partial": partial,
        "fields": {
            name: {"filled": found.filled.get(name, 0), "valid": found.valid.get(name, 0)}
            for name in found.contract.names
        },
        "duplicates": found.rows - len(found.keys),
        "digest": digest,
    }


def _batches(connector: Connector, contract: Contract) -> "Iterator[pa.RecordBatch]":
    yield from connector.scan(contract.names, limit=MOST_ROWS + 1, batch_rows=2_000)


def _touched(connector: Connector) -> dt.datetime | None:
    """When the source says that its data changed, where it can say so."""
    ask: Callable[[], dt.datetime] | None = getattr(connector, "changed_at", None)
    return ask() if ask is not None else None


def _changed(
    before: Quality | None, digest: str, now: dt.datetime, resource: Resource
) -> dt.datetime:
    if before is None:
        return resource.published_at
    return before.changed_at if digest in ("", before.digest) else now


def _validator(each: Field) -> Callable[[Any], bool]:
    """Whether a value is what its field says; the type itself was checked when it was read."""
    kind = each.semantic_type
    if each.allowed:
        allowed = frozenset(each.allowed)
        return lambda value: str(value) in allowed
    if kind is None:
        return lambda value: True
    latest = clock.today()

    def fits(value: Any) -> bool:
        try:
            kind.read(str(value), latest=latest)
        except FieldError:
            return False
        return True

    return fits


def shares(row: Quality) -> Mapping[str, float]:
    """Completeness, validity and uniqueness, each 0 to 1."""
    cells = row.rows * len(row.fields)
    filled = sum(each["filled"] for each in row.fields.values())
    valid = sum(each["valid"] for each in row.fields.values())
    return {
        "completeness": filled / cells if cells else 1.0,
        "validity": valid / filled if filled else 1.0,
        "uniqueness": 1 - row.duplicates / row.rows if row.rows else 1.0,
    }
