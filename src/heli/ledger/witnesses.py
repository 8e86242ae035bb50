"""A witness: its own key, its own memory, its own refusal.

A witness remembers in a file what it signed last. The file is on disk before the cosignature leaves
it, and a lock spans reading, deciding and writing, so that not even two processes make one witness
sign two histories. Departments' witnesses in this installation and those that run on other
departments' computers (:mod:`heli.ledger.witness_server`) are the same.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from heli.engines.translog import (
    Cosigned,
    Note,
    Refused,
    Signer,
    Submission,
    TranslogError,
    VerifierKey,
    WitnessState,
    decide,
)
from heli.engines.translog.encoding import decode64, encode64
from heli.ledger.keyfiles import KeyFileError

_FORMAT = {"format": "heli-witness-state", "version": 1}


@dataclass(frozen=True, slots=True)
class Memory:
    """What a witness signed last for one log.

    Attributes:
        path: The file it is kept in; beside it lies the file that is locked.
    """

    path: Path

    def state(self) -> WitnessState:
        """The tree signed last.

        Raises:
            KeyFileError: The memory is damaged; a witness must not start afresh by itself.
        """
        return self._read()[0]

    def note(self) -> Note | None:
        """The checkpoint signed last, with the witness's own signatures; None before the first.

        Raises:
            KeyFileError: The memory is damaged.
        """
        return self._read()[1]

    def submit(
        self,
        offer: Submission,
        *,
        logs: Sequence[VerifierKey],
        signers: Sequence[Signer],
        time: int,
    ) -> Cosigned | Refused:
        """Offer a checkpoint; what is signed is remembered, on disk, before this returns.

        Args:
            offer: The checkpoint with its proof.
            logs: Keys of the logs this witness watches.
            signers: The witness's keys.
            time: Now, seconds since 1970-01-01T00:00:00Z.

        Raises:
            KeyFileError: The memory is damaged.
            OSError: It cannot be written; then nothing is signed.
        """
        with self._locked():
            before = self.state()
            decision = decide(
                before,
                offer.note,
                old_size=offer.old_size,
                proof=offer.proof,
                logs=logs,
                signers=signers,
                time=time,
            )
            if isinstance(decision, Cosigned) and (decision.state != before or not before.size):
                kept = [each for each in offer.note.signatures if any(map(each.by, logs))]
                note = Note(offer.note.text, tuple(kept)).signed(decision.signatures)
                self._remember(decision.state, note)
        return decision

    def _read(self) -> tuple[WitnessState, Note | None]:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return WitnessState(), None
        try:
            document = json.loads(text)
            state = WitnessState(int(document["size"]), decode64(document["root"]))
            note = document.get("checkpoint")
            return state, Note.parse(note) if note else None
        except (ValueError, KeyError, TypeError, AttributeError, TranslogError) as error:
            reason = "the witness state is damaged"
            raise KeyFileError(path=str(self.path), reason=reason) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self.path.with_name("lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _remember(self, state: WitnessState, note: Note) -> None:
        document = {
            **_FORMAT,
            "size": state.size,
            "root": encode64(state.root),
            "checkpoint": str(note),
        }
        fresh = self.path.with_name(f"{self.path.name}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        directory = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def local_memory(department: str) -> Memory:
    """The memory of a department's witness in this installation."""
    from heli.ledger.custody import witness_folder

    return Memory(witness_folder(department) / "state.json")
