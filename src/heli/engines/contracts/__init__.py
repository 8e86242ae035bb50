"""Data contracts: fields that mean something, records that are checked, releases that are limited.

Pure Python over plain data: no clock, no files, no global state. Randomness is passed in.
"""

from heli.engines.contracts.compatibility import (
    Bump,
    Mode,
    Verdict,
    change_as_data,
    compare,
    compare_history,
    next_version,
    version_key,
)
from heli.engines.contracts.conditions import (
    Condition,
    Op,
    all_fit,
    dump_conditions,
    parse_conditions,
)
from heli.engines.contracts.describing import Draft, describe, placeholders
from heli.engines.contracts.differences import Affected, Change, Kind
from heli.engines.contracts.document import dump_contract, parse_contract
from heli.engines.contracts.errors import (
    ConditionError,
    ContractError,
    FieldError,
    PolicyError,
    SemanticError,
    UnknownSemanticTypeError,
)
from heli.engines.contracts.explanation import Sentence, explain
from heli.engines.contracts.hours import Window, is_open
from heli.engines.contracts.levels import ServiceLevel, allowed_age, allowed_answer_time
from heli.engines.contracts.masks import Mask, levels_for, masks_for
from heli.engines.contracts.model import Contract, Field, LogicalType, Sensitivity
from heli.engines.contracts.narrowing import wider_fields, wider_members
from heli.engines.contracts.openapi import gateway_openapi, openapi
from heli.engines.contracts.policies import (
    Binding,
    FieldRule,
    Limits,
    ReleasePolicy,
    dump_policy,
    parse_policy,
)
from heli.engines.contracts.quality import Measured, QualityRule, measure
from heli.engines.contracts.release import Released, Withheld, reaches, release, withheld_by
from heli.engines.contracts.schemas import json_schema
from heli.engines.contracts.semantics import SEMANTIC_TYPES, SemanticType, semantic_type
from heli.engines.contracts.text import plain_yaml, read_text, write_json, write_yaml
from heli.engines.contracts.validation import check_value, parse_subject, validate_record

__all__ = [
    "SEMANTIC_TYPES",
    "Affected",
    "Binding",
    "Bump",
    "Change",
    "Condition",
    "ConditionError",
    "Contract",
    "ContractError",
    "Draft",
    "Field",
    "FieldError",
    "FieldRule",
    "Kind",
    "Limits",
    "LogicalType",
    "Mask",
    "Measured",
    "Mode",
    "Op",
    "PolicyError",
    "QualityRule",
    "ReleasePolicy",
    "Released",
    "SemanticError",
    "SemanticType",
    "Sensitivity",
    "Sentence",
    "ServiceLevel",
    "UnknownSemanticTypeError",
    "Verdict",
    "Window",
    "Withheld",
    "all_fit",
    "allowed_age",
    "allowed_answer_time",
    "change_as_data",
    "check_value",
    "compare",
    "compare_history",
    "describe",
    "dump_conditions",
    "dump_contract",
    "dump_policy",
    "explain",
    "gateway_openapi",
    "is_open",
    "json_schema",
    "levels_for",
    "masks_for",
    "measure",
    "next_version",
    "openapi",
    "parse_conditions",
    "parse_contract",
    "parse_policy",
    "parse_subject",
    "placeholders",
    "plain_yaml",
    "reaches",
    "read_text",
    "release",
    "semantic_type",
    "validate_record",
    "version_key",
    "wider_fields",
    "wider_members",
    "withheld_by",
    "write_json",
    "write_yaml",
]
