"""A data contract: what one resource promises to deliver."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as item
from enum import IntEnum, StrEnum
from typing import Any

from heli.engines.contracts.levels import ServiceLevel, service_levels
from heli.engines.contracts.limits import Limits, limits_of
from heli.engines.contracts.quality import QualityRule, quality_rules
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
        titles: What values are called, of the code list or of an open field: value, Chinese,
            English of each.
        datum: For coordinates, the datum they are given in.
        rest: What the document says beyond this, kept as it stands.
        custom: Custom properties beyond these, kept as they stand.
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
    datum: str = ""
    rest: Mapping[str, Any] = item(default_factory=dict, hash=False)
    custom: tuple[Mapping[str, Any], ...] = item(default=(), hash=False)

    @property
    def unique(self) -> bool:
        """No two records have the same value."""
        return self.rest.get("unique") is True

    @property
    def limits(self) -> Limits:
        """Length, range and pattern that values keep."""
        return limits_of(self.rest.get("logicalTypeOptions"))

    def custom_value(self, name: str) -> Any:
        """The value of a custom property that Heli gives no meaning, or ``None``."""
        return next(
            (pair.get("value") for pair in self.custom if pair.get("property") == name), None
        )

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
        status: ``active``, ``draft``, ``deprecated`` … as the standard names it.
        rest: What the document says beyond this (servers, team, service levels, price …).
        table: The same of the described object.
        custom: Custom properties of the object beyond Heli's, kept as they stand.
    """

    id: str
    version: str
    name: str
    title_zh: str
    title_en: str
    subject_type: str
    fields: tuple[Field, ...]
    purpose: str = ""
    status: str = "active"
    rest: Mapping[str, Any] = item(default_factory=dict, hash=False)
    table: Mapping[str, Any] = item(default_factory=dict, hash=False)
    custom: tuple[Mapping[str, Any], ...] = item(default=(), hash=False)

    @property
    def service_levels(self) -> tuple[ServiceLevel, ...]:
        """What the source promises about delivery."""
        return service_levels(self.rest.get("slaProperties", ()))

    @property
    def quality_rules(self) -> tuple[QualityRule, ...]:
        """What the source promises about the values: of the whole, then field by field."""
        found = quality_rules(self.table.get("quality", ()), "schema[0]", "")
        for index, field in enumerate(self.fields):
            path = f"schema[0].properties[{index}]"
            found += quality_rules(field.rest.get("quality", ()), path, field.name)
        return found

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the fields that tell records apart; the subject where none is marked."""
        marked = tuple(field.name for field in self.fields if field.key)
        return marked or (self.subject_field.name,)

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
