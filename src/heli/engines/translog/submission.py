"""Requests and answers of the witness protocol over HTTP: C2SP tlog-witness, ``add-checkpoint``."""

import re
from dataclasses import dataclass

from heli.engines.translog.encoding import decode64, encode64
from heli.engines.translog.errors import NoteError
from heli.engines.translog.notes import Note, NoteSignature
from heli.engines.translog.witness import Cosigned, Refusal, Refused

MAX_PROOF = 63
"""Proof lines that a request may have."""
SIZE_TYPE = "text/x.tlog.size"
"""Media type of an answer that tells the size a witness signed last."""
TEXT_TYPE = "text/plain; charset=utf-8"

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_STATUS = {
    Refusal.MALFORMED: 400,
    Refusal.UNKNOWN_LOG: 404,
    Refusal.BAD_SIGNATURE: 403,
    Refusal.STALE: 409,
    Refusal.FORK: 422,
    Refusal.BAD_PROOF: 422,
}


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint on its way to a witness.

    Attributes:
        old_size: Size the proof starts from.
        proof: Consistency proof from there to the checkpoint.
        note: The checkpoint, signed by its log.
    """

    old_size: int
    proof: tuple[bytes, ...]
    note: Note

    def __str__(self) -> str:
        """The body of the request."""
        lines = [f"old {self.old_size}", *map(encode64, self.proof), "", str(self.note)]
        return "\n".join(lines)

    @classmethod
    def parse(cls, body: str) -> "Submission":
        """Read the body of a request.

        Raises:
            NoteError: when it is not written as the specification demands.
        """
        head, gap, note = body.partition("\n\n")
        old, *lines = head.split("\n")
        match = _OLD.fullmatch(old)
        if match is None or not gap:
            raise NoteError(reason="it begins with no line 'old <size>', or has no empty line")
        if len(lines) > MAX_PROOF:
            raise NoteError(reason=f"it has {len(lines)} proof lines, more than {MAX_PROOF}")
        try:
            proof = tuple(decode64(line) for line in lines)
        except ValueError as error:
            raise NoteError(reason="a line of the proof is not base64") from error
        return cls(int(match[1]), proof, Note.parse(note))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answers over HTTP."""

    status: int
    body: str
    media_type: str = TEXT_TYPE


def answer(submission: Submission, decision: Cosigned | Refused) -> Answer:
    """A witness's decision as the specification has it told."""
    if isinstance(decision, Cosigned):
        return Answer(200, "".join(map(str, decision.signatures)))
    # A shorter log is told by its proof's start: beyond the checkpoint, or short of the memory.
    status = _STATUS.get(decision.reason)
    if status is None:
        beyond = submission.old_size > int(submission.note.text.split("\n")[1])
        status = 400 if beyond else 409
    if status == 409:
        return Answer(409, f"{decision.known_size}\n", SIZE_TYPE)
    return Answer(status, f"{decision.reason.value}\n")


def read_signatures(body: str) -> tuple[NoteSignature, ...]:
    """The signature lines of an answer.

    Raises:
        NoteError: when it holds anything else.
    """
    if not body.endswith("\n"):
        raise NoteError(reason="the answer does not end in a line")
    return tuple(NoteSignature.parse(line) for line in body[:-1].split("\n"))
