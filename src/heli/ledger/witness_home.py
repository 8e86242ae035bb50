"""The folder of a witness that runs on its own: its keys, the logs it watches, what it signed.

It needs no database and none of Heli's own keys; all it knows of a log is the log's public key.
"""

import datetime as dt
import json
import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from heli.engines.translog import (
    WITNESS_KEYS,
    Algorithm,
    Answer,
    Checkpoint,
    Note,
    NoteError,
    Refused,
    Signer,
    Submission,
    VerifierKey,
    answer,
)
from heli.engines.translog.encoding import encode64
from heli.errors import BadInputError, ConflictError, NotFoundError, gettext_noop
from heli.kernel import clock
from heli.kernel.home import OWNER_ONLY, write_private
from heli.ledger.keyfiles import make_key, read_key
from heli.ledger.witnesses import Memory

MAX_EVIDENCE = 4 * 1024 * 1024
"""Bytes of refused checkpoints that are kept; further ones are refused all the same."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,200}")


class NoWitnessError(NotFoundError):
    """The folder holds no witness."""

    code = "ledger.no_witness"
    message = gettext_noop("There is no witness in {what}.")
    remedy = gettext_noop("Make one with: heli witness init NAME --log keys.txt")


class BadWitnessError(BadInputError):
    """A witness cannot be set up like this."""

    code = "ledger.bad_witness"


@dataclass(frozen=True, slots=True)
class Watched:
    """A log a witness watches, and what it signed last for it.

    Attributes:
        origin: The log's name.
        keys: Its public keys.
        size: Entries of the checkpoint signed last; 0 before the first.
        note: That checkpoint.
    """

    origin: str
    keys: tuple[VerifierKey, ...]
    size: int
    note: Note | None


@dataclass(frozen=True, slots=True)
class WitnessHome:
    """A witness's folder."""

    path: Path

    def init(self, name: str, logs: list[VerifierKey], algorithms: list[Algorithm]) -> None:
        """Set a new witness up.

        Args:
            name: Name it signs under, such as ``witness.audit.example``.
            logs: Keys of the logs it watches.
            algorithms: One key is made for each.

        Raises:
            ConflictError: There is a witness already.
            BadWitnessError: The name does not do, or no log is named.
        """
        if self._keys.is_dir():
            raise ConflictError(reason=f"{self.path} holds a witness already")
        if not _NAME.fullmatch(name):
            raise BadWitnessError(field="name", reason=f"{name!r} is no name of a witness")
        if not logs:
            raise BadWitnessError(field="log", reason="a witness needs a log to watch")
        for folder in (self.path, self._keys, self.path / "logs"):
            folder.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
        self.watch(logs)
        for algorithm in algorithms:
            self.add_key(algorithm, name)

    def add_key(self, algorithm: Algorithm, name: str = "") -> Signer:
        """Make a further key; from now on the witness signs with it, too."""
        fresh = self._keys / f"new.{os.getpid()}"
        make_key(fresh, name or self.signers()[0].name, WITNESS_KEYS[algorithm])
        signer = read_key(fresh)
        fresh.rename(self._keys / signer.verifier.key_id.hex())
        return signer

    def retire_key(self, key_id: str) -> None:
        """Sign with a key no longer; its file is kept beside the others.

        Raises:
            NotFoundError: There is no such key.
            ConflictError: It is the only one.
        """
        if not re.fullmatch("[0-9a-f]{8}", key_id) or not (self._keys / key_id).is_file():
            raise NotFoundError(what=key_id)
        if len(self.signers()) < 2:
            raise ConflictError(reason="a witness without a key could not sign")
        (self._keys / key_id).rename(self._keys / f"{key_id}.retired")

    def watch(self, logs: list[VerifierKey]) -> None:
        """Watch further logs, or a log under a further key."""
        known = self.logs() if (self.path / "logs.txt").exists() else []
        lines = [f"log {key}\n" for key in dict.fromkeys([*known, *logs])]
        write_private(self.path / "logs.txt", "".join(lines).encode())

    def signers(self) -> list[Signer]:
        """The keys it signs with, oldest first.

        Raises:
            NoWitnessError: There is no witness.
            KeyFileError: A key file cannot be used.
        """
        if not self._keys.is_dir():
            raise NoWitnessError(what=str(self.path))
        files = [each for each in self._keys.iterdir() if not each.suffix]
        return [read_key(each) for each in sorted(files, key=lambda each: each.stat().st_mtime)]

    def logs(self) -> list[VerifierKey]:
        """Keys of the logs it watches.

        Raises:
            NoWitnessError: There is no witness.
            BadWitnessError: The list is damaged.
        """
        file = self.path / "logs.txt"
        if not file.exists():
            raise NoWitnessError(what=str(self.path))
        return log_keys_in(file.read_text(encoding="utf-8"))

    def watched(self) -> list[Watched]:
        """The logs it watches, with what it signed last."""
        keys = self.logs()
        origins = dict.fromkeys(key.name for key in keys)
        found = []
        for origin in origins:
            memory = self.memory(origin)
            own = tuple(key for key in keys if key.name == origin)
            found.append(Watched(origin, own, memory.state().size, memory.note()))
        return found

    def memory(self, origin: str) -> Memory:
        """What it signed last for a log."""
        folder = self.path / "logs" / sha256(origin.encode()).hexdigest()
        folder.mkdir(exist_ok=True, mode=OWNER_ONLY)
        return Memory(folder / "state.json")

    def submit(self, body: str) -> Answer:
        """Answer a request of the witness protocol.

        Raises:
            KeyFileError: A key or the memory is damaged.
            OSError: The memory cannot be written; then nothing is signed.
        """
        try:
            offer = Submission.parse(body)
            origin = Checkpoint.parse(offer.note.text).origin
        except NoteError as error:
            return Answer(400, f"{error.detail()}\n")
        logs = [key for key in self.logs() if key.name == origin]
        if not logs:
            return Answer(404, f"this witness does not watch {origin}\n")
        time = int(clock.now().timestamp())
        memory = self.memory(origin)
        decision = memory.submit(offer, logs=logs, signers=self.signers(), time=time)
        if isinstance(decision, Refused) and decision.accuses:
            self._keep_evidence(offer, decision, memory.note())
        return answer(offer, decision)

    def evidence(self) -> list[dict[str, Any]]:
        """Refused checkpoints that contradict what it signed, oldest first."""
        if not self._evidence.exists():
            return []
        text = self._evidence.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def _keep_evidence(self, offer: Submission, decision: Refused, signed: Note | None) -> None:
        entry = {
            "at": clock.now().astimezone(dt.UTC).isoformat(timespec="seconds"),
            "refusal": decision.reason.value,
            "offered": str(offer.note),
            "signed_before": str(signed or ""),
            "old_size": offer.old_size,
            "proof": [encode64(each) for each in offer.proof],
        }
        if any(each["offered"] == entry["offered"] for each in self.evidence()):
            return
        line = (json.dumps(entry, ensure_ascii=False) + "\n").encode()
        descriptor = os.open(self._evidence, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            if os.fstat(descriptor).st_size + len(line) <= MAX_EVIDENCE:
                os.write(descriptor, line)
        finally:
            os.close(descriptor)

    @property
    def _keys(self) -> Path:
        return self.path / "keys"

    @property
    def _evidence(self) -> Path:
        return self.path / "evidence.jsonl"


def log_keys_in(text: str) -> list[VerifierKey]:
    """The keys of logs in a keys file (``log <vkey>`` lines), or a verifier key alone.

    Raises:
        BadWitnessError: There is none, or one is malformed.
    """
    words = [line.split() for line in text.splitlines()]
    named = [each[1] for each in words if len(each) >= 2 and each[0] == "log"]
    try:
        keys = [VerifierKey.parse(each) for each in named or [text.strip()]]
    except NoteError as error:
        raise BadWitnessError(field="log", reason=error.figures["reason"]) from error
    return keys
