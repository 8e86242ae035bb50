"""The report of an import: which rows were left out or noted, and why."""

import csv
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from heli.cases.history.rows import LIMITS, REASONS, RowProblem

SHOWN = 5


class RowReport:
    """Counts problems and, given a file, writes each of them there as it is met.

    Attributes:
        refused: Problems by reason of rows that were left out.
        noted: Problems by reason of rows that were imported all the same.
        first: The first few, to show.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.refused: Counter[str] = Counter()
        self.noted: Counter[str] = Counter()
        self.refused_rows = 0
        self.first: list[RowProblem] = []
        self._file: IO[str] | None = (
            path.open("w", encoding="utf-8-sig", newline="") if path else None
        )
        self._writer: Any = csv.writer(self._file) if self._file else None
        if self._writer:
            self._writer.writerow(["row", "column", "reason", "explanation", "value", "refused"])

    def add(self, problems: list[RowProblem]) -> None:
        """Take the problems of one row in."""
        self.refused_rows += any(problem.refused for problem in problems)
        for problem in problems:
            (self.refused if problem.refused else self.noted)[problem.reason] += 1
            if len(self.first) < SHOWN:
                self.first.append(problem)
            if self._writer:
                self._writer.writerow(
                    [
                        problem.row,
                        problem.column,
                        problem.reason,
                        explain(problem.reason),
                        _harmless(problem.value),
                        "yes" if problem.refused else "no",
                    ]
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file:
            self._file.close()


def explain(reason: str) -> str:
    """What a reason means; in English, as all commands and their reports speak."""
    return REASONS[reason].format(limit=max(LIMITS.values()))


def _harmless(value: str) -> str:
    """A value that a spreadsheet will show and not run as a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t")) else value
