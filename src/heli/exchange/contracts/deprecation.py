"""What the gateway says of a version whose end is announced: RFC 9745, RFC 8594, RFC 8288."""

import threading
from collections.abc import Callable
from email.utils import format_datetime

from heli.exchange.contracts import selectors
from heli.exchange.models import Revision

Headers = tuple[tuple[bytes, bytes], ...]


class _Told:
    """Headers by address, read anew when the catalogue's revision has moved."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._revision = -1
        self._headers: dict[str, Headers] = {}

    def of(self, address: str, revision: Callable[[], int]) -> Headers:
        number = revision()
        if number != self._revision:
            with self._lock:
                if number != self._revision:
                    self._headers = {
                        each.resource.address: _headers(each) for each in selectors.endings()
                    }
                    self._revision = number
        return self._headers.get(address, ())


_told = _Told()


def revision_now() -> int:
    """The revision of the catalogue, by one small query."""
    return Revision.objects.values_list("number", flat=True).first() or 0


def headers(address: str, revision: Callable[[], int] = revision_now) -> Headers:
    """Header fields for answers of a resource; none while its version does not end.

    Args:
        address: Department and resource.
        revision: Gives the catalogue's revision, for callers that know it already.
    """
    return _told.of(address, revision)


def forget() -> None:
    """Read afresh next time."""
    _told._revision = -1


def _headers(ending: selectors.Ending) -> Headers:
    link = f"</api/v1/exchange/resources/{ending.resource.address}/versions/{ending.successor}>"
    return (
        (b"deprecation", f"@{int(ending.since.timestamp())}".encode()),
        (b"sunset", format_datetime(ending.sunset_at, usegmt=True).encode()),
        (b"link", f'{link}; rel="successor-version"'.encode()),
    )
