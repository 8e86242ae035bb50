"""Recording calls, answered or refused: one transaction for many.

Inside it, in this order: nonces are used up (a second use is a replay), the catalogue and what
calls serve are looked at once more (a grant that was revoked and a matter that was closed since
open nothing), limits are counted, and every call becomes a fact and a row of the access log.
Nothing is released before the transaction and its leaf are on disk; that is the caller's part.
"""

import re
import secrets
from collections import Counter
from collections.abc import Sequence

from django.db import connection, transaction

from heli.engines.contracts import Binding
from heli.exchange import errors
from heli.exchange.calls import bindings, combinations, grounds, limits, nonces, told
from heli.exchange.calls.hashes import KEY_LENGTH, filter_hash, response_hash, subject_hash
from heli.exchange.calls.model import Call, ExtractFile
from heli.exchange.compiled import catalogue, revision
from heli.exchange.facts import ExtractReleased, ListAnswered, LookupAnswered, LookupDenied
from heli.exchange.models import Access, GatewaySession, ListPage
from heli.exchange.questions import is_matter_code
from heli.kernel import clock, prepared
from heli.kernel.prepared import Batch
from heli.ledger import services as ledger
from heli.ledger.selectors import Fact
from heli.ledger.services import NewFact
from heli.ledger.verbs import FactData
from heli.organisation.services import note_key_use

MOST_DIGITS = 5
_COUNT = f"UPDATE {GatewaySession._meta.db_table} SET calls = calls + %s WHERE digest = %s"  # noqa: S608
_SLUG = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")


def settle(calls: Sequence[Call], *, key_id: str = "") -> None:
    """Record calls in one transaction; what stops one of them here is recorded as its refusal.

    Args:
        calls: Released or refused.
        key_id: The registered key that a request claims whose sender is not known.
    """
    with transaction.atomic():
        nonces.use(calls)
        _count_uses(calls)
        going = [call for call in calls if call.error is None]
        # Who looks back at what was received waits for what is being noted, and is waited for;
        # also who makes the first rule about subjects of whom there was none.
        if going and ({call.revision for call in going} != {revision(hold=True)} or _ended(going)):
            _judge_again(calls)
        bindings.check(calls)
        limits.charge(calls, clock.now())
        combinations.remember(calls)
        _record(calls, key_id)


def _ended(calls: Sequence[Call]) -> bool:
    """Whether a grant came to its end meanwhile, which changes no revision."""
    now = clock.now()
    return any(call.opened[1].expires_at <= now for call in calls)


def _judge_again(calls: Sequence[Call]) -> None:
    """Look at grants once more; what was released under another policy does not leave."""
    released = {call: call.opened[2].digest for call in calls if call.error is None}
    grounds.judge(calls, catalogue.now())
    for call, digest in released.items():
        if call.error is None and call.opened[2].digest != digest:
            call.refuse(errors.PolicyChangedError(resource=call.query.resource))
    combinations.check(calls)


def _count_uses(calls: Sequence[Call]) -> None:
    """Count what came in each session, and note which keys are in use."""
    nonces = [call.query.nonce for call in calls if call.query.nonce is not None]
    if not nonces:
        return
    note_key_use((nonce.key_id for nonce in nonces), clock.now())
    counts = Counter(nonce.session for nonce in nonces if nonce.session)
    for session in sorted(counts):
        prepared.run(connection, _COUNT, [counts[session], session])


def _record(calls: Sequence[Call], key_id: str) -> None:
    new = []
    for call in calls:
        if call.error is None and isinstance(call.data, ExtractFile):
            call.key, call.hash = call.data.key, call.data.hash
            new.append(_fact(call, _extracted(call, call.data), ""))
        elif call.error is None:
            call.key = call.key or secrets.token_bytes(KEY_LENGTH)
            call.hash = response_hash(call.data, call.key)
            # Under another binding nobody has looked at what the caller wrote there.
            bound = call.opened[2].binding is Binding.MATTER
            new.append(_fact(call, _answered(call), call.query.matter if bound else ""))
        else:
            matter = call.query.matter if is_matter_code(call.query.matter) else ""
            new.append(_fact(call, _denied(call, key_id), matter))
    batch = Batch()
    facts = ledger.record_many(new, batch=batch)
    batch.insert([_access(call, fact) for call, fact in zip(calls, facts, strict=True)])
    batch.insert(
        [
            prepared.make(ListPage, fact_id=fact.id, told=call.index)
            for call, fact in zip(calls, facts, strict=True)
            if call.index and call.error is None
        ]
    )
    batch.run(last=True)
    for call, fact in zip(calls, facts, strict=True):
        call.fact = fact


def _fact(call: Call, data: FactData, matter: str) -> NewFact:
    address = call.resource.address if call.resource else _address(call.query.resource)
    return NewFact(
        data,
        call.query.actor,
        f"exchange.resource:{address}",
        matter,
        call.query.department,
    )


def _answered(call: Call) -> LookupAnswered | ListAnswered:
    resource, grant, policy = call.opened
    query = call.query
    kind: type[LookupAnswered | ListAnswered] = LookupAnswered
    if query.listing is None:
        hashed = {"subject_hash": subject_hash(query.subject_type, query.subject_id)}
        rows = int(call.data is not None)
    else:
        kind, rows = ListAnswered, len(call.data)
        hashed = {
            "filter_hash": filter_hash(grounds.filter_text(call)),
            "told_hash": told.commitment(call.index, call.key),
        }
    return kind(
        resource=resource.address,
        source=resource.department,
        grant=grant.id,
        purpose=grant.purpose,
        legal_basis=grant.legal_basis,
        fields=list(policy.fields),
        rows=rows,
        contract_version=resource.contract.version,
        policy_hash=policy.digest,
        response_hash=call.hash,
        serves=call.serves,
        **hashed,
    )


def _extracted(call: Call, file: ExtractFile) -> ExtractReleased:
    resource, grant, policy = call.opened
    return ExtractReleased(
        resource=resource.address,
        source=resource.department,
        grant=grant.id,
        purpose=grant.purpose,
        legal_basis=grant.legal_basis,
        fields=list(policy.fields),
        rows=file.rows,
        format=call.query.extract,
        size=file.size,
        contract_version=resource.contract.version,
        policy_hash=policy.digest,
        response_hash=file.hash,
        fingerprint=file.fingerprint,
        serves=call.serves,
    )


def _denied(call: Call, key_id: str) -> LookupDenied:
    query = call.query
    assert call.error is not None
    return LookupDenied(
        resource=call.resource.address if call.resource else _address(query.resource),
        purpose=_slug(query.purpose, 40),
        reason=call.error.code,
        subject_hash=subject_hash(query.subject_type, query.subject_id) if query.subject_id else "",
        key_id=query.nonce.key_id if query.nonce else key_id,
    )


def _access(call: Call, fact: Fact) -> Access:
    query = call.query
    common = {
        "fact_id": fact.id,
        "at": fact.at,
        "resource_id": call.resource.id if call.resource else None,
        "address": fact.data["resource"],
        "consumer": query.department,
        "actor": str(query.actor),
        "purpose": fact.data["purpose"],
        "matter": fact.matter,
    }
    if call.error is not None:
        reason = call.error.code
        return prepared.make(Access, reason=reason, cause=call.cause, **common)
    _resource, grant, policy = call.opened
    return prepared.make(
        Access,
        grant_id=grant.id,
        serves=call.serves,
        fields=list(policy.fields),
        rows=fact.data["rows"],
        response_key=call.key,
        **common,
    )


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
