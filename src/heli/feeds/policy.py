"""Who may do what with feeds, and why."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from heli.exchange import policy as exchange
from heli.feeds.models import Feed, Subscription
from heli.kernel.actor import Actor
from heli.kernel.permissions import Decision, Role, allow, deny, roles_of
from heli.organisation.selectors import Person


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: an official, or a department's system.

    Attributes:
        department: Code of their department; empty where they have none.
        steward: Whether they decide about its data: a steward, or its own system.
    """

    department: str
    actor: Actor
    steward: bool
    watches: bool


def caller_of(request: HttpRequest) -> Caller:
    """Who sent a request."""
    system = getattr(request, "system", None)
    if system is not None:
        return Caller(system.department, system.actor, steward=True, watches=False)
    user = request.user
    assert isinstance(user, Person)
    return Caller(
        user.department_id or "",
        user.actor,
        steward=Role.STEWARD in roles_of(user),
        watches=bool(exchange.watches_all(user)),
    )


def may_manage(by: Caller, department: str) -> Decision:
    """Whether somebody may open, feed and close the feeds of a source department."""
    if not by.steward:
        return deny("role", _("only a data steward or the department's system does this"))
    if by.department != department:
        return deny("department", _("only the source department tells of its changes"))
    return allow("source", _("it is your department's data"))


def may_subscribe(by: Caller, consumer: str) -> Decision:
    """Whether somebody may subscribe for a department, and fetch what it is told."""
    if not by.steward:
        return deny("role", _("only a data steward or the department's system does this"))
    if by.department != consumer:
        return deny("department", _("it is another department's subscription"))
    return allow("consumer", _("it is your department's subscription"))


def may_see_feed(by: Caller, feed: Feed) -> Decision:
    """Whether somebody may see who is subscribed to a feed."""
    if by.watches or by.department == feed.resource.department_id:
        return allow("source", _("it is your department's data, or you watch over all"))
    return deny("department", _("only the source department sees who is subscribed"))


def may_see(by: Caller, row: Subscription) -> Decision:
    """Whether somebody may see a subscription and its deliveries."""
    if by.watches or by.department in (row.consumer_id, row.feed.resource.department_id):
        return allow("party", _("your department takes part"))
    return deny("department", _("neither the source nor the subscriber is your department"))


def may_work(by: Caller, row: Subscription) -> Decision:
    """Whether somebody may pause, resume or end a subscription, and work its dead letters."""
    if not by.steward:
        return deny("role", _("only a data steward or the department's system does this"))
    if by.department not in (row.consumer_id, row.feed.resource.department_id):
        return deny("department", _("neither the source nor the subscriber is your department"))
    return allow("party", _("your department takes part"))
