"""Following a log from outside, over HTTP, with nothing but public keys: C2SP tlog-tiles.

A pass fetches the checkpoint, checks its signatures and its quorum, then every new entry and tile,
and computes the root anew. What is kept between passes is the compact form of the tree seen last,
so each pass proves that the log only grew.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx

from heli.engines.translog import (
    HASH_SIZE,
    TILE_WIDTH,
    Checkpoint,
    CompactRange,
    Cosignature,
    Note,
    NoteError,
    QuorumError,
    SignatureError,
    TileId,
    TrustedKeys,
    leaf_hash,
    tile_width,
)
from heli.engines.translog.encoding import decode64, encode64
from heli.engines.translog.hashing import perfect_root
from heli.engines.translog.tiles import split_hashes
from heli.errors import BadInputError, HeliError, gettext_noop
from heli.kernel import clock

TIMEOUT = 20.0
MAX_BYTES = 32 * 1024 * 1024
_FORMAT = "heli-monitor-state"


class LogUnreachableError(HeliError):
    """The log does not answer, so nothing can be said about it."""

    code = "ledger.log_unreachable"
    status = 503
    message = gettext_noop("The log at {url} does not answer: {reason}.")
    remedy = gettext_noop("Check the address and the network, and run the monitor again.")


class MonitorStateError(BadInputError):
    """The file with what was seen last cannot be used."""

    code = "ledger.monitor_state"
    message = gettext_noop("The state file {path} cannot be used: {reason}.")
    remedy = gettext_noop("Restore it from its backup; without it, the past is not compared.")


class Kind(StrEnum):
    """What a monitor can find."""

    SIGNATURE = "signature"
    """The checkpoint is not signed as the keys demand, or is none."""
    QUORUM = "quorum"
    """Too few witnesses cosigned it."""
    STALE = "stale"
    """The newest cosignature is older than allowed."""
    ROLLBACK = "rollback"
    """The log is shorter than it was."""
    FORK = "fork"
    """The entries seen before are not the beginning of the log any more."""
    TILE = "tile"
    """A tile or entry is missing, or is not what the tree holds."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something about a log that does not hold, with what proves it.

    Attributes:
        kind: What it is.
        detail: The same in words, with the figures.
        now: The checkpoint served now.
        before: The one seen last.
        resource: The tile or entries concerned, as a path below the log's address.
    """

    kind: Kind
    detail: str
    now: str = ""
    before: str = ""
    resource: str = ""

    def as_dict(self) -> dict[str, str]:
        """For machines."""
        return {
            "kind": self.kind.value,
            "detail": self.detail,
            "resource": self.resource,
            "checkpoint": self.now,
            "checkpoint_before": self.before,
        }


class FaultError(Exception):
    """A pass found a fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.detail)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a log last: its tree in compact form, and the checkpoint over it."""

    tree: CompactRange = field(default_factory=CompactRange)
    note: str = ""

    @classmethod
    def load(cls, path: Path) -> "Seen":
        """Read a state file; a missing one stands for nothing seen yet.

        Raises:
            MonitorStateError: It is damaged.
        """
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            hashes = tuple(decode64(each) for each in document["hashes"])
            tree, note = CompactRange(int(document["size"]), hashes), str(document["checkpoint"])
            fits = len(hashes) == tree.size.bit_count() and document["format"] == _FORMAT
            if not fits or Checkpoint.parse(Note.parse(note).text).root != tree.root():
                raise ValueError("it contradicts itself")
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, TypeError, NoteError) as error:
            raise MonitorStateError(path=str(path), reason=str(error)) from error
        return cls(tree, note)

    def save(self, path: Path) -> None:
        """Keep it, replacing the file whole."""
        document = {
            "format": _FORMAT,
            "size": self.tree.size,
            "hashes": [encode64(each) for each in self.tree.hashes],
            "checkpoint": self.note,
        }
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        fresh.replace(path)


@dataclass(frozen=True, slots=True)
class Passed:
    """A pass without fault.

    Attributes:
        seen: What is to be remembered.
        cosignatures: Trusted witnesses that signed, and when.
        entries: Entries that were new.
        tiles: Tiles computed anew.
    """

    seen: Seen
    cosignatures: tuple[Cosignature, ...]
    entries: int
    tiles: int


class Monitor:
    """Looks at one log.

    Args:
        url: The log's address: ``checkpoint`` and ``tile/…`` lie below it.
        keys: Whom to trust.
        max_age: Seconds that the newest cosignature may be old; 0 for any.
    """

    def __init__(self, url: str, keys: TrustedKeys, *, max_age: float = 0) -> None:
        self._url, self._keys, self._max_age = url.rstrip("/"), keys, max_age
        self._tiles = 0

    def look(self, seen: Seen) -> Passed:
        """One pass.

        Raises:
            FaultError: Something does not hold.
            LogUnreachableError: The log does not answer.
        """
        self._tiles = 0
        text = fetch(f"{self._url}/checkpoint")
        if text is None:
            if not seen.note:
                raise LogUnreachableError(url=self._url, reason="there is no log at this address")
            raise FaultError(Fault(Kind.SIGNATURE, "there is no checkpoint", before=seen.note))
        note, head, found = self._checked(text, seen)
        tree = self._grown(seen, head, str(note))
        if tree.root() != head.root:
            detail = f"the {head.size} entries served do not have the root that was signed"
            if seen.tree.size:
                detail += f", or do not begin with the {seen.tree.size} entries seen before"
            raise FaultError(Fault(Kind.FORK, detail, str(note), seen.note))
        entries = head.size - seen.tree.size
        return Passed(Seen(tree, str(note)), tuple(found), entries, self._tiles)

    def _checked(self, raw: bytes, seen: Seen) -> tuple[Note, Checkpoint, list[Cosignature]]:
        """The checkpoint, with its signatures, its quorum, its age and its size checked."""
        text = raw.decode(errors="replace")
        try:
            note = Note.parse(text)
            head, found = self._keys.check(note)
        except QuorumError as error:
            raise FaultError(Fault(Kind.QUORUM, error.detail(), text, seen.note)) from error
        except (NoteError, SignatureError) as error:
            raise FaultError(Fault(Kind.SIGNATURE, error.detail(), text, seen.note)) from error
        if head.size < seen.tree.size:
            detail = f"it had {seen.tree.size} entries and now has {head.size}"
            raise FaultError(Fault(Kind.ROLLBACK, detail, text, seen.note))
        if head.size == seen.tree.size and head.root != seen.tree.root():
            detail = f"two roots were signed for {head.size} entries"
            raise FaultError(Fault(Kind.FORK, detail, text, seen.note))
        age = clock.now().timestamp() - max((each.time for each in found), default=0)
        if self._max_age and age > self._max_age:
            detail = f"the newest cosignature is {age:.0f} s old"
            raise FaultError(Fault(Kind.STALE, detail, text, seen.note))
        return note, head, found

    def _grown(self, seen: Seen, head: Checkpoint, note: str) -> CompactRange:
        """The tree of the entries seen before and of the new ones, each fetched and hashed."""
        tree, upper = seen.tree, _Upper()
        first = tree.size // TILE_WIDTH
        for index in range(first, -(-head.size // TILE_WIDTH)):
            if head.size == seen.tree.size:
                break
            tile = TileId(0, index)
            hashes = self._leaf_tile(tile, head, note)
            known = max(0, tree.size - index * TILE_WIDTH)
            if known and not _continues(seen.tree, hashes[:known]):
                detail = f"{tile.path(len(hashes))} no longer begins as it did"
                raise FaultError(Fault(Kind.FORK, detail, note, seen.note, tile.path(len(hashes))))
            tree = tree.extend(hashes[known:])
            if len(hashes) == TILE_WIDTH:
                upper.add(index, perfect_root(hashes))
        for tile, expected in upper.expected(head.size):
            self._upper_tile(tile, expected, head, note)
        return tree

    def _leaf_tile(self, tile: TileId, head: Checkpoint, note: str) -> list[bytes]:
        """The hashes of a tile of leaves, each computed from its entry."""
        width = tile_width(tile, head.size)
        hashes = split_hashes(self._tile(tile, width, note))
        entries = self._entries(tile.index, width, note)
        for place, (hashed, entry) in enumerate(zip(hashes, entries, strict=True)):
            if leaf_hash(entry) != hashed:
                detail = (
                    f"entry {tile.index * TILE_WIDTH + place} does not have the hash in its tile"
                )
                raise FaultError(Fault(Kind.TILE, detail, note, resource=tile.path(width)))
        return hashes

    def _upper_tile(
        self, tile: TileId, expected: dict[int, bytes], head: Checkpoint, note: str
    ) -> None:
        width = tile_width(tile, head.size)
        hashes = split_hashes(self._tile(tile, width, note))
        for place, value in expected.items():
            if hashes[place] != value:
                detail = f"{tile.path(width)} does not follow from the tiles below it"
                raise FaultError(Fault(Kind.TILE, detail, note, resource=tile.path(width)))

    def _tile(self, tile: TileId, width: int, note: str) -> bytes:
        data = fetch(f"{self._url}/{tile.path(width)}") or b""
        if len(data) != width * HASH_SIZE:
            detail = f"{tile.path(width)} has {len(data)} bytes, not {width * HASH_SIZE}"
            raise FaultError(Fault(Kind.TILE, detail, note, resource=tile.path(width)))
        self._tiles += 1
        return data

    def _entries(self, index: int, width: int, note: str) -> list[bytes]:
        """The entries of a bundle: each behind its length in two bytes."""
        path = entries_path(index, width)
        data, found, at = fetch(f"{self._url}/{path}") or b"", [], 0
        while at < len(data):
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            found.append(data[at + 2 : end])
            at = end
        if len(found) != width or at != len(data):
            detail = f"{path} has {len(found)} entries, not {width}"
            raise FaultError(Fault(Kind.TILE, detail, note, resource=path))
        return found


@dataclass(slots=True)
class _Upper:
    """Hashes that tiles above the leaves must hold, computed from those below."""

    rows: dict[TileId, dict[int, bytes]] = field(default_factory=dict)

    def add(self, index: int, root: bytes, level: int = 1) -> None:
        """Take in the root of a full tile: the ``index``-th hash of its level."""
        tile, place = TileId(level, index // TILE_WIDTH), index % TILE_WIDTH
        row = self.rows.setdefault(tile, {})
        row[place] = root
        if len(row) == TILE_WIDTH:
            hashes = [row[each] for each in range(TILE_WIDTH)]
            self.add(tile.index, perfect_root(hashes), level + 1)

    def expected(self, size: int) -> Iterator[tuple[TileId, dict[int, bytes]]]:
        """Tiles with the hashes they must hold."""
        for tile, row in self.rows.items():
            if tile_width(tile, size):
                yield tile, row


def _continues(tree: CompactRange, hashes: list[bytes]) -> bool:
    """Whether the leaves in the last, partial tile are those the tree was computed from."""
    part = CompactRange().extend(hashes)
    return tree.hashes[len(tree.hashes) - len(part.hashes) :] == part.hashes


def entries_path(index: int, width: int) -> str:
    """Path of a bundle of entries below the log's address."""
    return TileId(0, index).path(width).replace("tile/0/", "tile/entries/", 1)


