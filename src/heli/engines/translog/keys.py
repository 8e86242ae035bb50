"""Whom to trust: the keys file, a C2SP tlog-policy of logs, witnesses, groups and a quorum."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from heli.engines.translog.checkpoints import (
    Checkpoint,
    Cosignature,
    cosignatures,
    open_checkpoint,
)
from heli.engines.translog.errors import KeysError, NoteError, QuorumError
from heli.engines.translog.notes import Note, SignatureType, VerifierKey

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
    """

    logs: tuple[VerifierKey, ...]
    witnesses: dict[str, VerifierKey]
    groups: dict[str, Group]
    quorum: str

    @classmethod
    def threshold(
        cls, log: VerifierKey, witnesses: dict[str, VerifierKey], count: int
    ) -> "TrustedKeys":
        """One log, and ``count`` of ``witnesses``."""
        groups = {"witnesses": Group(count, tuple(witnesses))}
        return cls((log,), dict(witnesses), groups, "witnesses")

    def __str__(self) -> str:
        """The keys file."""
        lines = [f"log {key}" for key in self.logs]
        lines += [f"witness {name} {key}" for name, key in self.witnesses.items()]
        lines += [
            f"group {name} {group.threshold} {' '.join(group.members)}"
            for name, group in self.groups.items()
        ]
        return "\n".join([*lines, f"quorum {self.quorum}", ""])

    @classmethod
    def parse(cls, text: str) -> "TrustedKeys":
        """Read a keys file.

        Raises:
            KeysError: naming the line that is not understood.
        """
        reader = _Reader()
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
        present = {each.witness for each in found}
        if not self._agrees(self.quorum, {n for n, k in self.witnesses.items() if k in present}):
            raise QuorumError(count=len(found), total=len(self.witnesses))
        return checkpoint, found

    def _agrees(self, name: str, present: Set[str]) -> bool:
        if name == NO_QUORUM:
            return True
        group = self.groups.get(name)
        if group is None:
            return name in present
        return sum(self._agrees(member, present) for member in group.members) >= group.threshold


@dataclass(slots=True)
class _Reader:
    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str | None = None
    publics: set[bytes] = field(default_factory=set)

    def read(self, line: int, words: Sequence[str]) -> None:
        match list(words):
            case ["log", vkey] | ["log", vkey, _]:
                self.logs.append(self._key(line, vkey, SignatureType.NOTE))
            case ["witness", name, vkey] | ["witness", name, vkey, _]:
                self._claim(line, name)
                self.witnesses[name] = self._key(line, vkey, SignatureType.COSIGNATURE)
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
        return TrustedKeys(tuple(self.logs), self.witnesses, self.groups, self.quorum)

    def _key(self, line: int, vkey: str, kind: SignatureType) -> VerifierKey:
        try:
            key = VerifierKey.parse(vkey)
        except NoteError as error:
            raise KeysError(line=line, reason=error.figures["reason"]) from error
        if key.kind is not kind:
            raise KeysError(line=line, reason=f"{key.name} is a key of another kind")
        if key.public in self.publics:
            raise KeysError(line=line, reason=f"the key of {key.name} is listed twice")
        self.publics.add(key.public)
        return key

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
