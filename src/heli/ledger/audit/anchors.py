"""What the log's contents are held against: everything anybody signed about it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from heli.engines.translog import (
    Note,
    NoteSignature,
    TranslogError,
    VerifierKey,
    cosignatures,
    open_checkpoint,
)
from heli.ledger import custody
from heli.ledger.audit.findings import Finding, Kind
from heli.ledger.custody import KeyFileError
from heli.ledger.models import Checkpoint
from heli.ledger.witnesses import Witness


@dataclass(frozen=True, slots=True)
class Anchor:
    """Somebody signed that the log of ``size`` entries has this root.

    Attributes:
        source: Who, in words for a finding.
        firm: Whether it rests on more than the log's own key.
    """

    size: int
    root: bytes
    source: str
    firm: bool


def witness_anchors() -> tuple[list[Anchor], list[Finding]]:
    """What every witness remembers, from the witness's own file."""
    found: list[Anchor] = []
    wrong: list[Finding] = []
    log = custody.log_signer().verifier
    for name in custody.witness_names():
        try:
            state = Witness(name).state()
            if state.size:
                _check_memory(name, log)
                found.append(Anchor(state.size, state.root, f"the witness of {name}", firm=True))
        except (KeyFileError, TranslogError) as error:
            wrong.append(_witness(name, error.detail().rstrip(".")))
    return found, wrong


def _check_memory(department: str, log: VerifierKey) -> None:
    """The checkpoint a witness keeps must be signed by the log and be what it remembers."""
    witness = Witness(department)
    document = json.loads((custody.witness_folder(department) / "state.json").read_text())
    note = Note.parse(str(document.get("checkpoint", "")))
    signed, state = open_checkpoint(note, [log]), witness.state()
    if (signed.size, signed.root) != (state.size, state.root):
        raise KeyFileError(path=f"{department}/state.json", reason="it is not what was signed")


def shrunk(anchors: Iterable[Anchor], size: int) -> list[Finding]:
    """Witnesses that signed a larger log than there is."""
    return [
        _witness(
            anchor.source.removeprefix("the witness of "),
            f"it signed {anchor.size} entries, the log has {size}",
        )
        for anchor in anchors
        if anchor.size > size
    ]


def _witness(department: str, reason: str) -> Finding:
    return Finding(Kind.WITNESS, figures={"department": department, "reason": reason})


def checkpoint_anchors() -> tuple[list[Anchor], list[Finding]]:
    """Every stored checkpoint whose signatures hold, and what is wrong with the others."""
    found: list[Anchor] = []
    wrong: list[Finding] = []
    log, keys, quorum = custody.log_signer().verifier, custody.witness_keys(), custody.quorum()
    rows = Checkpoint.objects.order_by("size").prefetch_related("cosignatures")
    for row in rows.iterator(chunk_size=500):
        try:
            anchor = _anchor(row, log, keys, quorum)
        except TranslogError as error:
            reason = error.detail().rstrip(".")
            wrong.append(
                Finding(Kind.CHECKPOINT, figures={"size": row.size, "reason": reason}),
            )
        else:
            found.append(anchor)
    return found, wrong


def _anchor(row: Checkpoint, log: VerifierKey, keys: dict[str, VerifierKey], quorum: int) -> Anchor:
    lines = [
        NoteSignature.parse(each.line.rstrip("\n")) for each in row.cosignatures.all() if each.line
    ]
    note = Note.parse(row.note).signed(lines)
    signed = open_checkpoint(note, [log])
    if (signed.size, signed.root) != (row.size, bytes(row.root)):
        raise TranslogError(reason="the row says something else than its signed note")
    agreeing = len(cosignatures(note, list(keys.values())))
    return Anchor(signed.size, signed.root, "the log", firm=agreeing >= quorum)
