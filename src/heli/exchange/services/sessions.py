"""Ending the sessions of systems, by a person."""

from collections.abc import Sequence

from django.db import transaction

from heli.errors import NotFoundError
from heli.exchange.facts import SessionEnded
from heli.exchange.models import GatewaySession
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.ledger import services as ledger
from heli.organisation import selectors as organisation


def end_session(digest: str, *, actor: Actor) -> None:
    """End one open session; the next request in it is refused.

    Args:
        digest: What is kept of the session's id.
        actor: Who ends it.

    Raises:
        NotFoundError: There is no such session, or it is over.
    """
    if not end_sessions([digest], actor=actor):
        raise NotFoundError(what=digest[:12])


@transaction.atomic
def end_sessions(digests: Sequence[str], *, actor: Actor) -> int:
    """End those of some sessions that are open; each is a fact. Returns how many they were."""
    now, ended = clock.now(), 0
    rows = {row.pk: row for row in GatewaySession.objects.filter(pk__in=digests)}
    systems = organisation.systems_by_key_ids(row.key_id for row in rows.values())
    for digest in sorted(rows):
        row = rows[digest]
        still = GatewaySession.objects.filter(pk=digest, closed_at=None, expires_at__gt=now)
        if not still.update(closed_at=now):
            continue
        ended += 1
        system = systems.get(row.key_id)
        ledger.record(
            SessionEnded(key_id=row.key_id, opened_at=row.opened_at.isoformat(), calls=row.calls),
            actor=actor,
            department=system.department if system else "",
            subject=f"exchange.key:{row.key_id}",
        )
    return ended
