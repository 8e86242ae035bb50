"""CSV and JSON files under ``HELI_HOME/registers``."""

import codecs
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from heli.engines.contracts import Contract, Field, LogicalType
from heli.errors import BadInputError, gettext_noop
from heli.exchange.connectors.duck import quoted
from heli.exchange.connectors.options import choice, register_file
from heli.exchange.connectors.snapshots import (
    SnapshotConnector,
    copy_to,
    file_changed_at,
    file_stamp,
    run,
)

ENCODINGS = ("utf-8", "gb18030")
DELIMITERS = (",", ";", "\t", "|")
_DAYS = "['%Y-%m-%d', '%Y/%m/%d', '%Y%m%d']"
_YES, _NO = "('true', '1', '是')", "('false', '0', '否')"

# How a text is read as a type: the value, and whether it is one. A cast alone would be too kind:
# it rounds 1.5 to a whole number.
_FROM_TEXT: dict[LogicalType, tuple[str, str]] = {
    LogicalType.STRING: ("{0}", "true"),
    LogicalType.INTEGER: (
        "TRY_CAST({0} AS BIGINT)",
        "regexp_full_match({0}, '[+-]?[0-9]+') AND TRY_CAST({0} AS BIGINT) IS NOT NULL",
    ),
    LogicalType.NUMBER: (
        "TRY_CAST({0} AS DOUBLE)",
        "regexp_full_match({0}, '[+-]?[0-9]*[.]?[0-9]+([eE][+-]?[0-9]+)?')"
        " AND isfinite(TRY_CAST({0} AS DOUBLE))",
    ),
    LogicalType.BOOLEAN: (
        f"CASE WHEN lower({{0}}) IN {_YES} THEN true WHEN lower({{0}}) IN {_NO} THEN false END",
        f"lower({{0}}) IN {_YES} OR lower({{0}}) IN {_NO}",
    ),
    LogicalType.DATE: (
        f"TRY_CAST(try_strptime({{0}}, {_DAYS}) AS DATE)",
        f"try_strptime({{0}}, {_DAYS}) IS NOT NULL",
    ),
}
_FROM_JSON: dict[LogicalType, tuple[str, str]] = {
    LogicalType.STRING: ("({0} ->> '$')", "json_type({0}) = 'VARCHAR'"),
    LogicalType.INTEGER: (
        "TRY_CAST({0} ->> '$' AS BIGINT)",
        "json_type({0}) IN ('BIGINT', 'UBIGINT') AND TRY_CAST({0} ->> '$' AS BIGINT) IS NOT NULL",
    ),
    LogicalType.NUMBER: (
        "TRY_CAST({0} ->> '$' AS DOUBLE)",
        "json_type({0}) IN ('BIGINT', 'UBIGINT', 'DOUBLE')"
        " AND isfinite(TRY_CAST({0} ->> '$' AS DOUBLE))",
    ),
    LogicalType.BOOLEAN: ("TRY_CAST({0} ->> '$' AS BOOLEAN)", "json_type({0}) = 'BOOLEAN'"),
    LogicalType.DATE: (
        "TRY_CAST({0} ->> '$' AS DATE)",
        "json_type({0}) = 'VARCHAR'"
        " AND regexp_full_match({0} ->> '$', '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}')"
        " AND TRY_CAST({0} ->> '$' AS DATE) IS NOT NULL",
    ),
}


class CsvConnector(SnapshotConnector):
    """Reads a CSV file with a header line.

    Args:
        contract: Names the fields and the one that holds the subject.
        options: ``file``; ``encoding`` (``utf-8`` or ``gb18030``), ``delimiter``, ``columns``.

    Raises:
        BadInputError: An option is missing or unknown.
    """

    def __init__(self, contract: Contract, options: Mapping[str, Any]) -> None:
        super().__init__(contract, options)
        self._path = register_file(options, "csv", "tsv", "txt")
        self._encoding = choice(options, "encoding", ENCODINGS)
        self._delimiter = choice(options, "delimiter", DELIMITERS)

    def _stamp(self) -> str:
        return file_stamp(self._path)

    def changed_at(self) -> dt.datetime:
        """When the file was last replaced or written to."""
        return file_changed_at(self._path)

    def _write(self, target: Path) -> None:
        if self._encoding == "utf-8":
            self._convert(self._path, target)
            return
        recoded = target.with_suffix(".utf8")
        try:
            _recode(self._path, recoded, self._encoding)
            self._convert(recoded, target)
        finally:
            recoded.unlink(missing_ok=True)

    def _convert(self, path: Path, target: Path) -> None:
        source = (
            "read_csv(?, header = true, all_varchar = true, strict_mode = true,"
            f" delim = '{self._delimiter}', quote = '\"', escape = '\"', nullstr = '')"
        )
        hint = f"the CSV file is not written as {self._encoding} text with equal lines"
        header = run(f"DESCRIBE SELECT * FROM {source}", [str(path)], hint)  # noqa: S608 - fixed text
        present = {str(row[0]) for row in header}
        if missing := sorted(set(self._columns.values()) - present):
            raise OSError(f"the CSV file has no column {', '.join(missing)}")
        _typed(
            self._contract,
            self._columns,
            source=source,
            path=path,
            target=target,
            rules=_FROM_TEXT,
            hint=hint,
        )


