"""How an extract is marked: what contract and policy say, as the fingerprint engine takes it.

A contract declares under ``customProperties`` of a field by how much its values may be moved:
``tolerance`` with ``absolute`` or ``relative``, ``days`` for a date, or ``digits`` for the last
digits of a whole number. What declares none is never altered. Under those of the object described,
``decoys`` with ``per`` allows one decoy record for so many records.
"""

import hmac
import secrets
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from heli.engines.contracts import Contract, Field, FieldRule, LogicalType, Mask, ReleasePolicy
from heli.engines.fingerprint import (
    DATE,
    INTEGER,
    NUMBER,
    TEXT,
    Column,
    Plan,
    PlanError,
    Tolerance,
    make_plan,
)
from heli.kernel.home import folder, keep_secret

IDENTIFYING = frozenset(
    {"resident_id", "credit_code", "mobile", "plate", "parcel_code", "real_estate_unit",
     "person_name", "organisation_name", "address"}
)  # fmt: skip
LEAST_PER = 100

_KINDS = {LogicalType.INTEGER: INTEGER, LogicalType.NUMBER: NUMBER, LogicalType.DATE: DATE}
_LAST = {"absolute", "relative", "days", "digits"}


@cache
def secret() -> bytes:
    """The key of all marks; who has it can forge and find them."""
    path = folder("keys", private=True) / "exchange-fingerprints"
    return keep_secret(path, secrets.token_bytes(32))


def fingerprint_name(extract_id: str) -> str:
    """What a fact holds of an extract's marks: it names them and tells nothing of them."""
    return hmac.digest(secret(), f"name:{extract_id}".encode(), "sha256").hex()[:32]


def plan_of(contract: Contract, policy: ReleasePolicy) -> Plan:
    """How extracts of a contract are marked under a policy.

    Raises:
        PlanError: The contract declares a tolerance that makes no sense.
    """
    columns = [
        column
        for rule in policy.rules
        if (field := contract.field(rule.field)) is not None
        and (column := _column(field, rule)) is not None
    ]
    columns.sort(key=lambda column: not _is_subject(contract, column.name))
    return make_plan(columns)


def check(contract: Contract) -> None:
    """Look at what a contract says of marks, before it is published.

    Raises:
        PlanError: It declares a tolerance that makes no sense.
    """
    make_plan(
        [
            Column(field.name, _KINDS.get(field.type, TEXT), is_identifying(field), tolerance)
            for field in contract.fields
            if (tolerance := tolerance_of(field)) is not None
        ]
    )


def decoys_per(contract: Contract) -> int:
    """For how many records the contract allows a decoy; 0 where it allows none."""
    given = custom(contract.custom).get("decoys")
    per = given.get("per") if isinstance(given, Mapping) else None
    return per if type(per) is int and per >= LEAST_PER else 0


def custom(pairs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Custom properties by their names."""
    return {str(pair.get("property")): pair.get("value") for pair in pairs}


def tolerance_of(field: Field) -> Tolerance | None:
    """By how much a contract lets values of a field be moved; ``None``: not at all.

    Raises:
        PlanError: What it declares is no tolerance.
    """
    given = field.custom_value("tolerance")
    if given is None:
        return None
    if not isinstance(given, Mapping) or len(given) != 1 or not set(given) <= _LAST:
        raise PlanError(
            reason=f"the tolerance of {field.name} is one of {', '.join(sorted(_LAST))}"
        )
    ((kind, value),) = given.items()
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 10**9:
        raise PlanError(reason=f"the tolerance of {field.name} is no number above 0")
    if kind == "relative":
        return Tolerance(relative=float(value))
    if kind == "digits":
        if not isinstance(value, int) or value > 9 or field.type is not LogicalType.INTEGER:
            raise PlanError(reason=f"the last digits of {field.name} are 1 to 9 of a whole number")
        return Tolerance(absolute=10 ** (value - 1))
    if (kind == "days") != (field.type is LogicalType.DATE):
        raise PlanError(reason=f"the tolerance of {field.name} is in days if it is a date")
    return Tolerance(absolute=value)


def _is_subject(contract: Contract, name: str) -> bool:
    field = contract.field(name)
    return field is not None and field.subject


def is_identifying(field: Field) -> bool:
    """Whether nearly every record has a value of its own."""
    if field.type is not LogicalType.STRING or field.allowed:
        return False
    return field.subject or field.key or field.semantic in IDENTIFYING


def _column(field: Field, rule: FieldRule) -> Column | None:
    if rule.mask is Mask.HASH and is_identifying(field):
        return Column(field.name, TEXT, identifying=True)
    if rule.mask is not Mask.CLEAR:
        return None
    if is_identifying(field):
        return Column(field.name, TEXT, identifying=True)
    kind = _KINDS.get(field.type)
    if kind is None or field.key or field.subject:
        return None
    return Column(field.name, kind, tolerance=tolerance_of(field))
