"""Events that move a case, and the effects a move has."""

from typing import Any, Literal

import msgspec


class TaskCompleted(msgspec.Struct, frozen=True):
    """Event: the task under ``token`` is done; ``variables`` are what it found out."""

    token: int
    variables: dict[str, Any] = {}


class TimerFired(msgspec.Struct, frozen=True, gc=False):
    """Event: the timer armed under ``token`` is due."""

    token: int


class MessageReceived(msgspec.Struct, frozen=True):
    """Event: a message came from outside; without ``token`` the longest waiting one gets it."""

    name: str
    token: int | None = None
    variables: dict[str, Any] = {}


class ErrorRaised(msgspec.Struct, frozen=True, gc=False):
    """Event: the task under ``token`` failed with a business error."""

    token: int
    code: str


Event = TaskCompleted | TimerFired | MessageReceived | ErrorRaised


class TaskOpened(msgspec.Struct, frozen=True):
    """Effect: somebody or something has work to do.

    Attributes:
        token: Number to complete the task under.
        node: Id of the task in the model.
        kind: ``user``, ``service`` or ``manual`` (also for a task without a type).
        instance: Index from 0 in a multi-instance task, otherwise None.
        scope: Number of the scope it lies in, 0 is the process itself.
        item: Multi-instance over a collection: the item of this instance.
    """

    token: int
    node: str
    kind: Literal["user", "service", "manual"]
    instance: int | None = None
    scope: int = 0
    item: Any = None


class TaskWithdrawn(msgspec.Struct, frozen=True, gc=False):
    """Effect: an open task is no longer to be done."""

    token: int
    node: str


class TimerArmed(msgspec.Struct, frozen=True, gc=False):
    """Effect: fire ``TimerFired(token)`` when the time has come.

    Attributes:
        token: Number to fire it under.
        node: Id of the timer event.
        kind: ``duration`` or ``date``.
        text: ISO 8601 duration or instant, or a Heli duration (``WD5``, ``WH16``, ``H48``).
        interrupting: Whether firing ends what it is attached to.
        host: Token of the activity it is attached to, None for an intermediate event.
    """

    token: int
    node: str
    kind: Literal["duration", "date"]
    text: str
    interrupting: bool = True
    host: int | None = None


class TimerDisarmed(msgspec.Struct, frozen=True, gc=False):
    """Effect: the timer is not to fire any more."""

    token: int
    node: str


class MessageThrown(msgspec.Struct, frozen=True, gc=False):
    """Effect: the case sends a message.

    Attributes:
        node: Id of the throwing event or send task.
        name: The message.
        inside: The case itself has an event for this message, which gets it, now or later.
    """

    node: str
    name: str
    inside: bool


class MessageCaught(msgspec.Struct, frozen=True, gc=False):
    """Effect: the event ``node`` received the message."""

    token: int
    node: str
    name: str


class ErrorThrown(msgspec.Struct, frozen=True, gc=False):
    """Effect: an error event was reached, or a task failed."""

    node: str
    code: str


class ErrorCaught(msgspec.Struct, frozen=True, gc=False):
    """Effect: the boundary event ``node`` caught the error; ``host`` was ended by it."""

    node: str
    host: int
    code: str


class ScopeEntered(msgspec.Struct, frozen=True, gc=False):
    """Effect: a sub-process (or one instance of it) started."""

    scope: int
    node: str
    instance: int | None = None


class ScopeLeft(msgspec.Struct, frozen=True, gc=False):
    """Effect: a sub-process (or one instance of it) ended, or was withdrawn."""

    scope: int
    node: str
    withdrawn: bool = False


class Stalled(msgspec.Struct, frozen=True):
    """Effect: tokens are left, but nothing can ever move them: the model is unsound."""

    nodes: tuple[str, ...]


class Completed(msgspec.Struct, frozen=True, gc=False):
    """Effect: the case came to its end: ``ended``, ``terminated`` or ``failed`` with a code."""

    outcome: Literal["ended", "terminated", "failed"]
    code: str | None = None


Effect = (
    TaskOpened
    | TaskWithdrawn
    | TimerArmed
    | TimerDisarmed
    | MessageThrown
    | MessageCaught
    | ErrorThrown
    | ErrorCaught
    | ScopeEntered
    | ScopeLeft
    | Stalled
    | Completed
)
