"""City models and their versions."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.twin.errors import NameTakenError, SameContentError
from heli.twin.facts import VersionBuilt
from heli.twin.models import CityModel, CitySource, CityVersion
from heli.twin.packing import pack
from heli.twin.services.recording import about_model

if TYPE_CHECKING:
    from heli.twin.city import City


@dataclass(frozen=True, slots=True)
class Source:
    """Data from the exchange that a version is built from; see :class:`CitySource`."""

    part: str
    resource: str
    grant: str
    fact: uuid.UUID
    rows: int
    response_hash: str
    read_at: dt.datetime


@transaction.atomic
def create_model(
    name: str, title_zh: str, title_en: str = "", *, department: str, actor: Actor
) -> CityModel:
    """Begin a city model, without a version yet.

    Raises:
        NameTakenError: Another has the name.
    """
    row = CityModel(
        name=name,
        title_zh=title_zh,
        title_en=title_en,
        department_id=department,
        created_at=clock.now(),
        created_by=str(actor),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise NameTakenError(field="name", given=name) from None
    return row


@transaction.atomic
def add_version(
    model: CityModel,
    city: "City",
    sources: Sequence[Source] = (),
    *,
    actor: Actor,
    department: str,
    note: str = "",
    fit: Mapping[str, Any] | None = None,
) -> CityVersion:
    """Keep a city as the model's next version.

    Args:
        model: The city model.
        city: Its content, checked already.
        sources: What it was built from.
        actor: Who builds it.
        department: For which department.
        note: Why, in the builder's words.
        fit: How well it agrees with counts and sales.

    Raises:
        SameContentError: A version has the same content.
    """
    locked = CityModel.objects.select_for_update().get(pk=model.pk)
    same = CityVersion.objects.filter(model=locked, digest=city.version).first()
    if same is not None:
        raise SameContentError(model=locked.name, number=same.number)
    newest = CityVersion.objects.filter(model=locked).first()
    row = CityVersion.objects.create(
        model=locked,
        number=newest.number + 1 if newest else 1,
        digest=city.version,
        content=pack(city),
        zones=len(city.zones),
        links=len(city.roads),
        fit=dict(fit or {}),
        note=note.strip()[:500],
        built_at=clock.now(),
        built_by=str(actor),
        department=department,
    )
    CitySource.objects.bulk_create(
        CitySource(
            version=row,
            part=each.part,
            resource=each.resource,
            grant=each.grant,
            fact=each.fact,
            rows=each.rows,
            response_hash=each.response_hash,
            read_at=each.read_at,
        )
        for each in sources
    )
    fact = VersionBuilt(
        model=locked.name,
        number=row.number,
        content_hash=row.digest,
        sources=[str(each.fact) for each in sources],
    )
    about_model(locked, fact, actor, department)
    return row
