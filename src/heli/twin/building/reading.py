"""Reading the parts of a recipe as extracts: under grants, in the ledger, with receipts.

Each resource is asked for, made and fetched as any department's extract is; what is read here is
the file that the fact in the ledger tells of. The file itself is not kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from heli.exchange import services as exchange
from heli.exchange.services import Query
from heli.ledger.selectors import Fact
from heli.twin.building.openings import Reader, query_of
from heli.twin.services import Source

if TYPE_CHECKING:
    from heli.twin.building.recipe import Recipe

Rows = list[dict[str, Any]]
Tell = Callable[[str, int, int], None]
"""Told the step, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was read for a part.

    Attributes:
        columns: Fields of the resource by what they are to the twin.
    """

    resource: str
    columns: dict[str, str]
    rows: Rows
    source: Source


def draw(recipe: "Recipe", reader: Reader, tell: Tell) -> dict[str, Drawn]:
    """Read all parts; a resource of which several are made is read once.

    Every part must be open; see :func:`heli.twin.building.openings.require_open`.

    Raises:
        HeliError: Why the exchange gives a part out no more; what was read before stands in the
            ledger as read.
    """
    files: dict[Query, tuple[Rows, Source]] = {}
    found = {}
    for number, (part, wanted) in enumerate(recipe.parts.items()):
        tell("reading", number, len(recipe.parts))
        query = query_of(recipe, part, reader)
        if query not in files:
            files[query] = _fetch(query, part)
        rows, source = files[query]
        found[part] = Drawn(wanted.resource, wanted.columns, rows, replace(source, part=part))
    return found


def _fetch(query: Query, part: str) -> tuple[Rows, Source]:
    import pyarrow as pa

    row = exchange.ask_extract(query, attended=True)
    exchange.make_extract(row.pk)
    row, file = exchange.fetch_extract(row.pk, actor=query.actor)
    with file:
        content = file.read()
    rows: Rows = pa.ipc.open_stream(content).read_all().to_pylist()
    assert row.fact_id is not None
    fact = Fact.objects.get(pk=row.fact_id)
    return rows, Source(
        part=part,
        resource=query.resource,
        grant=str(row.grant_id),
        fact=fact.id,
        rows=row.rows,
        response_hash=fact.data["response_hash"],
        read_at=fact.at,
    )
