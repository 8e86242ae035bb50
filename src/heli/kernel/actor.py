"""Who acts: a person, another system, the public, or Heli itself."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["person", "system", "public", "heli"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of a fact.

    Attributes:
        kind: What acts.
        id: Its identifier: a person's or system's id, empty for the public and for Heli.
        department: Code of the department it acts for, empty where there is none.
    """

    kind: Kind
    id: str = ""
    department: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else self.kind


HELI = Actor("heli")
PUBLIC = Actor("public")
