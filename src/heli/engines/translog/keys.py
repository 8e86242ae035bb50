"""Whom to trust: the keys file, a C2SP tlog-policy of logs, witnesses, groups and a quorum."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from heli.engines.translog.algorithms import Algorithm
from heli.engines.translog.checkpoints import (
    Checkpoint,
    Cosignature,
    cosignatures,
    open_checkpoint,
)
from heli.engines.translog.errors import KeysError, NoteError, QuorumError
from heli.engines.translog.notes import (
    LOG_KEYS,
    WITNESS_KEYS,
    Note,
    SignatureType,
    VerifierKey,
)

NO_QUORUM = "none"


@dataclass(frozen=True, slots=True)
class Group:
    """Counts as a witness when at least ``threshold`` of ``members`` have cosigned."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrustedKeys:
    """Logs and witnesses somebody trusts, and how many witnesses must agree.

    Attributes:
        logs: Keys of logs; any one of them must have signed.
        witnesses: Witness keys by the short name the file gives them.
        groups: Groups of witnesses and earlier groups, by name.
        quorum: Name of the witness or group that must have cosigned; ``none`` asks for nobody.
        addresses: Where a witness or log is reached, by the witness's short name or the log's
            origin; absent where the file names no address.
    """

    logs: tuple[VerifierKey, ...]
    witnesses: dict[str, VerifierKey]
    groups: dict[str, Group]
    quorum: str
    addresses: dict[str, str] = field(default_factory=dict)

    @classmethod
    def threshold(
        cls, logs: Sequence[VerifierKey], witnesses: dict[str, VerifierKey], count: int
    ) -> "TrustedKeys":
        """One log with its keys, and ``count`` of ``witnesses``."""
        groups = {"witnesses": Group(count, tuple(witnesses))}
        return cls(tuple(logs), dict(witnesses), groups, "witnesses")

    def __str__(self) -> str:
        """The keys file."""
        lines = [f"log {key}{self._at(key.name)}" for key in self.logs]
        lines += [f"witness {name} {key}{self._at(name)}" for name, key in self.witnesses.items()]
        lines += [
            f"group {name} {group.threshold} {' '.join(group.members)}"
            for name, group in self.groups.items()
        ]
        return "\n".join([*lines, f"quorum {self.quorum}", ""])

    def _at(self, name: str) -> str:
        return f" {self.addresses[name]}" if name in self.addresses else ""

    @classmethod
    def parse(cls, text: str, *, logs: Sequence[VerifierKey] = ()) -> "TrustedKeys":
        """Read a keys file.

        Args:
            text: The file.
            logs: Keys of the log where they are known; the file then needs to name none.

        Raises:
            KeysError: naming the line that is not understood.
        """
        known = {key.public for key in logs}
        reader = _Reader(logs=list(logs), publics=known, known=tuple(logs))
        number = 0
        for number, line in enumerate(text.split("\n"), start=1):
            words = line.replace("\t", " ").split(" ")
            words = [word for word in words if word]
            if words and not words[0].startswith("#"):
                reader.read(number, words)
        return reader.finish(number)

    def check(self, note: Note) -> tuple[Checkpoint, list[Cosignature]]:
        """Check a checkpoint against the logs, the witnesses and the quorum.

        Returns:
            The checkpoint and its valid cosignatures.

        Raises:
            NoteError: when the note is no checkpoint.
            SignatureError: when a signature is wrong or the log's is missing.
            QuorumError: when too few witnesses cosigned.
        """
        checkpoint = open_checkpoint(note, list(self.logs))
        found = cosignatures(note, list(self.witnesses.values()))
        keys = {each.witness for each in found}
        present = {name for name, key in self.witnesses.items() if key in keys}
        if not self.agrees(present):
            lacking = ", ".join(name for name in self.witnesses if name not in present)
            raise QuorumError(count=len(present), total=len(self.witnesses), lacking=lacking)
        return checkpoint, found

    def agrees(self, present: Set[str]) -> bool:
        """Whether these witnesses, by their short names, are enough."""
        return self._count(self.quorum, lambda name: name in present)

    @property
    def needed(self) -> int:
        """The fewest witnesses that can be enough."""
        return self._fewest(self.quorum)

    def _count(self, name: str, signed: Callable[[str], bool]) -> bool:
        if name == NO_QUORUM:
            return True
        group = self.groups.get(name)
        if group is None:
            return signed(name)
        return sum(self._count(member, signed) for member in group.members) >= group.threshold

    def _fewest(self, name: str) -> int:
        if name == NO_QUORUM:
            return 0
        group = self.groups.get(name)
        if group is None:
            return 1
        return sum(sorted(self._fewest(member) for member in group.members)[: group.threshold])


