"""Which sessions of systems are open."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from heli.errors import NotFoundError
from heli.exchange.models import GatewaySession
from heli.kernel import clock
from heli.organisation import selectors as organisation


@dataclass(frozen=True, slots=True)
class SessionRow:
    """An open session with the system that holds it.

    Attributes:
        id: Digest of the session's id, which only its holder has.
        system: Name of the system.
        department: Code of the department that answers for the system.
        calls: Requests that came in it, answered or refused.
    """

    id: str
    system: str
    system_id: str
    department: str
    key_id: str
    opened_at: dt.datetime
    expires_at: dt.datetime
    calls: int


def open_sessions(department: str = "") -> QuerySet[GatewaySession]:
    """Sessions that are open now, the newest first.

    Args:
        department: Code of the department that answers for the systems; empty for all.
    """
    rows = GatewaySession.objects.filter(closed_at=None, expires_at__gt=clock.now())
    if department:
        systems = organisation.systems(department)
        rows = rows.filter(key_id__in=[key.key_id for row in systems for key in row.keys.all()])
    return rows.order_by("-opened_at", "digest")


def session_rows(rows: Iterable[GatewaySession]) -> list[SessionRow]:
    """Sessions with their systems, in the order given."""
    found = list(rows)
    systems = organisation.systems_by_key_ids(row.key_id for row in found)
    return [
        SessionRow(
            id=row.pk,
            system=systems[row.key_id].name,
            system_id=systems[row.key_id].id,
            department=systems[row.key_id].department,
            key_id=row.key_id,
            opened_at=row.opened_at,
            expires_at=row.expires_at,
            calls=row.calls,
        )
        for row in found
        if row.key_id in systems
    ]


def open_session(digest: str) -> SessionRow:
    """One open session.

    Raises:
        NotFoundError: There is none, or it is over.
    """
    found = session_rows(open_sessions().filter(pk=digest))
    if not found:
        raise NotFoundError(what=digest[:12])
    return found[0]
