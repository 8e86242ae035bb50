"""The calls of a conformance test, and what can be said of an answer's form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from heli.engines.contracts.openapi import PROBLEM
from heli.errors import gettext_noop
from heli.exchange.conformance.report import Detail
from heli.kernel.outward import NoAnswerError, Outward, Reply

MOST_RECORDS = 20_000
MOST_PAGES = 2_000


class FormError(Exception):
    """An answer has not the promised form.

    Attributes:
        detail: What is wrong with it.
    """

    def __init__(self, message: str, **figures: Any) -> None:
        self.detail = Detail(message, figures)
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    Attributes:
        items: Its records.
        following: Cursor of the next page, ``None`` at the end.
        as_of: When the data was brought up to date, as it was written.
    """

    items: list[Mapping[str, Any]]
    following: str | None
    as_of: str


class Calls:
    """Calls an endpoint by the promised interface, and remembers how long each answer took."""

    def __init__(self, outward: Outward) -> None:
        self._outward = outward
        self.seconds: list[float] = []

    def send(self, method: str, path: str, **kwargs: Any) -> Reply:
        """Call once.

        Raises:
            FormError: There was no answer.
        """
        try:
            reply = self._outward.call(method, path, **kwargs)
        except NoAnswerError as error:
            raise FormError(
                gettext_noop("{call} was not answered: {reason}"),
                call=f"{method} {path}",
                reason=error.figures["reason"],
            ) from None
        self.seconds.append(reply.seconds)
        return reply

    def page(self, cursor: str | None, limit: int) -> Page:
        """One page of the list.

        Raises:
            FormError: It is none.
        """
        query = {"limit": str(limit)} | ({"cursor": cursor} if cursor is not None else {})
        reply = self.send("GET", "/records", query=query)
        document = _document(reply, "GET /records")
        items, following = document.get("items"), document.get("next", "absent")
        if not isinstance(items, list) or not all(isinstance(each, Mapping) for each in items):
            raise FormError(gettext_noop("“items” is not a list of objects"))
        if following is not None and (not isinstance(following, str) or "next" not in document):
            raise FormError(gettext_noop("“next” is neither text nor null"))
        if len(items) > limit:
            message = gettext_noop("a page of at most {limit} records holds {found}")
            raise FormError(message, limit=limit, found=len(items))
        return Page(items, following, as_of(document, reply))

    def records(
        self, limit: int, progress: Callable[[int], None] = lambda count: None
    ) -> tuple[list[Mapping[str, Any]], bool, str]:
        """All records by pages of at most ``limit``.

        Returns:
            The records, whether these are all, and the age told by the first page.

        Raises:
            FormError: A page is none, a cursor comes twice, or a page before the last is empty.
        """
        found: list[Mapping[str, Any]] = []
        seen: set[str] = set()
        cursor: str | None = None
        told = ""
        for number in range(MOST_PAGES):
            page = self.page(cursor, limit)
            told = told or page.as_of
            found += page.items
            progress(len(found))
            if page.following is None:
                return found, True, told
            if page.following in seen:
                raise FormError(gettext_noop("the pages lead in a circle"))
            if not page.items:
                message = gettext_noop("page {number} is empty though another follows")
                raise FormError(message, number=number + 1)
            seen.add(page.following)
            cursor = page.following
            if len(found) >= MOST_RECORDS:
                break
        return found, False, told

    def lookup(self, body: bytes) -> Reply:
        """Look a subject up."""
        return self.send("POST", "/lookup", body=body)


def _document(reply: Reply, call: str) -> Mapping[str, Any]:
    """The JSON object of a good answer.

    Raises:
        FormError: It is not 200, not JSON or no object.
    """
    if reply.status != 200:
        message = gettext_noop("{call} was answered with status {status}, not 200")
        raise FormError(message, call=call, status=reply.status)
    if reply.media_type != "application/json":
        message = gettext_noop("{call} was answered as {media}, not application/json")
        raise FormError(message, call=call, media=reply.media_type or "?")
    try:
        document = reply.json()
    except (ValueError, RecursionError):
        message = gettext_noop("the answer to {call} is not JSON")
        raise FormError(message, call=call) from None
    if not isinstance(document, Mapping):
        raise FormError(gettext_noop("the answer to {call} is not an object"), call=call)
    return document


def found(reply: Reply) -> Mapping[str, Any] | None:
    """The record of a lookup's answer, ``None`` where there is none.

    Raises:
        FormError: The answer has not the promised form.
    """
    document = _document(reply, "POST /lookup")
    data = document.get("data", "absent")
    if data is not None and not isinstance(data, Mapping):
        raise FormError(gettext_noop("“data” is neither an object nor null"))
    return data


def as_of(document: Mapping[str, Any], reply: Reply) -> str:
    """When the data was brought up to date, as the answer tells; empty where it does not."""
    told = document.get("as_of")
    return told if isinstance(told, str) else reply.headers.get("last-modified", "")


def problem_with(reply: Reply) -> Detail | None:
    """What is wrong with the answer to a mistake; ``None`` where it is as it should be."""
    if not 400 <= reply.status < 500:
        message = gettext_noop("it was answered with status {status}, not one from 400 to 499")
        return Detail(message, {"status": reply.status})
    if reply.media_type != PROBLEM:
        message = gettext_noop("it was answered as {media}, not application/problem+json")
        return Detail(message, {"media": reply.media_type or "?"})
    try:
        document = reply.json()
    except (ValueError, RecursionError):
        return Detail(gettext_noop("the problem is not JSON"))
    if not isinstance(document, Mapping) or not document.get("title"):
        return Detail(gettext_noop("the problem has no title"))
    if document.get("status") != reply.status:
        return Detail(gettext_noop("the problem names another status than the answer has"))
    return None
