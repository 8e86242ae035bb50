"""Event logs in XES (IEEE 1849-2023), read event by event.

The document is never held: an event's element is dropped once it was read. Entities are not
resolved, no document type is loaded and nothing is fetched.
"""

import itertools
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from lxml import etree

from heli.cases.history.readers.common import Source, UnknownLogFormatError, UnreadableLogError

SIMPLE = frozenset({"string", "date", "int", "float", "boolean", "id"})


class XesLog:
    """An open XES log; the row number is the number of the event in the document."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.size = source.size
        events = self._events()
        first = next(events, None)
        if first is None:
            raise UnreadableLogError(path=source.path.name, row=1, reason="the log holds no event")
        self.columns: Sequence[str] = list(first)
        self._rows = itertools.chain([first], events)

    def rows(self, names: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
        """Event number and the values of the named attributes."""
        for number, attributes in enumerate(self._rows, 1):
            yield number, [attributes.get(name, "") for name in names]

    def position(self) -> int:
        """Bytes read so far, as stored."""
        return self._source.position()

    def _events(self) -> Iterator[dict[str, str]]:
        parser = etree.iterparse(
            self._source.stream,
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
        )
        count = 0
        case: dict[str, str] = {}
        seen_root = False
        try:
            for moment, element in parser:
                name = _local(element)
                if not seen_root:
                    self._require_log(name)
                    seen_root = True
                if moment == "start":
                    if name == "trace":
                        case = {}
                elif name == "event":
                    trace = element.getparent()
                    case.update(_attributes(trace, "case:"))
                    count += 1
                    yield {**case, **_attributes(element)}
                    _drop(trace)
                elif name == "trace":
                    _drop(element.getparent())
        except (etree.XMLSyntaxError, OSError, EOFError) as error:
            raise UnreadableLogError(
                path=self._source.path.name, row=count + 1, reason=error
            ) from error

    def _require_log(self, root: str) -> None:
        if root != "log":
            raise UnknownLogFormatError(
                path=self._source.path.name, found=f"XML with the root element <{root}>"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._source.close()


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _attributes(element: etree._Element | None, prefix: str = "") -> dict[str, str]:
    """The simple attributes directly below ``element``; nested ones are about those."""
    if element is None:
        return {}
    return {
        f"{prefix}{child.get('key')}": child.get("value", "")
        for child in element
        if _local(child) in SIMPLE
    }


def _drop(parent: etree._Element | None) -> None:
    """Forget everything below ``parent`` that was read."""
    if parent is not None:
        for child in list(parent):
            parent.remove(child)
