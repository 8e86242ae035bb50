"""HTTP APIs that answer with JSON."""

import json
import ssl
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpx

from heli.engines.contracts import Contract
from heli.errors import BadInputError, gettext_noop
from heli.exchange.connectors.deadlines import LOOKUP_SECONDS
from heli.exchange.connectors.endpoints import endpoint
from heli.exchange.connectors.faults import ApiStatusError
from heli.exchange.connectors.snapshots import READ_SECONDS, SnapshotConnector
from heli.exchange.connectors.types import arrow_schema, checked_batch, checked_record
from heli.kernel.deadlines import ending
from heli.kernel.wire import Transport

MOST_BYTES = 32 * 1024 * 1024
MOST_PAGES = 100_000
REUSE_SECONDS = 60
BATCH_ROWS = 10_000
_PAGINGS = ("none", "page", "offset", "cursor", "link")
CONNECT_SECONDS = 3.0


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@lru_cache(maxsize=256)
def _client(_host: tuple[str, ...]) -> httpx.Client:
    """Each host has connections of its own, so that none waits for those of another."""
    return httpx.Client(
        transport=Transport(trusted=_trusted(), most=32), follow_redirects=False, trust_env=False
    )


class HttpConnector(SnapshotConnector):
    """Asks an API for one record, and reads all its pages where a list is wanted.

    Few APIs sort by a field of the caller's choice, so a list is read in as a whole, sorted here,
    and kept for :data:`REUSE_SECONDS`.

    Args:
        contract: Names the fields and the one that holds the subject.
        options: ``source`` and ``path`` of the list; ``records``, the dotted way to it in the
            answer; ``record_path`` with ``{subject}`` or else ``subject_parameter``, by which one
            record is asked for; ``paging``: ``kind`` (``none``, ``page``, ``offset``, ``cursor``,
            ``link``), ``parameter``, ``size_parameter``, ``size``, ``first``, and ``next``, the
            dotted way to the cursor; ``columns`` as dotted ways inside a record.

    Raises:
        BadInputError: An option is missing or unknown.
        SourceHostError: The operator has not allowed the host.
    """

    together = False

    def __init__(self, contract: Contract, options: Mapping[str, Any]) -> None:
        super().__init__(contract, options)
        self._endpoint = endpoint(options, "http")
        self._base = str(self._endpoint.location["url"]).rstrip("/")
        self._list = _path(options, "path")
        self._one = _path(options, "record_path") if "record_path" in options else ""
        self._parameter = str(options.get("subject_parameter", ""))
        if bool(self._parameter) == ("{subject}" in self._one):
            raise BadInputError(
                field="options",
                reason=gettext_noop("give either subject_parameter or record_path with {subject}"),
            )
        self._records = _way(options.get("records", ""))
        self._paging = _Paging(options.get("paging", {}))
        self._fields = [(field, _way(self._columns[field.name])) for field in contract.fields]
        self._taken = 0.0
        self._mark = ""
        self._marking = threading.Lock()

    def lookup(self, subject: str) -> dict[str, Any] | None:
        """The record of one subject, asked for by itself.

        Raises:
            OSError: The API does not answer in time, or gives what was not asked for.
        """
        if not subject:
            return None
        until = time.monotonic() + LOOKUP_SECONDS
        if self._one:
            url = self._base + self._one.replace("{subject}", quote(subject, safe=""))
            answer = self._get(url, {}, until, missing=True)
            found = [] if answer is None else [answer[0]]
        else:
            answer = self._get(self._base + self._list, {self._parameter: subject}, until)
            found = _items(answer[0] if answer else None, self._records)
        if not found:
            return None
        for item in found:
            record = checked_record(self._contract, self._named(item))
            if record[self._contract.subject_field.name] == subject:
                return record
        raise OSError("the API gave records of others than the one asked for")

    def peek(self, limit: int) -> list[dict[str, Any]]:
        """A few records as the API gives them.

        Raises:
            OSError: The API cannot be read.
        """
        return list(islice(self._all(time.monotonic() + LOOKUP_SECONDS), limit))

    def lacking(self) -> list[str]:
        """Nothing: what an API leaves out of one record it may give in another."""
        return []

    def _fresh_stamp(self) -> str:
        with self._marking:
            if not self._mark or time.monotonic() > self._taken + REUSE_SECONDS:
                self._mark, self._taken = uuid.uuid4().hex[:16], time.monotonic()
            return self._mark

    def _stamp(self) -> str:
        return self._mark

    def _write(self, target: Path) -> None:
        import pyarrow.parquet as pq

        names = self._contract.names
        with pq.ParquetWriter(target, arrow_schema(self._contract, names)) as writer:
            records = self._all(time.monotonic() + READ_SECONDS)
            while chunk := list(islice(records, BATCH_ROWS)):
                rows = [[record.get(name) for name in names] for record in chunk]
                writer.write_batch(checked_batch(self._contract, names, rows))

    def _all(self, until: float) -> Iterator[dict[str, Any]]:
        url, parameters = self._base + self._list, self._paging.begin()
        before: Any = None
        count = 0
        for number in range(MOST_PAGES):
            answer = self._get(url, parameters, until)
            items = _items(answer[0] if answer else None, self._records)
            # A cursor that leads in a circle, or a parameter that the API does not know.
            if items and items == before:
                raise OSError("the API gave the same page again")
            before, count = items, count + len(items)
            for item in items:
                yield self._named(item)
            following = self._paging.after(number, count, items, *(answer or (None, None)))
            if following is None:
                return
            link, parameters = following
            url = self._same_host(urljoin(url, link)) if link else url
        raise OSError(f"the API has more than {MOST_PAGES} pages")

    def _same_host(self, url: str) -> str:
        if urlsplit(url)[:2] != urlsplit(self._base)[:2]:
            raise OSError("the API leads to another host")
        return url

    def _named(self, item: Any) -> dict[str, Any]:
        if not isinstance(item, Mapping):
            raise OSError(gettext_noop("the API's list holds something else than objects"))
        return {field.name: _follow(item, way) for field, way in self._fields}

    def _get(
        self, url: str, parameters: Mapping[str, str], until: float, *, missing: bool = False
    ) -> tuple[Any, str | None] | None:
        """The JSON at an address and its link to the next page; ``None`` where it is missing.

        Raises:
            OSError: There is no such answer in time.
        """
        place = self._endpoint.location
        headers = {"Accept": "application/json"}
        if self._endpoint.secret:
            scheme = str(place.get("scheme", ""))
            headers[str(place.get("header") or "Authorization")] = (
                f"{scheme} {self._endpoint.secret}".strip()
            )
        try:
            with (
                ending(until - time.monotonic()),
                _client(urlsplit(url)[:2]).stream(
                    "GET", url, params=parameters or None, headers=headers, timeout=_patience(until)
                ) as answer,
            ):
                if missing and answer.status_code == httpx.codes.NOT_FOUND:
                    return None
                if answer.status_code != httpx.codes.OK:
                    raise ApiStatusError(answer.status_code)
                body = _read(answer)
                return json.loads(body), answer.links.get("next", {}).get("url")
        except httpx.HTTPError as error:
            if isinstance(error, httpx.TimeoutException) and time.monotonic() >= until:
                raise TimeoutError("the API did not finish its answer in time") from error
            raise OSError(f"the API did not answer: {type(error).__name__}") from error
        except ValueError as error:
            raise OSError(gettext_noop("the API's answer is not JSON")) from error


