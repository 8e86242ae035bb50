"""Whether the parts of a recipe can be read, before anything is: grants, fields, until when."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from heli.engines.contracts import Mask
from heli.errors import HeliError
from heli.exchange import services as exchange
from heli.exchange.calls.model import Call, Query
from heli.exchange.errors import NoGrantError
from heli.exchange.extracts.marks import decoys_per
from heli.exchange.lookup import check
from heli.kernel.actor import Actor
from heli.twin.building.errors import (
    ColumnNotOpenError,
    DecoysAmongRecordsError,
    PartWithoutGrantError,
)

if TYPE_CHECKING:
    from heli.twin.building.recipe import Recipe

FORMAT = "arrow"
NOT_SHOWN = "–"


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom data is read: who does it, and for which department."""

    actor: Actor
    department: str


@dataclass(frozen=True, slots=True)
class Opening:
    """How a part stands.

    Attributes:
        title: Of the resource in Chinese and English; empty if there is none.
        grant: The grant that opens it; ``None`` if none does.
        until: When that ends.
        fault: Why the part cannot be read.
    """

    part: str
    resource: str
    title: tuple[str, str]
    grant: uuid.UUID | None
    until: dt.datetime | None
    fault: HeliError | None

    @property
    def url(self) -> str:
        """Where to apply for it."""
        return apply_url(self.resource)


def apply_url(resource: str) -> str:
    """The page on which a department applies for a resource."""
    return reverse("exchange:apply", args=resource.split("/"))


def query_of(recipe: "Recipe", part: str, reader: Reader) -> Query:
    """The question to the exchange by which a part is read."""
    return Query(
        actor=reader.actor,
        department=reader.department,
        resource=recipe.parts[part].resource,
        subject_type="",
        subject_id="",
        matter="",
        purpose=recipe.purpose_of(part),
        project=recipe.project,
        task=recipe.task,
        extract=FORMAT,
    )


def openings(recipe: "Recipe", reader: Reader) -> list[Opening]:
    """How each part of a recipe stands now; nothing is read, and nothing recorded."""
    calls = {part: Call(query_of(recipe, part, reader)) for part in recipe.parts}
    check(list(calls.values()))
    return [_opening(recipe, part, call) for part, call in calls.items()]


def require_open(recipe: "Recipe", reader: Reader) -> None:
    """Refuse a recipe of which a part cannot be read; that the exchange refused it is recorded.

    Raises:
        PartWithoutGrantError: The department has no grant.
        ColumnNotOpenError: A field that is needed is left out or masked.
        DecoysAmongRecordsError: Extracts of the resource hold made-up records.
        HeliError: Whatever else the exchange refuses for.
    """
    for found in openings(recipe, reader):
        if found.fault is not None:
            if found.fault.code.startswith("exchange.") or isinstance(
                found.fault, PartWithoutGrantError
            ):
                _refused(recipe, found.part, reader)
            raise found.fault


def _refused(recipe: "Recipe", part: str, reader: Reader) -> None:
    """Ask for what will be refused, so that the refusal stands in the ledger."""
    try:
        exchange.ask_extract(query_of(recipe, part, reader), attended=True)
    except HeliError as error:
        raise _as_told(recipe, part, error) from error


def _opening(recipe: "Recipe", part: str, call: Call) -> Opening:
    address, resource = call.query.resource, call.resource
    title = (resource.title_zh, resource.title_en) if resource else ("", "")
    if call.error is not None:
        return Opening(part, address, title, None, None, _as_told(recipe, part, call.error))
    grant = call.opened[1]
    fault = _unusable(recipe, part, call)
    return Opening(part, address, title, uuid.UUID(grant.id), grant.expires_at, fault)


def _as_told(recipe: "Recipe", part: str, error: HeliError) -> HeliError:
    if not isinstance(error, NoGrantError):
        return error
    resource = recipe.parts[part].resource
    return PartWithoutGrantError(
        part=part,
        resource=resource,
        purpose=recipe.purpose_of(part),
        url=apply_url(resource),
    )


def _unusable(recipe: "Recipe", part: str, call: Call) -> HeliError | None:
    resource, _grant, policy = call.opened
    shown = {rule.field: rule.mask for rule in policy.rules}
    for column in recipe.parts[part].columns.values():
        if shown.get(column) is not Mask.CLEAR:
            return ColumnNotOpenError(
                part=part,
                resource=resource.address,
                column=column,
                mask=shown.get(column, NOT_SHOWN),
                url=apply_url(resource.address),
            )
    if decoys_per(resource.contract):
        from heli.exchange.extracts.decoys import possible  # with it comes Arrow

        if possible(resource.contract, policy):
            return DecoysAmongRecordsError(part=part, resource=resource.address)
    return None
