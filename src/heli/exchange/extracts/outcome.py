"""What a found file says about whose it was."""

from dataclasses import dataclass, field

from heli.exchange.models import Extract

LIMIT = 1e-6
"""Nobody is named with a greater probability that somebody innocent would have been."""


@dataclass(frozen=True, slots=True)
class Named:
    """An extract that a found file comes from.

    Attributes:
        error: At most so likely would anybody innocent have been named.
        marks: Evidence of moved values, as a power of ten.
        order: Evidence of the order of records, likewise.
        decoys: How many of its decoys the file holds.
    """

    extract: Extract
    error: float
    marks: float
    order: float
    decoys: int


@dataclass(frozen=True, slots=True)
class Trace:
    """What a found file says.

    Attributes:
        rows: Records that were looked at.
        suspects: Extracts that it was compared with.
        columns: Columns that were taken for fields: column of the file, by field.
        values: Marked values that were read.
        named: From which extracts it comes, the surest first; empty where the evidence does not
            suffice.
    """

    rows: int
    suspects: int
    columns: dict[str, str] = field(default_factory=dict)
    values: int = 0
    named: tuple[Named, ...] = ()
