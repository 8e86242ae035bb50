"""Event logs in XES (IEEE 1849-2023), read event by event.

XES has no header, and an event leaves out what it has no value for. The file is therefore read
twice: once for the names of its attributes, once for its events. The document is never held: an
event's element is dropped once it was read. Entities are not resolved, no document type is loaded
and nothing is fetched.
"""

from collections.abc import Iterable, Iterator, Sequence
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
        self.columns: Sequence[str] = self._survey()

    def rows(self, names: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
        """Event number and the values of the named attributes."""
        for number, attributes in enumerate(self._events({}), 1):
            yield number, [attributes.get(name, "") for name in names]

    def position(self) -> int:
        """Bytes read so far, as stored."""
        return self._source.position()

    def _survey(self) -> Sequence[str]:
        """Every attribute that is declared for all traces or events, or that one of them has."""
        names: dict[str, None] = {}
        found = False
        try:
            for attributes in self._events(names):
                found = True
                names.update(dict.fromkeys(attributes))
        except UnreadableLogError:
            # Where the file breaks off later, its events up to there can still be read.
            if not found:
                raise
        if not found:
            reason = "the log holds no event"
            raise UnreadableLogError(path=self._source.path.name, row=1, reason=reason)
        return list(names)

    def _events(self, declared: dict[str, None]) -> Iterator[dict[str, str]]:
        """The attributes of each event and its trace; ``declared`` gets the global ones' names."""
        self._source.stream.seek(0)
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
        try:
            self._require_log(_local(next(parser)[1]))
            for moment, element in parser:
                name = _local(element)
                if moment == "start":
                    if name == "trace":
                        case = {}
                elif name == "event":
                    trace = element.getparent()
                    case.update(_attributes(trace, "case:"))
                    count += 1
                    yield {**case, **_attributes(element)}
                    _drop(trace)
                elif name == "global":
                    declared.update(dict.fromkeys(_declared(element)))
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


def _declared(element: etree._Element) -> Iterable[str]:
    """The names in a list of global attributes.

    Their values are what a new event would be given; they stand for no value that is missing.
    """
    return _attributes(element, "case:" if element.get("scope") == "trace" else "")


def _drop(parent: etree._Element | None) -> None:
    """Forget everything below ``parent`` that was read."""
    if parent is not None:
        for child in list(parent):
            parent.remove(child)
