"""What a call is: a question, and all that becomes known of it on its way."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from heli.engines.contracts import Condition, ReleasePolicy, Withheld
from heli.errors import HeliError
from heli.exchange.compiled import CompiledGrant, CompiledResource
from heli.kernel.actor import Actor
from heli.ledger.selectors import Fact


@dataclass(frozen=True, slots=True)
class Nonce:
    """The once-only mark of a signed request, remembered until ``expires_at``.

    Attributes:
        key_id: The registered key behind the signature, also behind a session's.
        session: Digest of the session in which it came; empty where the key itself signed.
    """

    key_id: str
    value: str
    expires_at: dt.datetime
    session: str = ""

    @property
    def digest(self) -> str:
        """What is stored: a hash of key and nonce."""
        return sha256(f"{self.key_id}\n{self.value}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ListQuery:
    """Which records of a list are asked for.

    Attributes:
        where: Conditions as the caller wrote them, plain data.
        limit: At most so many records.
        cursor: As the page before gave it; empty for the first page.
    """

    where: tuple[Any, ...] = ()
    limit: int = 100
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """One question to the exchange.

    Attributes:
        actor: Who asks: a system, an official, or Heli for a procedure.
        department: Code of the department for which they ask.
        resource: Address, ``gaj/residents``.
        subject_type: What the identifier identifies; empty for a list.
        subject_id: The identifier as given; empty for a list.
        matter: Code of the matter for which it is asked.
        purpose: Purpose of the grant to use; may be empty if only one grant fits.
        nonce: Of the signed request, ``None`` from inside Heli.
        project: Code of the digital project for which it is asked, under grants bound to one.
        task: Code of the statutory duty, under grants bound to a public task.
        listing: Where records of many subjects are asked for; ``None`` for a lookup.
        extract: Where a whole resource is asked for as a file, its format.
    """

    actor: Actor
    department: str
    resource: str
    subject_type: str
    subject_id: str
    matter: str
    purpose: str = ""
    nonce: Nonce | None = None
    project: str = ""
    task: str = ""
    listing: ListQuery | None = None
    extract: str = ""


@dataclass(frozen=True, slots=True)
class ExtractFile:
    """What is released as a file.

    Attributes:
        rows: Records in it, decoys among them.
        size: Its size in bytes.
        hash: HMAC-SHA256 of the file under ``key``, in hexadecimal.
        key: New with every file.
        fingerprint: What names its marks without telling them.
    """

    rows: int
    size: int
    hash: str
    key: bytes
    fingerprint: str


@dataclass(slots=True, eq=False)
class Call:
    """A question on its way.

    Attributes:
        query: What is asked.
        resource: The resource, if it exists.
        revision: Of the catalogue that it was judged by.
        grant: The grant that opens it.
        policy: Its policy.
        subject: Normal form of the identifier.
        serves: What it serves: ``matter``, ``project:CODE`` or ``public_task:CODE``.
        where: Conditions of a list, the caller's and the row filter's.
        after: Subject after which a page begins.
        records: What the source gave and the row filter let through.
        data: What is released.
        told: Keyed hashes of the subjects it tells of: of a list, and where the grant is watched.
        index: Whom a page of a list tells of, as :mod:`heli.exchange.calls.told` writes it.
        next_cursor: Where the next page begins; empty on the last.
        key: Key of ``hash``.
        hash: Keyed hash of what is released.
        error: Why it is refused.
        cause: Code of the true reason where the caller is not told it.
        fact: The fact that proves answer or refusal.
        waiting: Who waits for the answer, where the gateway does.
    """

    query: Query
    resource: CompiledResource | None = None
    revision: int = -1
    grant: CompiledGrant | None = None
    policy: ReleasePolicy | None = None
    subject: str = ""
    serves: str = ""
    where: tuple[Condition, ...] = ()
    after: str = ""
    records: list[dict[str, Any]] = field(default_factory=list)
    data: Any = None
    told: tuple[str, ...] = ()
    index: bytes = b""
    next_cursor: str = ""
    key: bytes = b""
    hash: str = ""
    error: HeliError | None = None
    cause: str = ""
    fact: Fact | None = None
    waiting: Any = None

    def refuse(self, error: HeliError, cause: str = "") -> None:
        """Stop it here; the first reason stands."""
        if self.error is None:
            self.error, self.cause = error, cause

    @property
    def rows(self) -> int:
        """How many records are released."""
        if isinstance(self.data, ExtractFile):
            return self.data.rows
        return len(self.data) if isinstance(self.data, list) else int(self.data is not None)

    @property
    def opened(self) -> tuple[CompiledResource, CompiledGrant, ReleasePolicy]:
        """Resource, grant and policy of a call that found its grounds."""
        assert self.resource is not None
        assert self.grant is not None
        assert self.policy is not None
        return self.resource, self.grant, self.policy


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """What left the source department, and the fact that proves it.

    Attributes:
        data: Released fields, ``None`` when the register has no record of the subject; of a list,
            the records.
        withheld: What was masked or left out, and why.
        fact_id: The fact in the ledger.
        at: When it was answered.
        resource: Address of the resource.
        title_zh: Its title.
        title_en: The same in English.
        source: Code of the source department.
        contract_version: Version the data follows.
        grant_id: The grant it was released under.
        purpose: Its purpose.
        response_hash: Keyed hash of the data, as in the fact; see
            :func:`~heli.exchange.calls.hashes.response_hash`.
        response_key: Its key, new with every answer and in no fact.
        next_cursor: Where a list goes on; empty where it ends.
    """

    data: Any
    withheld: tuple[Withheld, ...]
    fact_id: uuid.UUID
    at: dt.datetime
    resource: str
    title_zh: str
    title_en: str
    source: str
    contract_version: str
    grant_id: str
    purpose: str
    response_hash: str
    response_key: bytes = field(repr=False)
    next_cursor: str = ""


def answered(call: Call) -> LookupAnswer:
    """The answer of a call whose fact is recorded."""
    resource, grant, _policy = call.opened
    assert call.fact is not None
    return LookupAnswer(
        data=call.data,
        withheld=grant.withheld,
        fact_id=call.fact.id,
        at=call.fact.at,
        resource=resource.address,
        title_zh=resource.title_zh,
        title_en=resource.title_en,
        source=resource.department,
        contract_version=resource.contract.version,
        grant_id=grant.id,
        purpose=grant.purpose,
        response_hash=call.hash,
        response_key=call.key,
        next_cursor=call.next_cursor,
    )
