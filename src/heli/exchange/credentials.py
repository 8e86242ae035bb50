"""Who sent these requests? Signatures of many checked at once, keys and sessions as they are now.

A request is signed by RFC 9421, with the Ed25519 key of a system or, within a session that such a
request opened, with the session's shared key (HMAC-SHA256). Keys and sessions are read with every
batch, so what is withdrawn is withdrawn in every process with the next request.
"""

import datetime as dt
import hmac
import os
from collections.abc import Iterable
from functools import cache
from hashlib import sha256

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.utils.translation import gettext

from heli.engines.httpsig import (
    MAC,
    Request,
    Signature,
    check_age,
    check_content_digest,
    require_coverage,
    verify,
    verify_mac,
)
from heli.exchange import errors
from heli.exchange.calls.model import Nonce
from heli.exchange.models import GatewaySession
from heli.kernel import clock
from heli.kernel.home import folder, keep_secret
from heli.organisation import selectors as organisation
from heli.organisation.selectors import RegisteredSystem

MAX_AGE = 300
MAX_SKEW = 30
MAX_NONCE = 200
# "@path" alone would leave the query and the host open to change.
REQUIRED = ("@method", "@target-uri", "content-digest")


def nonce_of(key_id: str, signature: Signature) -> Nonce:
    """What may come once; of a session, its own nonces beside those of the key."""
    until = clock.now() + dt.timedelta(seconds=MAX_AGE + 2 * MAX_SKEW)
    value, session = signature.nonce, ""
    if signature.key_id != key_id:
        value = f"{signature.key_id}\n{value}"
        session = session_digest(signature.key_id)
    return Nonce(key_id, value, until, session)


class Keyring:
    """The keys and sessions that a batch of requests names, as they stand now.

    Args:
        signatures: Of the requests, not yet verified.
    """

    def __init__(self, signatures: Iterable[Signature]) -> None:
        keys: set[str] = set()
        sessions: set[str] = set()
        for signature in signatures:
            (sessions if is_mac(signature) else keys).add(signature.key_id)
        self._sessions = _open_sessions(sessions)
        keys |= set(self._sessions.values())
        self._systems = organisation.systems_by_key_ids(keys) if keys else {}

    def sender(self, request: Request, signature: Signature, body: bytes) -> RegisteredSystem:
        """The system that sent a request.

        Raises:
            HeliError: Its signature does not hold, or its key or session is not good now.
        """
        require_coverage(signature, REQUIRED)
        _require_own(request.authority)
        if len(signature.nonce) > MAX_NONCE:
            raise errors.BadRequestBodyError(field="nonce", reason=gettext("the nonce is too long"))
        now = int(clock.now().timestamp())
        check_age(signature, now=now, max_age=MAX_AGE, max_skew=MAX_SKEW)
        system = self._systems.get(self.key_id(signature))
        if system is None or not system.active:
            raise _unknown(signature)
        if is_mac(signature):
            verify_mac(request, signature, session_key(signature.key_id))
        else:
            verify(request, signature, system.public_key)
        check_content_digest(request.field("content-digest"), body)
        return system

    def key_id(self, signature: Signature) -> str:
        """The registered key behind a signature, also behind a session's; empty if it has none."""
        if is_mac(signature):
            return self._sessions.get(signature.key_id, "")
        return signature.key_id


def _require_own(authority: str) -> None:
    """What a client signed for another server may not be handed on to this one."""
    host, _port = split_domain_port(authority)
    if not validate_host(host, settings.ALLOWED_HOSTS):
        raise errors.WrongHostError(host=authority[:MAX_NONCE])


def is_mac(signature: Signature) -> bool:
    """Whether a request is signed within a session."""
    return signature.parameter("alg") == MAC


def _unknown(signature: Signature) -> Exception:
    if is_mac(signature):
        return errors.SessionEndedError()
    return errors.UnknownKeyError(key_id=signature.key_id)


def _open_sessions(ids: set[str]) -> dict[str, str]:
    """Keys by session id, of those sessions that are open."""
    if not ids:
        return {}
    digests = {session_digest(each): each for each in ids}
    rows = GatewaySession.objects.filter(pk__in=digests, closed_at=None, expires_at__gt=clock.now())
    return {digests[digest]: key for digest, key in rows.values_list("digest", "key_id")}


def session_digest(session: str) -> str:
    """What is kept of a session's id."""
    return sha256(session.encode(errors="surrogatepass")).hexdigest()


def session_key(session: str) -> bytes:
    """The shared key of a session: made from its id and a secret that is in no database."""
    return hmac.digest(_secret(), session.encode(errors="surrogatepass"), "sha256")


@cache
def _secret() -> bytes:
    return keep_secret(folder("keys", private=True) / "exchange-sessions", os.urandom(32))