class JsonConnector(SnapshotConnector):
    """Reads a JSON file: one array of objects, or one object on each line.

    Args:
        contract: Names the fields and the one that holds the subject.
        options: ``file``; ``columns``.

    Raises:
        BadInputError: An option is missing or unknown.
    """

    def __init__(self, contract: Contract, options: Mapping[str, Any]) -> None:
        super().__init__(contract, options)
        self._path = register_file(options, "json", "jsonl", "ndjson")
        if len(set(self._columns.values())) != len(self._columns):
            raise BadInputError(
                field="options", reason=gettext_noop("columns names one column twice")
            )

    def _stamp(self) -> str:
        return file_stamp(self._path)

    def changed_at(self) -> dt.datetime:
        """When the file was last replaced or written to."""
        return file_changed_at(self._path)

    def _write(self, target: Path) -> None:
        keys = ", ".join(f"{quoted(column)}: 'JSON'" for column in self._columns.values())
        source = f"read_json(?, columns = {{{keys}}}, maximum_object_size = 16777216)"
        hint = "the JSON file is neither an array of objects nor one object on each line"
        _typed(
            self._contract,
            self._columns,
            source=source,
            path=self._path,
            target=target,
            rules=_FROM_JSON,
            hint=hint,
        )


def _typed(
    contract: Contract,
    columns: Mapping[str, str],
    *,
    source: str,
    path: Path,
    target: Path,
    rules: Mapping[LogicalType, tuple[str, str]],
    hint: str,
) -> None:
    """Check every value of a file, then write it in the contract's types.

    Raises:
        OSError: The file cannot be read, or some values are of another type; it says of which
            fields and how many, never which values.
    """
    present = [_present(columns[field.name], rules is _FROM_JSON) for field in contract.fields]
    wrong = ", ".join(
        f"count(*) FILTER (WHERE {there} AND NOT coalesce("
        f"{rules[field.type][1].format(quoted(columns[field.name]))}, false))"
        for field, there in zip(contract.fields, present, strict=True)
    )
    (counts,) = run(f"SELECT {wrong} FROM {source}", [str(path)], hint)  # noqa: S608 - names are checked
    if any(counts):
        raise OSError(_told(contract.fields, counts))
    wanted = ", ".join(
        f"CASE WHEN {there} THEN {rules[field.type][0].format(quoted(columns[field.name]))} END"
        f" AS {quoted(field.name)}"
        for field, there in zip(contract.fields, present, strict=True)
    )
    copy_to(target, f"SELECT {wanted} FROM {source}", [str(path)], hint)  # noqa: S608 - names are checked


def _present(column: str, is_json: bool) -> str:
    name = quoted(column)
    return f"({name} IS NOT NULL AND json_type({name}) <> 'NULL')" if is_json else (
        f"{name} IS NOT NULL"
    )  # fmt: skip


def _told(fields: tuple[Field, ...], counts: tuple[int, ...]) -> str:
    return "; ".join(
        f"{field.name} holds {count} values that are not of type {field.type.value}"
        for field, count in zip(fields, counts, strict=True)
        if count
    )


def _recode(path: Path, target: Path, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as given, target.open("w", encoding="utf-8", newline="") as recoded:
            while block := given.read(1 << 20):
                recoded.write(decoder.decode(block))
            recoded.write(decoder.decode(b"", final=True))
    except UnicodeError as error:
        raise OSError(f"the CSV file is not written as {encoding} text") from error
