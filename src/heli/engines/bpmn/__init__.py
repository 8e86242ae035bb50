"""BPMN 2.0: read and write models, check them, and play them as a pure token game."""

from heli.engines.bpmn.checking import Finding, Report, check
from heli.engines.bpmn.game import apply, start
from heli.engines.bpmn.happenings import (
    Completed,
    Effect,
    ErrorCaught,
    ErrorRaised,
    ErrorThrown,
    Event,
    MessageCaught,
    MessageReceived,
    MessageThrown,
    ScopeEntered,
    ScopeLeft,
    Stalled,
    TaskCompleted,
    TaskOpened,
    TaskWithdrawn,
    TimerArmed,
    TimerDisarmed,
    TimerFired,
)
from heli.engines.bpmn.model import Definitions
from heli.engines.bpmn.paths import CriticalPath, critical_path
from heli.engines.bpmn.procedure import Node, Procedure, compile  # noqa: A004
from heli.engines.bpmn.reader import read
from heli.engines.bpmn.state import Scope, State, Token
from heli.engines.bpmn.structure import Block, structure
from heli.engines.bpmn.writer import write

__all__ = [
    "Block",
    "Completed",
    "CriticalPath",
    "Definitions",
    "Effect",
    "ErrorCaught",
    "ErrorRaised",
    "ErrorThrown",
    "Event",
    "Finding",
    "MessageCaught",
    "MessageReceived",
    "MessageThrown",
    "Node",
    "Procedure",
    "Report",
    "Scope",
    "ScopeEntered",
    "ScopeLeft",
    "Stalled",
    "State",
    "TaskCompleted",
    "TaskOpened",
    "TaskWithdrawn",
    "TimerArmed",
    "TimerDisarmed",
    "TimerFired",
    "Token",
    "apply",
    "check",
    "compile",
    "critical_path",
    "read",
    "start",
    "structure",
    "write",
]
