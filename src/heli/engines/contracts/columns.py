"""Releasing whole columns: what :mod:`release` does to one record, done to Arrow record batches.

Value by value the same, but that dates which are released in full stay dates. Work goes by column
and kind of mask; Python is entered only once for each different value, and only for pseudonyms and
districts.
"""

import hmac
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heli.engines.contracts.conditions import Condition, Op
from heli.engines.contracts.masks import (
    HASH_CHARACTERS,
    PRESENT,
    STAR,
    Mask,
    apply_mask,
    kept_characters,
)
from heli.engines.contracts.model import Contract, Field, LogicalType
from heli.engines.contracts.policies import FieldRule, ReleasePolicy

Values: TypeAlias = "pa.Array[Any]"

EXACT = 2**53
"""Whole numbers up to here are the same as fractions."""


def fitting(conditions: Sequence[Condition], batch: pa.RecordBatch) -> pa.BooleanArray:
    """Which records fit every condition, as :func:`~heli.engines.contracts.all_fit` says."""
    found = pa.array(np.ones(batch.num_rows, dtype=np.bool_))
    for condition in conditions:
        found = pc.and_(found, _fits(condition, batch.column(condition.field)))
    return found


def release_batch(
    contract: Contract, batch: pa.RecordBatch, policy: ReleasePolicy, *, salt: bytes
) -> pa.RecordBatch:
    """Release what a policy grants of records that its row filter lets through.

    Args:
        contract: The contract version the records and the policy follow.
        batch: Columns of the granted fields and of those that the row filter compares.
        policy: What is granted.
        salt: Secret of the grant for the mask ``hash``.

    Returns:
        The released columns in the contract's order.
    """
    if policy.rows:
        batch = batch.filter(fitting(policy.rows, batch))
    rules = {rule.field: rule for rule in policy.rules}
    columns = {
        field.name: mask_column(field, rules[field.name], batch.column(field.name), salt=salt)
        for field in contract.fields
        if field.name in rules
    }
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def mask_column(field: Field, rule: FieldRule, values: Values, *, salt: bytes) -> Values:
    """Mask a column as :func:`~heli.engines.contracts.masks.apply_mask` masks its values."""
    if rule.mask is Mask.CLEAR:
        return values
    return _MASKS[rule.mask](field, rule, values, salt)


def masked_type(field: Field, rule: FieldRule, given: "pa.DataType") -> "pa.DataType":
    """The type that a column has when it is masked."""
    if rule.mask is Mask.CLEAR or rule.mask is Mask.BUCKET:
        return given
    return pa.string()


def _redact(field: Field, rule: FieldRule, values: Values, salt: bytes) -> Values:
    made: Values = pc.if_else(values.is_valid(), PRESENT, pa.scalar(None, pa.string()))
    return made


def _partial(field: Field, rule: FieldRule, values: Values, salt: bytes) -> Values:
    def masked(length: int, texts: Values) -> Values:
        head, tail = kept_characters(field, length)
        return _starred(texts, length, head, tail)

    return _by_length(values, masked)


def _hash(field: Field, rule: FieldRule, values: Values, salt: bytes) -> Values:
    coded = values.dictionary_encode()
    texts: list[Any] = coded.dictionary.cast(pa.string()).cast(pa.binary()).to_pylist()
    size, digest = HASH_CHARACTERS // 2, hmac.digest
    written = b"".join([digest(salt, text, "sha256")[:size] for text in texts]).hex()
    ends = np.arange(len(texts) + 1, dtype=np.int32) * HASH_CHARACTERS
    words = pa.StringArray.from_buffers(
        len(texts), pa.py_buffer(ends.tobytes()), pa.py_buffer(written.encode())
    )
    made: Values = words.take(coded.indices)
    return made


def _year(field: Field, rule: FieldRule, values: Values, salt: bytes) -> Values:
    dates: Any = values
    made: Values = pc.year(dates).cast(pa.string())
    return made


def _bucket(field: Field, rule: FieldRule, values: Values, salt: bytes) -> Values:
    gone = values.is_null().to_numpy(zero_copy_only=False)
    numbers = values.fill_null(0).to_numpy(zero_copy_only=False)
    if field.type is LogicalType.INTEGER:
        lower = numbers // rule.width * rule.width
    else:
        lower = np.floor(numbers / rule.width) * rule.width
    made: Values = pa.array(lower, type=values.type, mask=gone)
    return made


