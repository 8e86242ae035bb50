"""What a semantic type is: a name, a check, a way to be shown in part, a generator."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol


class RandomSource(Protocol):
    """The part of :class:`random.Random` that generators need; the caller seeds it."""

    def randrange(self, stop: int, /) -> int:
        """A whole number from 0 up to, not including, ``stop``."""
        ...


def choose(rng: RandomSource, alphabet: str, length: int) -> str:
    """``length`` characters drawn from ``alphabet``."""
    return "".join(alphabet[rng.randrange(len(alphabet))] for _ in range(length))


@dataclass(frozen=True, slots=True)
class SemanticType:
    """The meaning of a field, with the checks that make the meaning real.

    Attributes:
        code: Stable name used in contracts, for example ``resident_id``.
        title_zh: Name officials use.
        title_en: The same in English.
        standard: Where the rule is written, empty for free text.
        parse: Returns the normal form of a text or raises a
            :class:`~heli.engines.contracts.errors.SemanticError`.
        generate: Draws a valid, visibly fictitious value; ``None`` where no generator makes sense.
        keep: Characters left readable at the head and tail by the mask ``partial``.
        personal: The value identifies or describes a natural person.
        located: The value is a coordinate, which means a place only together with a datum.
        pattern: Regular expression (ECMA-262) that every normal form fits, empty if none says more
            than the type; for documents that cannot carry the rule itself.
        check_day: Raises where a normal form speaks of a day that is yet to come; ``None`` where
            it speaks of none.
    """

    code: str
    title_zh: str
    title_en: str
    standard: str
    parse: Callable[[str], str]
    generate: Callable[[RandomSource], str] | None = None
    keep: tuple[int, int] = (1, 0)
    personal: bool = False
    located: bool = False
    pattern: str = ""
    check_day: Callable[[str, date], None] | None = None

    def read(self, text: str, *, latest: date) -> str:
        """The normal form of what somebody gave on a day.

        Args:
            text: As it was given.
            latest: That day; engines have no clock. What speaks of a later one is refused.

        Raises:
            SemanticError: It is malformed, or cannot be true yet.
        """
        normal = self.parse(text)
        if self.check_day is not None:
            self.check_day(normal, latest)
        return normal