class _Paging:
    """How an API is asked for the next page."""

    def __init__(self, options: Any) -> None:
        given = options if isinstance(options, Mapping) else {}
        self._kind = str(given.get("kind", "none"))
        self._parameter = str(given.get("parameter", self._kind))
        self._size_parameter = str(given.get("size_parameter", ""))
        self._next = _way(given.get("next", ""))
        size, first = given.get("size", 100), given.get("first", 1)
        if (
            self._kind not in _PAGINGS
            or not isinstance(size, int)
            or not isinstance(first, int)
            or not 1 <= size <= 10_000
            or (self._kind == "cursor" and not self._next)
        ):
            raise BadInputError(field="options", reason=gettext_noop("paging cannot be understood"))
        self._size, self._first = size, first

    def begin(self) -> dict[str, str]:
        """Parameters of the first page."""
        sized = {self._size_parameter: str(self._size)} if self._size_parameter else {}
        start = {"page": {self._parameter: str(self._first)}, "offset": {self._parameter: "0"}}
        return sized | start.get(self._kind, {})

    def after(
        self, number: int, count: int, items: list[Any], body: Any, link: str | None
    ) -> tuple[str, dict[str, str]] | None:
        """Address, where it is another, and parameters of the page after this; ``None``: none."""
        if self._kind == "link":
            return (link, {}) if link else None
        if self._kind == "cursor":
            cursor = _follow(body, self._next)
            return ("", self.begin() | {self._parameter: str(cursor)}) if cursor else None
        if self._kind == "none" or not items:
            return None
        place = self._first + number + 1 if self._kind == "page" else count
        return "", self.begin() | {self._parameter: str(place)}


def _patience(until: float) -> httpx.Timeout:
    """How long one step of a call may take."""
    left = max(0.1, min(LOOKUP_SECONDS, until - time.monotonic()))
    return httpx.Timeout(left, connect=min(left, CONNECT_SECONDS))


def _read(answer: httpx.Response) -> bytes:
    parts, size = [], 0
    for part in answer.iter_bytes():
        size += len(part)
        if size > MOST_BYTES:
            raise OSError(f"the API's answer is longer than {MOST_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def _path(options: Mapping[str, Any], name: str) -> str:
    path = options.get(name)
    if not isinstance(path, str) or not path.startswith("/") or "//" in path or ".." in path:
        raise BadInputError(
            field="options", reason=gettext_noop("path must begin with a slash, like /v1/beds")
        )
    return path


def _way(text: Any) -> tuple[str, ...]:
    return tuple(str(text).split(".")) if text else ()


def _follow(body: Any, way: tuple[str, ...]) -> Any:
    for name in way:
        body = body.get(name) if isinstance(body, Mapping) else None
    return body


def _items(body: Any, way: tuple[str, ...]) -> list[Any]:
    found = _follow(body, way)
    if not isinstance(found, list):
        raise OSError(gettext_noop("the API's answer holds no list where the records should be"))
    return found