def _generalise(field: Field, rule: FieldRule, values: Values, salt: bytes) -> Values:
    if rule.edges:
        return _bands(field, rule.edges, values)
    if rule.level == "month":
        return _sliced(values.cast(pa.string()), 0, 7)
    if rule.level == "decade":
        return _joined(_sliced(values.cast(pa.string()), 0, 3), "0s")
    if rule.level in ("city", "province"):
        kept = 2 if rule.level == "province" else 4
        return _joined(_sliced(values, 0, kept), "0" * (6 - kept))
    if rule.level:
        return _once_each(
            values, lambda value: apply_mask(field, rule.mask, value, salt=salt, level=rule.level)
        )

    def masked(length: int, texts: Values) -> Values:
        return _starred(texts, length, min(rule.digits, length // 2), 0)

    return _by_length(values, masked)


_MASKS: dict[Mask, Callable[[Field, FieldRule, Values, bytes], Values]] = {
    Mask.REDACT: _redact,
    Mask.PARTIAL: _partial,
    Mask.HASH: _hash,
    Mask.YEAR: _year,
    Mask.BUCKET: _bucket,
    Mask.GENERALISE: _generalise,
}


def _bands(field: Field, edges: Sequence[int], values: Values) -> Values:
    """The band of each number, named by what the scalar mask calls a number in it."""
    whole = field.type is LogicalType.INTEGER
    rule = FieldRule(field.name, Mask.GENERALISE, edges=tuple(edges))
    inside = [edges[0] - 1, *edges]
    names = [
        apply_mask(field, rule.mask, each if whole else float(each), salt=b"", **rule.parameters)
        for each in inside
    ]
    gone = values.is_null().to_numpy(zero_copy_only=False)
    numbers = values.fill_null(0).to_numpy(zero_copy_only=False)
    place = np.searchsorted(np.array(edges), numbers, side="right")
    if not whole:
        names.append(PRESENT)
        place = np.where(np.isnan(numbers), len(names) - 1, place)
    made: Values = pa.array(names).take(pa.array(place, mask=gone))
    return made


def _once_each(values: Values, function: Callable[[Any], str]) -> Values:
    """A function of the values, called once for each different one."""
    coded = values.dictionary_encode()
    words = pa.array([function(value) for value in coded.dictionary.to_pylist()], pa.string())
    made: Values = words.take(coded.indices)
    return made


def _by_length(texts: Values, function: Callable[[int, Values], Values]) -> Values:
    """A function of texts that depends on how long they are, called once for each length."""
    given: Any = texts
    lengths = pc.utf8_length(given).fill_null(-1).to_numpy(zero_copy_only=False)
    different = np.unique(lengths)
    if len(different) == 1:
        return function(int(different[0]), texts)
    rows = [np.flatnonzero(lengths == length) for length in different]
    parts = [
        function(int(length), texts.take(each))
        for length, each in zip(different, rows, strict=True)
    ]
    if not parts:
        return texts
    back = np.argsort(np.concatenate(rows), kind="stable")
    made: Values = pa.concat_arrays(parts).take(back)
    return made


def _starred(texts: Values, length: int, head: int, tail: int) -> Values:
    """Texts of one length with stars for what is neither head nor tail."""
    if length < 0:
        return texts
    stars = STAR * (length - head - tail)
    shown = _joined(_sliced(texts, 0, head), stars)
    return _joined(shown, _sliced(texts, length - tail, length)) if tail else shown


def _sliced(texts: Values, start: int, stop: int) -> Values:
    made: Values = pc.utf8_slice_codeunits(texts, start, stop)
    return made


def _joined(texts: Values, more: Any) -> Values:
    made: Values = pc.binary_join_element_wise(texts, more, "")
    return made


def _fits(condition: Condition, values: Values) -> Values:
    """Which values fit a condition; what is missing fits none but ``absent``."""
    if condition.op is Op.ABSENT:
        missing: Values = values.is_null()
        return missing
    if not _comparable(condition):
        one_by_one = [condition.fits({condition.field: value}) for value in values.to_pylist()]
        return pa.array(one_by_one, pa.bool_())
    fit: Values = _compare(condition, values).fill_null(fill_value=False)
    return fit


def _comparable(condition: Condition) -> bool:
    """Whether Arrow compares exactly as Python does: not beyond what fractions can tell apart."""
    given = condition.value if condition.op is Op.IN else (condition.value,)
    return all(not isinstance(value, int) or abs(value) <= EXACT for value in given)


def _compare(condition: Condition, values: Values) -> Any:
    if condition.op is Op.PREFIX:
        return pc.starts_with(values.cast(pa.string()), condition.value)
    if condition.op is Op.IN:
        return pc.is_in(values, value_set=pa.array(list(condition.value)).cast(values.type))
    return _COMPARE[condition.op](values, pa.scalar(condition.value))


_COMPARE: dict[Op, Callable[[Any, Any], Any]] = {
    Op.EQ: pc.equal,
    Op.NE: pc.not_equal,
    Op.LT: pc.less,
    Op.LE: pc.less_equal,
    Op.GT: pc.greater,
    Op.GE: pc.greater_equal,
}
