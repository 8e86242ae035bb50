"""Data contracts: fields that mean something, records that are checked, releases that are limited.

Pure Python over plain data: no clock, no files, no global state. Randomness is passed in.
"""

from heli.engines.contracts.document import dump_contract, parse_contract
from heli.engines.contracts.errors import (
    ContractError,
    FieldError,
    PolicyError,
    SemanticError,
    UnknownSemanticTypeError,
)
from heli.engines.contracts.masks import Mask, masks_for
from heli.engines.contracts.model import Contract, Field, LogicalType, Sensitivity
from heli.engines.contracts.release import (
    FieldRule,
    Released,
    ReleasePolicy,
    Sentence,
    Withheld,
    dump_policy,
    explain,
    parse_policy,
    release,
)
from heli.engines.contracts.semantics import SEMANTIC_TYPES, SemanticType, semantic_type
from heli.engines.contracts.validation import check_value, parse_subject, validate_record

__all__ = [
    "SEMANTIC_TYPES",
    "Contract",
    "ContractError",
    "Field",
    "FieldError",
    "FieldRule",
    "LogicalType",
    "Mask",
    "PolicyError",
    "ReleasePolicy",
    "Released",
    "SemanticError",
    "SemanticType",
    "Sensitivity",
    "Sentence",
    "UnknownSemanticTypeError",
    "Withheld",
    "check_value",
    "dump_contract",
    "dump_policy",
    "explain",
    "masks_for",
    "parse_contract",
    "parse_policy",
    "parse_subject",
    "release",
    "semantic_type",
    "validate_record",
]
