"""The catalogue and its grants, compiled into memory for the hot path."""

import datetime as dt
import threading
from dataclasses import dataclass

from django.db.models import F

from heli.engines.contracts import (
    Contract,
    PolicyError,
    ReleasePolicy,
    parse_contract,
    parse_policy,
)
from heli.exchange.connectors import Connector, open_connector
from heli.exchange.models import Grant, Resource, Revision, SharingClass


@dataclass(frozen=True, slots=True)
class CompiledGrant:
    """A grant, ready to be applied.

    Attributes:
        policy: ``None`` when it does not fit the contract in force.
    """

    id: str
    consumer: str
    purpose: str
    purpose_zh: str
    purpose_en: str
    legal_basis: str
    policy: ReleasePolicy | None
    salt: bytes
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    revoked_because: str


@dataclass(frozen=True, slots=True)
class CompiledResource:
    """A resource with its connector and grants."""

    id: int
    address: str
    department: str
    title_zh: str
    title_en: str
    shared: bool
    contract: Contract
    connector: Connector
    grants: dict[str, tuple[CompiledGrant, ...]]


class Catalogue:
    """Compiled resources by address, renewed when the revision number has moved."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._revision = -1
        self._resources: dict[str, CompiledResource] = {}

    def find(self, address: str) -> CompiledResource | None:
        """The resource at an address as of now, one small query when nothing has changed."""
        number = Revision.objects.values_list("number", flat=True).first() or 0
        if number != self._revision:
            with self._lock:
                if number != self._revision:
                    self._resources = _compile()
                    self._revision = number
        return self._resources.get(address)

    def forget(self) -> None:
        """Compile afresh next time."""
        self._revision = -1


catalogue = Catalogue()


def touch() -> None:
    """Tell every process that the catalogue or a grant changed; in the change's transaction."""
    if not Revision.objects.filter(pk=1).update(number=F("number") + 1):
        Revision.objects.create(pk=1, number=1)


def _compile() -> dict[str, CompiledResource]:
    grants: dict[int, dict[str, list[CompiledGrant]]] = {}
    rows = list(Resource.objects.filter(withdrawn_at=None))
    contracts = {row.pk: parse_contract(row.contract) for row in rows}
    for grant in Grant.objects.filter(resource__in=rows):
        by_consumer = grants.setdefault(grant.resource_id, {})
        compiled = _grant(grant, contracts[grant.resource_id])
        by_consumer.setdefault(grant.consumer_id, []).append(compiled)
    return {row.address: _resource(row, contracts[row.pk], grants.get(row.pk, {})) for row in rows}


def _resource(
    row: Resource, contract: Contract, grants: dict[str, list[CompiledGrant]]
) -> CompiledResource:
    return CompiledResource(
        id=row.pk,
        address=row.address,
        department=row.department_id,
        title_zh=row.title_zh,
        title_en=row.title_en,
        shared=row.sharing != SharingClass.NOT_SHARED,
        contract=contract,
        connector=open_connector(row.connector, contract, row.options),
        grants={consumer: tuple(found) for consumer, found in grants.items()},
    )


def _grant(row: Grant, contract: Contract) -> CompiledGrant:
    try:
        policy = parse_policy(contract, row.policy)
    except PolicyError:
        policy = None
    return CompiledGrant(
        id=str(row.pk),
        consumer=row.consumer_id,
        purpose=row.purpose,
        purpose_zh=row.purpose_zh,
        purpose_en=row.purpose_en,
        legal_basis=row.legal_basis,
        policy=policy,
        salt=bytes(row.salt),
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        revoked_because=row.revoked_because,
    )
