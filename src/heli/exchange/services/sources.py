"""Describing data sources: where they are, and the credential, which is sealed at once."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from heli.errors import BadInputError, gettext_noop
from heli.exchange import errors
from heli.exchange.compiled import touch
from heli.exchange.connectors.endpoints import check_host
from heli.exchange.facts import SourceRegistered, SourceRemoved
from heli.exchange.models import Resource, Source, SourceKind
from heli.exchange.sealing import seal
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.ledger import services as ledger

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_DATABASE_KEYS = frozenset({"host", "port", "database", "user", "tls"})
_API_KEYS = frozenset({"url", "header", "scheme"})


@transaction.atomic
def register_source(
    *,
    actor: Actor,
    department: str,
    name: str,
    kind: SourceKind,
    location: Mapping[str, Any],
    secret: str | None = None,
) -> Source:
    """Describe a data source, or change it; resources read from it follow at once.

    Args:
        actor: Who describes it.
        department: Code of the department whose source it is.
        name: Short name.
        kind: What it speaks.
        location: As :class:`heli.exchange.models.Source` keeps it.
        secret: The credential; ``None`` keeps the present one, unless the place has changed:
            a credential is never sent to another place than the one it was given for.

    Raises:
        BadInputError: Name or location cannot be one.
        SourceHostError: The operator has not allowed the host.
    """
    if _NAME.fullmatch(name) is None:
        raise BadInputError(
            field="name", reason=gettext_noop("a short name is lower-case letters and digits")
        )
    place = place_of(kind, location)
    check_host(kind, place)
    address = f"{department}/{name}"
    present = Source.objects.filter(department=department, name=name).first()
    kept = b""
    if present is not None and (present.kind, present.location) == (kind, place):
        kept = bytes(present.sealed)
    row, _ = Source.objects.update_or_create(
        department_id=department,
        name=name,
        defaults={
            "kind": kind,
            "location": place,
            "sealed": kept if secret is None else seal(address, secret) if secret else b"",
            "changed_at": clock.now(),
        },
    )
    touch()
    ledger.record(
        SourceRegistered(source=address, kind=kind),
        actor=actor,
        department=department,
        subject=f"exchange.source:{address}",
    )
    return row


@transaction.atomic
def remove_source(source: Source, *, actor: Actor) -> None:
    """Take a data source away, and its credential with it.

    Raises:
        SourceInUseError: Resources on offer are read from it.
    """
    address = source.address
    used = Resource.objects.filter(withdrawn_at=None, options__source=address).count()
    if used:
        raise errors.SourceInUseError(source=address, count=used)
    department = source.department_id
    source.delete()
    touch()
    ledger.record(
        SourceRemoved(source=address),
        actor=actor,
        department=department,
        subject=f"exchange.source:{address}",
    )


def place_of(kind: SourceKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """A place as it is kept.

    Raises:
        BadInputError: It cannot be one.
    """
    return _api(given) if kind == SourceKind.HTTP else _database(given)


def _database(given: Mapping[str, Any]) -> dict[str, Any]:
    place = {key: given[key] for key in sorted(_DATABASE_KEYS) if key in given}
    named = all(isinstance(place.get(key), str) and place[key].strip() for key in
                ("host", "database", "user"))  # fmt: skip
    port = place.get("port")
    if not named or not isinstance(port, int) or not 1 <= port <= 65535 or set(given) - set(place):
        raise BadInputError(
            field="location", reason=gettext_noop("give host, port, database, user and tls only")
        )
    return place | {"tls": bool(place.get("tls", False))}


def _api(given: Mapping[str, Any]) -> dict[str, Any]:
    url = urlsplit(str(given.get("url", "")))
    place = {key: str(given[key]) for key in sorted(_API_KEYS) if given.get(key)}
    fits = url.scheme in ("http", "https") and url.hostname and not (url.query or url.fragment)
    if not fits or url.username or url.password or set(given) - _API_KEYS:
        raise BadInputError(
            field="location",
            reason=gettext_noop("give url (http or https), header and scheme only"),
        )
    if (
        not _HEADER.fullmatch(place.get("header", "Authorization"))
        or not place.get("scheme", "x").isalnum()
    ):
        raise BadInputError(field="location", reason=gettext_noop("the header cannot be one"))
    return place
