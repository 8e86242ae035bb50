"""The state of a case as small plain data.

A state is a handful of flat tuples: it is encoded as JSON arrays, and an old state stays readable
because fields are only ever added at the end.
"""

from typing import Any, Literal

import msgspec

from heli.engines.bpmn.errors import StateUnreadableError

Phase = Literal["task", "catch", "join", "race", "scope", "many", "armed"]
"""What a token does: a ``task`` is open; a ``catch`` event waits; it has arrived at a ``join``; it
waits at an event-based gateway (``race``); it stands on a sub-process (``scope``) or on a
multi-instance activity (``many``) that runs inside; or it is the ``armed`` event of another token.
"""


class Token(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One token.

    Attributes:
        id: Number, unique within the case, never used again.
        node: Id of the node it stands on.
        scope: Number of the scope it lies in, 0 is the process itself.
        phase: What it does there.
        link: ``scope``/``many``: number of the scope inside; ``armed``: the token it belongs to.
        index: Instance index from 0 in a multi-instance activity, otherwise -1.
        flow: ``join``: id of the sequence flow it arrived by.
    """

    id: int
    node: str
    scope: int
    phase: Phase
    link: int = 0
    index: int = -1
    flow: str = ""


class Scope(msgspec.Struct, frozen=True, array_like=True):
    """The inside of a running sub-process or multi-instance activity.

    Attributes:
        id: Number, from the same series as tokens.
        node: Id of the sub-process or activity.
        parent: Number of the scope around it.
        host: The token standing on it in the parent.
        local: Variables seen only inside (loop counter, item).
        items: Multi-instance: the items, or None for a plain number of instances.
        total: Multi-instance: how many instances there will be.
        started: Multi-instance: how many were started.
        done: Multi-instance: how many are complete.
    """

    id: int
    node: str
    parent: int
    host: int
    local: dict[str, Any] = {}
    items: list[Any] | None = None
    total: int = 0
    started: int = 0
    done: int = 0


Status = Literal["running", "ended", "terminated", "failed"]


class State(msgspec.Struct, frozen=True, array_like=True):
    """Everything the engine has to know about one case between two events.

    Attributes:
        status: ``running``, or how it came to its end.
        next: The next free number for tokens and scopes.
        variables: The variables of the case (JSON values).
        tokens: By number.
        scopes: By number.
        mail: Messages thrown inside the case that no event has caught yet, oldest first.
    """

    status: Status
    next: int
    variables: dict[str, Any]
    tokens: tuple[Token, ...] = ()
    scopes: tuple[Scope, ...] = ()
    mail: tuple[str, ...] = ()

    def to_json(self) -> bytes:
        """Encode as one JSON array."""
        return _ENCODER.encode(self)

    @staticmethod
    def from_json(data: bytes | str) -> "State":
        """Decode what :meth:`to_json` wrote.

        Raises:
            StateUnreadableError: The data is something else.
        """
        try:
            return _DECODER.decode(data)
        except msgspec.DecodeError as error:
            raise StateUnreadableError(parser=str(error)) from error

    @property
    def running(self) -> bool:
        """Whether the case is still under way."""
        return self.status == "running"

    def open_tasks(self) -> tuple[Token, ...]:
        """Tokens of open tasks, oldest first."""
        return tuple(token for token in self.tokens if token.phase == "task")

    def token(self, number: int) -> Token | None:
        """The token with this number, or None."""
        return next((token for token in self.tokens if token.id == number), None)


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(State)