def fetch(url: str) -> bytes | None:
    """What lies at an address; None where there is nothing.

    Raises:
        LogUnreachableError: No answer, or another status than 200 or 404.
    """
    try:
        with httpx.stream("GET", url, timeout=TIMEOUT, follow_redirects=True) as answer:
            if answer.status_code == 404:
                return None
            if answer.status_code != 200:
                raise LogUnreachableError(url=url, reason=f"status {answer.status_code}")
            data = bytearray()
            for chunk in answer.iter_bytes():
                data += chunk
                if len(data) > MAX_BYTES:
                    raise LogUnreachableError(url=url, reason=f"more than {MAX_BYTES} bytes")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise LogUnreachableError(url=url, reason=str(error) or type(error).__name__) from error
    return bytes(data)


def published_keys(url: str) -> TrustedKeys:
    """The keys a log publishes itself; whoever trusts them trusts the log.

    Raises:
        LogUnreachableError: It does not answer.
        KeysError: They are malformed.
    """
    text = fetch(f"{url.rstrip('/')}/keys")
    if text is None:
        raise LogUnreachableError(url=url, reason="it publishes no keys")
    return TrustedKeys.parse(text.decode(errors="replace"))


def described(passed: Passed) -> dict[str, Any]:
    """A pass for machines."""
    return {
        "size": passed.seen.tree.size,
        "new_entries": passed.entries,
        "tiles": passed.tiles,
        "root": encode64(passed.seen.tree.root()),
        "cosigned": [each.witness.name for each in passed.cosignatures],
        "at": clock.now().isoformat(timespec="seconds"),
    }
