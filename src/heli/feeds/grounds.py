"""On what ground a department is told: its grant as it stands now, and what that serves."""

from collections.abc import Iterable

from heli.engines.contracts import Binding, Mask, ReleasePolicy, is_open
from heli.errors import HeliError
from heli.exchange import errors, holdings
from heli.exchange.calls import bindings
from heli.exchange.calls.grounds import is_working_day
from heli.exchange.compiled import CompiledGrant, CompiledResource
from heli.exchange.errors_applications import GrantSuspendedError
from heli.feeds.errors import FeedRowsError, FeedSubjectError
from heli.feeds.models import Subscription
from heli.kernel import clock


class Standings:
    """Which duties and projects stand at this moment, each looked up once.

    Args:
        known: Subscriptions whose duties will be asked about; looked up together.
    """

    def __init__(self, known: Iterable[Subscription] = ()) -> None:
        pairs = (each.serves.partition(":") for each in known if each.serves)
        self._codes = {code for kind, _, code in pairs if kind == Binding.PUBLIC_TASK}
        self._duties = bindings.duties_standing(self._codes) if self._codes else set()
        self._projects: dict[tuple[str, str, str], HeliError | None] = {}

    def require(self, policy: ReleasePolicy, address: str, consumer: str, serves: str) -> None:
        """Refuse where the project or duty that a grant serves does not stand.

        Raises:
            ProjectNeededError, ProjectStandingError: As for a call.
            DutyNeededError, DutyStandingError: As for a call.
        """
        kind, _colon, code = serves.partition(":")
        named = code if kind == policy.binding else ""
        if policy.binding is Binding.PROJECT:
            self._require_project(consumer, address, named)
            return
        if named not in self._codes:
            self._codes.add(named)
            self._duties |= bindings.duties_standing([named])
        bindings.serving_duty(consumer, named, self._duties)

    def _require_project(self, *asked: str) -> None:
        consumer, address, code = asked
        key = (consumer, address, code)
        if key not in self._projects:
            try:
                bindings.serving_project(consumer, address, code)
            except HeliError as error:
                self._projects[key] = error
            else:
                self._projects[key] = None
        if refusal := self._projects[key]:
            raise refusal


def usable_grant(
    resource: CompiledResource | None,
    address: str,
    consumer: str,
    purpose: str,
    *,
    serves: str = "",
    standings: Standings | None = None,
) -> tuple[CompiledGrant, ReleasePolicy]:
    """The grant under which a department is told, as it stands now.

    Args:
        resource: Compiled; None where the catalogue has none at the address.
        address: Of the resource.
        consumer: Code of the department.
        purpose: Of its grant.
        serves: What it serves where that is no matter, as :class:`Subscription` keeps it.
        standings: What was looked up this turn; looked up here where ``None``.

    Raises:
        UnknownResourceError: The resource left the catalogue.
        NotSharedError: It is not shared any more.
        NoGrantError: There never was a grant for this purpose.
        GrantExpiredError: It ran out.
        GrantRevokedError: It was taken back.
        OutdatedGrantError: It does not fit the contract in force.
        GrantSuspendedError: It is suspended.
        SecondPersonError: It needs a second person for each call.
        FeedRowsError, FeedSubjectError: It is bound to no matters, and shows some records only or
            not in clear whom they are about.
        ProjectStandingError: Its project does not stand.
        DutyStandingError: Its duty is not in force.
        OutsideHoursError: It is open at other hours.
        CombinationError: With other grants of the department it reaches a forbidden combination.
    """
    if resource is None:
        raise errors.UnknownResourceError(resource=address)
    if not resource.shared:
        raise errors.NotSharedError(resource=address)
    held = [each for each in resource.grants.get(consumer, ()) if each.purpose == purpose]
    now = clock.now()
    valid = [each for each in held if each.revoked_at is None and each.expires_at > now]
    if not valid:
        raise _why_none(held, address)
    going = [each for each in valid if not each.suspended]
    if not going:
        raise GrantSuspendedError(resource=address, reason=valid[0].suspended_because)
    policy = going[0].policy
    if policy is None:
        raise errors.OutdatedGrantError(resource=address)
    _require_told(policy, address)
    if policy.binding is not Binding.MATTER:
        _require_open(policy, resource)
        (standings or Standings()).require(policy, address, consumer, serves)
    # A feed tells of whoever changes, and so would complete a combination for all of them.
    holdings.refuse_whole(going[0].watched, consumer)
    return going[0], policy


def _why_none(held: list[CompiledGrant], address: str) -> HeliError:
    standing = [each for each in held if each.revoked_at is None]
    if standing:
        latest = max(each.expires_at for each in standing)
        expired = latest.astimezone(clock.SHANGHAI).date().isoformat()
        return errors.GrantExpiredError(resource=address, expired=expired)
    if held:
        return errors.GrantRevokedError(resource=address, reason=held[-1].revoked_because)
    return errors.NoGrantError(resource=address)


def _require_told(policy: ReleasePolicy, address: str) -> None:
    """What a policy asks of the moment and of the binding.

    Raises:
        SecondPersonError: Each call under it needs a second person.
        OutsideHoursError: It is open at other hours.
    """
    if policy.second_person:
        # A second person stands by single calls for a while, and by no feed.
        raise errors.SecondPersonError(resource=address)
    at = clock.now().astimezone(clock.SHANGHAI)
    if policy.hours and not is_open(policy.hours, at, is_working_day):
        raise errors.OutsideHoursError(resource=address)


def _require_open(policy: ReleasePolicy, resource: CompiledResource) -> None:
    """Without matters a subscriber knows of nobody but by the feed, which names whoever changes.

    Raises:
        FeedRowsError: The policy shows some records only.
        FeedSubjectError: It does not show in clear whom a record is about.
    """
    if policy.rows:
        raise FeedRowsError(resource=resource.address)
    subject = resource.contract.subject_field.name
    if not any(rule.field == subject and rule.mask is Mask.CLEAR for rule in policy.rules):
        raise FeedSubjectError(resource=resource.address, subject=subject)


def policy_of(
    subscription: Subscription,
    resource: CompiledResource | None,
    standings: Standings | None = None,
) -> ReleasePolicy:
    """The release policy under which a subscription to a resource is served at this moment.

    Raises:
        HeliError: It may not be served; see :func:`usable_grant`.
    """
    one = subscription
    _grant, policy = usable_grant(
        resource,
        one.feed.address,
        one.consumer_id,
        one.purpose,
        serves=one.serves,
        standings=standings,
    )
    return policy


def refusal_of(
    subscription: Subscription,
    resource: CompiledResource | None,
    standings: Standings | None = None,
) -> HeliError | None:
    """Why a subscription to a resource may not be served at this moment; None where it may."""
    try:
        policy_of(subscription, resource, standings)
    except HeliError as error:
        return error
    return None
