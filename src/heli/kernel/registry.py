"""Questions a lower room asks and an upper room answers.

A room imports only downwards. Where a lower one needs to know something that only an upper one
knows (the gateway: is this matter live, and does it concern this person?), the lower room states
a :class:`Question` with a typed callable; the upper room registers its answer in
``AppConfig.ready``. This, and facts, are the only ways upwards.
"""

from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_questions: dict[str, "Question[Any, Any]"] = {}


class Question(Generic[P, R]):
    """One question, answered by at most one room; unanswered, it gives its default.

    Args:
        name: Dotted name, ``room.question``.
        default: What holds when nobody answers; it must be the safe answer.
    """

    def __init__(self, name: str, default: Callable[P, R]) -> None:
        if name in _questions:
            raise ValueError(f"the question {name} is asked twice")
        self.name = name
        self.meaning = (default.__doc__ or "").strip()
        self._default = default
        self._answer: Callable[P, R] | None = None
        _questions[name] = self

    def answer(self, function: Callable[P, R]) -> Callable[P, R]:
        """Register ``function`` as the answer; usable as a decorator."""
        if self._answer is not None and self._answer is not function:
            raise ValueError(f"the question {self.name} has two answers")
        self._answer = function
        return function

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Ask: the registered answer, or the safe default."""
        return (self._answer or self._default)(*args, **kwargs)

    @property
    def answered(self) -> bool:
        """Whether a room has registered an answer."""
        return self._answer is not None


def question(name: str) -> Callable[[Callable[P, R]], Question[P, R]]:
    """Turn the function that gives the safe default into a question."""

    def wrap(default: Callable[P, R]) -> Question[P, R]:
        return Question(name, default)

    return wrap


def questions() -> list["Question[Any, Any]"]:
    """All questions asked so far, by name."""
    return [_questions[name] for name in sorted(_questions)]
