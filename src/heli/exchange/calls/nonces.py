"""Nonces: a signed request is good for one call."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.db import connection

from heli.exchange.calls.model import Call, Nonce
from heli.exchange.errors import ReplayedError
from heli.exchange.models import UsedNonce
from heli.kernel import clock, prepared
from heli.organisation.services import note_key_use

CHUNK = 200
_TABLE = UsedNonce._meta.db_table


def look(calls: Iterable[Call]) -> None:
    """Refuse calls whose nonce was used before, so that no source is read for them.

    Uses up nothing: of two that come at once, :func:`use` decides.
    """
    waiting = {
        call.query.nonce.digest: call
        for call in calls
        if call.error is None and call.query.nonce is not None
    }
    for chunk in _chunks(sorted(waiting)):
        places = ", ".join(["%s"] * len(chunk))
        sql = f"SELECT digest FROM {_TABLE} WHERE digest IN ({places})"  # noqa: S608
        for (digest,) in prepared.run(connection, sql, chunk).fetchall():
            _replayed(waiting[digest])


def use(calls: Sequence[Call]) -> None:
    """Use up every nonce, in the transaction of the calls; of two with one nonce the first goes on.

    What was refused already uses up its nonce too.
    """
    by_digest: dict[str, Call] = {}
    for call in calls:
        if call.query.nonce is None:
            continue
        digest = call.query.nonce.digest
        if digest in by_digest:
            _replayed(call)
        else:
            by_digest[digest] = call
    if not by_digest:
        return
    fresh = _insert({digest: call.query.nonce for digest, call in by_digest.items()})
    for digest in by_digest.keys() - fresh:
        _replayed(by_digest[digest])


def use_one(nonce: Nonce) -> None:
    """Use up one nonce inside the caller's transaction.

    Raises:
        ReplayedError: It was used before.
    """
    if not _insert({nonce.digest: nonce}):
        raise ReplayedError
    note_key_use([nonce.key_id], clock.now())


def _replayed(call: Call) -> None:
    call.error, call.cause = ReplayedError(), ""


def _insert(nonces: Mapping[str, Nonce | None]) -> set[str]:
    """Insert nonces in one order; returns those that were not there before."""
    adapt, fresh = connection.ops.adapt_datetimefield_value, set()
    for chunk in _chunks(sorted(nonces)):
        values: list[object] = []
        for digest in chunk:
            nonce = nonces[digest]
            assert nonce is not None
            values += [digest, adapt(nonce.expires_at)]
        sql = (
            f"INSERT INTO {_TABLE} (digest, expires_at) "  # noqa: S608
            f"VALUES {', '.join(['(%s, %s)'] * len(chunk))} "
            "ON CONFLICT (digest) DO NOTHING RETURNING digest"
        )
        fresh |= {row[0] for row in prepared.run(connection, sql, values).fetchall()}
    return fresh


def _chunks(digests: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(digests), CHUNK):
        yield digests[start : start + CHUNK]
