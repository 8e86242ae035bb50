"""A crew on Apache Spark: every part is a task of its own, on whatever cluster is named.

Works with a master (``spark://HOST:PORT``, ``local[2]``) and with Spark Connect (``sc://HOST:PORT``).
Heli must be installed on the workers, for the same Python: parts travel as calls of its functions,
not as code. Each worker keeps the city and its base from one part to the next.
"""

import os
import pickle
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from heli.errors import HeliError
from heli.twin.sweep_errors import BadAnalyticsError, NoSparkError, SparkFailedError

R = TypeVar("R")
ADDRESS = re.compile(r"spark://\S+|sc://\S+|local(\[(\d+|\*)\])?")
EVERY = 0.1
"""Seconds between two looks at whether to go on."""
WAVE = 32
"""Parts handed over at a time, so that there is progress to show."""


class Spark:
    """Apache Spark as a crew.

    Args:
        address: Of its master, or of Spark Connect.

    Raises:
        BadAnalyticsError: It is no address of Spark.
        NoSparkError: Its client is not installed, or there is no Java for it.
        SparkFailedError: It does not answer.
    """

    def __init__(self, address: str) -> None:
        if not ADDRESS.fullmatch(address):
            raise BadAnalyticsError(given=address)
        self.address = address
        self._session = _session(address)

    def carry_out(
        self, act: Callable[..., R], items: Iterable[tuple[Any, ...]], beat: Callable[[], None]
    ) -> Iterator[R]:
        """See :class:`heli.twin.crew.Crew`.

        Raises:
            SparkFailedError: It ended the work.
        """
        parts = list(items)
        for first in range(0, len(parts), WAVE):
            yield from self._wave(act, parts[first : first + WAVE], beat)

    def _wave(
        self, act: Callable[..., R], parts: list[tuple[Any, ...]], beat: Callable[[], None]
    ) -> Iterator[R]:
        numbers = self._session.range(0, len(parts), 1, len(parts))
        try:
            frame = numbers.mapInArrow(_carrier(act, parts), "n long, fine boolean, found binary")
        except ImportError as error:
            raise NoSparkError(missing=_first_line(error)) from error
        answers = self._awaited(frame.collect, beat)
        for row in sorted(answers, key=lambda each: int(each.n)):
            found = pickle.loads(bytes(row.found))  # noqa: S301 - made by Heli's own workers
            if not row.fine:
                raise found
            yield found

    def _awaited(self, collect: Callable[[], list[Any]], beat: Callable[[], None]) -> list[Any]:
        """What Spark finds, in a thread, so that somebody can stop it meanwhile."""
        told: dict[str, Any] = {}

        def ask() -> None:
            try:
                told["rows"] = collect()
            except Exception as error:  # noqa: BLE001 - whatever its client raises
                told["error"] = error

        asking = threading.Thread(target=ask, name="spark", daemon=True)
        asking.start()
        try:
            while asking.is_alive():
                beat()
                asking.join(EVERY)
        except BaseException:
            self._session.interruptAll()
            raise
        if "error" in told:
            raise self._failed(told["error"]) from told["error"]
        rows: list[Any] = told["rows"]
        return rows

    def _failed(self, error: Exception) -> SparkFailedError:
        return SparkFailedError(address=self.address, reason=_first_line(error))

    def close(self) -> None:
        """Leave Spark."""
        self._session.stop()


def _carrier(act: Callable[..., Any], parts: list[tuple[Any, ...]]) -> Callable[[Any], Any]:
    """What runs on a worker: numbers of parts in, what became of them out."""

    def carry(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for batch in batches:
            (column,) = batch.columns
            for n in column.to_pylist():
                try:
                    fine, found = True, act(*parts[n])
                except HeliError as error:
                    fine, found = False, error
                columns = [[n], [fine], [pickle.dumps(found)]]
                yield pa.RecordBatch.from_arrays(
                    [pa.array(c, t) for c, t in zip(columns, _types(pa), strict=True)],
                    names=["n", "fine", "found"],
                )

    return carry


def _types(pa: Any) -> list[Any]:
    return [pa.int64(), pa.bool_(), pa.binary()]


def _session(address: str) -> Any:
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise NoSparkError(missing="pyspark") from error
    if not address.startswith("sc://"):
        _check_java()
    if address.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("heli")
    if address.startswith("sc://"):
        builder = builder.remote(address)
    else:
        builder = builder.master(address).config("spark.ui.enabled", "false")
    try:
        return builder.getOrCreate()
    except ImportError as error:
        raise NoSparkError(missing=_first_line(error)) from error
    except (PySparkException, OSError, RuntimeError) as error:
        raise SparkFailedError(address=address, reason=_first_line(error)) from error


def _check_java() -> None:
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise NoSparkError(missing="Java 17")


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".")[:300] if lines else type(error).__name__
