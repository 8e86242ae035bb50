"""Keep the message catalogues of every room in step with its sources.

    python -m tools.translations update [ROOM ...]    extract and merge; translations are kept
    python -m tools.translations check [ROOM ...]     exit 1 and say what is missing or wrong
    python -m tools.translations compile [ROOM ...]   write the .mo files that Django reads

A room is a package under ``src/heli``; an engine is named ``engines/bpmn`` (or just ``bpmn``) and
owns its catalogue. Messages of modules directly under ``src/heli`` belong to ``kernel``. Babel
does the work, so no gettext programs need to be installed.
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
HELI = ROOT / "src" / "heli"
LOCALE = "zh_Hans"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
HEADER = (
    'msgid ""\n'
    'msgstr ""\n'
    f'"Language: {LOCALE}\\n"\n'
    '"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Content-Transfer-Encoding: 8bit\\n"\n'
    '"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
)
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sdf]|(?<!\{)\{[\w.]*[^{}]*\}(?!\})")
SKIPPED = {"migrations", "static", "locale", "__pycache__"}


@dataclass(frozen=True)
class Room:
    """A folder that owns one catalogue, and the modules that belong to it from elsewhere."""

    name: str
    folder: Path

    @property
    def po(self) -> Path:
        """Where the translations are kept."""
        return self.folder / "locale" / LOCALE / "LC_MESSAGES" / "django.po"

    def sources(self) -> Iterator[Path]:
        """Python modules and templates whose messages belong to this room, in a fixed order."""
        if self.name == "kernel":
            yield from sorted(HELI.glob("*.py"))
        for path in sorted(self.folder.rglob("*")):
            inside = path.relative_to(self.folder).parts[:-1]
            wanted = path.suffix == ".py" or (
                path.suffix in {".html", ".txt"} and "templates" in inside
            )
            if wanted and SKIPPED.isdisjoint(inside):
                yield path


def rooms() -> list[Room]:
    """Every room and engine, by name."""
    found = []
    for folder in sorted(HELI.iterdir()):
        if folder.name == "engines":
            found += [
                Room(f"engines/{engine.name}", engine)
                for engine in sorted(folder.iterdir())
                if (engine / "__init__.py").exists()
            ]
        elif (folder / "__init__.py").exists():
            found.append(Room(folder.name, folder))
    return found


def chosen(names: list[str]) -> list[Room]:
    """The rooms with these names; all of them when no name is given."""
    everything = {room.name: room for room in rooms()}
    everything |= {room.folder.name: room for room in rooms()}
    if unknown := [name for name in names if name not in everything]:
        raise SystemExit(f"no such room: {', '.join(unknown)} (known: {', '.join(everything)})")
    return [everything[name] for name in names] if names else rooms()


def _python_text(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    pseudo = templatize(text, origin=str(path.relative_to(ROOT)))
    # The blanked-out markup is not Python: its indentation would trip the tokenizer.
    return "\n".join(line.lstrip() for line in pseudo.splitlines())


def extract(room: Room) -> Catalog:
    """All messages in the sources of ``room``, without translations."""
    catalog = Catalog(locale=LOCALE, charset="utf-8")
    for path in room.sources():
        stream = io.BytesIO(_python_text(path).encode())
        for line, function, found, comments in extract_python(
            stream, KEYWORDS.keys(), ["Translators:"], {"encoding": "utf-8"}
        ):
            entry = _entry(KEYWORDS.get(function), found)
            if entry:
                message_id, context = entry
                where = [(path.relative_to(ROOT).as_posix(), line)]
                catalog.add(message_id, locations=where, context=context, auto_comments=comments)
    return catalog


def _entry(spec: tuple | None, found: object) -> tuple[str | tuple[str, str], str | None] | None:
    arguments = list(found) if isinstance(found, (list, tuple)) else [found]
    if spec is None:
        texts, context = arguments[:1], None
    else:
        context = arguments.pop(0) if isinstance(spec[0], tuple) else None
        texts = arguments[: len(spec) - (context is not None)]
    if not texts or not all(isinstance(text, str) and text for text in texts):
        return None
    return (texts[0] if len(texts) == 1 else (texts[0], texts[1])), context


def stored(room: Room) -> Catalog:
    """The catalogue as kept on disk; empty when there is none yet."""
    if not room.po.exists():
        return Catalog(locale=LOCALE)
    with room.po.open("rb") as stream:
        return read_po(stream, locale=LOCALE, charset="utf-8")


def update(room: Room) -> str:
    """Merge newly extracted messages into the catalogue and write it; say what changed."""
    fresh, old = extract(room), stored(room)
    before = {_key(message) for message in old if message.id}
    for message in fresh:
        kept = old.get(message.id, message.context) if message.id else None
        if kept is not None and _shape(kept) == _shape(message):
            message.string, message.user_comments = kept.string, kept.user_comments
            message.flags |= kept.flags & {"fuzzy"}
    after = {_key(message) for message in fresh if message.id}
    if not after and not room.po.exists():
        return f"{room.name}: no messages"
    buffer = io.BytesIO()
    write_po(buffer, fresh, width=100, omit_header=True, sort_by_file=True, include_lineno=False)
    room.po.parent.mkdir(parents=True, exist_ok=True)
    room.po.write_text(HEADER + buffer.getvalue().decode(), encoding="utf-8")
    missing = sum(1 for message in fresh if message.id and not _translated(message))
    return (
        f"{room.name}: {len(after)} messages, {len(after - before)} new, "
        f"{len(before - after)} dropped, {missing} to translate"
    )


def _key(message: Message) -> tuple[object, str | None]:
    return message.id, message.context


def _shape(message: Message) -> int:
    return len(message.id) if isinstance(message.id, tuple) else 0


def _strings(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple) else [message.string or ""]


def _translated(message: Message) -> bool:
    return all(_strings(message))


def _placeholders_differ(message: Message) -> bool:
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    wanted = sorted(PLACEHOLDER.findall(ids[-1]))
    return any(sorted(PLACEHOLDER.findall(text)) != wanted for text in _strings(message))


def problems(room: Room) -> Iterator[str]:
    """Say, one line each, what keeps the catalogue of ``room`` from being complete."""
    fresh, old = extract(room), stored(room)
    wanted = {_key(message) for message in fresh if message.id}
    for key in sorted(wanted - {_key(message) for message in old}, key=str):
        yield f"{room.name}: not in the catalogue (run update): {key[0]!r}"
    for message in old:
        if not message.id:
            continue
        if _key(message) not in wanted:
            yield f"{room.name}: obsolete (run update): {message.id!r}"
        elif not _translated(message):
            yield f"{room.name}: not translated: {message.id!r}"
        elif message.fuzzy:
            yield f"{room.name}: fuzzy: {message.id!r}"
        elif _placeholders_differ(message):
            yield f"{room.name}: placeholders differ: {message.id!r} -> {message.string!r}"


def contradictions() -> Iterator[str]:
    """Messages that two rooms translate differently: Django would silently pick one of them."""
    first: dict[tuple[object, str | None], tuple[str, object]] = {}
    for room in rooms():
        for message in stored(room):
            if not message.id or not _translated(message):
                continue
            other, text = first.setdefault(_key(message), (room.name, message.string))
            if text != message.string:
                yield (
                    f"{room.name}: {message.id!r} is {message.string!r} here and {text!r} in "
                    f"{other}: agree, or tell them apart with pgettext"
                )


def check(selection: list[Room], whole: bool) -> int:
    """Print every problem; 1 when there is any."""
    found = [line for room in selection for line in problems(room)]
    if whole:
        found += contradictions()
    print("\n".join(found) if found else f"{len(selection)} catalogues complete")
    return 1 if found else 0


def compile_room(room: Room) -> bool:
    """Write the .mo beside the .po unless it is up to date; tell whether it was written."""
    mo = room.po.with_suffix(".mo")
    if not room.po.exists() or (mo.exists() and mo.stat().st_mtime >= room.po.stat().st_mtime):
        return False
    buffer = io.BytesIO()
    write_mo(buffer, stored(room))
    mo.write_bytes(buffer.getvalue())
    return True


def main(arguments: list[str] | None = None) -> int:
    """Run one of the three verbs."""
    parser = argparse.ArgumentParser(prog="python -m tools.translations", description=__doc__)
    parser.add_argument("verb", choices=["update", "check", "compile"])
    parser.add_argument("room", nargs="*")
    options = parser.parse_args(arguments)
    selection = chosen(options.room)
    if options.verb == "update":
        for room in selection:
            print(update(room))
        return 0
    if options.verb == "check":
        return check(selection, whole=not options.room)
    print(f"{sum([compile_room(room) for room in selection])} catalogues compiled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
