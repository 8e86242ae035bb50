"""The path every lookup takes, from the gateway and from inside Heli alike.

grant → purpose bound to a live matter → connector → release policy → fact → durable → answer.
Whatever stops it is recorded as a denial before it is raised.
"""

import datetime as dt
import hmac
import json
import re
import secrets
import uuid
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction

from heli.engines.contracts import ReleasePolicy, Withheld, parse_subject, release
from heli.errors import HeliError
from heli.exchange import errors
from heli.exchange.compiled import CompiledGrant, CompiledResource, catalogue
from heli.exchange.facts import LookupAnswered, LookupDenied
from heli.exchange.models import Access, UsedNonce
from heli.exchange.questions import Standing, is_matter_code, matter_standing
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.kernel.home import folder, keep_secret
from heli.ledger import services as ledger
from heli.ledger.models import Fact

KEY_LENGTH = 32
MOST_DIGITS = 5
_SLUG = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Nonce:
    """The once-only mark of a signed request, remembered until ``expires_at``."""

    key_id: str
    value: str
    expires_at: dt.datetime

    @property
    def digest(self) -> str:
        """What is stored: a hash of key and nonce."""
        return sha256(f"{self.key_id}\n{self.value}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Query:
    """One question to the exchange.

    Attributes:
        actor: Who asks: a system, an official, or Heli for a procedure.
        department: Code of the department for which they ask.
        resource: Address, ``gaj/residents``.
        subject_type: What the identifier identifies.
        subject_id: The identifier as given.
        matter: Code of the matter for which it is asked.
        purpose: Purpose of the grant to use; may be empty if only one grant fits.
        nonce: Of the signed request, ``None`` from inside Heli.
    """

    actor: Actor
    department: str
    resource: str
    subject_type: str
    subject_id: str
    matter: str
    purpose: str = ""
    nonce: Nonce | None = None


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """What left the source department, and the fact that proves it.

    Attributes:
        data: Released fields, ``None`` when the register has no record of the subject.
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
        response_hash: Keyed hash of the data, as in the fact; see :func:`response_hash`.
        response_key: Its key, new with every answer and in no fact.
    """

    data: dict[str, Any] | None
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


def answer(query: Query) -> LookupAnswer:
    """Answer one query or refuse it; either way it is a fact.

    Inside a caller's transaction the fact becomes durable with that transaction, and the caller
    must not pass the data on before it has ended. Outside one, the answer is durable on return.

    Raises:
        HeliError: The reason of the denial; see :mod:`heli.exchange.errors`.
    """
    resource = catalogue.find(query.resource)
    try:
        return _answered(query, resource)
    except errors.ReplayedError:
        deny(query, errors.ReplayedError.code, resource, remember=False)
        raise
    except HeliError as error:
        if not isinstance(error, ledger.NotDurableError):
            cause = error.cause if isinstance(error, errors.NoTaskError) else ""
            deny(query, error.code, resource, cause=cause)
        raise


def _answered(query: Query, resource: CompiledResource | None) -> LookupAnswer:
    _check_nonce(query.nonce)
    if resource is None:
        raise errors.UnknownResourceError(resource=query.resource)
    if not resource.shared:
        raise errors.NotSharedError(resource=query.resource)
    grant, policy = _grant_for(query, resource)
    subject = _subject(query, resource)
    _check_standing(query, subject)
    try:
        record = resource.connector.lookup(subject)
    except OSError as error:
        raise errors.SourceUnavailableError(resource=query.resource) from error
    released = release(resource.contract, record or {}, policy, salt=grant.salt)
    data = released.data if record is not None else None
    key = secrets.token_bytes(KEY_LENGTH)
    fact = _record_answer(query, resource=resource, grant=grant, policy=policy, data=data, key=key)
    if not transaction.get_connection().in_atomic_block:
        ledger.ensure_durable([fact.id])
    return LookupAnswer(
        data=data,
        withheld=released.withheld,
        fact_id=fact.id,
        at=fact.at,
        resource=resource.address,
        title_zh=resource.title_zh,
        title_en=resource.title_en,
        source=resource.department,
        contract_version=resource.contract.version,
        grant_id=grant.id,
        purpose=grant.purpose,
        response_hash=response_hash(data, key),
        response_key=key,
    )


def _grant_for(query: Query, resource: CompiledResource) -> tuple[CompiledGrant, ReleasePolicy]:
    now = clock.now()
    held = [
        grant
        for grant in resource.grants.get(query.department, ())
        if query.purpose in ("", grant.purpose)
    ]
    valid = [grant for grant in held if grant.revoked_at is None and grant.expires_at > now]
    if not valid:
        raise _why_no_grant(query, held)
    if len(valid) > 1:
        purposes = ", ".join(grant.purpose for grant in valid)
        raise errors.PurposeAmbiguousError(
            field="purpose", resource=query.resource, purposes=purposes
        )
    if valid[0].policy is None:
        raise errors.OutdatedGrantError(resource=query.resource)
    return valid[0], valid[0].policy


def _why_no_grant(query: Query, held: list[CompiledGrant]) -> HeliError:
    standing = [grant for grant in held if grant.revoked_at is None]
    if standing:
        latest = max(grant.expires_at for grant in standing)
        expired = latest.astimezone(clock.SHANGHAI).date().isoformat()
        return errors.GrantExpiredError(resource=query.resource, expired=expired)
    if held:
        return errors.GrantRevokedError(resource=query.resource, reason=held[0].revoked_because)
    return errors.NoGrantError(resource=query.resource)


def _subject(query: Query, resource: CompiledResource) -> str:
    if query.subject_type != resource.contract.subject_type:
        raise errors.WrongSubjectTypeError(
            field="subject.type",
            resource=query.resource,
            expected=resource.contract.subject_type,
            given=query.subject_type,
        )
    return parse_subject(resource.contract, query.subject_id, latest=clock.today())


def _check_standing(query: Query, subject: str) -> None:
    if not query.matter:
        raise errors.MatterMissingError(field="matter")
    standing = matter_standing(query.matter, query.department, query.subject_type, subject)
    if not (standing.known and (standing.holds_task or standing.took_part)):
        raise errors.NoTaskError(matter=query.matter, cause=_why_no_part(standing))
    if not standing.live:
        raise errors.MatterClosedError(matter=query.matter)
    if not standing.holds_task:
        raise errors.NoTaskError(matter=query.matter)
    if not standing.concerns_subject:
        raise errors.SubjectOutsideMatterError(matter=query.matter)


def _why_no_part(standing: Standing) -> str:
    """What a department without part in a matter is not told."""
    if not standing.known:
        return errors.UnknownMatterError.code
    return "" if standing.live else errors.MatterClosedError.code


def _check_nonce(nonce: Nonce | None) -> None:
    if nonce and UsedNonce.objects.filter(pk=nonce.digest).exists():
        raise errors.ReplayedError


def _remember(nonce: Nonce | None) -> None:
    if nonce is None:
        return
    try:
        with transaction.atomic():
            UsedNonce.objects.create(digest=nonce.digest, expires_at=nonce.expires_at)
    except IntegrityError:
        raise errors.ReplayedError from None


def _record_answer(
    query: Query,
    *,
    resource: CompiledResource,
    grant: CompiledGrant,
    policy: ReleasePolicy,
    data: dict[str, Any] | None,
    key: bytes,
) -> Fact:
    fields = list(policy.fields)
    with transaction.atomic():
        _remember(query.nonce)
        fact = ledger.record(
            LookupAnswered(
                resource=resource.address,
                source=resource.department,
                grant=grant.id,
                purpose=grant.purpose,
                legal_basis=grant.legal_basis,
                fields=fields,
                rows=int(data is not None),
                contract_version=resource.contract.version,
                policy_hash=policy.digest,
                response_hash=response_hash(data, key),
                subject_hash=subject_hash(query.subject_type, query.subject_id),
            ),
            actor=query.actor,
            department=query.department,
            subject=f"exchange.resource:{resource.address}",
            matter=query.matter,
        )
        Access.objects.create(
            fact_id=fact.id,
            at=fact.at,
            resource_id=resource.id,
            address=resource.address,
            grant_id=grant.id,
            consumer=query.department,
            actor=str(query.actor),
            purpose=grant.purpose,
            matter=query.matter,
            fields=fields,
            rows=int(data is not None),
            response_key=key,
        )
    return fact


def deny(
    query: Query,
    reason: str,
    resource: CompiledResource | None = None,
    *,
    remember: bool = True,
    key_id: str = "",
    cause: str = "",
) -> uuid.UUID:
    """Record that a query was refused.

    Args:
        query: As far as it was understood.
        reason: Code of the error that is answered.
        resource: The resource, if it exists.
        remember: Whether to use up the nonce.
        key_id: The registered key that a request claims whose sender is not known.
        cause: Code of the true reason where the caller is not told it. It goes into the access log
            for those who watch over the exchange, and not into the fact, which the caller's
            department may read.
    """
    address = resource.address if resource else _address(query.resource)
    matter = query.matter if is_matter_code(query.matter) else ""
    purpose = _slug(query.purpose, 40)
    with transaction.atomic():
        if remember and query.nonce:
            UsedNonce.objects.bulk_create(
                [UsedNonce(digest=query.nonce.digest, expires_at=query.nonce.expires_at)],
                ignore_conflicts=True,
            )
        hashed = subject_hash(query.subject_type, query.subject_id) if query.subject_id else ""
        fact = ledger.record(
            LookupDenied(
                resource=address,
                purpose=purpose,
                reason=reason,
                subject_hash=hashed,
                key_id=query.nonce.key_id if query.nonce else key_id,
            ),
            actor=query.actor,
            department=query.department,
            subject=f"exchange.resource:{address}",
            matter=matter,
        )
        Access.objects.create(
            fact_id=fact.id,
            at=fact.at,
            resource_id=resource.id if resource else None,
            address=address,
            consumer=query.department,
            actor=str(query.actor),
            purpose=purpose,
            matter=matter,
            reason=reason,
            cause=cause,
        )
    return fact.id


def _address(text: str) -> str:
    """The address a refused caller wrote, if it can be one."""
    department, slash, name = text.partition("/")
    return text if slash and _slug(department, 40) and _slug(name, 63) else ""


def _slug(text: str, length: int) -> str:
    """A short name a refused caller wrote; nothing that can hold words or anybody's number.

    Facts are for ever, and whoever asks could else write into them whatever they like.
    """
    digits = sum(character.isdigit() for character in text)
    fits = len(text) <= length and digits <= MOST_DIGITS and _SLUG.fullmatch(text)
    return text if fits else ""


def response_hash(data: dict[str, Any] | None, key: bytes) -> str:
    """HMAC-SHA256 of released data: JSON, keys sorted, no spaces, UTF-8.

    Keyed, because a record has so few possible values that a plain hash would let a reader of the
    fact try them all.
    """
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(key, text.encode(), sha256).hexdigest()


def subject_hash(subject_type: str, subject_id: str) -> str:
    """Keyed hash of a subject; without the installation's key it says nothing about whom."""
    text = f"{subject_type}:{subject_id.strip().upper()}"
    return hmac.new(_subject_key(), text.encode(errors="surrogatepass"), sha256).hexdigest()[:32]


@cache
def _subject_key() -> bytes:
    return keep_secret(folder("keys", private=True) / "exchange-subjects", secrets.token_bytes(32))
