"""Calling addresses that somebody typed in, without becoming their hand inside the network.

Only http and https, no redirects, no credentials in the address, limits on size and time. The
address that a name stands for is looked up once, checked, and that very address is connected to, so
that no second answer of a name server leads elsewhere. Private, loopback and link-local addresses
are refused unless the operator names their network.
"""

import ipaddress
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import httpx

from heli.errors import BadInputError, HeliError, gettext_noop
from heli.kernel.deadlines import ending
from heli.kernel.wire import Backend, Transport

MOST_BYTES = 8 * 1024 * 1024
MOST_SECONDS = 20.0
CONNECT_SECONDS = 5.0

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class AddressRefusedError(BadInputError):
    """An address that may not be called."""

    code = "outward.refused"
    message = gettext_noop("The address may not be called: {reason}.")
    remedy = gettext_noop(
        "Give an http or https address of a public host, or ask the operator to allow its network."
    )


class NoAnswerError(HeliError):
    """Nobody answered, or not as HTTP, or too late, or too much."""

    code = "outward.no_answer"
    status = 502
    message = gettext_noop("The address did not answer: {reason}.")
    remedy = gettext_noop("See whether the service runs and can be reached from here.")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes:
        status: HTTP status.
        headers: Header fields, names in lower case.
        body: All of it.
        seconds: From sending to the last byte.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    @property
    def media_type(self) -> str:
        """Media type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: It is not.
        """
        return json.loads(self.body)


def networks(names: Iterable[str]) -> tuple[Network, ...]:
    """Networks as they are written in a setting.

    Raises:
        ValueError: One is none.
    """
    return tuple(ipaddress.ip_network(name.strip()) for name in names if name.strip())


def check_url(url: str) -> None:
    """Refuse an address by how it is written.

    Raises:
        AddressRefusedError: Not http or https, no host, or with a password, a query or a fragment.
    """
    try:
        parts = urlsplit(url)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        raise AddressRefusedError(field="url", reason=gettext_noop("it is no address")) from None
    for wrong, reason in (
        (parts.scheme not in ("http", "https"), gettext_noop("it is neither http nor https")),
        (not parts.hostname or not port_ok, gettext_noop("it names no host")),
        (parts.username is not None, gettext_noop("it carries a name or password")),
        (bool(parts.query or parts.fragment), gettext_noop("it carries a query or a fragment")),
        (not url.isascii() or any(c.isspace() for c in url), gettext_noop("it is no address")),
    ):
        if wrong:
            raise AddressRefusedError(field="url", reason=reason)


class _Backend(Backend):
    """Connects to the address that was checked."""

    def __init__(self, allowed: tuple[Network, ...] | None) -> None:
        self._allowed = allowed

    def addresses(self, host: str, port: int) -> list[str]:
        """The first address of a name of which every address may be called.

        Raises:
            AddressRefusedError: One may not.
            ConnectError: The name is not known.
        """
        found = [
            ipaddress.ip_address(name.partition("%")[0]) for name in super().addresses(host, port)
        ]
        for address in found:
            if not self._may(address):
                reason = gettext_noop("it leads into a private network")
                raise AddressRefusedError(field="url", reason=reason)
        return [str(address) for address in found[:1]]

    def _may(self, address: Address) -> bool:
        if self._allowed is None:
            return True
        mapped = getattr(address, "ipv4_mapped", None) or address
        if mapped.is_global and not mapped.is_multicast:
            return True
        return any(mapped in network for network in self._allowed)


class Outward:
    """A client for one service; a context manager.

    Args:
        base: Address that all calls begin with.
        allowed: Private networks that may be called; ``None`` allows every address, for commands
            that their operator runs.
        headers: Sent with every call, for example a key.
        most_seconds: Longest time for one call, from begin to end.
        most_bytes: Largest answer.
        transport: Carries the calls instead of the network, where they stay in this process.

    Raises:
        AddressRefusedError: ``base`` is not written as an address that may be called.
    """

    def __init__(
        self,
        base: str,
        *,
        allowed: tuple[Network, ...] | None = (),
        headers: Mapping[str, str] | None = None,
        most_seconds: float = MOST_SECONDS,
        most_bytes: int = MOST_BYTES,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        check_url(base)
        self._base = base.rstrip("/")
        self._most_seconds, self._most_bytes = most_seconds, most_bytes
        self._client = httpx.Client(
            transport=transport or Transport(_Backend(allowed)),
            timeout=httpx.Timeout(most_seconds, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            headers={"Accept": "application/json, application/problem+json", **(headers or {})},
        )

    def __enter__(self) -> "Outward":
        """Itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close its connections."""
        self._client.close()

    def call(
        self,
        method: str,
        path: str = "",
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        media_type: str = "application/json",
    ) -> Reply:
        """Call once.

        Raises:
            AddressRefusedError: The name leads into a network that is not allowed.
            NoAnswerError: No answer, too late, or larger than allowed.
        """
        began = time.monotonic()
        headers = {"Content-Type": media_type} if body is not None else {}
        try:
            with (
                ending(self._most_seconds),
                self._client.stream(
                    method, self._base + path, params=query, content=body, headers=headers
                ) as answer,
            ):
                content = self._read(answer, began)
                found = {name.lower(): value for name, value in answer.headers.items()}
                return Reply(answer.status_code, found, content, time.monotonic() - began)
        except httpx.TimeoutException:
            raise NoAnswerError(reason=gettext_noop("it took too long")) from None
        except httpx.ConnectError:
            raise NoAnswerError(reason=gettext_noop("nobody listens there")) from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise NoAnswerError(reason=gettext_noop("it broke off or is no HTTP")) from None

    def _read(self, answer: httpx.Response, began: float) -> bytes:
        parts, size = [], 0
        for chunk in answer.iter_bytes():
            parts.append(chunk)
            size += len(chunk)
            if size > self._most_bytes:
                raise NoAnswerError(reason=gettext_noop("the answer is too large"))
            if time.monotonic() - began > self._most_seconds:
                raise NoAnswerError(reason=gettext_noop("it took too long"))
        return b"".join(parts)
