"""Limits of grants, counted in the transaction that records the calls: exact whoever calls at once.

Minutes are those of the clock, days those of Asia/Shanghai. A call that is refused for a limit is
not counted, so that who waits as they are told gets through.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from heli.engines.contracts import Limits
from heli.exchange.calls.model import Call
from heli.exchange.errors import LimitError
from heli.exchange.models import GrantUse
from heli.kernel import clock

MINUTE, DAY = 60, 86_400


@dataclass(frozen=True, slots=True)
class Moment:
    """Where now stands in its minute and its day.

    Attributes:
        minute: Minutes since 1970.
        day: Days since 1970 in Asia/Shanghai.
        minute_left: Seconds until the next minute, at least 1.
        day_left: Seconds until the next day, at least 1.
    """

    minute: int
    day: int
    minute_left: int
    day_left: int

    @classmethod
    def of(cls, now: dt.datetime) -> "Moment":
        """The moment of an instant."""
        seconds = int(now.timestamp())
        offset = now.astimezone(clock.SHANGHAI).utcoffset() or dt.timedelta()
        local = seconds + int(offset.total_seconds())
        return cls(seconds // MINUTE, local // DAY, MINUTE - seconds % MINUTE, DAY - local % DAY)


def look(calls: Iterable[Call], now: dt.datetime) -> None:
    """Refuse calls whose grant has nothing left, so that no source is read for them.

    Counts nothing and holds nothing: what is nearly used up is decided by :func:`charge`.
    """
    limited = _limited(calls)
    if not limited:
        return
    moment = Moment.of(now)
    rows = GrantUse.objects.filter(grant__in={call.opened[1].id for call in limited})
    uses = {str(row.pk): row for row in rows}
    for call in limited:
        use = uses.get(call.opened[1].id)
        if use is None:
            continue
        _turn(use, moment)
        error = beyond(call.opened[2].limits, use, moment, 0, call.query.resource)
        if error is not None:
            call.refuse(error)


def _limited(calls: Iterable[Call]) -> list[Call]:
    return [call for call in calls if call.error is None and call.opened[2].limits]


def charge(calls: Sequence[Call], now: dt.datetime) -> None:
    """Count calls against the limits of their grants, in order; refuse those beyond.

    Runs inside the transaction that records them; holds the counters until it ends.
    """
    limited = _limited(calls)
    if not limited:
        return
    uses = _locked(sorted({uuid.UUID(call.opened[1].id) for call in limited}))
    moment = Moment.of(now)
    for call in limited:
        _charge(call, uses[call.opened[1].id], moment)
    fields = [f.name for f in GrantUse._meta.fields if not f.primary_key]
    GrantUse.objects.bulk_update(uses.values(), fields)


def charge_batch(grant: str, limits: Limits, records: int, resource: str) -> None:
    """Count one batch of a feed as one call; in the transaction that records it.

    Args:
        grant: Id of the grant.
        limits: Of its policy.
        records: Records in the batch.
        resource: Address, for the error.

    Raises:
        LimitError: The batch would go beyond one of them.
    """
    use = _locked([uuid.UUID(grant)])[grant]
    moment = Moment.of(clock.now())
    _turn(use, moment)
    error = beyond(limits, use, moment, records, resource)
    if error is not None:
        raise error
    _count(use, records)
    use.save()


def _locked(grants: list[uuid.UUID]) -> dict[str, GrantUse]:
    """The counters, locked in one order; made where a grant is called for the first time."""
    GrantUse.objects.bulk_create(
        [GrantUse(grant_id=grant) for grant in grants], ignore_conflicts=True
    )
    rows = GrantUse.objects.filter(grant__in=grants).order_by("pk")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    return {str(row.pk): row for row in rows}


def _charge(call: Call, use: GrantUse, moment: Moment) -> None:
    records = call.rows
    _turn(use, moment)
    error = beyond(call.opened[2].limits, use, moment, records, call.query.resource)
    if error is not None:
        call.refuse(error)
        return
    _count(use, records)


def _turn(use: GrantUse, moment: Moment) -> None:
    """Begin a new minute and a new day where one has begun."""
    if use.minute != moment.minute:
        use.minute, use.minute_calls = moment.minute, 0
    if use.day != moment.day:
        use.day, use.day_calls, use.day_records = moment.day, 0, 0


def _count(use: GrantUse, records: int) -> None:
    use.minute_calls += 1
    use.day_calls += 1
    use.day_records += records
    use.total_records += records


def beyond(
    limits: Limits, use: GrantUse, moment: Moment, records: int, resource: str
) -> LimitError | None:
    """The limit that one more call with so many records would pass, if any."""
    checks = (
        ("per_minute", limits.per_minute, use.minute_calls + 1, moment.minute_left),
        ("per_day", limits.per_day, use.day_calls + 1, moment.day_left),
        ("records_per_day", limits.records_per_day, use.day_records + records, moment.day_left),
        ("records_total", limits.records_total, use.total_records + records, 0),
    )
    for name, most, wanted, wait in checks:
        if most and wanted > most:
            return LimitError(resource=resource, limit=name, most=most, retry_after=wait)
    return None
