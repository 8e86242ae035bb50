"""Where a network source is and how to sign in there, and whether the operator lets Heli go."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from heli.errors import BadInputError, gettext_noop
from heli.exchange.connectors.options import source_address
from heli.exchange.errors import SourceHostError
from heli.exchange.models import Source
from heli.exchange.sealing import unseal


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A network source.

    Attributes:
        address: ``department/name``.
        location: As :class:`heli.exchange.models.Source` keeps it.
        secret: The credential in clear, in memory only.
    """

    address: str
    location: Mapping[str, Any]
    secret: str = field(repr=False)

    @property
    def host(self) -> str:
        """The host that is called."""
        return str(self.location["host"])

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.location["port"])


def endpoint(options: Mapping[str, Any], kind: str) -> Endpoint:
    """The network source that a resource's options name, or hold where it is only tried.

    Raises:
        BadInputError: The options name none, or one of another kind.
        SourceHostError: The operator has not allowed its host.
    """
    given = options.get("source")
    if isinstance(given, Endpoint):
        check_host(kind, given.location)
        return given
    address = source_address(options)
    department, _slash, name = address.partition("/")
    row = Source.objects.filter(department=department, name=name, kind=kind).first()
    if row is None:
        raise BadInputError(field="options", reason=gettext_noop("there is no such data source"))
    check_host(row.kind, row.location)
    return Endpoint(address, row.location, unseal(address, row.sealed))


def check_host(kind: str, location: Mapping[str, Any]) -> None:
    """Refuse a host that the operator has not allowed.

    Whoever may describe a source could else make Heli call anything inside the network. A name is
    compared as it is written; only a literal address is looked for in networks, so no answer of a
    name server opens one.

    Raises:
        SourceHostError: It is not in ``HELI_SOURCE_HOSTS``.
    """
    host = urlsplit(location["url"]).hostname or "" if kind == "http" else str(location["host"])
    if not any(_fits(host.lower(), allowed) for allowed in settings.HELI_SOURCE_HOSTS):
        raise SourceHostError(field="host", host=host)


def _fits(host: str, allowed: str) -> bool:
    if host == allowed:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")) in ipaddress.ip_network(allowed)
    except ValueError:
        return False
