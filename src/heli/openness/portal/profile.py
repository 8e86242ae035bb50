"""What is measured of the rows of an edition, and of nothing that was not given out."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

MOST_VALUES = 12
_TRACKED = 200
BANDS = 10
"""At most so many bands, and one more where round ends stand outside the values."""

_SLACK = 1e-9


class Profiler:
    """Counts while rows pass; memory does not grow with them.

    Args:
        names: Columns of the rows.
        weight: Column that says for how many records a row stands; empty where for one.
    """

    def __init__(self, names: Sequence[str], weight: str = "") -> None:
        self.rows = 0
        self._weight = weight
        self._present = dict.fromkeys(names, 0)
        self._values: dict[str, Counter[Any] | None] = {name: Counter() for name in names}

    def add(self, row: Mapping[str, Any]) -> None:
        """Take one row into account."""
        self.rows += 1
        weight = row[self._weight] if self._weight else 1
        for name, value in row.items():
            if value is None:
                continue
            self._present[name] += 1
            counted = self._values[name]
            if counted is not None:
                counted[value] += weight
                if len(counted) > _TRACKED:
                    self._values[name] = None

    def result(self, parquet: str) -> dict[str, Any]:
        """What was measured: per column how many rows have it, and how its values spread.

        Args:
            parquet: The file that was written, read again column by column for the numbers.
        """
        fields: dict[str, Any] = {}
        for name, present in self._present.items():
            found: dict[str, Any] = {"present": present}
            counted = self._values[name]
            if counted is not None and 0 < len(counted) <= MOST_VALUES:
                found["values"] = [[value, n] for value, n in counted.most_common()]
            fields[name] = found
        _add_numbers(fields, parquet)
        return {"rows": self.rows, "fields": fields}


def _add_numbers(fields: dict[str, Any], path: str) -> None:
    """Least, greatest and mean of the numeric columns, and bands of those with many values."""
    with pq.ParquetFile(path) as file:
        for column in file.schema_arrow:
            if str(column.type) in {"int64", "double"} and fields[column.name]["present"]:
                fields[column.name] |= _number(file, column.name)
                if "values" not in fields[column.name]:
                    fields[column.name]["bands"] = _bands(file, column.name, fields[column.name])


def _number(file: pq.ParquetFile, name: str) -> dict[str, float]:
    least, most, total, known = None, None, 0.0, 0
    for batch in file.iter_batches(columns=[name]):
        column = batch.column(0)
        present = len(column) - column.null_count
        if not present:
            continue
        ends: dict[str, Any] = pc.min_max(column).as_py()  # type: ignore[assignment]
        least = ends["min"] if least is None else min(least, ends["min"])
        most = ends["max"] if most is None else max(most, ends["max"])
        total += pc.sum(column).as_py()
        known += present
    return {"least": least or 0, "most": most or 0, "mean": round(total / known, 2)}


def _bands(file: pq.ParquetFile, name: str, found: Mapping[str, Any]) -> list[list[float]]:
    """Equal bands with round ends that hold all values: lower end, upper end, rows."""
    least, most = found["least"], found["most"]
    if most <= least:
        return []
    step = round_step((most - least) / BANDS, _grain(file, name))
    start = math.floor(least / step) * step
    places = max(1, math.ceil((most - start) / step - _SLACK))
    counts = [0] * places
    for value in _values(file, name):
        counts[min(places - 1, int((value - start) / step + _SLACK))] += 1
    return [
        [round(start + step * place, 10), round(start + step * (place + 1), 10), n]
        for place, n in enumerate(counts)
    ]


def round_step(least: float, grain: int = 0) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is no smaller than ``least``.

    Args:
        least: More than 0.
        grain: What all values are multiples of; then so is the step. 0 where there is none.
    """
    unit = grain if grain > 1 else 1
    power = math.floor(math.log10(least)) - 1
    steps = (digit * 10.0**exponent for exponent in range(power, power + 12) for digit in (1, 2, 5))
    large = [step for step in steps if step >= least * (1 - _SLACK)]
    fitting = [step for step in large if step >= unit and step % unit == 0] if unit > 1 else large
    return fitting[0] if fitting else math.ceil(least / unit) * unit


def _grain(file: pq.ParquetFile, name: str) -> int:
    """The greatest number of which all values are multiples; 0 where they are not whole."""
    grain = 0
    for value in _values(file, name):
        if value != int(value):
            return 0
        grain = math.gcd(grain, int(value))
        if grain == 1:
            break
    return grain


def _values(file: pq.ParquetFile, name: str) -> Iterator[Any]:
    for batch in file.iter_batches(columns=[name]):
        yield from (value for value in batch.column(0).to_pylist() if value is not None)
