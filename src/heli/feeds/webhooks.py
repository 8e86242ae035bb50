"""Signed webhooks: where they may lead, and one attempt to send one.

An address is resolved here and the connection goes to the very address that was checked, so a name
that changes its mind between the two leads nowhere (DNS rebinding). Redirections are not followed.
Every request is signed by RFC 9421 with the platform's key, which ``/api/v1/feeds/key`` publishes.
"""

import ipaddress
import os
import secrets
import socket
import ssl
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from heli import __version__
from heli.engines.httpsig import Request, content_digest, sign
from heli.errors import gettext_noop
from heli.feeds.errors import BadWebhookError, SendError
from heli.feeds.questions import is_own_receiver
from heli.kernel import clock
from heli.kernel.deadlines import ending
from heli.kernel.home import folder, keep_secret
from heli.kernel.wire import Transport

TIMEOUT = 10.0
LONGEST_ANSWER = 64 * 1024
PERMANENT = frozenset({400, 401, 403, 404, 405, 406, 409, 410, 411, 413, 414, 415, 422, 426, 451})
COMPONENTS = ("@method", "@target-uri", "content-type", "content-digest", "heli-delivery")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Target:
    """A webhook's address, checked.

    Attributes:
        host: The name as given.
        ip: Where the connection goes.
        url: The same address with the IP in place of the name.
        authority: What the Host header says.
    """

    host: str
    ip: Address
    url: str
    authority: str


@cache
def _key() -> Ed25519PrivateKey:
    path = folder("keys", private=True) / "feeds-webhooks"
    return Ed25519PrivateKey.from_private_bytes(keep_secret(path, secrets.token_bytes(32)))


def public_key() -> tuple[str, bytes]:
    """Id and raw Ed25519 public key with which webhooks are signed."""
    raw = _key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"heli-feeds-{raw.hex()[:16]}", raw


def host_of(address: str) -> str:
    """The machine of an address, for facts."""
    return urlsplit(address).hostname or ""


def allowed_networks() -> list[Network]:
    """Protected networks that the operator opened for webhooks (``HELI_WEBHOOK_NETWORKS``)."""
    given = os.environ.get("HELI_WEBHOOK_NETWORKS", "")
    return [ipaddress.ip_network(each.strip()) for each in given.split(",") if each.strip()]


def check_address(address: str) -> Target:
    """Check where an address leads.

    Raises:
        BadWebhookError: Not https outside opened networks, without a host, with a password, not
            to be resolved, or into a protected network.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise _bad(address, gettext_noop("it is no address")) from None
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise _bad(address, gettext_noop("it is no address"))
    if parts.username is not None or parts.fragment:
        raise _bad(address, gettext_noop("it holds a password or a fragment"))
    ip, opened = _resolved(address, parts.hostname, port or 443)
    if parts.scheme == "http" and not opened:
        raise _bad(address, gettext_noop("only https is allowed"))
    at = f"[{ip}]" if ip.version == 6 else str(ip)
    netloc = f"{at}:{port}" if port else at
    authority = parts.netloc.rpartition("@")[2]
    return Target(parts.hostname, ip, parts._replace(netloc=netloc).geturl(), authority)


def _resolved(address: str, host: str, port: int) -> tuple[Address, bool]:
    """The first address of a host that may be called, and whether it is opened.

    The operator opens networks; a receiver of this server is open on the loopback only.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _bad(address, gettext_noop("the name is not known")) from None
    networks = allowed_networks()
    ours = is_own_receiver(address)
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for ip in addresses:
        mapped = getattr(ip, "ipv4_mapped", None) or ip
        opened = _is_open(mapped, networks, ours=ours)
        if not opened and (not mapped.is_global or mapped.is_multicast):
            # One forbidden answer condemns the name: it may be chosen next time.
            raise _bad(address, gettext_noop("it leads into a protected network"))
    first = addresses[0]
    mapped = getattr(first, "ipv4_mapped", None) or first
    return first, _is_open(mapped, networks, ours=ours)


def _is_open(ip: Address, networks: list[Network], *, ours: bool) -> bool:
    return (ours and ip.is_loopback) or _lies_in(ip, networks)


def _lies_in(ip: Address, networks: list[Network]) -> bool:
    return any(ip in network for network in networks if network.version == ip.version)


def _bad(address: str, reason: str) -> BadWebhookError:
    return BadWebhookError(field="address", address=address, reason=reason)


def post(address: str, body: bytes, *, delivery: str, attempt: int) -> None:
    """Send one signed request.

    Args:
        address: Where to.
        body: JSON.
        delivery: Id of the delivery, the same for every attempt.
        attempt: Which attempt it is, from 1.

    Raises:
        SendError: It was not answered with 2xx within ten seconds.
    """
    try:
        target = check_address(address)
    except BadWebhookError as error:
        raise SendError(reason=str(error.figures["reason"]), kind="address") from error
    headers = {
        "Host": target.authority,
        "Content-Type": "application/json",
        "Content-Digest": content_digest(body),
        "Heli-Delivery": delivery,
        "Heli-Attempt": str(attempt),
        "User-Agent": f"Heli/{__version__}",
    }
    headers |= signature(address, headers)
    try:
        with (
            ending(TIMEOUT),
            httpx.Client(
                transport=Transport(trusted=_trusted()),
                timeout=TIMEOUT,
                follow_redirects=False,
                trust_env=False,
            ) as http,
        ):
            status = _sent(http, target, headers, body)
    except httpx.TimeoutException as error:
        raise SendError(reason=gettext_noop("no answer in time"), kind="timeout") from error
    except httpx.HTTPError as error:
        raise SendError(reason=gettext_noop("no connection"), kind="connection") from error
    if not 200 <= status < 300:
        permanent = status in PERMANENT
        raise SendError(
            reason=f"HTTP {status}", kind=f"http.{status}", fatal=permanent, rests=not permanent
        )


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that vouch for receivers; reading them takes longer than a whole request."""
    return httpx.create_ssl_context(trust_env=False)


def _sent(http: httpx.Client, target: Target, headers: dict[str, str], body: bytes) -> int:
    request = http.build_request(
        "POST",
        target.url,
        content=body,
        headers=headers,
        extensions={"sni_hostname": target.host},
    )
    answer = http.send(request, stream=True)
    try:
        size = 0
        for part in answer.iter_raw():
            size += len(part)
            if size > LONGEST_ANSWER:
                break
        return answer.status_code
    finally:
        answer.close()


def signature(address: str, headers: dict[str, str]) -> dict[str, str]:
    """The signature of a webhook's request."""
    parts = urlsplit(address)
    message = Request(
        method="POST",
        scheme=parts.scheme,
        authority=headers["Host"],
        path=parts.path or "/",
        query=parts.query,
        headers=tuple(headers.items()),
    )
    parameters = (
        ("created", int(clock.now().timestamp())),
        ("nonce", secrets.token_urlsafe(18)),
        ("keyid", public_key()[0]),
        ("alg", "ed25519"),
        ("tag", "heli-feed"),
    )
    return sign(message, COMPONENTS, key=_key(), parameters=parameters)
