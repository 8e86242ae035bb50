"""What the log's contents are held against: everything anybody signed about it."""

from collections.abc import Iterable
from dataclasses import dataclass

from heli.engines import translog
from heli.engines.translog import (
    Note,
    NoteSignature,
    SignatureError,
    TranslogError,
    TrustedKeys,
    cosignatures,
    open_checkpoint,
)
from heli.ledger import custody, remote
from heli.ledger.audit.findings import Finding, Kind
from heli.ledger.custody import KeyFileError
from heli.ledger.models import Checkpoint
from heli.ledger.remote import SilentError
from heli.ledger.witnesses import local_memory


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
    keys = custody.trusted_keys()
    for name in keys.witnesses:
        address = keys.addresses.get(name, "")
        try:
            signed = _signed_there(address, name, keys) if address else _signed_here(name, keys)
        except (KeyFileError, TranslogError) as error:
            wrong.append(_witness(name, error.detail().rstrip(".")))
        except SilentError as error:
            wrong.append(_witness(name, f"it could not be asked: {error}"))
        else:
            if signed is not None:
                anchor = Anchor(signed.size, signed.root, f"the witness of {name}", firm=True)
                found.append(anchor)
    return found, wrong


def _signed_here(department: str, keys: TrustedKeys) -> translog.Checkpoint | None:
    """The checkpoint a witness here keeps must be signed by the log and be what it remembers."""
    memory = local_memory(department)
    state, note = memory.state(), memory.note()
    if not state.size:
        return None
    if note is None:
        raise KeyFileError(path=str(memory.path), reason="it keeps no checkpoint")
    signed = open_checkpoint(note, keys.logs)
    if (signed.size, signed.root) != (state.size, state.root):
        raise KeyFileError(path=str(memory.path), reason="it is not what was signed")
    return signed


def _signed_there(address: str, name: str, keys: TrustedKeys) -> translog.Checkpoint | None:
    """The checkpoint a witness at an address serves must be signed by the log and by itself."""
    note = remote.checkpoint(address, keys.logs[0].name)
    if note is None:
        return None
    if not cosignatures(note, [keys.witnesses[name]]):
        raise SignatureError(reason=f"the witness of {name} serves what it did not sign")
    return open_checkpoint(note, keys.logs)


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
    keys = custody.trusted_keys()
    rows = Checkpoint.objects.order_by("size").prefetch_related("cosignatures")
    for row in rows.iterator(chunk_size=500):
        try:
            anchor = _anchor(row, keys)
        except TranslogError as error:
            reason = error.detail().rstrip(".")
            wrong.append(
                Finding(Kind.CHECKPOINT, figures={"size": row.size, "reason": reason}),
            )
        else:
            found.append(anchor)
    return found, wrong


def _anchor(row: Checkpoint, keys: TrustedKeys) -> Anchor:
    lines = [
        NoteSignature.parse(each.line.rstrip("\n")) for each in row.cosignatures.all() if each.line
    ]
    note = Note.parse(row.note).signed(lines)
    signed = open_checkpoint(note, keys.logs)
    if (signed.size, signed.root) != (row.size, bytes(row.root)):
        raise TranslogError(reason="the row says something else than its signed note")
    present = {each.witness for each in cosignatures(note, keys.witnesses.values())}
    firm = keys.agrees({name for name, key in keys.witnesses.items() if key in present})
    return Anchor(signed.size, signed.root, "the log", firm=firm)
