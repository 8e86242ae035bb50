"""REST: open sessions of systems, ended by a person."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from heli.exchange import policy, selectors, services
from heli.exchange.rest.shapes import person_of
from heli.kernel.permissions import audience, require
from heli.kernel.rest import idempotent

router = Router(tags=["exchange"])


class SessionOut(Schema):
    """An open session of a system; its id and key are known to its holder only."""

    id: str
    system: str
    department: str
    key_id: str
    opened_at: dt.datetime
    expires_at: dt.datetime
    calls: int


class EndedOut(Schema):
    """How many sessions were ended."""

    ended: int


@router.get("/sessions", response=list[SessionOut])
@audience(*policy.SESSION_KEEPERS)
def list_sessions(request: HttpRequest, department: str = "") -> Any:
    """Open sessions of a department's systems, the newest first; of one's own where none is named.

    A security administrator who names none sees those of all departments.
    """
    person = person_of(request)
    wanted = department or ("" if policy.may_end_sessions(person, "") else person.department_id)
    require(policy.may_end_sessions(person, wanted or ""))
    rows = selectors.session_rows(selectors.open_sessions(wanted or "")[:1000])
    return [_session(row) for row in rows]


@router.post("/sessions/{session_id}/end", response=EndedOut)
@audience(*policy.SESSION_KEEPERS)
@idempotent
def end_session(request: HttpRequest, session_id: str) -> Any:
    """End one session; the next request in it is refused."""
    person, row = person_of(request), selectors.open_session(session_id)
    require(policy.may_end_sessions(person, row.department))
    services.end_session(row.id, actor=person.actor)
    return EndedOut(ended=1)


@router.post("/departments/{department}/sessions/end", response=EndedOut)
@audience(*policy.SESSION_KEEPERS)
@idempotent
def end_sessions(request: HttpRequest, department: str) -> Any:
    """End all open sessions of a department's systems."""
    person = person_of(request)
    require(policy.may_end_sessions(person, department))
    open_ = list(selectors.open_sessions(department).values_list("pk", flat=True))
    return EndedOut(ended=services.end_sessions(open_, actor=person.actor))


def _session(row: selectors.SessionRow) -> SessionOut:
    return SessionOut(
        id=row.id,
        system=row.system,
        department=row.department,
        key_id=row.key_id,
        opened_at=row.opened_at,
        expires_at=row.expires_at,
        calls=row.calls,
    )
