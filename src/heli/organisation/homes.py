"""Where each role's work begins."""

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from heli.kernel.permissions import Role, roles_of
from heli.web import navigation

# In this order: the role that says most about why a person came decides. Names of pages belong
# to upper rooms, so they are looked up when asked for and passed over where absent.
HOMES: tuple[tuple[Role, tuple[str, ...]], ...] = (
    (Role.LEADER, ("cockpit:home",)),
    (Role.SUPERVISOR, ("cockpit:home",)),
    (Role.SYSTEM_ADMIN, ("organisation:departments",)),
    (Role.SECURITY_ADMIN, ("organisation:roles",)),
    (Role.AUDIT_ADMIN, ("organisation:trail",)),
    (Role.AMBASSADOR, ("cases:intake",)),
    (Role.HEAD, ("cockpit:department", "cases:queue")),
    (Role.OFFICER, ("cases:queue",)),
    (Role.STEWARD, ("exchange:accesses",)),
    (Role.ARBITRATOR, ("cases:matters",)),
    (Role.APPLICANT, ("cases:mine",)),
)


def home_url(request: HttpRequest) -> str:
    """The first page of the person's role; their account where no room offers one."""
    held = roles_of(request.user)
    for role, names in HOMES:
        if role in held:
            for name in names:
                try:
                    return reverse(name)
                except NoReverseMatch:
                    continue
    entries = navigation.entries(request)
    return entries[0].url if entries else reverse("organisation:account")
