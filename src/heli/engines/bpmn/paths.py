"""How long a procedure takes side by side, and how long one task after another."""

from collections.abc import Mapping
from dataclasses import dataclass

from heli.engines.bpmn.procedure import Procedure
from heli.engines.bpmn.structure import Block, structure


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """The answer of :func:`critical_path`.

    Attributes:
        parallel: Duration as the procedure is drawn, in the unit of the durations given.
        serial: Duration if nothing ran side by side.
        path: Nodes with a duration that determine ``parallel``, in order.
    """

    parallel: float
    serial: float
    path: tuple[str, ...]


_NOTHING = CriticalPath(0, 0, ())


def critical_path(procedure: Procedure, durations: Mapping[str, float]) -> CriticalPath:
    """Compare working side by side with working one after another.

    Choices count with their longest branch, loops once, boundary events not at all; a
    multi-instance activity counts with the duration given for it. In a tangle everything counts
    one after another.

    Args:
        procedure: The procedure.
        durations: Duration by node id, all in one unit; nodes left out take no time.
    """
    return _of(structure(procedure), durations)


def _of(block: Block, durations: Mapping[str, float]) -> CriticalPath:
    own = durations.get(block.node, 0) if block.kind in ("task", "event", "scope") else 0
    parts = [_of(child, durations) for child in block.children]
    if block.kind in ("parallel", "inclusive"):
        longest = max(parts, key=lambda part: part.parallel, default=_NOTHING)
        return CriticalPath(longest.parallel, sum(p.serial for p in parts), longest.path)
    if block.kind in ("exclusive", "race"):
        longest = max(parts, key=lambda part: part.parallel, default=_NOTHING)
        serial = max((part.serial for part in parts), default=0)
        return CriticalPath(longest.parallel, serial, longest.path)
    if block.kind == "loop":
        parts = parts[:1]
    if own:
        return CriticalPath(own, own, (block.node,))
    return CriticalPath(
        sum(part.parallel for part in parts),
        sum(part.serial for part in parts),
        tuple(node for part in parts for node in part.path),
    )
