"""The departments' witnesses: each with its own key, its own memory, its own refusal.

A witness remembers in a file what it signed last. The file is on disk before the cosignature leaves
it, and a lock spans reading, deciding and writing, so that not even two processes make one witness
sign two histories.
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
    VerifierKey,
    WitnessState,
    decide,
)
from heli.engines.translog.encoding import decode64, encode64
from heli.ledger.custody import KeyFileError, witness_folder, witness_signer

_FORMAT = {"format": "heli-witness-state", "version": 1}


@dataclass(frozen=True, slots=True)
class Witness:
    """The witness of one department."""

    department: str

    @property
    def _folder(self) -> Path:
        return witness_folder(self.department)

    def state(self) -> WitnessState:
        """What this witness signed last.

        Raises:
            KeyFileError: when its memory is damaged; it must not start afresh by itself.
        """
        path = self._folder / "state.json"
        try:
            text = path.read_text()
        except FileNotFoundError:
            return WitnessState()
        try:
            document = json.loads(text)
            return WitnessState(int(document["size"]), decode64(document["root"]))
        except (ValueError, KeyError, TypeError) as error:
            raise KeyFileError(path=str(path), reason="the witness state is damaged") from error

    def submit(
        self, note: Note, *, old_size: int, proof: Sequence[bytes], log: VerifierKey, time: int
    ) -> Cosigned | Refused:
        """Offer a checkpoint; the arguments are those of ``translog.decide``."""
        signer = witness_signer(self.department)
        with self._locked():
            before = self.state()
            decision = decide(
                before, note, old_size=old_size, proof=proof, log=log, signer=signer, time=time
            )
            if isinstance(decision, Cosigned) and decision.state != before:
                self._remember(decision.state, note)
        return decision

    @contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
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
        fresh = self._folder / "state.json.new"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._folder / "state.json")
        directory = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
