"""Sessions of systems that call often: opened by one signed request, then HMAC instead of Ed25519.

A session ends by itself within the hour, with its key, or when its holder ends it.
"""

import base64
import datetime as dt
import secrets

from django.db import transaction

from heli.engines.httpsig import Signature
from heli.exchange import bodies, errors
from heli.exchange.answers import Answer, plain
from heli.exchange.calls import nonces
from heli.exchange.calls.model import Nonce
from heli.exchange.credentials import is_mac, session_digest, session_key
from heli.exchange.facts import SessionClosed, SessionOpened
from heli.exchange.models import GatewaySession
from heli.kernel import clock
from heli.ledger import services as ledger
from heli.organisation.selectors import RegisteredSystem

MOST_MINUTES = 60
USUAL_MINUTES = 15
OPEN, CLOSE = "sessions", "sessions/close"


def handle(
    path: str, body: bytes, *, system: RegisteredSystem, nonce: Nonce, signature: Signature
) -> Answer:
    """Open or close a session.

    Raises:
        HeliError: It is neither, or the request was received before.
    """
    if path == OPEN:
        return _open(body, system, nonce, signature)
    if path == CLOSE:
        return _close(system, nonce, signature)
    raise errors.UnknownResourceError(resource=path[:110])


def _open(body: bytes, system: RegisteredSystem, nonce: Nonce, signature: Signature) -> Answer:
    if is_mac(signature):
        raise errors.SessionByKeyError
    minutes = bodies.read_object(body).get("minutes", USUAL_MINUTES) if body else USUAL_MINUTES
    if type(minutes) is not int or not 1 <= minutes <= MOST_MINUTES:
        raise errors.SessionLengthError(field="minutes", most=MOST_MINUTES)
    session, now = f"session-{secrets.token_urlsafe(24)}", clock.now()
    until = now + dt.timedelta(minutes=minutes)
    with transaction.atomic():
        nonces.use_one(nonce)
        GatewaySession.objects.create(
            digest=session_digest(session), key_id=system.key_id, opened_at=now, expires_at=until
        )
        ledger.record(
            SessionOpened(key_id=system.key_id, expires_at=until.isoformat()),
            actor=system.actor,
            department=system.department,
            subject=f"exchange.key:{system.key_id}",
        )
    key = base64.b64encode(session_key(session)).decode()
    return plain(201, {"session": session, "key": key, "expires_at": until.isoformat()})


def _close(system: RegisteredSystem, nonce: Nonce, signature: Signature) -> Answer:
    if not is_mac(signature):
        raise errors.SessionEndedError
    with transaction.atomic():
        nonces.use_one(nonce)
        GatewaySession.objects.filter(pk=session_digest(signature.key_id), closed_at=None).update(
            closed_at=clock.now()
        )
        ledger.record(
            SessionClosed(key_id=system.key_id),
            actor=system.actor,
            department=system.department,
            subject=f"exchange.key:{system.key_id}",
        )
    return plain(200, {"closed": True})


def forget_sessions() -> int:
    """Delete sessions that ended a day ago or longer; returns how many."""
    ended = clock.now() - dt.timedelta(days=1)
    return GatewaySession.objects.filter(expires_at__lt=ended).delete()[0]
