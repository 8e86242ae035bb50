"""HTTP connections on which a whole call ends in time.

The timeouts of :mod:`httpx` hold for one step each, and a peer that sends a byte now and then
begins a new step with every byte. Here each step gets what :func:`heli.kernel.deadlines.ending`
leaves of the whole call, from the connection to the last byte; a call that runs out of time fails
as one that timed out, and its connection is closed. Only the name server's answer is not hurried.
"""

import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from heli.kernel.deadlines import left


class Backend(httpcore.SyncBackend):
    """Connects within what is left of the call."""

    def addresses(self, host: str, port: int) -> list[str]:
        """Where a name leads, in the order in which it is tried.

        Raises:
            ConnectError: The name is not known.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name is not known") from error
        return [str(entry[4][0]) for entry in found]

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers.

        Raises:
            ConnectError: None does.
            ConnectTimeout: None does in time.
        """
        failed: Exception = httpcore.ConnectError("the name has no address")
        for address in self.addresses(host, port):
            try:
                patience = _patience(timeout, httpcore.ConnectTimeout)
                return _Stream(
                    super().connect_tcp(address, port, patience, local_address, socket_options)
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _patience(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # The stream's own way of writing begins to wait anew with every part that is taken.
        line: socket.socket = self._inner.get_extra_info("socket")
        rest = memoryview(buffer)
        while rest:
            line.settimeout(_patience(timeout, httpcore.WriteTimeout))
            try:
                rest = rest[line.send(rest) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout(str(error)) from error
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        patience = _patience(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, patience))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _patience(timeout: float | None, late: type[Exception]) -> float | None:
    """How long one step may take.

    Raises:
        Exception: ``late``, where nothing is left.
    """
    seconds = left() if timeout is None else left(timeout)
    if not seconds:
        raise late("the whole call took too long")
    return None if seconds == float("inf") else seconds


class Transport(httpx.HTTPTransport):
    """Carries calls over such connections.

    Args:
        backend: Makes the connections.
        trusted: The authorities that vouch for hosts.
        most: How many connections at once.
    """

    def __init__(
        self,
        backend: Backend | None = None,
        *,
        trusted: ssl.SSLContext | None = None,
        most: int = 4,
    ) -> None:
        context = trusted or httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        self._pool.close()
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=most,
            max_keepalive_connections=8,
            keepalive_expiry=30,
            network_backend=backend or Backend(),
        )
