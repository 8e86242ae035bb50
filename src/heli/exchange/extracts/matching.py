"""Which column of a found file is which field, though renamed, reordered or partly gone.

A column with a field's name or title is that field. Of the others, each that could be a field by
what it holds is tried as it; every such guess is a hypothesis, and tracing weighs them all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute

from heli.engines.contracts import Contract, Field, SemanticError
from heli.engines.contracts.masks import HASH_CHARACTERS
from heli.engines.fingerprint import DATE, INTEGER, NUMBER, TEXT, Column, Plan
from heli.exchange.extracts.formats import FORMULA

# Arrow's functions take columns of any type, its stubs do not.
pc: Any = pyarrow.compute
Values: TypeAlias = Any

MOST_GUESSES = 24
TRIED = 5_000
LOOKED_AT = 200
ENOUGH = 0.8

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_DAY = r"^([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?([ T].*)?$"


@dataclass(frozen=True, slots=True)
class Guess:
    """Fields and the columns they are taken to be, in the contract's types.

    Attributes:
        names: Column of the file, by field.
        columns: Its values in the field's type, by field; what is not of the type is missing.
    """

    names: dict[str, str]
    columns: dict[str, Values]


def guesses(plan: Plan, contract: Contract, table: pa.Table) -> list[Guess]:
    """All ways to take the file's columns for fields of the plan, at most 24, the likeliest first.

    Empty where no column can be any field.
    """
    typed: dict[tuple[str, str], Values] = {}
    choices: list[list[str]] = []
    named = _named(plan, contract, table)
    for column in plan.columns:
        field = contract.field(column.name)
        if field is None:
            choices.append([""])
            continue
        possible = [named[column.name]] if column.name in named else [
            name for name in table.column_names if name not in named.values()
        ]  # fmt: skip
        fitting = []
        for name in possible:
            values = as_type(column, table.column(name).combine_chunks())
            if column.name in named or _could_be(column, field, values, table.column(name)):
                typed[column.name, name] = values
                fitting.append(name)
        choices.append(fitting or [""])
    order = {name: number for number, name in enumerate(table.column_names)}
    ways = sorted(_distinct(choices), key=lambda way: _disorder([order[n] for n in way if n]))
    found = []
    for way in ways[:MOST_GUESSES]:
        pairs = {c.name: name for c, name in zip(plan.columns, way, strict=True) if name}
        if pairs:
            found.append(Guess(pairs, {field: typed[field, name] for field, name in pairs.items()}))
    return found


def _named(plan: Plan, contract: Contract, table: pa.Table) -> dict[str, str]:
    """Columns that bear a field's name or one of its titles, by field."""
    bearing = {name.strip().casefold(): name for name in table.column_names}
    found = {}
    for column in plan.columns:
        field = contract.field(column.name)
        if field is None:
            continue
        for known in (field.name, field.title_zh, field.title_en):
            if known.casefold() in bearing:
                found[column.name] = bearing[known.casefold()]
                break
    return found


def _distinct(choices: list[list[str]]) -> Iterator[list[str]]:
    """Ways to choose of which no two fields take one column; a field that must yield has none."""
    seen = set()
    for way in islice(product(*choices), TRIED):
        taken: set[str] = set()
        kept = []
        for name in way:
            kept.append("" if name in taken else name)
            taken.add(name)
        if tuple(kept) not in seen:
            seen.add(tuple(kept))
            yield kept


def _disorder(places: list[int]) -> tuple[int, int]:
    """How many columns a way finds, the more the better, and how far out of order they stand."""
    swapped = sum(a > b for n, a in enumerate(places) for b in places[n + 1 :])
    return -len(places), swapped


def _could_be(column: Column, field: Field, values: Values, given: Values) -> bool:
    """Whether what a column holds can be values of a field."""
    there = len(given) - given.null_count
    if not there or len(values) - values.null_count < ENOUGH * there:
        return False
    if column.kind != TEXT:
        return True
    shown = [text for text in values.drop_null().slice(0, LOOKED_AT).to_pylist() if text]
    fit = sum(_reads(field, text) for text in shown)
    return bool(shown) and fit >= ENOUGH * len(shown)


def _reads(field: Field, text: str) -> bool:
    if len(text) == HASH_CHARACTERS and all(c in "0123456789abcdef" for c in text):
        return True
    kind = field.semantic_type
    if kind is None:
        return not field.allowed
    try:
        kind.parse(text)
    except SemanticError:
        return False
    return True


def as_type(column: Column, values: Values) -> Values:
    """Values in the type of a field; what is not of it is missing."""
    try:
        return _AS_TYPE[column.kind](values)
    except pa.ArrowException:
        return pa.array([None] * len(values), _TYPES[column.kind])


_TYPES: Mapping[str, pa.DataType] = {
    INTEGER: pa.int64(), NUMBER: pa.float64(), DATE: pa.date32(), TEXT: pa.string()
}  # fmt: skip


def _text(values: Values) -> Values:
    text = pc.utf8_trim_whitespace(values.cast(pa.string()))
    quoted = pc.starts_with(text, "'")
    bare = pc.utf8_slice_codeunits(text, 1)
    formula = pc.and_(quoted, pc.match_substring_regex(bare, FORMULA))
    text = pc.if_else(formula, bare, text)
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _number(values: Values) -> Values:
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        return values.cast(pa.float64())
    text = pc.replace_substring(_text(values), ",", "")
    fit = pc.match_substring_regex(text, _NUMBER)
    return pc.if_else(fit, text, pa.scalar(None, pa.string())).cast(pa.float64())


def _integer(values: Values) -> Values:
    numbers = _number(values)
    whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), 2.0**53))
    return pc.if_else(whole, numbers, pa.scalar(None, pa.float64())).cast(pa.int64())


def _date(values: Values) -> Values:
    if pa.types.is_temporal(values.type):
        return values.cast(pa.date32(), safe=False)
    text = _text(values)
    fit = pc.match_substring_regex(text, _DAY)
    iso = pc.replace_substring_regex(text, _DAY, r"\1-\2-\3")
    iso = pc.replace_substring_regex(iso, r"-([0-9])(-|$)", r"-0\1\2")
    iso = pc.replace_substring_regex(iso, r"-([0-9])$", r"-0\1")
    kept = pc.if_else(fit, iso, pa.scalar(None, pa.string()))
    parsed = pc.strptime(kept, format="%Y-%m-%d", unit="s", error_is_null=True)
    return parsed.cast(pa.date32())


_AS_TYPE = {INTEGER: _integer, NUMBER: _number, DATE: _date, TEXT: _text}
