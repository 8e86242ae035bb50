"""The grounds of a call as the catalogue knows them: resource, grant, hours, whom it is about."""

import datetime as dt
import json
from collections.abc import Iterable

from heli.clocks.calendars import official_calendar
from heli.engines.contracts import (
    Binding,
    Condition,
    Contract,
    Mask,
    ReleasePolicy,
    is_open,
    parse_conditions,
    parse_subject,
)
from heli.engines.legaltime import UnknownCalendarYearError
from heli.errors import HeliError
from heli.exchange import errors
from heli.exchange.calls import cursors
from heli.exchange.calls.model import Call, Query
from heli.exchange.compiled import CompiledGrant, CompiledResource, Snapshot
from heli.exchange.errors_applications import GrantSuspendedError
from heli.exchange.extracts.errors import ExtractNotGrantedError
from heli.kernel import clock


def judge(calls: Iterable[Call], snapshot: Snapshot) -> None:
    """Find resource and grant of each call, or refuse it."""
    now, today = clock.now(), clock.today()
    for call in calls:
        call.resource = snapshot.resources.get(call.query.resource)
        call.revision = snapshot.revision
        if call.error is not None:
            continue
        try:
            _judge(call, now, today)
        except HeliError as error:
            call.refuse(error)


def _judge(call: Call, now: dt.datetime, today: dt.date) -> None:
    query, resource = call.query, call.resource
    if resource is None:
        raise errors.UnknownResourceError(resource=query.resource)
    if not resource.shared:
        raise errors.NotSharedError(resource=query.resource)
    call.grant, call.policy = _grant_for(query, resource, now)
    if call.policy.hours and not is_open(
        call.policy.hours, now.astimezone(clock.SHANGHAI), is_working_day
    ):
        raise errors.OutsideHoursError(resource=query.resource)
    if query.extract:
        if not call.policy.extract:
            raise ExtractNotGrantedError(resource=query.resource)
        if call.policy.binding is Binding.MATTER:
            raise errors.ListNeedsBindingError(resource=resource.address)
    elif query.listing is None:
        call.subject = _subject(query, resource, today)
    else:
        _list(call, resource, call.grant, call.policy)


def is_working_day(day: dt.date) -> bool:
    """Whether a day is worked; of a year without a published calendar, Monday to Friday are."""
    try:
        return official_calendar().is_working(day)
    except UnknownCalendarYearError:
        return day.isoweekday() <= 5


def _grant_for(
    query: Query, resource: CompiledResource, now: dt.datetime
) -> tuple[CompiledGrant, ReleasePolicy]:
    held = [
        grant
        for grant in resource.grants.get(query.department, ())
        if query.purpose in ("", grant.purpose)
    ]
    valid = [grant for grant in held if grant.revoked_at is None and grant.expires_at > now]
    if valid and all(grant.suspended for grant in valid):
        raise GrantSuspendedError(resource=query.resource, reason=valid[0].suspended_because)
    valid = [grant for grant in valid if not grant.suspended]
    if not valid:
        raise _why_no_grant(query, held)
    if len(valid) > 1:
        purposes = ", ".join(grant.purpose for grant in valid)
        raise errors.PurposeAmbiguousError(
            field="purpose", resource=query.resource, purposes=purposes
        )
    if valid[0].policy is None:
        raise errors.OutdatedGrantError(resource=query.resource)
    return valid[0], valid[0].policy


def _why_no_grant(query: Query, held: list[CompiledGrant]) -> HeliError:
    standing = [grant for grant in held if grant.revoked_at is None]
    if standing:
        latest = max(grant.expires_at for grant in standing)
        expired = latest.astimezone(clock.SHANGHAI).date().isoformat()
        return errors.GrantExpiredError(resource=query.resource, expired=expired)
    if held:
        return errors.GrantRevokedError(resource=query.resource, reason=held[0].revoked_because)
    return errors.NoGrantError(resource=query.resource)


def _subject(query: Query, resource: CompiledResource, today: dt.date) -> str:
    if query.subject_type != resource.contract.subject_type:
        raise errors.WrongSubjectTypeError(
            field="subject.type",
            resource=query.resource,
            expected=resource.contract.subject_type,
            given=query.subject_type,
        )
    return parse_subject(resource.contract, query.subject_id, latest=today)


def _list(
    call: Call, resource: CompiledResource, grant: CompiledGrant, policy: ReleasePolicy
) -> None:
    """A list is for grants that are not bound to one matter, and asks by what they show."""
    listing = call.query.listing
    assert listing is not None
    if policy.binding is Binding.MATTER:
        raise errors.ListNeedsBindingError(resource=resource.address)
    asked = parse_conditions(resource.contract, list(listing.where))
    _require_clear(resource.contract, policy, asked)
    call.where = (*policy.rows, *asked)
    if listing.cursor:
        call.after = cursors.open_cursor(listing.cursor, bound_to=cursors.bound(grant.id, call))


def _require_clear(contract: Contract, policy: ReleasePolicy, asked: tuple[Condition, ...]) -> None:
    """Who may not see a value in full may not find out by asking for it either."""
    clear = {rule.field for rule in policy.rules if rule.mask is Mask.CLEAR}
    for condition in asked:
        if condition.field not in clear:
            raise errors.FilterNotGrantedError(field="where", name=condition.field)


def filter_text(call: Call) -> str:
    """The caller's conditions in one fixed form."""
    listing = call.query.listing
    return json.dumps(listing.where if listing else [], sort_keys=True, default=str)