@dataclass(slots=True)
class _Reader:
    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str | None = None
    publics: set[bytes] = field(default_factory=set)
    addresses: dict[str, str] = field(default_factory=dict)
    known: tuple[VerifierKey, ...] = ()

    def read(self, line: int, words: Sequence[str]) -> None:
        match list(words):
            case ["log", vkey, *address] if len(address) <= 1:
                self._log(line, self._key(line, vkey, LOG_KEYS), address)
            case ["witness", name, vkey, *address] if len(address) <= 1:
                self._claim(line, name)
                self.witnesses[name] = self._key(line, vkey, WITNESS_KEYS)
                self._unused(line, self.witnesses[name])
                self.addresses.update((name, each) for each in address)
            case ["group", name, count, *members] if members:
                self._claim(line, name)
                self.groups[name] = self._group(line, count, tuple(members))
            case ["quorum", name] if self.quorum is None:
                if name != NO_QUORUM:
                    self._known(line, name)
                self.quorum = name
            case _:
                raise KeysError(line=line, reason=f"unexpected {words[0]!r}")

    def finish(self, line: int) -> TrustedKeys:
        if not self.logs or self.quorum is None:
            raise KeysError(line=line, reason="a log and a quorum are required")
        return TrustedKeys(
            tuple(self.logs), self.witnesses, self.groups, self.quorum, self.addresses
        )

    def _log(self, line: int, key: VerifierKey, address: Sequence[str]) -> None:
        if key not in self.known:
            self._unused(line, key)
            self.logs.append(key)
        self.addresses.update((key.name, each) for each in address)

    def _key(self, line: int, vkey: str, kinds: Mapping[Algorithm, SignatureType]) -> VerifierKey:
        try:
            key = VerifierKey.parse(vkey)
        except NoteError as error:
            raise KeysError(line=line, reason=error.figures["reason"]) from error
        if key.kind not in kinds.values():
            raise KeysError(line=line, reason=f"{key.name} is a key of another kind")
        return key

    def _unused(self, line: int, key: VerifierKey) -> None:
        if key.public in self.publics:
            raise KeysError(line=line, reason=f"the key of {key.name} is listed twice")
        self.publics.add(key.public)

    def _group(self, line: int, count: str, members: tuple[str, ...]) -> Group:
        for member in members:
            self._known(line, member)
        if len(set(members)) != len(members):
            raise KeysError(line=line, reason="a member is listed twice")
        words = {"any": 1, "all": len(members)}
        threshold = words.get(count) or (int(count) if count.isascii() and count.isdigit() else 0)
        if not 1 <= threshold <= len(members):
            raise KeysError(line=line, reason=f"{count!r} of {len(members)} is no threshold")
        return Group(threshold, members)

    def _claim(self, line: int, name: str) -> None:
        if name == NO_QUORUM or name in self.witnesses or name in self.groups:
            raise KeysError(line=line, reason=f"the name {name!r} is taken")

    def _known(self, line: int, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise KeysError(line=line, reason=f"{name!r} is not defined above")
