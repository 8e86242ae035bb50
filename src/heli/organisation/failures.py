"""Failed sign-ins of one address, whatever names were tried.

django-axes locks a name together with an address, so many names could be tried from one address. A
limit by name alone would brake many addresses that try one name, but anybody could lock anybody out
with it: there is none.
"""

import datetime as dt
from ipaddress import IPv6Address, ip_address, ip_network

from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest

from heli.kernel import clock

WINDOW = dt.timedelta(minutes=10)
HOUSEHOLD = 64
"""Length of the prefix that one line has in IPv6; nobody could count the addresses behind it."""


def address_of(request: HttpRequest) -> str | None:
    """Where failures are counted: the caller's address, of IPv6 its network.

    A trusted proxy's word on it has been taken before (``site.proxies``).
    """
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return None
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), HOUSEHOLD), strict=False).network_address)


def closed_until(address: str | None) -> dt.datetime | None:
    """When an address may try again; None while it may.

    Failures of who got in afterwards do not count: axes has forgotten them.
    """
    recent = AccessAttempt.objects.filter(
        ip_address=address, attempt_time__gt=clock.now() - WINDOW
    ).order_by("-attempt_time")
    failures = 0
    at: dt.datetime
    for at, more in recent.values_list("attempt_time", "failures_since_start"):
        failures += more
        if failures >= settings.HELI_SIGN_IN_FAILURES:
            return at + WINDOW
    return None
