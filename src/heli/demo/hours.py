"""When the people of the demo city work."""

import datetime as dt

from heli.kernel.clock import SHANGHAI


def office(at: dt.datetime) -> dt.datetime:
    """The instant itself in office hours, else the next opening."""
    local = at.astimezone(SHANGHAI)
    if local.hour >= 18:
        local = (local + dt.timedelta(days=1)).replace(hour=9, minute=local.minute)
    elif local.hour < 9:
        local = local.replace(hour=9)
    while local.weekday() > 4:
        local += dt.timedelta(days=1)
    return local.astimezone(dt.UTC)


def working_days(at: dt.datetime, days: float) -> dt.datetime:
    """So many working days later, weekends passed over; a day has nine office hours."""
    at = office(at)
    for _ in range(int(days)):
        at = office(at + dt.timedelta(days=1))
    return office(at + dt.timedelta(hours=(days % 1) * 9))
