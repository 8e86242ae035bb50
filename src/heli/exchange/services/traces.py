"""Tracing found files; that it was done, and what was found, is a fact."""

from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import transaction

from heli.exchange.extracts.outcome import Trace
from heli.exchange.facts import ExtractTraced
from heli.kernel.actor import Actor
from heli.ledger import services as ledger

if TYPE_CHECKING:
    import pyarrow as pa


def trace(content: bytes, *, actor: Actor, table: "pa.Table | None" = None) -> Trace:
    """Look whose extract a found file comes from.

    Args:
        content: The file.
        actor: Who looks.
        table: What is in it, where it has been read already.

    Raises:
        UnreadableFileError: It is no table that can be read.
    """
    from heli.exchange.extracts.found import read_table
    from heli.exchange.extracts.tracing import trace as look

    found = look(read_table(content) if table is None else table)
    told = ExtractTraced(
        file_hash=sha256(content).hexdigest(),
        rows=found.rows,
        outcome="named" if found.named else "unknown",
        extracts=[str(each.extract.pk) for each in found.named],
        error=max((each.error for each in found.named), default=0.0),
    )
    with transaction.atomic():
        ledger.record(told, actor=actor, subject="exchange.extracts")
    return found
