"""Reverse proxies: what a trusted one says of its caller is believed, from nobody else.

Without it every caller behind a proxy has the proxy's address, and a client that signed
``https://`` is refused, for the last hop is ``http://``.
"""

from collections.abc import MutableMapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from heli.kernel.outward import Network

Scope = MutableMapping[str, Any]


def seen_through(scope: Scope, trusted: Sequence[Network]) -> Scope:
    """The scope of a request as its caller made it.

    ``X-Forwarded-For`` is read from its end, past every trusted proxy; whatever stands before the
    first other address was written by somebody unknown. Of ``X-Forwarded-Proto`` the last value
    counts, which the nearest proxy wrote.

    Args:
        scope: As the server made it.
        trusted: Networks of proxies.
    """
    client = scope.get("client")
    nearest = _address(client[0]) if client else None
    if nearest is None or not _is_in(nearest, trusted):
        return scope
    found, given = nearest, _values(scope, b"x-forwarded-for")
    while given and _is_in(found, trusted):
        before = _address(given.pop())
        if before is None:
            break
        found = before
    changed = {**scope, "client": (str(found), client[1] if client and found == nearest else 0)}
    proto = _values(scope, b"x-forwarded-proto")[-1:]
    if proto and proto[0].lower() in {"http", "https"}:
        changed["scheme"] = proto[0].lower()
    return changed


def _values(scope: Scope, name: bytes) -> list[str]:
    lines = (value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name)
    return [part.strip() for line in lines for part in line.split(",")]


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip("[]"))
    except ValueError:
        return None


def _is_in(address: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
