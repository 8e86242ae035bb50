"""The catalogue and its grants, compiled into memory for the hot path."""

import datetime as dt
import threading
from dataclasses import dataclass

from django.db import connection
from django.db.models import F

from heli.engines.contracts import (
    Contract,
    PolicyError,
    ReleasePolicy,
    Withheld,
    dump_contract,
    dump_policy,
    parse_contract,
    parse_policy,
    withheld_by,
)
from heli.exchange.connectors import Connector, open_connector
from heli.exchange.holdings import Watched, watched_by_grant
from heli.exchange.models import Grant, KeptPolicy, Resource, Revision, SharingClass
from heli.kernel import prepared


@dataclass(frozen=True, slots=True)
class CompiledGrant:
    """A grant, ready to be applied.

    Attributes:
        policy: ``None`` when it does not fit the contract in force.
        withheld: What the policy masks or leaves out of every record.
        watched: Forbidden combinations of which an answer would be a part.
    """

    id: str
    consumer: str
    purpose: str
    purpose_zh: str
    purpose_en: str
    legal_basis: str
    policy: ReleasePolicy | None
    withheld: tuple[Withheld, ...]
    salt: bytes
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    revoked_because: str
    suspended: bool
    suspended_because: str
    watched: tuple[Watched, ...]


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


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The catalogue as of one revision, resources by address."""

    revision: int
    resources: dict[str, CompiledResource]


class Catalogue:
    """Compiled resources, renewed when the revision number has moved."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshot = Snapshot(-1, {})

    def now(self) -> Snapshot:
        """The catalogue as of now, one small query when nothing has changed."""
        number = revision()
        if number != self._snapshot.revision:
            with self._lock:
                if number != self._snapshot.revision:
                    self._snapshot = Snapshot(number, _compile())
        return self._snapshot

    def find(self, address: str) -> CompiledResource | None:
        """The resource at an address as of now."""
        return self.now().resources.get(address)

    def forget(self) -> None:
        """Compile afresh next time."""
        self._snapshot = Snapshot(-1, {})


catalogue = Catalogue()


_REVISION = f"SELECT number FROM {Revision._meta.db_table} WHERE id = 1"  # noqa: S608


def revision(*, hold: bool = False) -> int:
    """The number that every change of the catalogue or a grant raises.

    Args:
        hold: Let nobody raise it before the caller's transaction has ended; where a database
            writes one transaction after the other, nobody can.
    """
    held = hold and connection.features.has_select_for_update
    sql = f"{_REVISION} FOR SHARE" if held else _REVISION
    found = prepared.run(connection, sql, []).fetchone()
    return int(found[0]) if found else 0


def touch() -> None:
    """Tell every process that the catalogue or a grant changed; in the change's transaction.

    It may wait for answers that are being recorded, so nothing they need may be locked before it.
    """
    number = Revision.objects.filter(pk=1)
    if not number.update(number=F("number") + 1):
        # The very first change; of two at once one makes the row, and the other waits for it.
        Revision.objects.bulk_create([Revision(pk=1)], ignore_conflicts=True)
        number.update(number=F("number") + 1)


def _compile() -> dict[str, CompiledResource]:
    grants: dict[int, dict[str, list[CompiledGrant]]] = {}
    rows = list(Resource.objects.filter(withdrawn_at=None))
    contracts = {row.pk: parse_contract(row.contract) for row in rows}
    watched = watched_by_grant()
    for grant in Grant.objects.filter(resource__in=rows):
        by_consumer = grants.setdefault(grant.resource_id, {})
        compiled = _grant(grant, contracts[grant.resource_id], watched.get(str(grant.pk), ()))
        by_consumer.setdefault(grant.consumer_id, []).append(compiled)
    found = [_resource(row, contracts[row.pk], grants.get(row.pk, {})) for row in rows]
    _keep_policies(found)
    return {each.address: each for each in found}


def _keep_policies(resources: list[CompiledResource]) -> None:
    """Keep what every policy in force says by its hash, so that it can be looked at for ever."""
    found = {
        grant.policy.digest: KeptPolicy(
            digest=grant.policy.digest,
            contract=dump_contract(resource.contract),
            policy=dump_policy(grant.policy),
        )
        for resource in resources
        for grants in resource.grants.values()
        for grant in grants
        if grant.policy is not None
    }
    known = KeptPolicy.objects.filter(pk__in=found).values_list("pk", flat=True)
    for digest in set(known):
        del found[digest]
    if found:
        KeptPolicy.objects.bulk_create(found.values(), ignore_conflicts=True)


def keep_policy(contract: Contract, policy: ReleasePolicy) -> None:
    """Keep one policy by its hash."""
    KeptPolicy.objects.get_or_create(
        digest=policy.digest,
        defaults={"contract": dump_contract(contract), "policy": dump_policy(policy)},
    )


def _resource(
    row: Resource,
    contract: Contract,
    grants: dict[str, list[CompiledGrant]],
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


def _grant(row: Grant, contract: Contract, watched: tuple[Watched, ...]) -> CompiledGrant:
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
        withheld=withheld_by(contract, policy) if policy else (),
        salt=bytes(row.salt),
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        revoked_because=row.revoked_because,
        suspended=row.suspended_at is not None,
        suspended_because=row.suspended_because,
        watched=watched,
    )
