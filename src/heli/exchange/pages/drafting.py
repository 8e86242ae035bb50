"""A contract drafted from the table that shall be published, for who has none yet."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from django.utils.translation import gettext

from heli.engines.contracts import describe, write_yaml
from heli.exchange.contracts.files import read_table, resource_name
from heli.exchange.selectors import FieldRow, field_rows


@dataclass(frozen=True, slots=True)
class Drafted:
    """What was made of a table, for the steward to look over.

    Attributes:
        text: The contract in YAML; it can be published once no column is called by
            a placeholder.
        fields: Its fields, each with the column it was made from and why it is proposed so.
        questions: What a person has to decide.
        encoding: Of a text file, as the form of publishing calls it; empty for others.
    """

    text: str
    fields: tuple[tuple[FieldRow, str, str], ...]
    questions: tuple[str, ...]
    encoding: str


def drafted(file_name: str, content: bytes, department: str) -> Drafted:
    """Draft a contract from a file that was sent.

    Args:
        file_name: As it was sent.
        content: The file.
        department: Code of the source department.

    Raises:
        UnknownTableError: Its name does not say that it is a table.
        UnreadableFileError: It is not what its name says.
        NothingToDescribeError: There is no column or no row.
    """
    name = Path(file_name)
    with TemporaryDirectory() as folder:
        # The readers of the command line know a table by the ending of its file.
        kept = Path(folder, name.name)
        kept.write_bytes(content)
        table = read_table(kept)
    draft = describe(resource_name(name), table.headers, table.rows, department=department)
    rows = zip(field_rows(draft.contract), draft.columns, strict=True)
    return Drafted(
        text=write_yaml(draft.document | {"version": "1.0.0", "status": "active"}),
        fields=tuple((row, seen.header, gettext(seen.ground)) for row, seen in rows),
        questions=tuple(gettext(question) for question in draft.questions),
        encoding=table.encoding,
    )
