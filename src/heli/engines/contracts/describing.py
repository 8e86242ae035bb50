"""A draft of a contract, made by looking at a table: what its columns seem to hold.

A draft proposes; a steward decides. Every proposal comes with its ground, and what could not be
told from the values is said.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heli.engines.contracts.document import dump_contract
from heli.engines.contracts.errors import NothingToDescribeError, SemanticError
from heli.engines.contracts.headers import known_header
from heli.engines.contracts.model import Contract, Field, LogicalType, Sensitivity
from heli.engines.contracts.semantics import SEMANTIC_TYPES
from heli.errors import gettext_noop

ENOUGH = 0.95
"""Share of values that must fit a semantic type; registers hold typing mistakes."""
LONGEST_LIST = 20
FEWEST_PER_VALUE = 5

_NUMBERED = re.compile(r"field_[0-9]+(_[0-9]+)?")
_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_BOOLEANS = {"true", "false"}

# Told by their own check characters or marks, whatever the column is called; the narrower first.
_SELF_EVIDENT = ("resident_id", "credit_code", "real_estate_unit", "parcel_code", "plate",
                 "mobile", "instant", "date")  # fmt: skip
# So many texts look like these that the header must say it, too.
_BY_HEADER = ("division_code", "person_name", "organisation_name", "address", "longitude",
              "latitude", "position", "month")  # fmt: skip
_LEVELS = {
    "resident_id": Sensitivity.HIGHLY_SENSITIVE,
    "mobile": Sensitivity.SENSITIVE,
    "person_name": Sensitivity.SENSITIVE,
    "address": Sensitivity.SENSITIVE,
    "plate": Sensitivity.SENSITIVE,
    "credit_code": Sensitivity.PUBLIC,
    "organisation_name": Sensitivity.PUBLIC,
    "division_code": Sensitivity.PUBLIC,
}
_SUBJECTS = {
    "resident_id": "person",
    "credit_code": "enterprise",
    "real_estate_unit": "property",
    "parcel_code": "parcel",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen in one column.

    Attributes:
        field: The proposal.
        header: The column's own title.
        filled: Share of rows with a value, 0 to 1.
        distinct: How many different values.
        fitting: Share of values that keep the proposal.
        ground: Message id of why it is proposed so.
    """

    field: Field
    header: str
    filled: float
    distinct: int
    fitting: float
    ground: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed contract.

    Attributes:
        contract: The proposal.
        columns: What was seen, column by column.
        rows: How many rows were looked at.
        questions: Message ids of what a steward has to decide.
    """

    contract: Contract
    columns: tuple[Seen, ...]
    rows: int
    questions: tuple[str, ...]

    @property
    def document(self) -> dict[str, Any]:
        """The proposal as a document, marked as a draft."""
        return dump_contract(self.contract)


def describe(
    name: str, headers: Sequence[str], rows: Sequence[Sequence[Any]], *, department: str = ""
) -> Draft:
    """Draft a contract from a table.

    Args:
        name: Name of the resource.
        headers: Titles of the columns.
        rows: Values; text, or what a typed file holds.
        department: Code of the source department, for the contract's id.

    Raises:
        NothingToDescribeError: There is no column, no row, or a row is longer than the headers.
    """
    if not headers or not rows:
        raise NothingToDescribeError(field="data", columns=len(headers), rows=len(rows))
    names = _names(headers)
    columns = tuple(
        _column(names[index], header, [row[index] if index < len(row) else None for row in rows])
        for index, header in enumerate(headers)
    )
    subject = _subject(columns, len(rows))
    fields = tuple(
        _marked(seen.field, seen is subject, seen.distinct == len(rows)) for seen in columns
    )
    subject_type = _SUBJECTS.get(subject.field.semantic, "facility")
    contract = Contract(
        id=f"{department}/{name}" if department else name,
        version="0.1.0",
        name=name,
        title_zh=name,
        title_en=_english(name),
        subject_type=subject_type,
        fields=fields,
        status="draft",
    )
    return Draft(contract, columns, len(rows), _questions(contract, columns, subject, len(rows)))


def _names(headers: Sequence[str]) -> list[str]:
    """A field name for each header: its own, a known translation, or its number."""
    found: list[str] = []
    for index, header in enumerate(headers, 1):
        known = known_header(header)
        own = re.sub(r"[^a-z0-9]+", "_", header.strip().lower()).strip("_")
        plain = header.isascii() and re.fullmatch(r"[a-z][a-z0-9_]{0,59}", own)
        name = own if plain else (known.name if known else f"field_{index}")
        if name in found:
            name = f"{name}_{index}"
        found.append(name)
    return found


def _column(name: str, header: str, values: Sequence[Any]) -> Seen:
    present = [value for value in values if not _is_empty(value)]
    kind, semantic, fitting, ground = _meaning(header, present)
    distinct = Counter(_plain(value) for value in present)
    allowed = _code_list(kind, semantic, distinct, len(present))
    known = known_header(header)
    field = Field(
        name=name,
        title_zh=header.strip() or name,
        title_en=known.title_en if known else _english(name),
        type=kind,
        semantic=semantic,
        required=len(present) == len(values),
        sensitivity=_LEVELS.get(semantic, Sensitivity.INTERNAL),
        allowed=allowed,
        datum="WGS84" if semantic and SEMANTIC_TYPES[semantic].located else "",
    )
    filled = len(present) / len(values)
    return Seen(field, header, filled, len(distinct), fitting, ground)


NO_VALUES = gettext_noop("the column is empty")
BY_CHECKS = gettext_noop("the values keep the rule of this meaning")
BY_TITLE = gettext_noop("the title says so and the values fit")
BY_VALUES = gettext_noop("the values look like this")
BY_FILE = gettext_noop("the file says so")


_Meaning = tuple[LogicalType, str, float, str]


def _meaning(header: str, values: Sequence[Any]) -> _Meaning:
    """Type, semantic type, share of values that fit, and why."""
    if not values:
        return LogicalType.STRING, "", 1.0, NO_VALUES
    texts = [_plain(value) for value in values]
    by_title = _by_title(header, texts)
    if by_title is not None:
        return by_title
    typed = _typed(values)
    if typed is not None:
        return typed, "", 1.0, BY_FILE
    return _by_checks(texts) or (_shape(texts), "", 1.0, BY_VALUES)


def _by_title(header: str, texts: Sequence[str]) -> _Meaning | None:
    known = known_header(header)
    if known is None or known.semantic not in _BY_HEADER:
        return None
    share = _share(known.semantic, texts)
    number = known.semantic in ("longitude", "latitude")
    kind = LogicalType.NUMBER if number else LogicalType.STRING
    return (kind, known.semantic, share, BY_TITLE) if share >= ENOUGH else None


def _by_checks(texts: Sequence[str]) -> _Meaning | None:
    for code in _SELF_EVIDENT:
        share = _share(code, texts)
        if share >= ENOUGH:
            if code == "date":
                return LogicalType.DATE, "", share, BY_CHECKS
            return LogicalType.STRING, code, share, BY_CHECKS
    return None


def _shape(texts: Sequence[str]) -> LogicalType:
    found = (kind for kind, fits in _SHAPES if all(map(fits, texts)))
    return next(found, LogicalType.STRING)


def _typed(values: Sequence[Any]) -> LogicalType | None:
    """The type that a typed file gives to all values; ``None`` where they are text or mixed."""
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return LogicalType.BOOLEAN
    if kinds == {int}:
        return LogicalType.INTEGER
    if kinds <= {int, float}:
        whole = all(float(value).is_integer() for value in values)
        return LogicalType.INTEGER if whole else LogicalType.NUMBER
    return LogicalType.DATE if kinds == {dt.date} else None


def _fits_number(text: str) -> bool:
    """A number, not a code: codes keep their leading zeros."""
    return _NUMBER.fullmatch(text) is not None and not re.match(r"[+-]?0[0-9]", text)


_SHAPES: tuple[tuple[LogicalType, Callable[[str], bool]], ...] = (
    (LogicalType.BOOLEAN, lambda text: text.lower() in _BOOLEANS),
    (LogicalType.INTEGER, lambda text: _INTEGER.fullmatch(text) is not None),
    (LogicalType.NUMBER, _fits_number),
)


def _share(code: str, texts: Sequence[str]) -> float:
    parse = SEMANTIC_TYPES[code].parse
    good = 0
    for text in texts:
        try:
            parse(text)
        except SemanticError:
            continue
        good += 1
    return good / len(texts)


def _code_list(
    kind: LogicalType, semantic: str, distinct: Mapping[str, int], count: int
) -> tuple[str, ...]:
    few = 1 < len(distinct) <= LONGEST_LIST and count >= FEWEST_PER_VALUE * len(distinct)
    short = all(len(value) <= 20 for value in distinct)
    if kind is not LogicalType.STRING or semantic or not few or not short:
        return ()
    return tuple(sorted(distinct))


def _subject(columns: Sequence[Seen], rows: int) -> Seen:
    """By what a record is looked up: an identifier that tells all records apart, the best first."""
    whole = [seen for seen in columns if seen.distinct == rows] or list(columns)
    for code in _SUBJECTS:
        for seen in whole:
            if seen.field.semantic == code:
                return seen
    texts = [seen for seen in whole if seen.field.type is LogicalType.STRING]
    return (texts or whole)[0]


def _marked(field: Field, subject: bool, distinct: bool) -> Field:
    return Field(
        **{name: getattr(field, name) for name in _FIELDS if name not in ("key", "subject")},
        key=subject and distinct,
        subject=subject,
    )


_FIELDS = ("name", "title_zh", "title_en", "type", "semantic", "required", "sensitivity", "key",
           "subject", "allowed", "description", "titles", "datum")  # fmt: skip

ASK_TITLES = gettext_noop("Give the resource its title in both languages and say what it is for.")
ASK_SUBJECT = gettext_noop("Say what a record is about; “facility” is a guess.")
ASK_KEY = gettext_noop("No column tells all records apart; say which do together.")
ASK_NAMES = gettext_noop("Give the columns called field_1, field_2 … names.")
ASK_DATUM = gettext_noop("Say in which datum the coordinates are given; WGS84 is a guess.")
ASK_EMPTY = gettext_noop("Say what the empty columns hold.")
ASK_LEVELS = gettext_noop("Check the sensitivity of every field; only known meanings were judged.")
ASK_MISTAKES = gettext_noop("Some values break the rule that most of their column keep.")


def _questions(
    contract: Contract, columns: Sequence[Seen], subject: Seen, rows: int
) -> tuple[str, ...]:
    asked = {
        ASK_TITLES: True,
        ASK_SUBJECT: subject.field.semantic not in _SUBJECTS,
        ASK_KEY: subject.distinct != rows,
        ASK_NAMES: any(field.name.startswith("field_") for field in contract.fields),
        ASK_DATUM: any(field.datum for field in contract.fields),
        ASK_EMPTY: any(seen.filled == 0 for seen in columns),
        ASK_MISTAKES: any(seen.fitting < 1 for seen in columns),
        ASK_LEVELS: True,
    }
    return tuple(text for text, needed in asked.items() if needed)


def placeholders(contract: Contract) -> tuple[Field, ...]:
    """Fields that are still called as a draft calls columns whose title it does not know."""
    return tuple(
        field
        for field in contract.fields
        if _NUMBERED.fullmatch(field.name) and field.title_en == _english(field.name)
    )


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _plain(value: Any) -> str:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return str(value).strip()


def _english(name: str) -> str:
    return name.replace("_", " ").strip().capitalize() or name
