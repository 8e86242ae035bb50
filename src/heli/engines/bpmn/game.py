"""Start a case and move it by events: ``(procedure, state, event) → (state, effects)``."""

from collections.abc import Callable, Mapping
from typing import Any

from heli.engines.bpmn.errors import (
    ErrorNotCaughtError,
    MessageNotAwaitedError,
    TokenNotWaitingError,
)
from heli.engines.bpmn.happenings import (
    Effect,
    ErrorRaised,
    ErrorThrown,
    Event,
    MessageReceived,
    TaskCompleted,
    TimerFired,
)
from heli.engines.bpmn.procedure import Procedure
from heli.engines.bpmn.run import Run
from heli.engines.bpmn.state import State, Token

Effects = tuple[Effect, ...]


def start(
    procedure: Procedure, variables: Mapping[str, Any] | None = None
) -> tuple[State, Effects]:
    """Start a case.

    Args:
        procedure: What the case follows.
        variables: What is known at the start; JSON values by name.

    Returns:
        The first stable state and the effects of getting there.

    Raises:
        MissingVariableError: A condition needs a variable that is not there.
        ExpressionValueError: A variable has the wrong kind.
        NoFlowTakenError: No way leads on from a gateway.
        EndlessLoopError: The tokens run in a circle.
        TooManyInstancesError: A multi-instance activity is too large.
    """
    run = Run(procedure, State("running", 1, dict(variables or {})))
    run.queue.append((procedure.start, 0, ""))
    run.settle()
    return run.state(), tuple(run.effects)


def apply(procedure: Procedure, state: State, event: Event) -> tuple[State, Effects]:
    """Move a case by one event.

    Returns:
        The next stable state and the effects in the order they came about. The state given is
        never changed, so after an error it is still the truth.

    Raises:
        TokenNotWaitingError: The token does not wait for this event (any more).
        MessageNotAwaitedError: No event of the case waits for the message.
        ErrorNotCaughtError: No error boundary event catches the error.
        MissingVariableError, ExpressionValueError, NoFlowTakenError, EndlessLoopError,
        TooManyInstancesError: As for :func:`start`.
    """
    run = Run(procedure, state)
    _HANDLERS[type(event)](run, event)
    run.settle()
    return run.state(), tuple(run.effects)


def _token(run: Run, number: int, *phases: str) -> Token:
    token = run.tokens.get(number)
    if token is None or token.phase not in phases:
        raise TokenNotWaitingError(token=number)
    return token


def _task_completed(run: Run, event: TaskCompleted) -> None:
    token = _token(run, event.token, "task")
    many = run.nodes[token.node].many
    found = event.variables
    output = None
    if many is not None and many.output_item in found:
        found = {name: value for name, value in found.items() if name != many.output_item}
        output = event.variables[many.output_item]
    if found:
        run.assign(token.scope, found)
    run.finish(token, output)


def _timer_fired(run: Run, event: TimerFired) -> None:
    token = _token(run, event.token, "catch", "armed")
    if run.nodes[token.node].timer is None:
        raise TokenNotWaitingError(token=event.token)
    run.trigger(token)


def _message_received(run: Run, event: MessageReceived) -> None:
    token = run.catcher(event.name)
    if event.token is not None:
        token = _token(run, event.token, "catch", "armed")
    if token is None or run.nodes[token.node].message != event.name:
        raise MessageNotAwaitedError(name=event.name)
    if event.variables:
        run.assign(token.scope, event.variables)
    run.catch(token, event.name)


def _error_raised(run: Run, event: ErrorRaised) -> None:
    token = _token(run, event.token, "task")
    run.effects.append(ErrorThrown(token.node, event.code))
    if not run.handle(token, event.code):
        node = run.nodes[token.node]
        raise ErrorNotCaughtError(error=event.code, node=node.name or node.id)


_HANDLERS: dict[type, Callable[[Run, Any], None]] = {
    TaskCompleted: _task_completed,
    TimerFired: _timer_fired,
    MessageReceived: _message_received,
    ErrorRaised: _error_raised,
}
