"""A data contract: what one resource promises to deliver."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from heli.engines.contracts.semantics import SemanticType, semantic_type


class LogicalType(StrEnum):
    """The type of a value on the wire, named as the Open Data Contract Standard names it."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"


class Sensitivity(IntEnum):
    """How much harm an unlawful disclosure does, 1 (none) to 4 (grave)."""

    PUBLIC = 1
    INTERNAL = 2
    SENSITIVE = 3
    HIGHLY_SENSITIVE = 4

    @property
    def code(self) -> str:
        """The name used in contract documents."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a contract.

    Attributes:
        name: Column name, lower case.
        title_zh: Name officials use.
        title_en: The same in English.
        type: Type on the wire.
        semantic: Code of the semantic type, empty if the type says all.
        required: Every record has a value.
        sensitivity: Harm of unlawful disclosure.
        key: Part of the record's key.
        subject: Holds the identifier by which one subject is looked up.
        allowed: The code list, empty for an open field.
        description: What the field says, in the department's words.
        titles: What values of the code list are called: value, Chinese, English of each.
    """

    name: str
    title_zh: str
    title_en: str
    type: LogicalType
    semantic: str = ""
    required: bool = False
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    key: bool = False
    subject: bool = False
    allowed: tuple[str, ...] = ()
    description: str = ""
    titles: tuple[tuple[str, str, str], ...] = ()

    @property
    def semantic_type(self) -> SemanticType | None:
        """The semantic type, or ``None`` where the contract names none."""
        return semantic_type(self.semantic) if self.semantic else None


@dataclass(frozen=True, slots=True)
class Contract:
    """A version of a data contract.

    Attributes:
        id: Stable identifier across versions.
        version: Semantic version, for example ``1.0.0``.
        name: Short machine name of the resource.
        title_zh: Title of the resource.
        title_en: The same in English.
        subject_type: ``person``, ``enterprise``, ``household``, ``parcel``, ``property`` or
            ``facility``.
        fields: In the order in which they are shown.
        purpose: What the data is kept for.
    """

    id: str
    version: str
    name: str
    title_zh: str
    title_en: str
    subject_type: str
    fields: tuple[Field, ...]
    purpose: str = ""

    def field(self, name: str) -> Field | None:
        """The field of this name, or ``None``."""
        return next((field for field in self.fields if field.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """All field names in order."""
        return tuple(field.name for field in self.fields)

    @property
    def subject_field(self) -> Field:
        """The field by which one subject is looked up."""
        return next(field for field in self.fields if field.subject)
