"""Decoys: records that were never anybody's, each put into one extract only.

A decoy's subject is drawn by the key and valid by its semantic type, with the prefix that belongs
to no division, so that it cannot be anybody's; the source is asked that it has none such. What else
the record says is borrowed, field by field, from records around it, names in two halves.
"""

from typing import Any

import pyarrow as pa

from heli.engines.contracts import Contract, Field, FieldRule, Mask, ReleasePolicy
from heli.engines.contracts.masks import apply_mask
from heli.engines.fingerprint import KeyedRandom, derive
from heli.exchange.connectors import Connector
from heli.exchange.extracts import marks

MOST = 32
NAMES = frozenset({"person_name", "organisation_name"})


def possible(contract: Contract, policy: ReleasePolicy) -> bool:
    """Whether decoys can be made and known again: the contract allows it, the subject is shown."""
    kind = contract.subject_field.semantic_type
    shown = _subject_rule(contract, policy)
    return bool(
        marks.decoys_per(contract)
        and kind is not None
        and kind.generate is not None
        and shown is not None
        and shown.mask in (Mask.CLEAR, Mask.HASH)
    )


def subject(contract: Contract, recipient: str, number: int) -> str:
    """The subject of a recipient's decoy, before masks."""
    return _drawn(contract.subject_field, _random(recipient, number))


def shown_subjects(
    contract: Contract, policy: ReleasePolicy, recipient: str, count: int, *, salt: bytes
) -> frozenset[str]:
    """The subjects of so many decoys of a recipient as they stand in its file."""
    rule = _subject_rule(contract, policy)
    if not count or rule is None or not possible(contract, policy):
        return frozenset()
    field = contract.subject_field
    return frozenset(
        str(apply_mask(field, rule.mask, subject(contract, recipient, number), salt=salt))
        for number in range(count)
    )


class Decoys:
    """Puts decoys among the records of one extract.

    The source is asked before it is scanned whether the subjects are really nobody's, for a source
    cannot always do both at once.

    Args:
        contract: The contract that the records follow.
        recipient: Name of the extract.
        connector: Of the source.

    Attributes:
        made: How many decoys were due so far.

    Raises:
        OSError: The source cannot be asked.
    """

    def __init__(self, contract: Contract, recipient: str, connector: Connector) -> None:
        self._contract, self._recipient = contract, recipient
        self._per = marks.decoys_per(contract)
        self._free = [
            connector.lookup(subject(contract, recipient, number)) is None for number in range(MOST)
        ]
        self._seen = 0
        self.made = 0

    def add(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with the decoys that are due: one for so many records, the first at once."""
        self._seen += batch.num_rows
        due = range(self.made, min(MOST, -(-self._seen // self._per)))
        self.made = max(self.made, due.stop)
        rows = [self._row(batch, number) for number in due if self._free[number]]
        if not rows:
            return batch
        more = pa.RecordBatch.from_pylist(rows, schema=batch.schema)
        (joined,) = pa.Table.from_batches([batch, more]).combine_chunks().to_batches()
        return joined

    def _row(self, batch: pa.RecordBatch, number: int) -> dict[str, Any]:
        random = _random(self._recipient, number)
        value = _drawn(self._contract.subject_field, random)
        around = batch.take([random.randrange(batch.num_rows) for _ in range(8)]).to_pylist()
        return self._borrowed(around, random) | {self._contract.subject_field.name: value}

    def _borrowed(self, around: list[dict[str, Any]], random: KeyedRandom) -> dict[str, Any]:
        row = {}
        for name in around[0]:
            field = self._contract.field(name)
            one, other = (around[random.randrange(len(around))][name] for _ in range(2))
            row[name] = _made(field, one, other, random)
        return row


def _made(field: Field | None, one: Any, other: Any, random: KeyedRandom) -> Any:
    kind = field.semantic_type if field else None
    if field is None or kind is None or one is None:
        return one
    if marks.is_identifying(field) and kind.generate is not None:
        return kind.generate(random)
    if field.semantic in NAMES and isinstance(one, str) and isinstance(other, str):
        return one[: (len(one) + 1) // 2] + other[(len(other) + 1) // 2 :]
    return one


def _drawn(field: Field, random: KeyedRandom) -> str:
    kind = field.semantic_type
    assert kind is not None
    assert kind.generate is not None
    return kind.generate(random)


def _random(recipient: str, number: int) -> KeyedRandom:
    return KeyedRandom(derive(marks.secret(), "decoy", recipient, str(number)))


def _subject_rule(contract: Contract, policy: ReleasePolicy) -> FieldRule | None:
    name = contract.subject_field.name
    return next((rule for rule in policy.rules if rule.field == name), None)
